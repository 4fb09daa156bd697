//! The closed list of concepts: what a user wants to know about a call, whatever the attribute is called.

use std::fmt;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// Whether a concept is part of what people and models said to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// About the call; recorded always.
    Metadata,
    /// Prompts, answers, tools; recorded only where content capture is on.
    Content,
}

/// How many values a concept has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// One, as a rule; several (of several choices, say) are read as an array.
    One,
    /// Always an array, even of one.
    List,
    /// The last of several: a conversation is sent again as a whole.
    Last,
}

/// The type of one value of a concept, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number: `57`, never `57.0` or `"57"`.
    Whole,
    /// A number that may have a fraction.
    Number,
    /// True or false.
    Flag,
    /// Any JSON, compared as JSON.
    Json,
}

macro_rules! concepts {
    ($(#[doc = $meaning:literal] $variant:ident = $name:literal, $sensitivity:ident, $arity:ident, $kind:ident;)*) => {
        /// What a user wants to know about a call. The doc line of each says how the wire knows it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
        pub enum Concept {
            $(#[doc = $meaning] #[serde(rename = $name)] $variant,)*
        }

        impl Concept {
            /// Every concept, in the order of reports.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in scenario and convention files.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// How the wire knows it, for people.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning.trim_ascii()),* }
            }

            /// Whether it needs content capture.
            pub fn sensitivity(self) -> Sensitivity {
                match self { $(Self::$variant => Sensitivity::$sensitivity),* }
            }

            /// Whether it is a list by nature.
            pub fn arity(self) -> Arity {
                match self { $(Self::$variant => Arity::$arity),* }
            }

            /// The type of its value, or of each of them.
            pub fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind),* }
            }
        }
    };
}

concepts! {
    /// `chat`, `embeddings` or `responses`: the last part of the request's path.
    Operation = "operation", Metadata, One, Text;
    /// `azure.ai.openai`: the request's host is an Azure OpenAI resource.
    Provider = "provider", Metadata, One, Text;
    /// The deployment in the request's path; without one there, the request body's `model`.
    RequestDeployment = "request.deployment", Metadata, One, Text;
    /// What the application passed as `model`: the request body's `model`, or the deployment in its path.
    RequestModel = "request.model", Metadata, One, Text;
    /// The model snapshot that answered: the answer's `model`, in a stream the first that is not empty.
    ResponseModel = "response.model", Metadata, One, Text;
    /// The answer's `id`, in a stream the first that is not empty.
    ResponseId = "response.id", Metadata, One, Text;
    /// Each choice's `finish_reason`.
    FinishReasons = "finish_reasons", Metadata, List, Text;
    /// The answer's `usage.prompt_tokens`.
    UsageInput = "usage.input", Metadata, One, Whole;
    /// The answer's `usage.completion_tokens`.
    UsageOutput = "usage.output", Metadata, One, Whole;
    /// The answer's `usage.total_tokens`.
    UsageTotal = "usage.total", Metadata, One, Whole;
    /// The answer's `usage.prompt_tokens_details.cached_tokens`.
    UsageCached = "usage.cached", Metadata, One, Whole;
    /// The answer's `usage.completion_tokens_details.reasoning_tokens`.
    UsageReasoning = "usage.reasoning", Metadata, One, Whole;
    /// The answer's text: `message.content`, or the `delta.content` of a stream joined.
    OutputText = "output.text", Content, One, Text;
    /// Names of the functions in the answer's `tool_calls`.
    OutputToolCalls = "output.tool_calls", Content, List, Text;
    /// Ids of the answer's `tool_calls`.
    OutputToolIds = "output.tool_ids", Content, List, Text;
    /// Arguments of the answer's `tool_calls`, as JSON objects; on the wire they are JSON in a string.
    OutputToolArguments = "output.tool_arguments", Content, List, Json;
    /// The text of the request's last user message.
    InputUser = "input.user", Content, Last, Text;
    /// The text of the request's system and developer messages, and its `instructions`.
    InputSystem = "input.system", Content, List, Text;
    /// The text of the request's assistant messages: the conversation so far.
    InputAssistant = "input.assistant", Content, List, Text;
    /// The role of each of the request's messages.
    InputRoles = "input.roles", Content, List, Text;
    /// Names of the functions in the `tool_calls` of the request's messages.
    InputToolCalls = "input.tool_calls", Content, List, Text;
    /// The content of the request's tool messages, as JSON where it is some.
    InputToolResults = "input.tool_results", Content, List, Json;
    /// Names of the functions in the request's `tools`.
    ToolDefinitions = "tool.definitions", Content, List, Text;
    /// The request's `temperature`.
    RequestTemperature = "request.temperature", Metadata, One, Number;
    /// The request's `top_p`.
    RequestTopP = "request.top_p", Metadata, One, Number;
    /// The request's `max_tokens`, `max_completion_tokens` or `max_output_tokens`.
    RequestMaxTokens = "request.max_tokens", Metadata, One, Whole;
    /// The request's `seed`.
    RequestSeed = "request.seed", Metadata, One, Whole;
    /// The request's `frequency_penalty`.
    RequestFrequencyPenalty = "request.frequency_penalty", Metadata, One, Number;
    /// The request's `presence_penalty`.
    RequestPresencePenalty = "request.presence_penalty", Metadata, One, Number;
    /// The request's `stop`, one or several.
    RequestStop = "request.stop", Metadata, List, Text;
    /// The request's `n`.
    RequestChoices = "request.choices", Metadata, One, Whole;
    /// The request's `encoding_format`; clients add one by themselves.
    RequestEncodingFormats = "request.encoding_formats", Metadata, List, Text;
    /// The type of the request's `response_format` or `text.format`; without one it is `text`.
    OutputType = "output.type", Metadata, One, Text;
    /// The request's `reasoning_effort`, or `reasoning.effort`.
    RequestReasoningEffort = "request.reasoning_effort", Metadata, One, Text;
    /// The request's `user`: the end user that the application names to the service.
    RequestUser = "request.user", Metadata, One, Text;
    /// The request's `service_tier`.
    RequestServiceTier = "request.service_tier", Metadata, One, Text;
    /// The answer's `service_tier`.
    ResponseServiceTier = "response.service_tier", Metadata, One, Text;
    /// The answer's `system_fingerprint`.
    ResponseFingerprint = "response.fingerprint", Metadata, One, Text;
    /// `chat_completions` or `responses`: the last part of the request's path.
    ApiType = "api.type", Metadata, One, Text;
    /// The host that the request went to.
    ServerHost = "server.host", Metadata, One, Text;
    /// The port that the request went to.
    ServerPort = "server.port", Metadata, One, Whole;
    /// The `api-version` in the request's query.
    ApiVersion = "api.version", Metadata, One, Text;
    /// What kind of error ended the call: the error body's `code`, the status, or the exception that was raised.
    ErrorType = "error.type", Metadata, One, Text;
    /// The status of the error answer that ended the call.
    ErrorStatus = "error.status", Metadata, One, Whole;
    /// Whether the request had `stream: true`.
    Stream = "stream", Metadata, One, Flag;
    /// Seconds to the first frame of the stream: more than none, and no more than the span lasted.
    StreamFirstChunk = "stream.first_chunk", Metadata, One, Number;
    /// The conversation's id: the session that the application gave; never on the wire.
    Conversation = "conversation", Metadata, One, Text;
    /// The session id that the application gave; never on the wire.
    Session = "session", Metadata, One, Text;
    /// The user id that the application gave; never on the wire.
    User = "user", Metadata, One, Text;
    /// The request's `dimensions`.
    EmbeddingsDimensions = "embeddings.dimensions", Metadata, One, Whole;
    /// How many vectors the answer's `data` has.
    EmbeddingsCount = "embeddings.count", Content, One, Whole;
    /// The texts in the request's `input`.
    EmbeddingsTexts = "embeddings.texts", Content, List, Text;
}

