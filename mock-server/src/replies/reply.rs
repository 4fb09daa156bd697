//! The shape of a reply, and what the cloud makes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::cloud::{
    Annotations, ChatReply, Choice as ScriptedChoice, EmbeddingsReply, ErrorKind, ErrorReply, FinishReason, RawReply,
    ScriptedReply, StreamEnd, StreamFault, StreamFaultKind, StreamPlan, ToolCall as ScriptedToolCall, ToolDeltas,
    Usage,
};

/// What the service answers to a request. Exactly one of `text`, `refusal`, `tool_calls`, `choices`, `embeddings`, `error`
/// and `raw`.
///
/// ```
/// use azure_openai_mock::replies::Reply;
///
/// let reply: Reply = serde_json::from_str(r#"{"text": "It is 18 °C in Oslo.", "usage": {"input": 12, "output": 9}}"#)?;
/// let scripted = reply.scripted(None)?;
/// assert_eq!(scripted.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::replies::without_example))]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The answer's text.
    pub text: Option<String>,
    /// What the model says in place of an answer.
    pub refusal: Option<String>,
    /// Tool calls the model asks for.
    pub tool_calls: Option<Vec<ToolCall>>,
    /// Several choices, as many as the call's `n`.
    pub choices: Option<Vec<Choice>>,
    /// An embeddings answer.
    pub embeddings: Option<Embeddings>,
    /// An error, with the service's own body and headers.
    pub error: Option<ErrorKind>,
    /// An answer byte for byte, where nothing else says it: status, headers and body are what is written here. No token
    /// counts or finish reason stand beside it, and of the faults only `reset`, `eof` and `stall`.
    pub raw: Option<Raw>,
    /// Milliseconds in the error's `retry-after-ms` header.
    pub retry_after_ms: Option<u64>,
    /// Why the model stopped; by default `stop` or `tool_calls`.
    pub finish_reason: Option<FinishReason>,
    /// Token counts.
    pub usage: Option<Usage>,
    /// How the text is cut when it is streamed; joined they must be `text`.
    pub chunks: Option<Vec<String>>,
    /// Milliseconds until the answer begins.
    pub delay_ms: Option<u64>,
    /// Milliseconds between chunks.
    pub chunk_gap_ms: Option<u64>,
    /// The argument fragments of parallel tool calls take turns, so that only their `index` tells them apart.
    #[serde(default)]
    pub interleaved: bool,
    /// Where the asynchronous filter's last annotations come.
    pub annotations: Option<Annotations>,
    /// The stream ends without `[DONE]`, as some models do.
    #[serde(default)]
    pub without_done: bool,
    /// What goes wrong in the middle of a stream.
    pub fault: Option<StreamFaultKind>,
    /// Content chunks that leave before the fault; not with `split-characters`, nor with `raw`.
    pub after_chunk: Option<u32>,
    /// Error answers that come first, one per attempt of the client.
    #[serde(default)]
    pub preceded_by: Vec<EarlierError>,
}

/// One of several choices. Exactly one of `text`, `refusal` and `tool_calls`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "ChoiceReply"))]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The choice's text.
    pub text: Option<String>,
    /// What the model says in place of an answer.
    pub refusal: Option<String>,
    /// Tool calls the model asks for.
    pub tool_calls: Option<Vec<ToolCall>>,
    /// Why the model stopped; by default `stop` or `tool_calls`.
    pub finish_reason: Option<FinishReason>,
}

/// An error answer before the final one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EarlierError {
    /// The error.
    pub error: ErrorKind,
    /// Milliseconds in its `retry-after-ms` header.
    pub retry_after_ms: Option<u64>,
}

/// A tool call in a reply.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// The call's id.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

/// An embeddings answer: the vectors are made from the inputs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "EmbeddingsReply"))]
#[serde(deny_unknown_fields)]
pub struct Embeddings {
    /// Length of the vectors.
    pub dimensions: Option<u32>,
}

