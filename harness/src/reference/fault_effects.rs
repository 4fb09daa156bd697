//! What each fault does to spans, metrics, requests and what the application sees.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry::trace::SpanContext;
use opentelemetry::{Array, KeyValue, StringValue, Value as AttributeValue};
use serde_json::{Value, json};

use super::faults::Fault;
use super::metrics::value;
use super::{Answer, Call};
use crate::convention::{Concept, Convention, MetricRole, Release};
use crate::protocol::{Outcome, StreamEnded};
use crate::scenario::Operation;
use crate::telemetry::{
    Attributes, LogRecord, Metric, MetricData, Nanoseconds, Scope, SpanId, TraceId, Value as TelemetryValue,
};

/// What a fault works on.
pub(super) struct Altered<'a> {
    pub(super) call: &'a Call,
    pub(super) answer: &'a Answer,
    pub(super) release: Release,
    pub(super) convention: &'a Convention,
    /// The application is within a session.
    pub(super) in_session: bool,
    /// The key that the application was given.
    pub(super) key: Option<&'a str>,
    /// The first vector of an answer with some.
    pub(super) vector: Option<Vec<f64>>,
}

impl Altered<'_> {
    /// Whether the service counted nothing because it was not asked to.
    fn has_no_usage(&self) -> bool {
        let asked = self.call.body.pointer("/stream_options/include_usage") == Some(&Value::Bool(true));
        !asked && self.answer.usage.is_none() && self.answer.failure.is_none()
    }
}

const INPUT: &str = "gen_ai.input.messages";
const OUTPUT: &str = "gen_ai.output.messages";

impl Fault {
    /// Alters the attributes of a call's span.
    pub(super) fn attributes(self, attributes: &mut Vec<KeyValue>, of: &Altered<'_>) {
        let mut list = List { attributes, of };
        let failed = of.answer.failure.is_some();
        match self {
            Self::DeploymentLost => list.drop(Concept::RequestModel),
            Self::DeploymentSwapped => {
                if let Some(model) = of.answer.model.clone() {
                    list.set(Concept::RequestModel, model);
                }
            }
            Self::ResponseModelSwapped => list.replace(Concept::ResponseModel, of.call.model.clone()),
            Self::ResponseModelLost => list.drop(Concept::ResponseModel),
            Self::ResponseIdLost => list.drop(Concept::ResponseId),
            Self::ResponseIdAltered => list.replace(Concept::ResponseId, "chatcmpl-another"),
            Self::ResponseIdGuessed if failed => list.add(Concept::ResponseId, "chatcmpl-guessed"),
            Self::TokensWrong => {
                if let Some(count) = list.whole(Concept::UsageInput) {
                    list.set(Concept::UsageInput, count + 1);
                }
            }
            Self::TokensSwapped => {
                if let (Some(input), Some(output)) = (list.whole(Concept::UsageInput), list.whole(Concept::UsageOutput))
                {
                    list.set(Concept::UsageInput, output);
                    list.set(Concept::UsageOutput, input);
                }
            }
            Self::TokensAsText => {
                if let Some(count) = list.whole(Concept::UsageInput) {
                    list.set(Concept::UsageInput, count.to_string());
                }
            }
            Self::TokensAsDouble => {
                if let Some(count) = list.whole(Concept::UsageInput).and_then(|count| u32::try_from(count).ok()) {
                    list.set(Concept::UsageInput, f64::from(count));
                }
            }
            Self::InputTokensLost => list.drop(Concept::UsageInput),
            Self::OutputTokensLost => list.drop(Concept::UsageOutput),
            Self::TokensGuessed if of.has_no_usage() => {
                list.add(Concept::UsageInput, 12_i64);
                list.add(Concept::UsageOutput, 34_i64);
            }
            Self::CachedTokensWrong => {
                if let Some(count) = list.whole(Concept::UsageCached) {
                    list.set(Concept::UsageCached, count + 1);
                }
            }
            Self::FinishReasonsLost => list.drop(Concept::FinishReasons),
            Self::FinishReasonsStop => list.replace(Concept::FinishReasons, texts(["stop"])),
            Self::FinishReasonsText => list.replace(Concept::FinishReasons, "stop"),
            Self::FinishReasonsGuessed if failed => list.add(Concept::FinishReasons, texts(["stop"])),
            Self::FinishReasonsDoubled => list.replace(Concept::FinishReasons, texts(["stop", "stop"])),
            Self::TemperatureLost => list.drop(Concept::RequestTemperature),
            Self::TemperatureGuessed => list.add(Concept::RequestTemperature, 1.0),
            Self::TemperatureAsText => list.replace(Concept::RequestTemperature, "0.25"),
            Self::SeedLost => list.drop(Concept::RequestSeed),
            Self::SeedWrong => list.replace(Concept::RequestSeed, 4321_i64),
            Self::SeedGuessed => list.add(Concept::RequestSeed, 0_i64),
            Self::MaxTokensWrong => list.replace(Concept::RequestMaxTokens, 128_000_i64),
            Self::HostIsUrl => list.replace(Concept::ServerHost, of.call.url.clone()),
            Self::PortLost => list.drop(Concept::ServerPort),
            Self::PortAsText => list.replace(Concept::ServerPort, "443"),
            Self::ProviderIsOpenAi => list.replace(Concept::Provider, "openai"),
            Self::ProviderOldName => {
                list.drop(Concept::Provider);
                list.attributes.push(KeyValue::new("gen_ai.system", "az.ai.openai"));
            }
            Self::OperationWrong if of.call.operation == Operation::Chat => {
                list.replace(Concept::Operation, "embeddings");
            }
            Self::ErrorTypeLost => list.drop(Concept::ErrorType),
            Self::ErrorTypeWrong => list.replace(Concept::ErrorType, "zebra_crossing"),
            Self::ErrorTypeGuessed => list.add(Concept::ErrorType, "warning"),
            Self::StreamLost => list.drop(Concept::Stream),
            Self::StreamGuessed => list.add(Concept::Stream, true),
            Self::FirstChunkLost => list.drop(Concept::StreamFirstChunk),
            Self::FirstChunkInMilliseconds => {
                let first = of.answer.first_chunk.map(|time| time.as_secs_f64() * 1_000_000.0);
                if let Some(first) = first {
                    list.replace(Concept::StreamFirstChunk, first);
                }
            }
            Self::DimensionsLost => list.drop(Concept::EmbeddingsDimensions),
            Self::DimensionsWrong => list.replace(Concept::EmbeddingsDimensions, 3072_i64),
            Self::OutputTypeText => list.replace(Concept::OutputType, "text"),
            Self::OutputTypeLost => list.drop(Concept::OutputType),
            Self::ServiceTierGuessed => list.add(Concept::RequestServiceTier, "auto"),
            Self::ApiTypeWrong if of.call.url.contains("/chat/completions") => list.add(Concept::ApiType, "responses"),
            Self::ConversationSwapped if of.in_session => list.add(Concept::Conversation, "somebody-elses"),
            _ => self.content(&mut list, failed),
        }
    }

