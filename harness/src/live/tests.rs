//! What is asked of a live service, and what its answers say, on answers made up here.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::judge::{Boundary, Capture, Section};
use crate::matrix::Axes;
use crate::protocol::Outcome;
use crate::protocol::{CallRequest, StepRequest};
use crate::scenario::StepId;
use crate::scenario::{AuthMode, ClientMode, Scenario, parse, sample, sample_text};
use crate::telemetry::Telemetry;
use crate::wire::{Answered, AnsweredBody, Framing, FramingFeature, WireExchange, WireKind, WireResponse};

const TOOLS: &str = r#"
    [[step]]
    id = "ask"
    chat = { deployment = "chat-prod", user = "u", tools = ["get_weather"] }
    [step.reply]
    tool_calls = [{ id = "call_1", tool = "get_weather", arguments = { city = "Oslo" } }]
    usage = { input = 1 }
    [[step]]
    id = "answer"
    chat = { deployment = "chat-prod", continue = "ask", tool_results = { call_1 = { celsius = 18 } } }
    reply = { text = "t", usage = { input = 1 } }
"#;

fn one(chat: &str, reply: &str) -> Scenario {
    let reply = if reply.is_empty() { String::new() } else { format!("reply = {{ {reply} }}") };
    sample(&format!("[[step]]\nid = \"ask\"\nchat = {{ {chat} }}\n{reply}\n"))
}

const CHAT: &str = "deployment = \"chat-prod\", user = \"u\"";
const REPLY: &str = "text = \"t\", usage = { input = 1 }";

fn axes(auth: AuthMode) -> Axes {
    Axes { auth, client: ClientMode::Sync }
}

#[track_caller]
fn check_possible(scenario: &Scenario, auth: AuthMode, expected: Option<&str>) {
    let reason = impossible(scenario, axes(auth));
    match (reason.as_deref(), expected) {
        (None, None) => {}
        (Some(reason), Some(expected)) if reason.contains(expected) => {}
        (reason, expected) => panic!("{reason:?} is not {expected:?}"),
    }
}

#[test]
fn what_a_service_gives_only_by_accident_is_skipped_with_the_reason() {
    let key = AuthMode::ApiKey;
    check_possible(&one(CHAT, REPLY), key, None);
    check_possible(&sample(TOOLS), AuthMode::ManagedIdentityImds, None);
    check_possible(&one(CHAT, REPLY), AuthMode::ExpiredToken, Some("a token with a fault"));
    check_possible(&one("deployment = \"gone\", user = \"u\"", ""), key, None);
    check_possible(&one(CHAT, "error = \"rate_limit\""), key, Some("an error"));
    check_possible(&one(CHAT, &format!("{REPLY}, delay_ms = 5")), key, Some("a paced answer"));
    check_possible(&one(CHAT, "text = \"t\", usage = { input = 9, cached = 8 }"), key, Some("from the cache"));
    check_possible(&one(CHAT, &format!("{REPLY}, finish_reason = \"length\"")), key, Some("this finish reason"));
    check_possible(
        &one(&format!("{CHAT}, max_tokens = 5"), &format!("{REPLY}, finish_reason = \"length\"")),
        key,
        None,
    );
    let aside = "[[step]]\nid = \"aside\"\nchat = { deployment = \"chat-prod\", user = \"v\" }\nreply = { text = \"t\", \
                 usage = { input = 1 } }\n[[parallel]]\nid = \"both\"\nsteps = [\"answer\", \"aside\"]\n";
    let tools = TOOLS.replace("continue = \"ask\",", "continue = \"ask\", user = \"w\",");
    check_possible(&sample(&format!("{tools}{aside}")), key, Some("gives its tool calls ids of its own"));
    let image = format!("{CHAT}, images = [\"https://example.com/a.png\"]");
    check_possible(&one(&image, REPLY), key, Some("an image"));
}

fn settings(file: &str, variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let file = parse_file("live.toml", file).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::new(&file, &|name| variables.get(name).cloned())
}

