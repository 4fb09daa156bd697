//! What all event streams have in common: rhythm, and the ways to break.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;

use super::call::Call;
use super::options::Pacing;
use super::reply::{Frame, StreamEnd};
use super::stream_plan::{StreamFaultKind, StreamPlan};

/// The events of a stream: one text that all of them are parts of, so that a stream that waits between them touches
/// little memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events {
    text: String,
    order: Vec<Event>,
}

/// An event: where its text is, and what a fault needs to know about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    start: usize,
    end: usize,
    kind: EventKind,
}

impl Events {
    /// No events, with room for a text of this length.
    pub(crate) fn with_capacity(length: usize) -> Self {
        Self { text: String::with_capacity(length), order: Vec::with_capacity(32) }
    }

    /// Adds an event.
    pub(crate) fn push(&mut self, kind: EventKind, write: impl FnOnce(&mut String)) {
        let event = self.aside(kind, write);
        self.order.push(event);
    }

    /// Writes an event that is added later, with [`Events::extend`].
    pub(crate) fn aside(&mut self, kind: EventKind, write: impl FnOnce(&mut String)) -> Event {
        let start = self.text.len();
        write(&mut self.text);
        Event { start, end: self.text.len(), kind }
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// Takes away all events from this one on. They can be added again, in another order.
    pub(crate) fn split_off(&mut self, first: usize) -> Vec<Event> {
        self.order.split_off(first)
    }

    /// Adds events that were written before.
    pub(crate) fn extend(&mut self, events: impl IntoIterator<Item = Event>) {
        self.order.extend(events);
    }

    /// Only so many events from the beginning, and then these bytes.
    fn cut(mut self, kept: usize, last: Option<Vec<u8>>) -> (Bytes, Vec<Range<usize>>) {
        self.order.truncate(kept);
        let mut bytes = self.text.into_bytes();
        let mut pieces: Vec<_> = self.order.iter().map(|event| event.start..event.end).collect();
        if let Some(last) = last {
            pieces.push(bytes.len()..bytes.len() + last.len());
            bytes.extend(last);
        }
        (bytes.into(), pieces)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// Carries text, refusal or tool arguments.
    Content,
    /// Tells the client that a choice, or the answer, is over.
    Closing,
    Other,
}

/// The events that only a broken stream has, in the style of its surface.
pub(crate) struct Broken {
    /// An error in mid-stream.
    pub(crate) error: String,
    /// Half a JSON object.
    pub(crate) malformed: String,
    /// An event whose text is cut inside a character of several bytes.
    pub(crate) half_character: Vec<u8>,
}

/// The frames of a stream, and how its body ends. `broken` is told how many events come before.
pub(crate) fn frames(
    call: &Call,
    events: Events,
    plan: &StreamPlan,
    pacing: Option<Pacing>,
    broken: impl FnOnce(usize) -> Broken,
) -> (Vec<Frame>, StreamEnd) {
    let (bytes, pieces, end) = cut(events, plan, broken);
    let pacing = pacing.unwrap_or(call.target.pacing);
    // A plan's own gap is exact: that is what it is for.
    let exact = !plan.gap.is_zero();
    let frames = pieces
        .into_iter()
        .enumerate()
        .map(|(position, piece)| {
            let gap = match (exact, position) {
                (true, 0) => pacing.first_chunk,
                (true, _) => plan.gap,
                (false, position) => wait(call, &pacing, position),
            };
            Frame { bytes: bytes.slice(piece), gap }
        })
        .collect();
    (frames, end)
}

fn wait(call: &Call, pacing: &Pacing, position: usize) -> Duration {
    let base = if position == 0 { pacing.first_chunk } else { pacing.gap };
    if pacing.jitter.is_zero() {
        return base;
    }
    let draw = call.target.seed.digest(&format!("jitter {position}/{}", call.deployment()), call.ordinal);
    let share = f64::from(u16::from_be_bytes([draw[0], draw[1]])) / f64::from(u16::MAX);
    base + pacing.jitter.mul_f64(share)
}

/// Cuts the events where the plan's fault wants it: the bytes of all pieces, the pieces, and how the body ends.
fn cut(
    events: Events,
    plan: &StreamPlan,
    broken: impl FnOnce(usize) -> Broken,
) -> (Bytes, Vec<Range<usize>>, StreamEnd) {
    let whole = |(bytes, pieces), end| (bytes, pieces, end);
    let Some(fault) = plan.fault else {
        return whole(events.cut(usize::MAX, None), StreamEnd::Complete);
    };
    let kept = before(&events.order, fault.after_chunk);
    let (last, end) = match fault.kind {
        StreamFaultKind::SplitCharacters => return whole(split(&events), StreamEnd::Complete),
        StreamFaultKind::Reset => (None, StreamEnd::Reset),
        StreamFaultKind::Eof => (None, StreamEnd::Eof),
        StreamFaultKind::Stall => (None, StreamEnd::Stall),
        StreamFaultKind::Truncated => (None, StreamEnd::Complete),
        StreamFaultKind::ErrorEvent => (Some(broken(kept).error.into_bytes()), StreamEnd::Complete),
        StreamFaultKind::Malformed => (Some(broken(kept).malformed.into_bytes()), StreamEnd::Complete),
        StreamFaultKind::HalfCharacter => (Some(broken(kept).half_character), StreamEnd::Complete),
    };
    whole(events.cut(kept, last), end)
}

/// How many events come before a fault. What comes before the first content comes in any case, and so does what is no
/// content up to the next one; but a broken stream never says that the answer is over.
fn before(events: &[Event], after_chunk: usize) -> usize {
    let contents = events.iter().filter(|event| event.kind == EventKind::Content).count();
    let wanted = after_chunk.min(contents);
    let mut seen = 0;
    let first_left_out = events.iter().position(|event| {
        let over = seen == wanted && event.kind != EventKind::Other;
        seen += usize::from(event.kind == EventKind::Content);
        over
    });
    first_left_out.unwrap_or(events.len())
}

/// The same bytes in writes that end inside every character of several bytes.
fn split(events: &Events) -> (Bytes, Vec<Range<usize>>) {
    let bytes: Vec<u8> = events.order.iter().flat_map(|event| events.text[event.start..event.end].bytes()).collect();
    // The first byte of such a character.
    let inside = bytes.iter().enumerate().filter(|(_, byte)| **byte >= 0xc0).map(|(position, _)| position + 1);
    let ends = inside.chain([bytes.len()]);
    let mut start = 0;
    let pieces = ends.map(|end| std::mem::replace(&mut start, end)..end).collect();
    (bytes.into(), pieces)
}
