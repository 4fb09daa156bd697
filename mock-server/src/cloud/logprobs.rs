//! Log probabilities: plausible, and the same every time.

use super::call::Call;
use super::json::{Json, object};
use super::tokenizer;

/// What a choice says of the tokens of a text that begins after so many others. `alternatives` is how many more each has.
pub(crate) fn of_text(call: &Call, text: &str, first: usize, alternatives: usize) -> Json {
    object([("content", tokens(call, text, first, alternatives)), ("refusal", Json::Null)])
}

/// The tokens of a text.
pub(crate) fn tokens(call: &Call, text: &str, first: usize, alternatives: usize) -> Json {
    let pieces = tokenizer::pieces(call.model().vocabulary, text).into_iter().zip(first..);
    Json::List(pieces.map(|(text, position)| token(call, text, position, alternatives)).collect())
}

fn token(call: &Call, text: &str, position: usize, alternatives: usize) -> Json {
    let alternatives = (0..alternatives).map(|rank| {
        let other = if rank == 0 { text.to_owned() } else { format!("{}{rank}", text.trim_end()) };
        Json::Object(members(call, &other, position, rank))
    });
    let mut token = members(call, text, position, 0);
    token.push(("top_logprobs", Json::List(alternatives.collect())));
    Json::Object(token)
}

fn members(call: &Call, text: &str, position: usize, rank: usize) -> Vec<(&'static str, Json)> {
    let bytes = text.bytes().map(|byte| Json::Integer(u64::from(byte))).collect();
    vec![("bytes", Json::List(bytes)), ("logprob", Json::Float(chance(call, position, rank))), ("token", text.into())]
}

fn chance(call: &Call, position: usize, rank: usize) -> f32 {
    let draw = call.target.seed.digest(&format!("logprob {position} {rank}/{}", call.deployment()), call.ordinal)[0];
    let base = u16::try_from(rank).unwrap_or(u16::MAX);
    -(f32::from(base) * 2.5 + f32::from(draw) / 512.0 + 0.001)
}
