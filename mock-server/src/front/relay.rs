//! An answer that is not made here: fetched from elsewhere, and passed on piece by piece as it comes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::exchange::ExchangeEnd;
use super::journal::OpenExchange;
use super::socket::{Ending, Overrides};
use crate::cloud::{Reply, StreamEnd};

/// An answer on its way. Dropping it gives up: the client has left.
pub type Relay = Pin<Box<dyn Future<Output = Relayed> + Send>>;

/// An answer from elsewhere.
#[derive(Debug)]
pub enum Relayed {
    /// All of it.
    Whole(Reply),
    /// Its head, and a body that is still coming.
    Stream {
        /// Status and headers; the body in it is not looked at.
        head: Reply,
        /// The pieces of the body. The channel's end without a last piece is an end of file.
        pieces: mpsc::Receiver<Piece>,
    },
}

/// A piece of a body that comes from elsewhere.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Its bytes; the last piece may have none.
    pub bytes: Bytes,
    /// What comes after it, if it is known to be the last one.
    pub end: Option<StreamEnd>,
}

/// A body that is passed on. Dropping it before its end records that the client left, and tells the other side.
pub(crate) struct RelayStream {
    pieces: mpsc::Receiver<Piece>,
    exchange: OpenExchange,
    overrides: Overrides,
    ended: Option<StreamEnd>,
}

impl RelayStream {
    pub(crate) fn new(pieces: mpsc::Receiver<Piece>, exchange: OpenExchange, overrides: Overrides) -> Self {
        Self { pieces, exchange, overrides, ended: None }
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        while self.ended.is_none() {
            let Some(piece) = ready!(self.pieces.poll_recv(context)) else {
                self.end(StreamEnd::Eof);
                break;
            };
            if !piece.bytes.is_empty() {
                self.exchange.frame(&piece.bytes);
            }
            // Before the last bytes are handed over: the client may act on them at once, and must find the exchange
            // recorded.
            if let Some(end) = piece.end {
                self.end(end);
            }
            if !piece.bytes.is_empty() {
                return Poll::Ready(Some(piece.bytes));
            }
        }
        match self.ended {
            Some(StreamEnd::Eof) => self.overrides.set(Ending::Eof),
            Some(StreamEnd::Reset) => self.overrides.set(Ending::Reset),
            Some(StreamEnd::Complete) | None => return Poll::Ready(None),
            Some(StreamEnd::Stall) => {}
        }
        Poll::Pending
    }

    fn end(&mut self, end: StreamEnd) {
        self.ended = Some(end);
        match end {
            StreamEnd::Complete => self.exchange.finish(ExchangeEnd::Complete),
            StreamEnd::Eof => self.exchange.finish(ExchangeEnd::Eof),
            StreamEnd::Reset => self.exchange.finish(ExchangeEnd::Reset),
            StreamEnd::Stall => self.exchange.if_dropped(ExchangeEnd::Stalled),
        }
    }
}
