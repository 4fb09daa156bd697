//! Exchanges that are still open, and the moment when none is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use tokio::sync::watch;

use super::exchange::{Exchange, ExchangeEnd, ExchangeKind, SentFrame};
use super::service::Service;
use crate::cloud::{Reply, Request};

/// What all connections of one edge share.
pub(crate) struct Desk {
    pub(crate) service: Arc<dyn Service>,
    ordinals: AtomicU64,
    open: watch::Sender<usize>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Desk").field("open", &*self.open.borrow()).finish_non_exhaustive()
    }
}

impl Desk {
    pub(crate) fn new(service: Arc<dyn Service>) -> Self {
        Self { service, ordinals: AtomicU64::new(0), open: watch::Sender::new(0) }
    }

    /// Waits until no exchange is open.
    pub(crate) async fn quiesce(&self) {
        // Cannot fail: the sender lives as long as the desk.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

/// An exchange from the arrival of its head until it is recorded, which dropping it does at the latest.
pub(crate) struct OpenExchange {
    desk: Arc<Desk>,
    exchange: Option<Exchange>,
    sent: BytesMut,
    started: Instant,
    if_dropped: ExchangeEnd,
}

impl OpenExchange {
    pub(crate) fn begin(desk: &Arc<Desk>, request: Request, kind: ExchangeKind) -> Self {
        desk.open.send_modify(|open| *open += 1);
        let exchange = Exchange {
            ordinal: desk.ordinals.fetch_add(1, Ordering::Relaxed),
            request,
            kind,
            status: None,
            reason: None,
            response_headers: Vec::new(),
            response_body: Bytes::new(),
            frames: Vec::new(),
            end: ExchangeEnd::ClientLeft,
        };
        Self {
            desk: Arc::clone(desk),
            exchange: Some(exchange),
            sent: BytesMut::new(),
            started: Instant::now(),
            if_dropped: ExchangeEnd::ClientLeft,
        }
    }

    /// The request, to be completed with its body.
    pub(crate) fn request(&mut self) -> Option<&mut Request> {
        self.exchange.as_mut().map(|exchange| &mut exchange.request)
    }

    /// The head of the response is about to be sent.
    pub(crate) fn head(&mut self, reply: &Reply) {
        if let Some(exchange) = &mut self.exchange {
            exchange.status = Some(reply.status.as_u16());
            exchange.reason.clone_from(&reply.reason);
            exchange.response_headers.clone_from(&reply.headers);
        }
    }

    /// A frame is about to be sent.
    pub(crate) fn frame(&mut self, bytes: &Bytes) {
        let at = self.started.elapsed();
        if let Some(exchange) = &mut self.exchange {
            self.sent.extend_from_slice(bytes);
            exchange.frames.push(SentFrame { bytes: bytes.clone(), at });
        }
    }

    /// The whole body is about to be sent.
    pub(crate) fn whole(&mut self, bytes: &Bytes) {
        self.sent.extend_from_slice(bytes);
    }

    /// What it means if the client leaves from now on.
    pub(crate) fn if_dropped(&mut self, end: ExchangeEnd) {
        self.if_dropped = end;
    }

    /// Records the exchange. Later calls do nothing.
    pub(crate) fn finish(&mut self, end: ExchangeEnd) {
        let Some(mut exchange) = self.exchange.take() else {
            return;
        };
        exchange.end = end;
        exchange.response_body = std::mem::take(&mut self.sent).freeze();
        self.desk.service.record(exchange);
        self.desk.open.send_modify(|open| *open -= 1);
    }
}

impl Drop for OpenExchange {
    fn drop(&mut self) {
        self.finish(self.if_dropped);
    }
}
