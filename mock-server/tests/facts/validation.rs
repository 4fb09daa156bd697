//! What is refused for what it says, and in whose words.

use azure_openai_mock::Reply;

use super::Words::{Ours, Reported};
use super::support::{ask, chat, respond, text};
use super::{Fact, Words, refused};

/// A request that is refused.
pub(crate) struct Refused {
    ask: fn(&str) -> Reply,
    body: &'static str,
    /// What the refusal says.
    says: &'static str,
}

impl Refused {
    /// Whether it is, so.
    pub(crate) fn holds(&self) -> bool {
        let reply = (self.ask)(self.body);
        reply.status == 400 && text(&reply).contains(self.says)
    }
}

const CHAT: fn(&str) -> Reply = |body| chat("chat-prod", body);
const O3: fn(&str) -> Reply = |body| chat("o3", body);
const O3_RESPONSES: fn(&str) -> Reply = |body| ask("POST /openai/v1/responses", body);
const RESPONSES: fn(&str) -> Reply = respond;

const S: &str = "10 refusals";

fn case(text: &'static str, words: Words, ask: fn(&str) -> Reply, body: &'static str, says: &'static str) -> Fact {
    refused(S, text, words, Refused { ask, body, says })
}

pub(crate) fn facts() -> Vec<Fact> {
    let mut facts = of_messages();
    facts.extend(of_limits());
    facts.extend(of_tools());
    facts.extend(of_responses());
    facts
}

fn of_messages() -> Vec<Fact> {
    vec![
        case(
            "a tool's message without a call",
            Reported,
            CHAT,
            r#"{"messages":[{"role":"user","content":"a"},{"role":"tool","tool_call_id":"call_1","content":"b"}]}"#,
            "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        ),
        case(
            "a call without an answer",
            Reported,
            CHAT,
            r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"user","content":"b"}]}"#,
            "The following tool_call_ids did not have response messages: call_1",
        ),
        case(
            "an unknown role",
            Reported,
            CHAT,
            r#"{"messages":[{"role":"robot","content":"a"}]}"#,
            "Invalid value: 'robot'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
        ),
        case(
            "a message without a role",
            Ours,
            CHAT,
            r#"{"messages":[{"content":"a"}]}"#,
            "Missing required parameter: 'messages[0].role'.",
        ),
        case(
            "a user who says nothing",
            Reported,
            CHAT,
            r#"{"messages":[{"role":"user","content":null}]}"#,
            "Invalid value for 'content': expected a string, got null.",
        ),
        case(
            "`json_object` without the word",
            Reported,
            CHAT,
            r#"{"response_format":{"type":"json_object"},"messages":[{"role":"user","content":"a"}]}"#,
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        ),
        case(
            "`n` out of range",
            Reported,
            CHAT,
            r#"{"n":129,"messages":[{"role":"user","content":"a"}]}"#,
            "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 129 instead.",
        ),
        case(
            "`max_tokens` of nothing",
            Reported,
            CHAT,
            r#"{"max_tokens":0,"messages":[{"role":"user","content":"a"}]}"#,
            "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        ),
        case(
            "`max_tokens` above what the model can",
            Reported,
            CHAT,
            r#"{"max_tokens":20000,"messages":[{"role":"user","content":"a"}]}"#,
            "max_tokens is too large: 20000. This model supports at most 16384 completion tokens, whereas you provided 20000.",
        ),
        case(
            "both limits at once",
            Reported,
            CHAT,
            r#"{"max_tokens":1,"max_completion_tokens":1,"messages":[{"role":"user","content":"a"}]}"#,
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
        ),
        case(
            "`top_logprobs` above 20",
            Reported,
            CHAT,
            r#"{"logprobs":true,"top_logprobs":21,"messages":[{"role":"user","content":"a"}]}"#,
            "Invalid 'top_logprobs': integer above maximum value. Expected a value <= 20",
        ),
        case(
            "`top_logprobs` without `logprobs`",
            Ours,
            CHAT,
            r#"{"top_logprobs":2,"messages":[{"role":"user","content":"a"}]}"#,
            "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
        ),
        case(
            "five stops",
            Reported,
            CHAT,
            r#"{"stop":["a","b","c","d","e"],"messages":[{"role":"user","content":"a"}]}"#,
            "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead.",
        ),
        case(
            "a temperature of a model that thinks",
            Reported,
            O3,
            r#"{"temperature":0.5,"messages":[{"role":"user","content":"a"}]}"#,
            "Unsupported value: 'temperature' does not support 0.5 with this model.",
        ),
    ]
}