/// An answer byte for byte. Of `body`, `json` and `events` at most one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "RawReply"))]
#[serde(deny_unknown_fields)]
pub struct Raw {
    /// The status; 200 by default.
    pub status: Option<u16>,
    /// A reason phrase that differs from the standard one.
    pub reason: Option<String>,
    /// Headers. `Content-Length` or `Transfer-Encoding` is added; `Content-Type`, unless it is among them, too.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    pub body: Option<String>,
    /// The body as JSON.
    pub json: Option<Value>,
    /// The pieces of a streamed body, as text: `data: …` with its blank line.
    pub events: Option<Vec<String>>,
}

/// A reply that contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadReply {
    /// It says nothing.
    #[error("the reply needs one of `text`, `refusal`, `tool_calls`, `choices`, `embeddings`, `error` and `raw`")]
    Empty,
    /// It says two things at once.
    #[error("the reply has `{one}` and `{other}`, of which it may have one")]
    Both {
        /// One of them.
        one: &'static str,
        /// And another.
        other: &'static str,
    },
    /// The chunks are another text.
    #[error("the chunks joined are {chunks:?}, and not the text {text:?}")]
    Chunks {
        /// What the chunks say.
        chunks: String,
        /// What the reply says.
        text: String,
    },
    /// A place for a fault that there is none of.
    #[error("`after_chunk` says when a `fault` comes, and there is none")]
    NoFault,
    /// No such status.
    #[error("{0} is no status of HTTP")]
    Status(u16),
    /// A fault that bytes cannot have: who writes them writes the fault, too.
    #[error("a raw reply ends with the faults `reset`, `eof` and `stall`; others are written into its events")]
    RawFault,
}

impl Reply {
    /// What the cloud is told: errors first, one for each attempt, then the reply itself, with this id if there is one.
    pub fn scripted(&self, response_id: Option<String>) -> Result<Vec<ScriptedReply>, BadReply> {
        self.check()?;
        let earlier =
            self.preceded_by.iter().map(|earlier| error(earlier.error, earlier.retry_after_ms, Duration::ZERO));
        Ok(earlier.chain([self.last(response_id)]).collect())
    }

    /// Whether it is an assistant message that a conversation can go on from.
    pub fn is_message(&self) -> bool {
        self.text.is_some() || self.refusal.is_some() || self.tool_calls.is_some() || self.choices.is_some()
    }

    /// The tool calls of the message that a conversation goes on from: that of the first choice.
    pub fn first_tool_calls(&self) -> &[ToolCall] {
        let of_choice = self.choices.as_ref().and_then(|choices| choices.first()?.tool_calls.as_ref());
        self.tool_calls.as_ref().or(of_choice).map_or(&[], Vec::as_slice)
    }

    fn check(&self) -> Result<(), BadReply> {
        let said = [
            ("text", self.text.is_some()),
            ("refusal", self.refusal.is_some()),
            ("tool_calls", self.tool_calls.is_some()),
            ("choices", self.choices.is_some()),
            ("embeddings", self.embeddings.is_some()),
            ("error", self.error.is_some()),
            ("raw", self.raw.is_some()),
        ];
        let mut said = said.into_iter().filter_map(|(name, is_said)| is_said.then_some(name));
        let one = said.next().ok_or(BadReply::Empty)?;
        if let Some(other) = said.next() {
            return Err(BadReply::Both { one, other });
        }
        if let Some(chunks) = self.chunks.as_ref().map(|chunks| chunks.concat()) {
            let text = self.text.clone().unwrap_or_default();
            if chunks != text {
                return Err(BadReply::Chunks { chunks, text });
            }
        }
        if self.after_chunk.is_some() && self.fault.is_none() {
            return Err(BadReply::NoFault);
        }
        self.raw.as_ref().map_or(Ok(()), |raw| raw.check(self.fault))
    }

