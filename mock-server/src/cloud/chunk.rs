//! One chunk of a streamed chat completion, written member by member: a stream has many of these. Knows the order and
//! the names of its members; must not know which chunks come when.

use super::call::Call;
use super::chat::Answer;
use super::chat_request::ChatRequest;
use super::json::{Json, append_text};
use super::model::Generation;
use super::script::FinishReason;

/// A chunk with one choice.
pub(super) struct Chunk<'a> {
    pub(super) index: usize,
    /// What the filter says; none where it says nothing.
    pub(super) results: Option<Json>,
    pub(super) delta: Delta<'a>,
    pub(super) finish: Option<FinishReason>,
    pub(super) logprobs: Json,
}

impl Chunk<'_> {
    /// Writes the chunk as the event with this position.
    pub(super) fn append(self, text: &mut String, envelope: &Envelope, call: &Call, position: usize) {
        text.push_str("data: {\"choices\":[{");
        if let Some(results) = self.results {
            text.push_str("\"content_filter_results\":");
            results.append(text);
            text.push(',');
        }
        self.delta.append(text);
        text.push_str("\"finish_reason\":");
        self.finish.map_or(Json::Null, |finish| Json::Word(finish.name())).append(text);
        text.push_str(",\"index\":");
        Json::from(self.index).append(text);
        text.push_str(",\"logprobs\":");
        self.logprobs.append(text);
        text.push_str("}]");
        text.push_str(&envelope.after_choices);
        if envelope.padded {
            text.push_str(",\"obfuscation\":\"");
            call.pad(text, position);
            text.push('"');
        }
        text.push_str(&envelope.end);
    }
}

/// What a chunk adds to its choice.
pub(super) enum Delta<'a> {
    /// There is no such member.
    None,
    /// A text under a name.
    Text(&'static str, &'a str),
    Members(Json),
}

impl Delta<'_> {
    fn append(self, out: &mut String) {
        match self {
            Self::None => {}
            Self::Text(name, text) => {
                out.extend(["\"delta\":{\"", name, "\":"]);
                append_text(out, text);
                out.push_str("},");
            }
            Self::Members(members) => {
                out.push_str("\"delta\":");
                members.append(out);
                out.push(',');
            }
        }
    }
}

/// What all chunks of one answer have in common, written once.
pub(super) struct Envelope {
    /// After the choices: when, id, model.
    after_choices: String,
    /// After the padding, when there are no token counts.
    end: String,
    pub(super) padded: bool,
}

impl Envelope {
    pub(super) fn new(call: &Call, request: &ChatRequest, answer: &Answer) -> Self {
        let mut after_choices = format!(",\"created\":{},\"id\":", answer.created);
        Json::from(&answer.id).append(&mut after_choices);
        after_choices.push_str(",\"model\":");
        Json::from(call.model_name()).append(&mut after_choices);
        let mut end = String::from(",\"object\":\"chat.completion.chunk\"");
        if !call.target.serverless {
            end.push_str(",\"system_fingerprint\":");
            Json::from(call.target.served.fingerprint.as_ref()).append(&mut end);
        }
        if request.include_usage {
            end.push_str(",\"usage\":null");
        }
        end.push_str("}\n\n");
        let padded = request.include_obfuscation && call.generation() > Generation::Early && call.model().is_openai;
        Self { after_choices, end, padded }
    }
}
