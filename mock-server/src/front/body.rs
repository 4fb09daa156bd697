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
use super::socket::{Ending, Overrides};
use crate::cloud::{Frame, StreamEnd};

/// A reader that takes nothing for longer than this has paused.
const PAUSE: Duration = Duration::from_millis(50);

/// A response body.
pub(crate) enum SendBody {
    /// All at once; the exchange was recorded before.
    Whole(Option<Bytes>),
    Stream(Box<SendStream>),
    /// From elsewhere.
    Relay(Box<RelayStream>),
}

impl SendBody {
    pub(crate) fn stream(frames: Vec<Frame>, end: StreamEnd, exchange: OpenExchange, overrides: Overrides) -> Self {
        let rhythm = Rhythm { timer: None, waits: false, due: None, given: None };
        Self::Stream(Box::new(SendStream { frames: frames.into(), end, exchange, overrides, rhythm }))
    }
}

/// A body that comes in frames. Dropping it before its end records that the client left.
pub(crate) struct SendStream {
    frames: VecDeque<Frame>,
    end: StreamEnd,
    exchange: OpenExchange,
    overrides: Overrides,
    rhythm: Rhythm,
}

/// When the frames of a stream are due: each a gap after the one before it was, whenever that was sent, so that delays
/// do not add up.
struct Rhythm {
    /// Made once, and set again for each frame.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the timer is set for the next frame.
    waits: bool,
    /// When the last frame was due.
    due: Option<Instant>,
    /// When the last frame was taken.
    given: Option<Instant>,
}

impl Rhythm {
    /// Is ready when the next frame is due.
    fn poll(&mut self, gap: Duration, context: &mut Context<'_>) -> Poll<()> {
        if !self.waits {
            let now = Instant::now();
            // After a pause of the reader the rhythm begins anew: nobody wants all that was missed at once. But what
            // only this machine was too slow for is made up.
            let paused = self.given.is_none_or(|given| now.saturating_duration_since(given) > PAUSE);
            let next = self.due.filter(|_| !paused).unwrap_or(now) + gap;
            self.due = Some(next);
            if next > now {
                match &mut self.timer {
                    Some(timer) => timer.as_mut().reset(next),
                    None => self.timer = Some(Box::pin(sleep_until(next))),
                }
                self.waits = true;
            }
        }
        if self.waits {
            let timer = self.timer.as_mut().map(|timer| timer.as_mut().poll(context));
            ready!(timer.unwrap_or(Poll::Ready(())));
            self.waits = false;
        }
        self.given = Some(Instant::now());
        Poll::Ready(())
    }
}

impl SendStream {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(next) = self.frames.front() else {
            return self.poll_end();
        };
        if !next.gap.is_zero() {
            ready!(self.rhythm.poll(next.gap, context));
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
            StreamEnd::Eof => self.overrides.set(Ending::Eof),
            StreamEnd::Reset => self.overrides.set(Ending::Reset),
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

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    const GAP: Duration = Duration::from_millis(10);

    /// Whether the next frame is sent at once, so long after the last one was due and after it was taken.
    fn check(since_due: Duration, since_given: Duration, at_once: bool) {
        let now = Instant::now();
        let mut rhythm =
            Rhythm { timer: None, waits: false, due: now.checked_sub(since_due), given: now.checked_sub(since_given) };
        let next = rhythm.poll(GAP, &mut Context::from_waker(Waker::noop()));
        assert_eq!(next.is_ready(), at_once, "{since_due:?} after it was due, {since_given:?} after it was taken");
    }

    #[tokio::test]
    async fn a_machine_that_was_slow_makes_up_for_it_and_a_reader_that_paused_does_not() {
        let (little, much) = (Duration::ZERO, Duration::from_secs(2));
        check(little, little, false);
        check(much, little, true);
        check(much, much, false);
    }
}
