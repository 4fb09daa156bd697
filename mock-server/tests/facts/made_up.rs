//! Answers that nobody scripted, and in what they are unlike a model's.

use super::{Fact, no, test};

pub(crate) fn facts() -> Vec<Fact> {
    const S: &str = "made-up answers";
    const T: &str = "tests/cloud/made_up.rs";
    vec![
        test(S, "JSON Schemas are met, also those in the prompt", "src/cloud/sample.rs"),
        test(
            S,
            "a tool that was called is not called again while there is something else; `allowed_tools`",
            "src/cloud/tool_choice.rs",
        ),
        test(S, "`max_tokens`, `max_completion_tokens`, `max_output_tokens` and `stop`, to the token", T),
        test(S, "chunks and log probabilities are the tokenizer's tokens", T),
        test(S, "`reasoning_effort` costs tokens, which count against the limit", T),
        test(S, "Responses: `json_object`, log probabilities, `conversation`, events of stored responses", T),
        test(S, "`previous_response_id`: what is gone on from is paid for", T),
        test(S, "prompts of 1,024 tokens and more that come again are cached, in steps of 128", T),
        test(S, "`Date` never runs backwards", T),
        no(S, "texts say something", "they repeat the question: nobody here knows an answer"),
        no(S, "log probabilities are those of a model", "made up, the same every time"),
        no(S, "how much a model thinks", "not known: 0, 64, 192, 512 or 1,024 tokens by effort"),
        no(
            S,
            "the cache is by tokens and forgets after minutes",
            "by whole messages, and it forgets the oldest of 4,096",
        ),
        no(S, "tools and schemas count in `prompt_tokens`", "not known how: only texts and pictures are counted"),
        no(S, "the most that every model may answer", "known for gpt-4o and gpt-4.1: others accept any limit"),
        no(
            S,
            "web search, code interpreter, MCP and other tools of the service are used",
            "accepted, and never called",
        ),
        no(
            S,
            "HTTP/2",
            "only HTTP/1.1 is offered: heads and endings are made byte for byte, which it has no place for",
        ),
    ]
}