    /// Alters what people and models said.
    fn content(self, list: &mut List<'_, '_>, failed: bool) {
        let of = list.of;
        match self {
            Self::PromptCut => list.edit(INPUT, &|messages| {
                each(messages, "text", &|part| cut(part, "content"));
            }),
            Self::PromptLost => list.drop_name(INPUT),
            Self::MessagesBroken => list.replace_name(INPUT, "[{"),
            Self::AnswerCut => list.edit(OUTPUT, &|messages| {
                each(messages, "text", &|part| cut(part, "content"));
            }),
            Self::AnswerLost => list.drop_name(OUTPUT),
            Self::PartialAnswerLost if failed => list.drop_name(OUTPUT),
            Self::ToolCallsMerged => list.edit(OUTPUT, &|messages| {
                for message in messages.as_array_mut().into_iter().flatten() {
                    if let Some(parts) = message.get_mut("parts").and_then(Value::as_array_mut) {
                        parts.truncate(1);
                    }
                }
            }),
            Self::SecondChoiceLost => list.edit(OUTPUT, &|messages| {
                if let Some(messages) = messages.as_array_mut() {
                    messages.truncate(1);
                }
            }),
            Self::ToolArgumentsAltered => list.edit(OUTPUT, &|messages| {
                each(messages, "tool_call", &|part| part["arguments"] = json!({ "city": "Nowhere" }));
            }),
            Self::ToolResultsAltered => list.edit(INPUT, &|messages| {
                each(messages, "tool_call_response", &|part| part["response"] = json!("nothing"));
            }),
            Self::ToolDefinitionsLost => list.drop_name("gen_ai.tool.definitions"),
            Self::KeyLeaked => list.push_text("http.request.header.api_key", of.key.map(str::to_owned)),
            Self::KeyLeakedBase64 => {
                list.push_text("http.request.header.basic", of.key.map(|key| STANDARD.encode(format!("api:{key}"))));
            }
            Self::PromptLeaked => list.push_text("debug.prompt", Some(json!(of.call.messages).to_string())),
            Self::AnswerLeaked => {
                let text = of.answer.choices.values().find_map(|choice| choice.text.clone());
                list.push_text("debug.answer", text);
            }
            Self::ToolArgumentsLeaked => {
                let mut calls = of.answer.choices.values().flat_map(|choice| choice.tool_calls.values());
                list.push_text("debug.arguments", calls.next().map(|call| call.arguments.clone()));
            }
            Self::ToolDefinitionsLeaked => {
                list.push_text("debug.tools", of.call.body.get("tools").map(Value::to_string));
            }
            Self::EmbeddedTextLeaked => {
                list.push_text("debug.input", of.call.body.get("input").map(Value::to_string));
            }
            Self::VectorLeaked => {
                if let Some(vector) = &of.vector {
                    let vector = AttributeValue::Array(Array::F64(vector.clone()));
                    list.attributes.push(KeyValue::new("debug.vector", vector));
                }
            }
            _ => self.oddity(list),
        }
    }

