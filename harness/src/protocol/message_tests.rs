//! The lines that other languages' workers are written for, letter by letter.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;
use crate::protocol::{
    AuthRequest, CallRequest, Done, EmbeddingsInput, EmbeddingsRequest, EndStatus, Failed, ResourceEndpoint,
    WorkerEnded,
};
use crate::scenario::{ClientKind, ClientMode, Via};

/// A message is this line, and the line is this message.
fn check<Message: Serialize + for<'de> Deserialize<'de> + PartialEq + Debug>(message: &Message, line: &str) {
    assert_eq!(serde_json::to_string(message).expect("a message is JSON"), line);
    assert_eq!(&serde_json::from_str::<Message>(line).expect(line), message);
}

fn group() -> GroupRequest {
    GroupRequest { group: "trip".to_owned(), name: "plan_trip".to_owned(), session: Some("s1".to_owned()), user: None }
}

fn step() -> StepRequest {
    StepRequest {
        id: "index".to_owned(),
        resource: "east".to_owned(),
        model: "embed".to_owned(),
        parameters: serde_json::Map::new(),
        via: Some(Via::StreamingResponse),
        call: CallRequest::Embeddings(EmbeddingsRequest { input: EmbeddingsInput::Texts(vec!["one".to_owned()]) }),
    }
}

const GROUP: &str = r#""group":"trip","name":"plan_trip","session":"s1","user":null"#;
const STEP: &str = r#"{"id":"index","resource":"east","model":"embed","parameters":{},"via":"streaming-response","operation":"embeddings","input":["one"]}"#;

#[test]
fn requests_to_a_worker() {
    let check = |request: WorkerRequest, fields: &str| {
        let line = format!(r#"{{"id":7,"op":"{}"{fields}}}"#, request.operation());
        check(&NumberedRequest { id: 7, request }, &line);
    };
    check(WorkerRequest::Hello { protocol: PROTOCOL_VERSION }, r#","protocol":1"#);
    check(WorkerRequest::GroupOpen(group()), &format!(",{GROUP}"));
    check(WorkerRequest::GroupClose, "");
    check(WorkerRequest::Run { step: step() }, &format!(r#","step":{STEP}"#));
    check(
        WorkerRequest::RunAll { branches: vec![BranchRequest { group: Some(group()), steps: vec![step()] }] },
        &format!(r#","branches":[{{"group":{{{GROUP}}},"steps":[{STEP}]}}]"#),
    );
    check(WorkerRequest::Flush, "");
    check(WorkerRequest::Close, "");
    let endpoint = ResourceEndpoint { endpoint: "https://east.openai.azure.com".to_owned(), key: None };
    let open = OpenRequest {
        cell: "chat/basic".to_owned(),
        client: ClientMode::Async,
        library: ClientKind::OpenaiV1,
        api_version: "2024-10-21".to_owned(),
        resources: BTreeMap::from([("east".to_owned(), endpoint)]),
        pinned_deployment: None,
        max_retries: Some(0),
        timeout_s: Some(0.5),
        auth: AuthRequest::ManagedIdentityImds { client_id: None, scope: "all".to_owned() },
        environment: BTreeMap::from([("NAME".to_owned(), "value".to_owned())]),
    };
    let resources = r#"{"east":{"endpoint":"https://east.openai.azure.com","key":null}}"#;
    let auth = r#"{"mode":"managed-identity-imds","client_id":null,"scope":"all"}"#;
    check(
        WorkerRequest::Open(open),
        &format!(
            r#","cell":"chat/basic","client":"async","library":"openai-v1","api_version":"2024-10-21","resources":{resources},"pinned_deployment":null,"max_retries":0,"timeout_s":0.5,"auth":{auth},"environment":{{"NAME":"value"}}"#
        ),
    );
}

#[test]
fn replies_of_a_worker() {
    let reply = WorkerReply { id: 7, ok: None, skip: None, fault: None };
    check(&WorkerReply { ok: Some(Done::default()), ..reply.clone() }, r#"{"id":7,"ok":{}}"#);
    let counts = Done { spans_started: Some(2), spans_ended: Some(1), logs_emitted: Some(0), ..Done::default() };
    check(
        &WorkerReply { ok: Some(counts), ..reply.clone() },
        r#"{"id":7,"ok":{"spans_started":2,"spans_ended":1,"logs_emitted":0}}"#,
    );
    check(&WorkerReply { skip: Some("no".to_owned()), ..reply.clone() }, r#"{"id":7,"skip":"no"}"#);
    let failed = Failed { message: "KeyError: 'x'".to_owned(), traceback: None };
    check(&WorkerReply { fault: Some(failed), ..reply }, r#"{"id":7,"fault":{"message":"KeyError: 'x'"}}"#);
}

#[test]
fn lines_to_and_of_a_parent() {
    let environment = BTreeMap::from([("NAME".to_owned(), "value".to_owned())]);
    let request = ParentRequest::Fork { environment };
    check(&NumberedRequest { id: 2, request }, r#"{"id":2,"op":"fork","environment":{"NAME":"value"}}"#);
    let request = ParentRequest::Hello { protocol: PROTOCOL_VERSION };
    check(&NumberedRequest { id: 1, request }, r#"{"id":1,"op":"hello","protocol":1}"#);
    let forked = Some(Done { pid: Some(4711), ..Done::default() });
    let reply = WorkerReply { id: 2, ok: forked, skip: None, fault: None };
    check(&ParentMessage::Reply(reply), r#"{"id":2,"ok":{"pid":4711}}"#);
    let ended = |ended| ParentMessage::Ended(WorkerEnded { child: 4711, ended });
    check(&ended(EndStatus::Code(0)), r#"{"child":4711,"ended":{"code":0}}"#);
    check(&ended(EndStatus::Signal(9)), r#"{"child":4711,"ended":{"signal":9}}"#);
}

#[test]
fn a_line_that_is_no_request_is_not_read() {
    let check = |line: Value, expected: &str| {
        let read = serde_json::from_value::<NumberedRequest>(line.clone());
        let error = read.expect_err(&line.to_string()).to_string();
        assert!(error.contains(expected), "{line}: {error}");
    };
    check(json!({ "id": 1, "op": "hello" }), "missing field `protocol`");
    check(json!({ "id": "1", "op": "flush" }), "expected u64");
    check(json!({ "id": 1, "op": "dance" }), "unknown variant `dance`");
    check(json!({ "id": 1, "op": "run", "step": { "id": "ask" } }), "missing field `resource`");
}
