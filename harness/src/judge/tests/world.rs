//! A cell in which everything is right: a tool call and a streamed answer in a group, then a call on its own.

use serde_json::{Value as Json, json};

use crate::convention::{Convention, embedded};
use crate::flavor::{FlavorFile, VariantTable};
use crate::judge::{Boundary, Capture, JudgeInput, NamedText, Secret, Section, Verdict, judge};
use crate::protocol::{Outcome, StreamEnded};
use crate::scenario::ScenarioFile;
use crate::scenario::StepId;
use crate::telemetry::{
    Attributes, LogRecord, Nanoseconds, Scope, Span, SpanId, SpanKind, Status, Telemetry, TraceId, Value,
};
use crate::wire::{WireExchange, WireKind, WireResponse};

const SCENARIO: &str = r#"
title  = "Sample"
intent = "Everything that the checks look at."
[azure.resources.east]
region = "eastus2"
[azure.deployments.chat-prod]
resource = "east"
model    = "gpt-4o-2024-11-20"
[tools.get_weather]
description = "Current weather"
parameters  = { city = "string" }
[[step]]
id = "ask"
chat  = { deployment = "chat-prod", system = "Answer in one sentence.", user = "What is it like in Oslo?", tools = ["get_weather"], temperature = 0.0 }
reply = { tool_calls = [{ id = "call_1", tool = "get_weather", arguments = { city = "Trondheim" } }], usage = { input = 57, output = 17 } }
[[step]]
id = "answer"
chat  = { deployment = "chat-prod", continue = "ask", tool_results = { call_1 = { sky = "overcast" } }, stream = true }
reply = { text = "It is 18 °C and cloudy.", chunks = ["It is 18 °C", " and cloudy."], usage = { input = 89, output = 12 } }
[[step]]
id = "later"
chat  = { deployment = "chat-prod", user = "Say goodbye to me." }
reply = { text = "Farewell, dear friend.", usage = { input = 9, output = 5 } }
[[group]]
id      = "visit"
name    = "handle_visit"
session = "session-1"
steps   = ["ask", "answer"]
[[expect]]
id    = "one-span-per-call"
spans = { operation = "chat", count = 3 }
[[expect]]
id   = "numbers"
step = "ask"
has  = { "usage.input" = 57, "usage.output" = 17, finish_reasons = ["tool_calls"], "request.temperature" = 0.0 }
[[expect]]
id   = "content"
step = "ask"
has  = { "output.tool_arguments" = [{ city = "Trondheim" }] }
[[expect]]
id    = "no-tools-later"
step  = "later"
lacks = ["output.tool_calls", "error.type"]
[[expect]]
id     = "under-the-application"
step   = "ask"
parent = "group"
status = "ok"
has    = { session = "session-1" }
[[expect]]
id     = "own-trace"
step   = "later"
parent = "none"
[[expect]]
id     = "two-traces"
traces = 2
[[expect]]
id  = "no-place"
has = { "server.port" = 443, "stream" = true }
"#;

const FLAVOR: &str = r#"
title   = "Sample"
runtime = "python"
family  = "otel"
clients = ["async"]
[variant.default]
summary = "Default"
release = "1.37.0"
content = true
[[egress]]
host   = "telemetry.example.com"
reason = "It counts its users, and says so."
"#;

/// Everything that a judgement looks at, to be mutated.
#[derive(Clone)]
pub(super) struct World {
    pub(super) scenario: ScenarioFile,
    pub(super) flavor: FlavorFile,
    pub(super) variant: VariantTable,
    pub(super) convention: Convention,
    pub(super) capture: Capture,
    pub(super) baseline: Capture,
    pub(super) secrets: Vec<Secret>,
    pub(super) texts: Vec<NamedText>,
}

impl World {
    /// The good cell.
    pub(super) fn good() -> Self {
        let mut scenario: ScenarioFile = toml::from_str(SCENARIO).expect("the sample scenario");
        // `stream` has no place at this release, so that a wrong value is not held against it.
        scenario.expect.last_mut().expect("an expectation").has["stream"] = json!("nonsense");
        let flavor: FlavorFile = toml::from_str(FLAVOR).expect("the sample flavor");
        let variant = flavor.variant["default"].clone();
        let mut convention = embedded("otel").expect("built in").expect("a convention");
        // Metrics are for the reference with its faults to show; see `tests/faults.rs`.
        convention.metric.clear();
        let secrets = vec![Secret { name: "key of east".to_owned(), value: "k-3141592653".to_owned() }];
        let texts = vec![NamedText { name: "worker log".to_owned(), text: "nothing to see".to_owned() }];
        let capture = capture();
        let mut baseline = capture.clone();
        for section in &mut baseline.sections {
            section.telemetry = Telemetry::default();
        }
        Self { scenario, flavor, variant, convention, capture, baseline, secrets, texts }
    }