    /// Adds what no concept stands for.
    fn oddity(self, list: &mut List<'_, '_>) {
        match self {
            Self::UrlPathWrong => list.push_text("url.path", Some("/v1/chat/completions".to_owned())),
            Self::HttpStatusWrong => list.attributes.push(KeyValue::new("http.response.status_code", 418_i64)),
            Self::BrokenJson => list.push_text("debug.headers", Some("{'accept': 'text'}".to_owned())),
            Self::ObjectAddress => {
                list.push_text("debug.answer", Some("<Stream object at 0x7f0c5a3e1d90>".to_owned()));
            }
            Self::AttributeTwice => {
                list.push_text("debug.twice", Some("once".to_owned()));
                list.push_text("debug.twice", Some("again".to_owned()));
            }
            _ => {}
        }
    }

    /// The type of an exception that the application never saw.
    pub(super) fn exception(self, answer: &Answer) -> Option<&'static str> {
        match (self, &answer.failure) {
            (Self::ExceptionWrong, Some(_)) => Some("builtins.ZebraError"),
            (Self::ExceptionGuessed, None) => Some("builtins.Warning"),
            _ => None,
        }
    }

    /// An event that tells of a call, wrongly.
    pub(super) fn record(self, span: &SpanContext, attributes: &[KeyValue], scope: &Scope) -> Option<LogRecord> {
        let mut said: Attributes = attributes
            .iter()
            .filter(|attribute| !attribute.key.as_str().ends_with("messages"))
            .map(|attribute| (attribute.key.to_string(), value(&attribute.value)))
            .collect();
        match self {
            Self::LogWithoutSpan => {}
            Self::LogTokensWrong => match said.get_mut("gen_ai.usage.input_tokens") {
                Some(TelemetryValue::Int(count)) => *count += 1,
                _ => return None,
            },
            Self::LogSeedGuessed if !said.contains_key("gen_ai.request.seed") => {
                said.insert("gen_ai.request.seed".to_owned(), TelemetryValue::Int(0));
            }
            _ => return None,
        }
        let is_lost = self == Self::LogWithoutSpan;
        Some(LogRecord {
            time: Nanoseconds(1),
            severity: 9,
            event_name: "gen_ai.client.inference.operation.details".to_owned(),
            body: TelemetryValue::Empty,
            attributes: said,
            trace: (!is_lost).then(|| TraceId(span.trace_id().to_bytes())),
            span: (!is_lost).then(|| SpanId(span.span_id().to_bytes())),
            scope: scope.clone(),
        })
    }

    /// Alters a metric. Gives whether it is recorded at all.
    pub(super) fn metric(self, role: MetricRole, metric: &mut Metric, call: &Call) -> bool {
        let MetricData::Histogram(points) = &mut metric.data else { return true };
        let duration = role == MetricRole::Duration;
        match self {
            Self::DurationMetricLost => return !duration,
            Self::TokenMetricLost => return duration,
            Self::DurationMetricTwice if duration => points.extend(points.clone()),
            Self::MetricUnit if duration => "ms".clone_into(&mut metric.unit),
            Self::MetricInMilliseconds if duration => points.iter_mut().for_each(|point| point.sum *= 1000.0),
            Self::MetricTokensWrong if !duration => points.iter_mut().for_each(|point| point.sum += 7.0),
            Self::MetricWithoutProvider => {
                for point in points {
                    point.attributes.remove("gen_ai.provider.name");
                }
            }
            Self::MetricModelSwapped => {
                for point in points {
                    let other = TelemetryValue::String("another".to_owned());
                    point.attributes.insert("gen_ai.request.model".to_owned(), other);
                }
            }
            Self::PromptLeakedInMetric => {
                for point in points {
                    let prompt = TelemetryValue::String(json!(call.messages).to_string());
                    point.attributes.insert("debug.prompt".to_owned(), prompt);
                }
            }
            _ => {}
        }
        true
    }

    /// Alters what the application sees.
    pub(super) fn outcome(self, outcome: &mut Outcome, answer: &mut Answer) {
        match (self, outcome) {
            (Self::ChunkAltered, Outcome::Stream { chunks, ended: StreamEnded::Exhausted, .. }) => {
                if let Some(chunk) = chunks.last_mut() {
                    chunk["object"] = json!("altered");
                }
            }
            (Self::ChunkLost, Outcome::Stream { chunks, ended: StreamEnded::Exhausted, .. }) => drop(chunks.pop()),
            (Self::BodyTouched, Outcome::Response { body }) if body.is_object() => body["_traced"] = json!(true),
            (Self::ErrorMessageAltered, Outcome::Error { error }) => error.message.push_str(" (traced)"),
            (Self::ErrorSwallowed, outcome @ Outcome::Error { .. }) => {
                *outcome = Outcome::Response { body: Value::Null };
                answer.failure = None;
            }
            _ => {}
        }
    }

    /// Headers that are sent too.
    pub(super) fn header(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::TraceparentInjected => {
                Some(("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
            }
            Self::HeaderAdded => Some(("x-traced-by", "azmatrix")),
            _ => None,
        }
    }

    /// The request as it is really sent.
    pub(super) fn request(self, url: &mut String, body: &mut Value) {
        match self {
            Self::RequestUrlAltered => url.push_str("&traced=yes"),
            Self::RequestBodyAltered => body["user"] = json!("traced"),
            _ => {}
        }
    }
}

