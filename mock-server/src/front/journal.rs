//! Exchanges from their beginning until they are recorded.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use super::exchange::{Exchange, ExchangeEnd, ExchangeKind, SentFrame};
use super::quiescence::Quiescence;
use super::service::Service;
use crate::cloud::{Reply, Request};

/// What all connections of one edge share.
pub(crate) struct SharedState {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) quiescence: Arc<Quiescence>,
    ordinals: AtomicU64,
    /// Set when connections are to end as soon as they are idle.
    closing: AtomicBool,
}

impl fmt::Debug for SharedState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SharedState").field("quiescence", &self.quiescence).finish_non_exhaustive()
    }
}

impl SharedState {
    pub(crate) fn new(service: Arc<dyn Service>) -> Self {
        Self {
            service,
            quiescence: Arc::new(Quiescence::new()),
            ordinals: AtomicU64::new(0),
            closing: AtomicBool::new(false),
        }
    }
}

impl SharedState {
    /// Tells the connections to end as soon as they are idle.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.quiescence.wake();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }
}

/// An exchange from the arrival of its head until it is recorded, which dropping it does at the latest.
pub(crate) struct OpenExchange {
    shared: Arc<SharedState>,
    exchange: Option<Exchange>,
    sent: BytesMut,
    started: Instant,
    keeps: bool,
    if_dropped: ExchangeEnd,
}

impl OpenExchange {
    pub(crate) fn begin(shared: &Arc<SharedState>, request: Request, kind: ExchangeKind) -> Self {
        shared.quiescence.exchange_begins();
        let exchange = Exchange {
            ordinal: shared.ordinals.fetch_add(1, Ordering::Relaxed),
            request,
            kind,
            status: None,
            reason: None,
            response_headers: Vec::new(),
            response_body: Bytes::new(),
            frames: Vec::new(),
            sent_bytes: 0,
            took: Duration::ZERO,
            end: ExchangeEnd::ClientLeft,
        };
        Self {
            shared: Arc::clone(shared),
            exchange: Some(exchange),
            sent: BytesMut::new(),
            started: Instant::now(),
            keeps: shared.service.keeps_bodies(),
            if_dropped: ExchangeEnd::ClientLeft,
        }
    }

    /// The request with its body, unless it is for somebody else's host.
    pub(crate) fn owned_request(&mut self, body: Bytes) -> Option<&Request> {
        let exchange = self.exchange.as_mut()?;
        exchange.request.body = body;
        (exchange.kind != ExchangeKind::Egress).then_some(&exchange.request)
    }

    /// The head of the response is about to be sent.
    pub(crate) fn head(&mut self, reply: &Reply) {
        if let Some(exchange) = &mut self.exchange {
            exchange.status = Some(reply.status.as_u16());
            exchange.reason.clone_from(&reply.reason);
            if self.keeps {
                let owned = reply.headers.iter().map(|(name, value)| (name.to_string(), value.to_string()));
                exchange.response_headers.extend(owned);
            } else {
                // The one that tells exchanges apart.
                let id = reply.headers.iter().find(|(name, _)| name == "apim-request-id");
                exchange.response_headers.extend(id.map(|(name, value)| (name.to_string(), value.to_string())));
            }
        }
    }

    /// A frame is about to be sent.
    pub(crate) fn frame(&mut self, bytes: &Bytes) {
        if let Some(exchange) = &mut self.exchange {
            exchange.sent_bytes += bytes.len() as u64;
            if !self.keeps {
                return;
            }
            let at = self.started.elapsed();
            self.sent.extend_from_slice(bytes);
            exchange.frames.push(SentFrame { bytes: bytes.clone(), at });
        }
    }

    /// The whole body is about to be sent.
    pub(crate) fn whole(&mut self, bytes: &Bytes) {
        if let Some(exchange) = &mut self.exchange {
            exchange.sent_bytes += bytes.len() as u64;
        }
        if self.keeps {
            self.sent.extend_from_slice(bytes);
        }
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
        exchange.took = self.started.elapsed();
        exchange.response_body = std::mem::take(&mut self.sent).freeze();
        self.shared.service.record(exchange);
        self.shared.quiescence.exchange_ends();
    }
}

impl Drop for OpenExchange {
    fn drop(&mut self) {
        self.finish(self.if_dropped);
    }
}