const ENDPOINT: (&str, &str) = ("AZURE_OPENAI_ENDPOINT", "https://fabrikam.openai.azure.com/");
const KEY: (&str, &str) = ("AZURE_OPENAI_API_KEY", "k");
const NAME: (&str, &str) = ("AZURE_OPENAI_DEPLOYMENT_NAME", "gpt-live");

#[test]
fn the_variables_that_people_have_are_enough() {
    let version = ("OPENAI_API_VERSION", "2024-10-21");
    let found = settings("", &[ENDPOINT, KEY, NAME, version]).expect("all is said");
    assert_eq!(found.api_version.as_deref(), Some("2024-10-21"));
    let resource = &found.resources["default"];
    assert_eq!(resource.endpoint.to_string(), "https://fabrikam.openai.azure.com");
    assert_eq!(resource.sign_in, SignIn::Key("AZURE_OPENAI_API_KEY".to_owned()));
    let routes = found.routes(&one(CHAT, REPLY)).expect("it is mapped");
    assert_eq!((routes[0].host.as_str(), routes[0].real.as_str()), ("contoso-east.openai.azure.com", "gpt-live"));
    let vectors = sample(
        "[[step]]\nid = \"e\"\nembeddings = { deployment = \"vectors\", input = [\"a\"] }\n\
         reply = { embeddings = {}, usage = { input = 1 } }\n",
    );
    let reason = found.routes(&vectors).expect_err("the variable names a deployment for chats");
    assert!(reason.contains("`vectors` (text-embedding-3-small) is not mapped"), "{reason}");
}

#[test]
fn what_there_is_signs_in() {
    let (tenant, client) = (("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"));
    let (secret, file) = (("AZURE_CLIENT_SECRET", "s"), ("AZURE_FEDERATED_TOKEN_FILE", "f"));
    let machine = ("IDENTITY_ENDPOINT", "http://127.0.0.1/msi/token");
    let check = |variables: &[(&str, &str)], expected: SignIn| {
        let found = settings("", &[&[ENDPOINT, NAME], variables].concat()).expect("all is said");
        assert_eq!(found.resources["default"].sign_in, expected, "{variables:?}");
    };
    check(&[tenant, client, file, secret], SignIn::ClientSecret);
    check(&[tenant, client, file, machine], SignIn::WorkloadIdentity);
    check(&[client, file, machine], SignIn::ManagedIdentity(None));
}