fn of_limits() -> Vec<Fact> {
    vec![]
}

fn of_tools() -> Vec<Fact> {
    vec![
        case(
            "no tools in the list",
            Reported,
            CHAT,
            r#"{"tools":[],"messages":[{"role":"user","content":"a"}]}"#,
            "Invalid 'tools': empty array.",
        ),
        case(
            "a choice without tools",
            Reported,
            CHAT,
            r#"{"tool_choice":"auto","messages":[{"role":"user","content":"a"}]}"#,
            "'tool_choice' is only allowed when 'tools' are specified.",
        ),
        case(
            "a choice of a tool that is not there",
            Ours,
            CHAT,
            r#"{"tool_choice":{"type":"function","function":{"name":"g"}},"tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","content":"a"}]}"#,
            "no function named g was specified in the 'tools' parameter.",
        ),
        case(
            "a tool of an unknown type",
            Reported,
            CHAT,
            r#"{"tools":[{"type":"web_search"}],"messages":[{"role":"user","content":"a"}]}"#,
            "Invalid value: 'web_search'. Supported values are: 'function' and 'custom'.",
        ),
        case(
            "a tool's name with a space",
            Reported,
            CHAT,
            r#"{"tools":[{"type":"function","function":{"name":"a b"}}],"messages":[{"role":"user","content":"a"}]}"#,
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
        ),
        case(
            "a strict tool that leaves something open",
            Reported,
            CHAT,
            r#"{"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object","properties":{}}}}],"messages":[{"role":"user","content":"a"}]}"#,
            "Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be supplied and to be false.",
        ),
        case(
            "a strict schema that does not require all",
            Reported,
            CHAT,
            r#"{"response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}},"additionalProperties":false}},"required":["a"],"additionalProperties":false}}},"messages":[{"role":"user","content":"a"}]}"#,
            "In context=('properties', 'a'), 'required' is required to be supplied and to be an array including every key in properties. Missing 'b'.",
        ),
    ]
}

fn of_responses() -> Vec<Fact> {
    vec![
        case(
            "Responses: the same",
            Reported,
            RESPONSES,
            r#"{"model":"chat-prod","input":"a","text":{"format":{"type":"json_object"}}}"#,
            "Response input messages must contain the word 'json' in some form",
        ),
        case(
            "Responses: `max_output_tokens` below 16",
            Reported,
            RESPONSES,
            r#"{"model":"chat-prod","input":"a","max_output_tokens":3}"#,
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 3 instead.",
        ),
        case(
            "Responses: the same, in other words",
            Reported,
            O3_RESPONSES,
            r#"{"model":"o3","input":"a","temperature":0.5}"#,
            "Unsupported parameter: 'temperature' is not supported with this model.",
        ),
        case(
            "Responses: an unknown include",
            Reported,
            RESPONSES,
            r#"{"model":"chat-prod","input":"a","include":["b"]}"#,
            "Invalid value: 'b'. Supported values are: 'file_search_call.results', ",
        ),
        case(
            "Responses: a tool of an unknown type",
            Ours,
            RESPONSES,
            r#"{"model":"chat-prod","input":"a","tools":[{"type":"hammer"}]}"#,
            "Invalid value: 'hammer'.",
        ),
        case(
            "Responses: an output without a call",
            Reported,
            RESPONSES,
            r#"{"model":"chat-prod","input":[{"type":"function_call_output","call_id":"call_1","output":"a"}]}"#,
            "No tool call found for function call output with call_id call_1.",
        ),
        case(
            "Responses: a call without an output",
            Reported,
            RESPONSES,
            r#"{"model":"chat-prod","input":[{"role":"user","content":"a"},{"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"}]}"#,
            "No tool output found for function call call_1.",
        ),
        case(
            "Responses: a format without a name",
            Reported,
            RESPONSES,
            r#"{"model":"chat-prod","input":"a","text":{"format":{"type":"json_schema","schema":{}}}}"#,
            "Missing required parameter: 'text.format.name'.",
        ),
    ]
}