    /// The same cell without content in its telemetry, and a variant that says so.
    pub(super) fn without_content() -> Self {
        let mut world = Self::good();
        world.variant.content = false;
        for section in &mut world.capture.sections {
            for span in &mut section.telemetry.spans {
                span.attributes.retain(|name, _| !name.ends_with("messages"));
            }
        }
        world
    }

    pub(super) fn judge(&self) -> Verdict {
        judge(&JudgeInput {
            scenario: &self.scenario,
            flavor: &self.flavor,
            variant: &self.variant,
            convention: &self.convention,
            capture: &self.capture,
            baseline: Some(&self.baseline),
            secrets: &self.secrets,
            answers: crate::judge::Answers::Scripted,
            texts: &self.texts,
        })
    }

    /// A section: 0 `ask`, 1 `answer`, 2 the group, 3 `later`, 4 the close.
    pub(super) fn section(&mut self, index: usize) -> &mut Section {
        &mut self.capture.sections[index]
    }

    /// The only span of a section.
    pub(super) fn span(&mut self, index: usize) -> &mut Span {
        &mut self.section(index).telemetry.spans[0]
    }

    /// The attributes of the only span of a section.
    pub(super) fn attributes(&mut self, index: usize) -> &mut Attributes {
        &mut self.span(index).attributes
    }

    /// The only exchange of a section.
    pub(super) fn exchange(&mut self, index: usize) -> &mut WireExchange {
        &mut self.section(index).exchanges[0]
    }
}

fn capture() -> Capture {
    let (visit, alone) = (TraceId([1; 16]), TraceId([2; 16]));
    let group = SpanId([1; 8]);
    let mut ask = answered_call(call(visit, 2, Some(group), "tool_calls", [57, 17]), 0);
    ask.attributes.insert("gen_ai.output.messages".to_owned(), Value::String(tool_call().to_string()));
    ask.attributes.insert("gen_ai.request.temperature".to_owned(), Value::Double(0.0));
    let answer = answered_call(call(visit, 3, Some(group), "stop", [89, 12]), 1);
    let mut application = span("handle_visit", visit, 1, None, SpanKind::Internal);
    application.attributes.insert("session.id".to_owned(), text("session-1"));
    let later = answered_call(call(alone, 4, None, "stop", [9, 5]), 2);
    let chunks = vec![json!({ "choices": [] }), json!({ "choices": [{ "delta": { "content": "It is" } }] })];
    let streamed = Outcome::Stream { chunks, ended: StreamEnded::Exhausted, error: None };
    let answered = |content: &str| Outcome::Response { body: json!({ "choices": [{ "message": content }] }) };
    Capture {
        sections: vec![
            section(step("ask"), vec![ask], Some((answered("call"), 0)), [2, 1]),
            section(step("answer"), vec![answer], Some((streamed, 1)), [1, 1]),
            section(Boundary::Group("visit".to_owned()), vec![application], None, [0, 1]),
            section(step("later"), vec![later], Some((answered("bye"), 2)), [1, 1]),
            section(Boundary::Close, Vec::new(), None, [0, 0]),
        ],
    }
}

/// The span with what its answer and its messages say.
fn answered_call(mut span: Span, call: usize) -> Span {
    let message =
        |role: &str, content: &str| json!({ "role": role, "parts": [{ "type": "text", "content": content }] });
    let system = message("system", "Answer in one sentence.");
    let user = message("user", "What is it like in Oslo?");
    let (input, output) = match call {
        0 => (json!([system, user]), json!([])),
        1 => (json!([user]), json!([message("assistant", "It is")])),
        _ => (json!([message("user", "Say goodbye to me.")]), json!([message("assistant", "Farewell, dear friend.")])),
    };
    span.attributes.extend([
        ("gen_ai.response.id".to_owned(), text(&format!("chatcmpl-{call}"))),
        ("gen_ai.response.model".to_owned(), text(MODEL)),
        ("gen_ai.input.messages".to_owned(), Value::String(input.to_string())),
        ("gen_ai.output.messages".to_owned(), Value::String(output.to_string())),
    ]);
    span
}