#[test]
fn what_is_missing_is_named() {
    let check = |file: &str, variables: &[(&str, &str)], expected: &str| {
        let error = settings(file, variables).expect_err("something is missing").to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("", &[KEY, NAME], "`AZURE_OPENAI_ENDPOINT` is not set");
    check("", &[("AZURE_OPENAI_ENDPOINT", "fabrikam"), KEY, NAME], "cannot be used: it is not `https://<host>`");
    check("", &[ENDPOINT, NAME], "nothing to sign in with to `default`");
    check("", &[ENDPOINT, KEY], "no deployment is mapped");
    let workload = "[resources.main]\nsign_in = { with = \"workload-identity\" }";
    check(workload, &[ENDPOINT, KEY, NAME], "`AZURE_TENANT_ID` is not set: `sign_in` of `main` needs it");
    let other = "[resources.main]\nsign_in = { with = \"key\", variable = \"OTHER\" }";
    check(other, &[ENDPOINT, KEY, NAME], "`OTHER` is not set: `sign_in` of `main` needs it");
}

#[test]
fn the_file_wins_over_the_variables_and_names_over_models() {
    let file = r#"
        api_version = "2025-01-01-preview"
        [resources.one]
        endpoint = "https://one.openai.azure.com"
        [resources.two]
        sign_in = { with = "managed-identity" }
        [deployments.chat-prod]
        deployment = "by-name"
        resource = "two"
        [models."gpt-4o-2024-11-20"]
        deployment = "by-model"
        resource = "one"
    "#;
    let found = settings(file, &[ENDPOINT, KEY, NAME, ("OPENAI_API_VERSION", "2024-10-21")]).expect("all is said");
    assert_eq!(found.api_version.as_deref(), Some("2025-01-01-preview"));
    assert_eq!(found.resources["two"].endpoint.host(), "fabrikam.openai.azure.com");
    let routes = found.routes(&one(CHAT, REPLY)).expect("it is mapped");
    assert_eq!((routes[0].resource.as_str(), routes[0].real.as_str()), ("two", "by-name"));
    // What does not exist keeps its name.
    let routes = found.routes(&one("deployment = \"gone\", user = \"u\"", "")).expect("it is mapped");
    assert_eq!(routes[0].real, "gone");
}

fn exchange(status: u16, response: Value) -> WireExchange {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    WireExchange {
        kind: WireKind::Model,
        host: "contoso-east.openai.azure.com".to_owned(),
        port: 443,
        method: "POST".to_owned(),
        path: "/openai/deployments/chat-prod/chat/completions".to_owned(),
        query: None,
        request_headers: Vec::new(),
        request: Some(json!({ "messages": [] })),
        status: Some(status),
        response_headers: vec![header("retry-after", "7")],
        response: WireResponse::Json(response),
        complete: true,
    }
}

fn section(step: &str, exchange: WireExchange) -> Section {
    let WireResponse::Json(body) = &exchange.response else { panic!("it is JSON") };
    Section {
        boundary: Boundary::Step(StepId::new(step)),
        telemetry: Telemetry::default(),
        outcome: Some(Outcome::Response { body: body.clone() }),
        exchanges: vec![exchange],
        spans_started: 0,
        spans_ended: 0,
    }
}

fn called(calls: &[(&str, &str)]) -> Value {
    let calls: Vec<Value> = calls
        .iter()
        .map(|(id, name)| json!({ "id": id, "function": { "name": name, "arguments": "{\"city\":\"Oslo\"}" } }))
        .collect();
    json!({ "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": { "tool_calls": calls } }] })
}

