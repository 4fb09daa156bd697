//! What the convention says about one call, as attributes: the whole of what the reference knows of telemetry.

use opentelemetry::{Array, KeyValue, StringValue, Value as AttributeValue};
use serde_json::Value;

use super::{Answer, Call, messages};
use crate::convention::{Concept, Convention, Release};
use crate::scenario::Operation;

/// The first release that names operations.
const OPERATION_SINCE: Release = Release::new(1, 27, 0);
/// The first release that has message attributes.
const CONTENT_SINCE: Release = Release::new(1, 37, 0);
/// The first release that names types of output itself.
const OUTPUT_TYPE_SINCE: Release = Release::new(1, 31, 0);
/// The first release that has tool definitions.
const TOOL_DEFINITIONS_SINCE: Release = Release::new(1, 38, 0);

/// The span's name: operation and model.
pub(crate) fn span_name(call: &Call) -> String {
    format!("{} {}", call.operation.as_str(), call.model)
}

/// Every attribute of the call's span at a release, in the order of the lists below.
pub fn attributes(call: &Call, answer: &Answer, release: Release, convention: &Convention) -> Vec<KeyValue> {
    let mut writer = Writer { release, convention, attributes: Vec::new() };
    writer.request(call);
    writer.answer(call, answer);
    if release >= CONTENT_SINCE && call.operation == Operation::Chat {
        writer.content(call, answer);
    }
    writer.attributes
}

struct Writer<'a> {
    release: Release,
    convention: &'a Convention,
    attributes: Vec<KeyValue>,
}

impl Writer<'_> {
    fn request(&mut self, call: &Call) {
        let spelled = |concept, value: &str| self.convention.spelled(concept, Some(&self.release), value);
        let operation = spelled(Concept::Operation, call.operation.as_str());
        let provider = spelled(Concept::Provider, call.provider);
        if self.release >= OPERATION_SINCE {
            self.concept(Concept::Operation, operation);
        }
        self.concept(Concept::Provider, provider);
        self.concept(Concept::RequestModel, call.model.clone());
        self.concept(Concept::ServerHost, call.host.clone());
        self.concept(Concept::ServerPort, i64::from(call.port));
        let number = |key: &str| call.body.get(key).and_then(Value::as_f64);
        let whole = |key: &str| call.body.get(key).and_then(Value::as_i64);
        self.concept_if(Concept::RequestTemperature, number("temperature"));
        self.concept_if(Concept::RequestTopP, number("top_p"));
        self.concept_if(Concept::RequestMaxTokens, whole("max_tokens"));
        self.concept_if(Concept::RequestSeed, whole("seed"));
        self.concept_if(Concept::EmbeddingsDimensions, whole("dimensions"));
        self.concept_if(Concept::Stream, call.is_stream().then_some(true));
        self.concept_if(Concept::OutputType, output_type(call, self.release));
        self.concept_if(Concept::RequestFrequencyPenalty, number("frequency_penalty"));
        self.concept_if(Concept::RequestPresencePenalty, number("presence_penalty"));
        self.concept_if(Concept::RequestChoices, whole("n").filter(|count| *count != 1));
        let listed = |key: &str| call.body.get(key).map(|value| texts(one_or_several(value)));
        self.concept_if(Concept::RequestStop, listed("stop"));
        self.concept_if(Concept::RequestEncodingFormats, listed("encoding_format"));
    }

    fn answer(&mut self, call: &Call, answer: &Answer) {
        self.concept_if(Concept::ResponseId, answer.id.clone());
        self.concept_if(Concept::ResponseModel, answer.model.clone());
        let reasons: Vec<&str> = answer.choices.values().filter_map(|choice| choice.finish_reason.as_deref()).collect();
        self.concept_if(Concept::FinishReasons, (!reasons.is_empty()).then(|| texts(reasons.into_iter())));
        self.concept_if(Concept::UsageInput, answer.tokens("/prompt_tokens"));
        if call.operation == Operation::Chat {
            self.concept_if(Concept::UsageOutput, answer.tokens("/completion_tokens"));
        }
        self.concept_if(Concept::UsageCached, answer.tokens("/prompt_tokens_details/cached_tokens"));
        let reasoning = answer.tokens("/completion_tokens_details/reasoning_tokens").filter(|count| *count > 0);
        self.concept_if(Concept::UsageReasoning, reasoning);
        self.concept_if(Concept::StreamFirstChunk, answer.first_chunk.map(|time| time.as_secs_f64()));
        self.concept_if(Concept::ErrorType, answer.failure.as_ref().map(|failure| failure.class.clone()));
    }

    fn content(&mut self, call: &Call, answer: &Answer) {
        self.name_if("gen_ai.input.messages", Some(messages::input(call).to_string()));
        self.name_if("gen_ai.output.messages", messages::output(answer).map(|messages| messages.to_string()));
        if self.release >= TOOL_DEFINITIONS_SINCE {
            self.name_if("gen_ai.tool.definitions", messages::tools(call).map(|tools| tools.to_string()));
        }
    }

    /// Writes a concept under the name that the convention gives it at this release, if it gives one.
    fn concept(&mut self, concept: Concept, value: impl Into<AttributeValue>) {
        if let Some(name) = self.convention.attribute(concept, Some(&self.release)) {
            self.attributes.push(KeyValue::new(name.to_owned(), value));
        }
    }

    fn concept_if(&mut self, concept: Concept, value: Option<impl Into<AttributeValue>>) {
        if let Some(value) = value {
            self.concept(concept, value);
        }
    }

    fn name_if(&mut self, name: &'static str, value: Option<impl Into<AttributeValue>>) {
        if let Some(value) = value {
            self.attributes.push(KeyValue::new(name, value));
        }
    }
}

/// What was asked for; older releases have OpenAI's own words for it.
fn output_type(call: &Call, release: Release) -> Option<String> {
    let asked = ["/response_format/type", "/text/format/type"];
    let asked = asked.into_iter().find_map(|path| call.body.pointer(path)?.as_str())?;
    let is_json = release >= OUTPUT_TYPE_SINCE && asked.starts_with("json");
    Some(if is_json { "json".to_owned() } else { asked.to_owned() })
}

/// A text, or each text of a list.
fn one_or_several(value: &Value) -> impl Iterator<Item = &str> {
    let several = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    several.iter().filter_map(Value::as_str)
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> AttributeValue {
    AttributeValue::Array(Array::String(texts.map(|text| StringValue::from(text.to_owned())).collect()))
}
