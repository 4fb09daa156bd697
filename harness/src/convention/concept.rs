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

macro_rules! concepts {
    ($(#[doc = $meaning:literal] $variant:ident = $name:literal, $sensitivity:ident, $arity:ident;)*) => {
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
        }
    };
}

concepts! {
    /// `chat` or `embeddings`: the last part of the request's path.
    Operation = "operation", Metadata, One;
    /// `azure.ai.openai`: the request's host is an Azure OpenAI resource.
    Provider = "provider", Metadata, One;
    /// What the application passed as `model`: the request body's `model`, or the deployment in its path.
    RequestModel = "request.model", Metadata, One;
    /// The model snapshot that answered: the answer's `model`, in a stream the first that is not empty.
    ResponseModel = "response.model", Metadata, One;
    /// The answer's `id`, in a stream the first that is not empty.
    ResponseId = "response.id", Metadata, One;
    /// Each choice's `finish_reason`.
    FinishReasons = "finish_reasons", Metadata, List;
    /// The answer's `usage.prompt_tokens`.
    UsageInput = "usage.input", Metadata, One;
    /// The answer's `usage.completion_tokens`.
    UsageOutput = "usage.output", Metadata, One;
    /// The answer's text: `message.content`, or the `delta.content` of a stream joined.
    OutputText = "output.text", Content, One;
    /// The text of the request's last user message.
    InputUser = "input.user", Content, Last;
    /// Names of the functions in the answer's `tool_calls`.
    OutputToolCalls = "output.tool_calls", Content, List;
    /// Arguments of the answer's `tool_calls`, as JSON objects; on the wire they are JSON in a string.
    OutputToolArguments = "output.tool_arguments", Content, List;
    /// Names of the functions in the request's `tools`.
    ToolDefinitions = "tool.definitions", Content, List;
    /// The request's `temperature`.
    RequestTemperature = "request.temperature", Metadata, One;
    /// The request's `top_p`.
    RequestTopP = "request.top_p", Metadata, One;
    /// The request's `max_tokens`.
    RequestMaxTokens = "request.max_tokens", Metadata, One;
    /// The request's `seed`.
    RequestSeed = "request.seed", Metadata, One;
    /// The host that the request went to.
    ServerHost = "server.host", Metadata, One;
    /// The port that the request went to.
    ServerPort = "server.port", Metadata, One;
    /// What kind of error ended the call: the error body's `code`, or the status.
    ErrorType = "error.type", Metadata, One;
    /// Whether the request had `stream: true`.
    Stream = "stream", Metadata, One;
    /// The session id that the application gave; never on the wire.
    Session = "session", Metadata, One;
    /// The user id that the application gave; never on the wire.
    User = "user", Metadata, One;
    /// The request's `dimensions`.
    EmbeddingsDimensions = "embeddings.dimensions", Metadata, One;
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
