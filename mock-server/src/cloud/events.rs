//! What all event streams have in common: rhythm, and the ways to break.

use std::time::Duration;

use bytes::Bytes;

use super::call::Call;
use super::options::Pacing;
use super::reply::{Frame, StreamEnd};
use super::script::{StreamFaultKind, StreamPlan};

/// An event with what a fault needs to know about it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) text: String,
    pub(crate) kind: EventKind,
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
    events: Vec<Event>,
    plan: &StreamPlan,
    pacing: Option<Pacing>,
    broken: impl FnOnce(usize) -> Broken,
) -> (Vec<Frame>, StreamEnd) {
    let (pieces, end) = cut(events, plan, broken);
    let pieces = in_one_place(&pieces);
    let pacing = pacing.unwrap_or(call.pacing);
    // A plan's own gap is exact: that is what it is for.
    let exact = !plan.gap.is_zero();
    let frames = pieces
        .into_iter()
        .enumerate()
        .map(|(position, bytes)| {
            let gap = match (exact, position) {
                (true, 0) => pacing.first_chunk,
                (true, _) => plan.gap,
                (false, position) => wait(call, &pacing, position),
            };
            Frame { bytes, gap }
        })
        .collect();
    (frames, end)
}

/// The same pieces as parts of one allocation: a stream that waits between its pieces touches little memory then, and
/// frees none.
fn in_one_place(pieces: &[Vec<u8>]) -> Vec<Bytes> {
    let mut whole = Bytes::from(pieces.concat());
    pieces.iter().map(|piece| whole.split_to(piece.len())).collect()
}

fn wait(call: &Call, pacing: &Pacing, position: usize) -> Duration {
    let base = if position == 0 { pacing.first_chunk } else { pacing.gap };
    if pacing.jitter.is_zero() {
        return base;
    }
    let draw = call.seed.digest(&format!("jitter {position}/{}", call.deployment), call.ordinal);
    let share = f64::from(u16::from_be_bytes([draw[0], draw[1]])) / f64::from(u16::MAX);
    base + pacing.jitter.mul_f64(share)
}

/// Cuts the events where the plan's fault wants it.
fn cut(events: Vec<Event>, plan: &StreamPlan, broken: impl FnOnce(usize) -> Broken) -> (Vec<Vec<u8>>, StreamEnd) {
    let Some(fault) = plan.fault else {
        return (events.into_iter().map(|event| event.text.into_bytes()).collect(), StreamEnd::Complete);
    };
    if fault.kind == StreamFaultKind::SplitCharacters {
        return (split(&events), StreamEnd::Complete);
    }
    let contents = events.iter().filter(|event| event.kind == EventKind::Content).count();
    let wanted = fault.after_chunk.min(contents);
    let mut seen = 0;
    let mut kept: Vec<Vec<u8>> = Vec::new();
    // What comes before the first content comes in any case, and so does what is no content up to the next one; but a
    // broken stream never says that the answer is over.
    for event in events {
        if seen == wanted && event.kind != EventKind::Other {
            break;
        }
        seen += usize::from(event.kind == EventKind::Content);
        kept.push(event.text.into_bytes());
    }
    let (last, end) = match fault.kind {
        StreamFaultKind::Reset => (None, StreamEnd::Reset),
        StreamFaultKind::Eof => (None, StreamEnd::Eof),
        StreamFaultKind::Stall => (None, StreamEnd::Stall),
        StreamFaultKind::Truncated | StreamFaultKind::SplitCharacters => (None, StreamEnd::Complete),
        StreamFaultKind::ErrorEvent => (Some(broken(kept.len()).error.into_bytes()), StreamEnd::Complete),
        StreamFaultKind::Malformed => (Some(broken(kept.len()).malformed.into_bytes()), StreamEnd::Complete),
        StreamFaultKind::HalfCharacter => (Some(broken(kept.len()).half_character), StreamEnd::Complete),
    };
    kept.extend(last);
    (kept, end)
}

/// The same bytes in writes that end inside every character of several bytes.
fn split(events: &[Event]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    for byte in events.iter().flat_map(|event| event.text.bytes()) {
        piece.push(byte);
        // The first byte of such a character.
        if byte >= 0xc0 {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    pieces.push(piece);
    pieces
}