impl Concept {
    /// The concept of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|concept| concept.as_str() == name)
    }

    /// Whether the application says it once for many calls, so that it may stand on an ancestor of the call's span.
    pub fn is_inherited(self) -> bool {
        matches!(self, Self::Session | Self::User)
    }
}

impl<'de> Deserialize<'de> for Concept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| D::Error::custom(unknown(&name)))
    }
}

/// Says what is wrong with a name, and which one was probably meant.
fn unknown(name: &str) -> String {
    /// Names that are less alike than this are not worth mentioning.
    const ALIKE: f64 = 0.8;
    let likeness = |concept: &Concept| strsim::jaro_winkler(name, concept.as_str());
    let close = Concept::ALL.iter().copied().filter(|concept| likeness(concept) >= ALIKE);
    match close.max_by(|one, other| likeness(one).total_cmp(&likeness(other))) {
        Some(concept) => format!("there is no concept `{name}`; did you mean `{concept}`?"),
        None => format!("there is no concept `{name}`"),
    }
}

impl fmt::Display for Concept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_concept_is_found_by_its_name() {
        for concept in Concept::ALL {
            assert_eq!(Concept::parse(concept.as_str()), Some(*concept));
        }
        assert_eq!(Concept::parse("usage.inputs"), None);
    }

    #[test]
    fn a_name_that_is_none_gets_a_suggestion_if_one_is_close() {
        assert_eq!(unknown("usage.inputs"), "there is no concept `usage.inputs`; did you mean `usage.input`?");
        assert_eq!(unknown("xyzzy"), "there is no concept `xyzzy`");
    }

    #[test]
    fn every_concept_says_how_the_wire_knows_it() {
        assert_eq!(Concept::UsageInput.meaning(), "The answer's `usage.prompt_tokens`.");
        assert!(Concept::ALL.iter().all(|concept| concept.meaning().ends_with('.')));
    }
}
