//! The emission alone: which names a release gives to the same call.

use std::time::Duration;

use serde_json::json;

use crate::convention::{Release, embedded};
use crate::reference::{Answer, Call, attributes, span_name};
use crate::scenario::Operation;

/// A call that sets everything, and its answer, as attribute names.
fn names(release: Release) -> Vec<String> {
    let convention = embedded("otel").expect("built in").expect("a convention");
    let call = Call {
        operation: Operation::Chat,
        provider: "azure.ai.openai",
        model: "chat-prod".to_owned(),
        host: "contoso-east.openai.azure.com".to_owned(),
        port: 443,
        url: String::new(),
        resource: "east".to_owned(),
        body: json!({
            "messages": [{ "role": "user", "content": "Why?" }],
            "stream": true,
            "seed": 7,
            "tools": [{ "type": "function", "function": { "name": "f" } }],
        }),
        messages: vec![json!({ "role": "user", "content": "Why?" })],
    };
    let mut answer = Answer { first_chunk: Some(Duration::from_millis(1)), ..Answer::default() };
    answer.add_chunk(&json!({ "choices": [], "id": "", "model": "" }));
    answer.add_chunk(&json!({
        "choices": [{ "index": 0, "delta": { "content": "So" }, "finish_reason": null }],
        "id": "chatcmpl-1",
        "model": "gpt-4o-2024-11-20",
    }));
    answer.add_chunk(&json!({ "choices": [{ "index": 0, "content_filter_results": {} }], "id": "", "model": "" }));
    answer.add_chunk(&json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] }));
    answer.add_chunk(&json!({
        "choices": [],
        "usage": { "prompt_tokens": 3, "completion_tokens": 4, "prompt_tokens_details": { "cached_tokens": 0 } },
    }));
    assert_eq!(span_name(&call), "chat chat-prod");
    let mut names: Vec<_> = attributes(&call, &answer, release, &convention)
        .into_iter()
        .map(|attribute| attribute.key.as_str().to_owned())
        .collect();
    names.sort();
    names
}

/// The names of a release: the common ones and these.
#[track_caller]
fn check(release: Release, own: &[&str]) {
    let common = [
        "gen_ai.operation.name",
        "gen_ai.request.model",
        "gen_ai.response.finish_reasons",
        "gen_ai.response.id",
        "gen_ai.response.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "server.address",
        "server.port",
    ];
    let mut expected: Vec<&str> = common.iter().chain(own).copied().collect();
    expected.sort_unstable();
    assert_eq!(names(release), expected, "{release}");
}

#[test]
fn the_flavor_file_declares_content_where_the_emission_has_it() {
    let text = include_str!("../../../flavors/reference/flavor.toml");
    let flavor = crate::flavor::parse("flavor.toml", text, &["otel"]).expect("a flavor without mistakes");
    assert_eq!(flavor.variant.len(), 15);
    for (name, variant) in &flavor.variant {
        assert_eq!(variant.release.as_ref(), Some(name));
        let release: Release = name.parse().expect("a release");
        let has_content = names(release).contains(&"gen_ai.input.messages".to_owned());
        assert_eq!(variant.content, has_content, "{name}");
    }
}

#[test]
fn each_release_has_its_own_names() {
    check(Release::new(1, 28, 0), &["gen_ai.system", "gen_ai.openai.request.seed"]);
    check(Release::new(1, 30, 0), &["gen_ai.system", "gen_ai.request.seed"]);
    check(Release::new(1, 36, 0), &["gen_ai.system", "gen_ai.request.seed"]);
    let since_37 = ["gen_ai.provider.name", "gen_ai.request.seed", "gen_ai.input.messages", "gen_ai.output.messages"];
    check(Release::new(1, 37, 0), &since_37);
    let since_38 = [&since_37[..], &["gen_ai.tool.definitions"]].concat();
    check(Release::new(1, 38, 0), &since_38);
    let since_41 = [
        &since_38[..],
        &["gen_ai.request.stream", "gen_ai.usage.cache_read.input_tokens", "gen_ai.response.time_to_first_chunk"],
    ];
    check(Release::new(1, 41, 0), &since_41.concat());
    for moved in ["genai-1.42.0-dev", "genai-main-20260803"] {
        check(moved.parse().expect("a release"), &since_41.concat());
    }
}