/// What went over the wire at each call.
fn wire(call: usize) -> (Json, WireResponse) {
    let usage = |input: u64, output: u64| json!({ "prompt_tokens": input, "completion_tokens": output });
    let system = json!({ "role": "system", "content": "Answer in one sentence." });
    let user = json!({ "role": "user", "content": "What is it like in Oslo?" });
    let function = json!({ "name": "get_weather", "arguments": "{\"city\":\"Trondheim\"}" });
    let tool_call = json!({ "id": "call_1", "type": "function", "function": function });
    let document = |message: Json, reason: &str, usage: Json| {
        let choice = json!({ "index": 0, "message": message, "finish_reason": reason });
        json!({ "id": format!("chatcmpl-{call}"), "model": MODEL, "choices": [choice], "usage": usage })
    };
    match call {
        0 => {
            let message = json!({ "role": "assistant", "content": null, "tool_calls": [tool_call] });
            let request = json!({ "model": "chat-prod", "messages": [system, user], "temperature": 0.0 });
            (request, WireResponse::Json(document(message, "tool_calls", usage(57, 17))))
        }
        1 => {
            let request = json!({ "model": "chat-prod", "messages": [user], "stream": true });
            let delta = json!({ "index": 0, "delta": { "content": "It is" }, "finish_reason": "stop" });
            let frame = |choices: Json, usage: Json| json!({ "id": "chatcmpl-1", "model": MODEL, "choices": choices, "usage": usage });
            let frames = vec![frame(json!([delta]), Json::Null), frame(json!([]), usage(89, 12))];
            (request, WireResponse::Events(frames))
        }
        _ => {
            let message = json!({ "role": "assistant", "content": "Farewell, dear friend." });
            let request =
                json!({ "model": "chat-prod", "messages": [{ "role": "user", "content": "Say goodbye to me." }] });
            (request, WireResponse::Json(document(message, "stop", usage(9, 5))))
        }
    }
}

/// The model that answers.
const MODEL: &str = "gpt-4o-2024-11-20";

fn tool_call() -> Json {
    let part =
        json!({ "type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": { "city": "Trondheim" } });
    json!([{ "role": "assistant", "parts": [part], "finish_reason": "tool_call" }])
}

fn step(id: &str) -> Boundary {
    Boundary::Step(StepId::new(id))
}

fn section(boundary: Boundary, spans: Vec<Span>, outcome: Option<(Outcome, usize)>, counts: [u64; 2]) -> Section {
    let exchanges = outcome.iter().map(|(_, call)| {
        let (request, response) = wire(*call);
        WireExchange { request: Some(request), response, ..exchange(WireKind::Model) }
    });
    let exchanges = exchanges.collect();
    let outcome = outcome.map(|(outcome, _)| outcome);
    let telemetry = Telemetry { spans, ..Telemetry::default() };
    Section { boundary, telemetry, outcome, exchanges, spans_started: counts[0], spans_ended: counts[1] }
}

/// A span of a call, as release 1.37.0 says.
pub(super) fn call(trace: TraceId, id: u8, parent: Option<SpanId>, finish: &str, tokens: [i64; 2]) -> Span {
    let mut span = span("chat chat-prod", trace, id, parent, SpanKind::Client);
    span.attributes.extend([
        ("gen_ai.operation.name".to_owned(), text("chat")),
        ("gen_ai.provider.name".to_owned(), text("azure.ai.openai")),
        ("gen_ai.request.model".to_owned(), text("chat-prod")),
        ("gen_ai.response.finish_reasons".to_owned(), Value::Array(vec![text(finish)])),
        ("gen_ai.usage.input_tokens".to_owned(), Value::Int(tokens[0])),
        ("gen_ai.usage.output_tokens".to_owned(), Value::Int(tokens[1])),
        ("server.address".to_owned(), text("contoso-east.openai.azure.com")),
        ("server.port".to_owned(), Value::Int(443)),
    ]);
    span
}

fn span(name: &str, trace: TraceId, id: u8, parent: Option<SpanId>, kind: SpanKind) -> Span {
    Span {
        trace,
        id: SpanId([id; 8]),
        parent,
        name: name.to_owned(),
        kind,
        start: Nanoseconds(u64::from(id) * 100),
        end: Nanoseconds(u64::from(id) * 100 + 50),
        status: Status::Unset,
        attributes: Attributes::new(),
        events: Vec::new(),
        links: Vec::new(),
        scope: Scope { name: "sample".to_owned(), ..Scope::default() },
    }
}

/// A string value.
pub(super) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// A log record of the call of `later`.
pub(super) fn record(body: &str) -> LogRecord {
    LogRecord {
        time: Nanoseconds(1),
        event_name: "gen_ai.choice".to_owned(),
        severity: 9,
        body: Value::Map([("message".to_owned(), Value::Map([("content".to_owned(), text(body))].into()))].into()),
        attributes: Attributes::new(),
        trace: Some(TraceId([2; 16])),
        span: Some(SpanId([4; 8])),
        scope: Scope::default(),
    }
}

/// An exchange of some kind.
pub(super) fn exchange(kind: WireKind) -> WireExchange {
    let headers = [("host", "contoso-east.openai.azure.com"), ("api-key", "k-3141592653"), ("user-agent", "sample")];
    WireExchange {
        kind,
        host: "contoso-east.openai.azure.com".to_owned(),
        port: 443,
        method: "POST".to_owned(),
        path: "/openai/deployments/chat-prod/chat/completions".to_owned(),
        query: Some("api-version=2024-10-21".to_owned()),
        request_headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        request: Some(json!({ "messages": [{ "role": "user" }] })),
        status: Some(200),
        response_headers: Vec::new(),
        response: WireResponse::None,
        complete: true,
    }
}