    /// The choice of a reply that does not list several.
    fn only_choice(&self) -> Choice {
        Choice {
            text: self.text.clone(),
            refusal: self.refusal.clone(),
            tool_calls: self.tool_calls.clone(),
            finish_reason: self.finish_reason,
        }
    }

    fn last(&self, response_id: Option<String>) -> ScriptedReply {
        let delay = Duration::from_millis(self.delay_ms.unwrap_or(0));
        if let Some(kind) = self.error {
            return error(kind, self.retry_after_ms, delay);
        }
        if let Some(raw) = &self.raw {
            return raw.scripted(delay, Duration::from_millis(self.chunk_gap_ms.unwrap_or(0)), self.fault).into();
        }
        if let Some(embeddings) = &self.embeddings {
            let dimensions = embeddings.dimensions.map(|dimensions| dimensions as usize);
            return EmbeddingsReply { dimensions, usage: self.usage, delay }.into();
        }
        let fault = self.fault.map(|kind| StreamFault { kind, after_chunk: self.after_chunk.unwrap_or(0) as usize });
        let choices = match &self.choices {
            Some(choices) => choices.iter().map(Choice::scripted).collect(),
            None => vec![self.only_choice().scripted()],
        };
        let reply = ChatReply {
            choices,
            response_id,
            usage: self.usage,
            delay,
            tool_deltas: if self.interleaved { ToolDeltas::Interleaved } else { ToolDeltas::InOrder },
            annotations: self.annotations.unwrap_or_default(),
            without_done: self.without_done,
            stream: StreamPlan {
                chunks: self.chunks.clone(),
                gap: Duration::from_millis(self.chunk_gap_ms.unwrap_or(0)),
                fault,
            },
            ..ChatReply::default()
        };
        reply.into()
    }
}

impl Raw {
    fn check(&self, fault: Option<StreamFaultKind>) -> Result<(), BadReply> {
        let said = [("body", self.body.is_some()), ("json", self.json.is_some()), ("events", self.events.is_some())];
        let mut said = said.into_iter().filter_map(|(name, is_said)| is_said.then_some(name));
        if let (Some(one), Some(other)) = (said.next(), said.next()) {
            return Err(BadReply::Both { one, other });
        }
        if let Some(status) = self.status
            && StatusCode::from_u16(status).is_err()
        {
            return Err(BadReply::Status(status));
        }
        match fault.map(ending) {
            Some(None) => Err(BadReply::RawFault),
            _ => Ok(()),
        }
    }

    fn scripted(&self, delay: Duration, gap: Duration, fault: Option<StreamFaultKind>) -> RawReply {
        let mut headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        if !self.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
            let kind = if self.events.is_some() { "text/event-stream; charset=utf-8" } else { "application/json" };
            headers.insert(0, ("Content-Type".to_owned(), kind.to_owned()));
        }
        let json = self.json.as_ref().map(Value::to_string);
        let events = self.events.as_ref().map(|events| events.iter().map(|event| event.clone().into()).collect());
        RawReply {
            status: self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default(),
            reason: self.reason.clone(),
            headers,
            body: self.body.clone().or(json).unwrap_or_default().into(),
            events,
            gap,
            end: fault.and_then(ending),
            delay,
        }
    }
}

/// How a body ends with a fault, if the fault is nothing but an end.
fn ending(fault: StreamFaultKind) -> Option<StreamEnd> {
    match fault {
        StreamFaultKind::Reset => Some(StreamEnd::Reset),
        StreamFaultKind::Eof => Some(StreamEnd::Eof),
        StreamFaultKind::Stall => Some(StreamEnd::Stall),
        StreamFaultKind::Truncated
        | StreamFaultKind::ErrorEvent
        | StreamFaultKind::Malformed
        | StreamFaultKind::HalfCharacter
        | StreamFaultKind::SplitCharacters => None,
    }
}