/// The attributes of a span, by concept.
struct List<'l, 'a> {
    attributes: &'l mut Vec<KeyValue>,
    of: &'a Altered<'a>,
}

impl List<'_, '_> {
    fn name(&self, concept: Concept) -> Option<String> {
        self.of.convention.attribute(concept, Some(&self.of.release)).map(str::to_owned)
    }

    fn drop(&mut self, concept: Concept) {
        if let Some(name) = self.name(concept) {
            self.drop_name(&name);
        }
    }

    fn drop_name(&mut self, name: &str) {
        self.attributes.retain(|attribute| attribute.key.as_str() != name);
    }

    /// Whether there was one or not.
    fn set(&mut self, concept: Concept, value: impl Into<AttributeValue>) {
        if let Some(name) = self.name(concept) {
            self.drop_name(&name);
            self.attributes.push(KeyValue::new(name, value));
        }
    }

    /// Only where there is none.
    fn add(&mut self, concept: Concept, value: impl Into<AttributeValue>) {
        if self.value(concept).is_none() {
            self.set(concept, value);
        }
    }

    /// Only where there is one.
    fn replace(&mut self, concept: Concept, value: impl Into<AttributeValue>) {
        if self.value(concept).is_some() {
            self.set(concept, value);
        }
    }

    fn value(&self, concept: Concept) -> Option<&AttributeValue> {
        let name = self.name(concept)?;
        self.attributes.iter().find(|attribute| attribute.key.as_str() == name).map(|attribute| &attribute.value)
    }

    fn whole(&self, concept: Concept) -> Option<i64> {
        match self.value(concept)? {
            AttributeValue::I64(number) => Some(*number),
            _ => None,
        }
    }

    fn replace_name(&mut self, name: &'static str, text: &'static str) {
        for attribute in self.attributes.iter_mut().filter(|attribute| attribute.key.as_str() == name) {
            attribute.value = text.into();
        }
    }

    fn push_text(&mut self, name: &'static str, text: Option<String>) {
        if let Some(text) = text {
            self.attributes.push(KeyValue::new(name, text));
        }
    }

    /// Changes the JSON that an attribute is.
    fn edit(&mut self, name: &str, change: &dyn Fn(&mut Value)) {
        for attribute in self.attributes.iter_mut().filter(|attribute| attribute.key.as_str() == name) {
            if let Ok(mut json) = serde_json::from_str::<Value>(&attribute.value.as_str()) {
                change(&mut json);
                attribute.value = json.to_string().into();
            }
        }
    }
}

/// Changes every part of a type.
fn each(messages: &mut Value, kind: &str, change: &dyn Fn(&mut Value)) {
    for message in messages.as_array_mut().into_iter().flatten() {
        for part in message.get_mut("parts").and_then(Value::as_array_mut).into_iter().flatten() {
            if part.get("type").and_then(Value::as_str) == Some(kind) {
                change(part);
            }
        }
    }
}

/// Leaves the first half of a text.
fn cut(part: &mut Value, key: &str) {
    let text = part.get(key).and_then(Value::as_str).unwrap_or_default();
    let half: String = text.chars().skip(text.chars().count() / 2 + 1).collect();
    part[key] = half.into();
}

fn texts<const N: usize>(texts: [&'static str; N]) -> AttributeValue {
    AttributeValue::Array(Array::String(texts.into_iter().map(StringValue::from).collect()))
}
