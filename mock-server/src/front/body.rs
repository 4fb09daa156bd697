//! The body of a response on its way to hyper: paced, recorded, and ended as the reply says.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame as HyperFrame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::exchange::ExchangeEnd;
use super::journal::OpenExchange;
use super::relay::RelayStream;
use super::socket::{Ending, EndingWish};
use crate::cloud::{Frame, StreamEnd};

/// A stream that is later than this does not catch up.
const MOST_LATE: Duration = Duration::from_millis(50);

/// A response body.
pub(crate) enum SendBody {
    /// All at once; the exchange was recorded before.
    Whole(Option<Bytes>),
    Stream(Box<SendStream>),
    /// From elsewhere.
    Relay(Box<RelayStream>),
}

impl SendBody {
    pub(crate) fn stream(frames: Vec<Frame>, end: StreamEnd, exchange: OpenExchange, wish: EndingWish) -> Self {
        Self::Stream(Box::new(SendStream { frames: frames.into(), end, exchange, wish, waiting: None, due: None }))
    }
}

/// A body that comes in frames. Dropping it before its end records that the client left.
pub(crate) struct SendStream {
    frames: VecDeque<Frame>,
    end: StreamEnd,
    exchange: OpenExchange,
    wish: EndingWish,
    waiting: Option<Pin<Box<Sleep>>>,
    /// When the last frame was due: the next one is counted from there, so that small delays do not add up.
    due: Option<Instant>,
}

impl SendStream {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(next) = self.frames.front() else {
            return self.poll_end();
        };
        if !next.gap.is_zero() {
            let gap = next.gap;
            let due = &mut self.due;
            let waiting = self.waiting.get_or_insert_with(|| {
                let now = Instant::now();
                // After a pause of the reader the rhythm begins anew: nobody wants all that was missed at once.
                let last = due.filter(|due| now.saturating_duration_since(*due) < MOST_LATE).unwrap_or(now);
                let next = last + gap;
                *due = Some(next);
                Box::pin(sleep_until(next))
            });
            ready!(waiting.as_mut().poll(context));
            self.waiting = None;
        }
        let Some(frame) = self.frames.pop_front() else {
            return Poll::Ready(None);
        };
        self.exchange.frame(&frame.bytes);
        if self.frames.is_empty() {
            self.last_frame();
        }
        Poll::Ready(Some(frame.bytes))
    }

    /// Before the last frame is handed over: the client may act on it at once, and must find the exchange recorded.
    fn last_frame(&mut self) {
        match self.end {
            StreamEnd::Complete => self.exchange.finish(ExchangeEnd::Complete),
            StreamEnd::Eof => self.exchange.finish(ExchangeEnd::Eof),
            StreamEnd::Reset => self.exchange.finish(ExchangeEnd::Reset),
            // Recorded when the client leaves: until then the exchange is open.
            StreamEnd::Stall => self.exchange.if_dropped(ExchangeEnd::Stalled),
        }
    }

    /// No waker is kept when the connection is to break: hyper flushes after every poll, and the socket breaks then.
    fn poll_end(&mut self) -> Poll<Option<Bytes>> {
        self.last_frame();
        match self.end {
            StreamEnd::Complete => return Poll::Ready(None),
            StreamEnd::Eof => self.wish.set(Ending::Eof),
            StreamEnd::Reset => self.wish.set(Ending::Reset),
            StreamEnd::Stall => {}
        }
        Poll::Pending
    }
}

impl Body for SendBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<HyperFrame<Bytes>, Infallible>>> {
        let next = match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take()),
            Self::Stream(stream) => stream.poll(context),
            Self::Relay(stream) => stream.poll(context),
        };
        next.map(|bytes| bytes.map(|bytes| Ok(HyperFrame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Stream(_) | Self::Relay(_) => SizeHint::default(),
        }
    }
}