impl Choice {
    fn scripted(&self) -> ScriptedChoice {
        ScriptedChoice {
            text: self.text.clone(),
            tool_calls: self.tool_calls.iter().flatten().map(tool_call).collect(),
            refusal: self.refusal.clone(),
            finish_reason: self.finish_reason,
        }
    }
}

fn tool_call(call: &ToolCall) -> ScriptedToolCall {
    ScriptedToolCall {
        id: call.id.clone(),
        name: call.tool.clone(),
        arguments_json: Value::Object(call.arguments.clone()).to_string(),
    }
}

fn error(kind: ErrorKind, retry_after_ms: Option<u64>, delay: Duration) -> ScriptedReply {
    let retry_after_ms = retry_after_ms.map(Duration::from_millis);
    ErrorReply { retry_after_ms, delay, ..ErrorReply::new(kind) }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Reply {
        serde_json::from_str(text).expect("a reply")
    }

    #[test]
    fn a_reply_says_one_thing() {
        let check = |text: &str, expected: &str| {
            let found = read(text).scripted(None).map_err(|error| error.to_string());
            assert_eq!(found.map(|replies| replies.len()), Err(expected.to_owned()), "{text}");
        };
        check(
            "{}",
            "the reply needs one of `text`, `refusal`, `tool_calls`, `choices`, `embeddings`, `error` and `raw`",
        );
        check(r#"{"raw":{"status":99}}"#, "99 is no status of HTTP");
        check(r#"{"raw":{"body":"a","json":1}}"#, "the reply has `body` and `json`, of which it may have one");
        let fault = "a raw reply ends with the faults `reset`, `eof` and `stall`; others are written into its events";
        check(r#"{"raw":{"events":[]},"fault":"malformed"}"#, fault);
        check(r#"{"text":"a","error":"timeout"}"#, "the reply has `text` and `error`, of which it may have one");
        check(r#"{"text":"ab","chunks":["a","c"]}"#, r#"the chunks joined are "ac", and not the text "ab""#);
        check(r#"{"text":"a","after_chunk":1}"#, "`after_chunk` says when a `fault` comes, and there is none");
    }

    #[test]
    fn the_words_are_those_of_scenarios() {
        for fault in
            ["reset", "eof", "stall", "error-event", "malformed", "truncated", "half-character", "split-characters"]
        {
            read(&format!(r#"{{"text":"a","fault":"{fault}"}}"#));
        }
        for error in ["call_rate_limit", "keys_disabled", "server_error", "unavailable", "bad-back-end"] {
            read(&format!(r#"{{"error":"{error}"}}"#));
        }
        let unknown = serde_json::from_str::<Reply>(r#"{"error":"none"}"#).expect_err("no such error").to_string();
        assert!(unknown.starts_with("unknown variant `none`, expected one of `unauthorized`, "), "{unknown}");
    }

    #[test]
    fn earlier_errors_come_first() {
        let reply = read(
            r#"{"tool_calls":[{"id":"call_1","tool":"tide","arguments":{"port":"Brest"}}],
                "preceded_by":[{"error":"rate_limit","retry_after_ms":10}]}"#,
        );
        let scripted = reply.scripted(Some("chatcmpl-x".to_owned())).expect("a reply");
        let [ScriptedReply::Error(error), ScriptedReply::Chat(chat)] = &scripted[..] else { panic!("{scripted:?}") };
        assert_eq!(error.retry_after_ms, Some(Duration::from_millis(10)));
        assert_eq!(chat.choices[0].tool_calls[0].arguments_json, r#"{"port":"Brest"}"#);
        assert_eq!(chat.response_id.as_deref(), Some("chatcmpl-x"));
    }

    #[cfg(feature = "schemars")]
    #[test]
    fn the_schema_has_every_word() {
        let schema = schemars::schema_for!(Reply).to_value().to_string();
        for word in ["call_rate_limit", "split-characters", "after-usage", "tool_calls", "preceded_by"] {
            assert!(schema.contains(&format!("\"{word}\"")), "{word}: {schema}");
        }
    }
}