fn said(text: &str) -> Value {
    let usage = json!({ "prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7 });
    json!({ "choices": [{ "index": 0, "finish_reason": "stop", "message": { "content": text } }], "usage": usage })
}

#[test]
fn tool_results_go_back_under_the_ids_that_the_model_gave() {
    let scenario = sample(TOOLS);
    let check = |calls: &[(&str, &str)], expected: Result<Value, &str>| {
        let capture = Capture { sections: vec![section("ask", exchange(200, called(calls)))] };
        let planned = scenario.steps().nth(1).expect("there are two steps");
        let request = with_live_ids(StepRequest::of(&scenario, planned), &scenario, &capture);
        match (request.map(|request| request.call), expected) {
            (Ok(CallRequest::Chat(chat)), Ok(expected)) => assert_eq!(Value::Object(chat.tool_results), expected),
            (Err(reason), Err(expected)) => assert!(reason.contains(expected), "{reason}"),
            (request, expected) => panic!("{request:?} is not {expected:?}"),
        }
    };
    let result = json!({ "celsius": 18 });
    check(&[("call_x", "get_weather")], Ok(json!({ "call_x": result })));
    check(&[("a", "get_weather"), ("b", "get_weather")], Ok(json!({ "a": result, "b": result })));
    check(&[], Err("without calling a tool"));
    check(&[("a", "delete_all")], Err("called `delete_all` in step `ask`"));
}

#[test]
fn a_refusal_of_the_service_is_told_from_the_instrumentors_faults() {
    let scenario = one(CHAT, REPLY);
    let planned = scenario.steps().next().expect("there is a step");
    let body = json!({ "error": { "code": "429", "message": "Slow down." } });
    let mut limited = section("ask", exchange(429, body));
    let expected =
        "the live service answered step `ask` with 429 (its limit is used up) 429: Slow down.; it asks to wait 7 s";
    assert_eq!(refused(planned, &limited).as_deref(), Some(expected));
    limited.exchanges.push(exchange(200, said("t")));
    assert_eq!(refused(planned, &limited), None, "the second attempt succeeded");
    let by_itself = one("deployment = \"gone\", user = \"u\"", "");
    let planned = by_itself.steps().next().expect("there is a step");
    assert_eq!(refused(planned, &section("ask", exchange(404, json!({})))), None, "that is what the scenario is about");
}

#[test]
fn another_kind_of_answer_is_the_models_mood() {
    let check = |scenario: &Scenario, answer: Value, expected: Option<&str>| {
        let planned = scenario.steps().next().expect("there is a step");
        let reason = answered_otherwise(planned, &section("ask", exchange(200, answer)));
        assert_eq!(reason.is_some(), expected.is_some(), "{reason:?}");
        assert!(reason.unwrap_or_default().contains(expected.unwrap_or_default()));
    };
    check(&sample(TOOLS), said("It rains."), Some("without calling a tool"));
    check(&sample(TOOLS), called(&[("a", "get_weather")]), None);
    check(
        &one(CHAT, REPLY),
        called(&[("a", "get_weather")]),
        Some("called `get_weather` in step `ask`, where the scenario has an answer"),
    );
    check(&one(CHAT, REPLY), said("t"), None);
    let cut_off = one(&format!("{CHAT}, max_tokens = 5"), &format!("{REPLY}, finish_reason = \"length\""));
    check(&cut_off, said("t"), Some("with `stop`, where the scenario has `length`"));
}

fn answered(headers: &[&str], body: AnsweredBody) -> Answered {
    let headers = headers.iter().map(|name| ((*name).to_owned(), "v".to_owned())).collect();
    Answered { status: 200, headers, body }
}

fn check_drift(live: &Answered, mock: &Answered, expected: &[(DriftPart, &str, &str, &str)]) {
    let found = drift("chat", live, mock);
    let found: Vec<_> =
        found.iter().map(|one| (one.part, one.place.as_str(), one.live.as_str(), one.mock.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn keys_types_and_headers_drift_and_values_do_not() {
    let json = |value: Value| AnsweredBody::Json(value);
    let live = answered(
        &["x-ms-region", "date", "x-new"],
        json(json!({ "id": "a", "n": 1, "list": [{ "k": 1 }], "u": { "new": 1, "t": "1" }, "z": null })),
    );
    let mock = answered(
        &["X-MS-Region", "x-old"],
        json(json!({ "id": "b", "n": 2.5, "list": [], "u": { "old": true, "t": 1 }, "z": "s" })),
    );
    check_drift(
        &live,
        &mock,
        &[
            (DriftPart::Header, "x-new", "present", "absent"),
            (DriftPart::Header, "x-old", "absent", "present"),
            (DriftPart::Body, "$.u.new", "integer", "absent"),
            (DriftPart::Body, "$.u.old", "absent", "boolean"),
            (DriftPart::Body, "$.u.t", "string", "integer"),
        ],
    );
    check_drift(&live, &live, &[]);
}

#[test]
fn an_answer_of_another_kind_has_other_keys_and_that_is_no_drift() {
    let live = answered(&[], AnsweredBody::Json(called(&[("a", "t")])));
    let mut text = said("t");
    text.as_object_mut().expect("it is an object").remove("usage");
    check_drift(&live, &answered(&[], AnsweredBody::Json(text)), &[]);
}

#[test]
fn streams_drift_in_framing_and_in_their_events() {
    let frame = |extra: &str| json!({ "choices": [{ "delta": { "content": "x" } }], extra: 1 });
    let stream = |done: bool, frames: &[Value]| {
        let features = done.then_some(FramingFeature::Done).into_iter().collect();
        AnsweredBody::Stream(Framing { features }, frames.to_vec())
    };
    let live = answered(&[], stream(false, &[frame("a"), frame("b")]));
    let mock = answered(&[], stream(true, &[frame("a")]));
    check_drift(
        &live,
        &mock,
        &[(DriftPart::Framing, "`[DONE]`", "absent", "present"), (DriftPart::Body, "$.b", "integer", "absent")],
    );
    let event = |kind: &str| json!({ "type": kind, "part": 1 });
    let live = answered(&[], stream(false, &[event("created"), event("done")]));
    let mock = answered(&[], stream(false, &[event("created"), json!({ "type": "other" })]));
    check_drift(
        &live,
        &mock,
        &[
            (DriftPart::Framing, "event `done`", "present", "absent"),
            (DriftPart::Framing, "event `other`", "absent", "present"),
        ],
    );
    check_drift(&live, &answered(&[], AnsweredBody::Json(json!({}))), &[(DriftPart::Body, "$", "a stream", "JSON")]);
}

#[test]
fn two_live_runs_are_compared_by_what_they_have_in_common() {
    let scenario = one(CHAT, REPLY);
    let of = |answer: Value| Capture { sections: vec![section("ask", exchange(200, answer))] };
    let (ours, theirs) = comparable(scenario.file(), &of(said("It rains.")), &of(said("Sun.")));
    assert_eq!(ours.sections[0].outcome, theirs.sections[0].outcome, "other words are no difference");
    assert!(ours.sections[0].outcome.is_some());
    let (ours, _) = comparable(scenario.file(), &of(said("It rains.")), &of(called(&[("a", "t")])));
    assert_eq!(ours.sections[0].outcome, None, "what the service itself answered differently says nothing");
    let mut changed = of(said("It rains."));
    changed.sections[0].outcome = Some(Outcome::Response { body: json!({ "choices": [] }) });
    let (ours, theirs) = comparable(scenario.file(), &changed, &of(said("Sun.")));
    assert_ne!(ours.sections[0].outcome, theirs.sections[0].outcome, "the instrumentor took something away");
}

#[test]
fn snapshots_are_compared_by_keys_and_types() {
    let snapshot = |tokens: &str, texts: &str, extra: &str| {
        format!(
            "step ask\n  span \"chat chat-prod\"\n    kind = client\n    status = unset\n    parent = none\n    \
             trace = <trace 1>\n    scope = reference\n    gen_ai.usage.input_tokens = {tokens}\n    \
             llm.0.text = {texts}\n{extra}"
        )
    };
    let shape = |text: &str| snapshot_shape(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let reviewed = shape(&snapshot("57", "\"It rains.\"", "    llm.1.text = \"Sun.\"\n"));
    assert_eq!(shape(&snapshot("8", "\"Fog.\"", "")), reviewed);
    let said =
        |answer: &str| shape(&snapshot("8", "\"t\"", &format!("    llm.0.content : json\n      {answer} = 1\n")));
    assert_eq!(said("colour"), said("answer"), "what a model says as JSON has keys of its own");
    assert_ne!(shape(&snapshot("\"8\"", "\"Fog.\"", "")), reviewed, "a text is no number");
    assert_ne!(shape(&snapshot("8", "\"Fog.\"", "    llm.more = true\n")), reviewed, "a key is new");
}

#[test]
fn a_live_answer_becomes_a_reply_without_whose_it_is() {
    let scenario = sample(TOOLS);
    let capture = Capture {
        sections: vec![
            section("ask", exchange(200, called(&[("call_AbCdEfGhIjKlMnOp", "get_weather")]))),
            section("answer", exchange(200, said("18 °C, says https://fabrikam.openai.azure.com \"x\"."))),
        ],
    };
    let replies = recorded_replies(&scenario, &capture);
    let expected = r#"# step `ask`
[step.reply]
tool_calls = [{ id = "call_1", tool = "get_weather", arguments = { city = "Oslo" } }]
usage = { input = 1 }

# step `answer`
[step.reply]
text = '18 °C, says https://contoso.openai.azure.com "x".'
usage = { input = 5, output = 2 }

"#;
    assert_eq!(replies_text(&replies), expected);
    let written = with_replies(&sample_text(TOOLS), &replies).expect("the steps are there");
    let again = parse("scenarios/chat/test.toml", &written, &[]).map(|scenario| scenario.file().step[1].reply.clone());
    let reply = again.unwrap_or_else(|mistakes| panic!("{mistakes}")).expect("it has a reply");
    assert_eq!(reply.text.as_deref(), Some("18 °C, says https://contoso.openai.azure.com \"x\"."));
}

#[test]
fn a_recorded_stream_keeps_its_pieces() {
    let scenario = one(&format!("{CHAT}, stream = true"), REPLY);
    let delta = |text: &str| json!({ "choices": [{ "index": 0, "delta": { "content": text } }] });
    let mut streamed = exchange(200, json!({}));
    streamed.response = WireResponse::Events(vec![json!({ "choices": [] }), delta("Ra"), delta("in.")]);
    let mut captured = section("ask", exchange(200, json!({})));
    captured.exchanges = vec![streamed];
    let replies = recorded_replies(&scenario, &Capture { sections: vec![captured] });
    assert_eq!(replies[0].table.to_string(), "text = \"Rain.\"\nchunks = [\"Ra\", \"in.\"]\nusage = { input = 1 }\n");
}

/// A Responses stream: its last event carries everything but the pieces, and says in words of its own why it ended.
#[test]
fn a_recorded_response_is_read_to_its_end() {
    let check = |chat: &str, ending: Value, expected: &str| {
        let scenario = one(chat, REPLY);
        let mut response = json!({
            "object": "response",
            "output": [{ "type": "message", "content": [{ "type": "output_text", "text": "Rain." }] }],
            "usage": { "input_tokens": 3, "output_tokens": 2, "output_tokens_details": { "reasoning_tokens": 1 } },
        });
        for (key, member) in ending.as_object().into_iter().flatten() {
            response[key] = member.clone();
        }
        let delta = |text: &str| json!({ "type": "response.output_text.delta", "delta": text });
        let begun = json!({ "type": "response.created", "response": { "status": "in_progress", "output": [] } });
        let ended = json!({ "type": "response.completed", "response": response });
        let mut streamed = exchange(200, json!({}));
        streamed.response = WireResponse::Events(vec![begun, delta("Ra"), delta("in."), ended]);
        let mut captured = section("ask", exchange(200, json!({})));
        captured.exchanges = vec![streamed];
        let replies = recorded_replies(&scenario, &Capture { sections: vec![captured] });
        assert_eq!(replies[0].table.to_string(), expected);
    };
    let usage = "usage = { input = 3, output = 2, reasoning = 1 }\n";
    let streamed = format!("{CHAT}, api = \"responses\", stream = true");
    let text = "text = \"Rain.\"\n";
    let chunks = "chunks = [\"Ra\", \"in.\"]\n";
    check(&streamed, json!({ "status": "completed" }), &format!("{text}{chunks}{usage}"));
    for (cut_off, reason) in [("max_output_tokens", "length"), ("content_filter", "content_filter")] {
        let ending = json!({ "status": "incomplete", "incomplete_details": { "reason": cut_off } });
        check(&streamed, ending, &format!("{text}finish_reason = \"{reason}\"\n{chunks}{usage}"));
    }
}

#[test]
fn what_must_not_leak_is_what_was_really_said() {
    let scenario = one(CHAT, "text = \"scripted and never said\", usage = { input = 1 }");
    let reply_after = |answer: Value| {
        let capture = Capture { sections: vec![section("ask", exchange(200, answer))] };
        with_live_answers(scenario.file(), &capture).step[0].reply.clone().expect("it has a reply")
    };
    let text = "It rains in the whole of Norway today.";
    assert_eq!(reply_after(said(text)).text.as_deref(), Some(text));
    assert_eq!(reply_after(said("Azure")).text, None, "such a word stands anywhere");
    let calls = reply_after(called(&[("a", "get_weather")])).tool_calls.unwrap_or_default();
    assert_eq!(calls[0].arguments.get("city"), Some(&json!("Oslo")));
}
