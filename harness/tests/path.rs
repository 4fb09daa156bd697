//! The path that everything stands on: a real Python worker believes that it talks to Azure, and talks to us.
//!
//! It has the real client and the real identity library of the control's lock, the tap as its proxy, and a CA made for
//! the run. One worker serves all trials, as in a run. A main function of our own, because the watchdog is a copy of
//! this program.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use azmatrix::cli;
use azmatrix::collect::{Inbox, Receiver};
use azmatrix::diagnose::Paint;
use azmatrix::drive::{Deadlines, Watchdog, WorkerCommand, WorkerProcess, serve_watchdog_if_asked};
use azmatrix::flavor::environment::{EnvironmentRequest, ensure, find, find_or_install_uv, find_python};
use azmatrix::protocol::{Answer, PROTOCOL_VERSION, StepRequest, WorkerRequest};
use azmatrix::run::Require;
use azmatrix::scenario::{self, Scenario};
use azmatrix::wire::{self, CellService, TokenKind, WireExchange, WireKind, secrets};
use azure_openai_mock::{CertificateAuthority, Tap};
use camino::{Utf8Path, Utf8PathBuf};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const HOST: &str = "contoso-east.openai.azure.com";

/// How an application signs in, and the hosts that its token comes from.
const MODES: &[(&str, &[&str])] = &[
    ("api-key", &[]),
    ("entra-token", &[]),
    ("token-provider", &["login.microsoftonline.com"]),
    ("managed-identity-imds", &["127.0.0.1"]),
    ("managed-identity-app-service", &["127.0.0.1"]),
];

fn main() -> ExitCode {
    if serve_watchdog_if_asked() {
        return ExitCode::SUCCESS;
    }
    let path: Arc<OnceLock<Result<Mutex<Path>, Missing>>> = Arc::default();
    let trial = |name: String, run: Box<dyn FnOnce(&mut Path) + Send>| {
        let path = Arc::clone(&path);
        Trial::ignorable_test(name, move || match path.get_or_init(|| Path::start().map(Mutex::new)) {
            Ok(path) => {
                run(&mut path.lock().unwrap_or_else(PoisonError::into_inner));
                Ok(Completion::Completed)
            }
            Err(missing) if cli::require(None) == Require::Available => Ok(Completion::ignored_with(&missing.0)),
            Err(missing) => Err(Failed::from(&missing.0)),
        })
    };
    let mut trials = Vec::new();
    for client in ["sync", "async"] {
        for (mode, authorities) in MODES {
            let name = format!("the_{client}_client_reaches_the_cloud_with_{}", mode.replace('-', "_"));
            trials.push(trial(name, Box::new(move |path| path.check(client, mode, authorities))));
        }
    }
    trials.push(trial("another_host_is_refused_and_recorded".to_owned(), Box::new(Path::check_other_host)));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Python is not on this machine.
struct Missing(String);

/// A worker with its tap and its inbox.
struct Path {
    runtime: Runtime,
    worker: WorkerProcess,
    tap: Tap,
    service: Arc<CellService>,
    inbox: Inbox,
    scenario: Scenario,
    _receiver: Receiver,
    _home: TempDir,
}

const SCENARIO: &str = r#"
title  = "A call and a stream"
intent = "Both ways to answer."
[azure.resources.east]
region = "eastus2"
[azure.deployments.chat-prod]
resource = "east"
model    = "gpt-4o-2024-11-20"
[[step]]
id = "call"
[step.chat]
deployment = "chat-prod"
user       = "Which strait parts Zealand from Sweden?"
[step.reply]
text  = "The Øresund."
usage = { input = 14, output = 5 }
[[step]]
id = "stream"
[step.chat]
deployment = "chat-prod"
user       = "And Zealand from Funen?"
stream     = true
[step.reply]
text   = "The Great Belt."
chunks = ["The", " Great", " Belt."]
usage  = { input = 9, output = 6 }
[[expect]]
id    = "one-span-per-call"
spans = { operation = "chat", count = 2 }
"#;

impl Path {
    fn start() -> Result<Self, Missing> {
        let python = python()?;
        let runtime = Runtime::new().expect("the asynchronous runtime starts");
        let guard = runtime.enter();
        let home = tempfile::tempdir().expect("a folder can be made");
        let authority = CertificateAuthority::generate().expect("an authority can be made");
        let folder = Utf8PathBuf::from_path_buf(home.path().to_owned()).expect("it is UTF-8");
        let ca = folder.join("ca.pem");
        std::fs::write(&ca, authority.certificate_pem()).expect("a file can be written");
        let service = Arc::new(CellService::default());
        let tap =
            runtime.block_on(Tap::start(Arc::new(authority), Arc::clone(&service) as _)).expect("there is a port");
        let receiver = runtime.block_on(Receiver::start()).expect("there is a port");
        let inbox = receiver.inbox("path");
        let proxy = format!("http://{}", tap.address());
        let environment = [
            ("PATH", "/usr/bin:/bin"),
            ("HOME", folder.as_str()),
            ("HTTPS_PROXY", &proxy),
            ("HTTP_PROXY", &proxy),
            ("NO_PROXY", "127.0.0.1,localhost"),
            ("SSL_CERT_FILE", ca.as_str()),
            ("REQUESTS_CA_BUNDLE", ca.as_str()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &inbox.endpoint()),
        ];
        let command = WorkerCommand {
            program: python,
            arguments: vec!["-s".to_owned(), harness().join("workers/python/worker.py").into_string()],
            environment: environment.map(|(name, value)| (name.to_owned(), OsString::from(value))).to_vec(),
            directory: folder,
        };
        let watchdog = Arc::new(Watchdog::start(home.path()).expect("a copy of this program starts"));
        let worker = WorkerProcess::start(&command, watchdog, Deadlines::default()).expect("the worker starts");
        let scenario = scenario::parse("scenarios/spike/path.toml", SCENARIO, &[]);
        let scenario = scenario.unwrap_or_else(|mistakes| panic!("{}", mistakes.render(Paint::Plain)));
        drop(guard);
        let mut path = Self { runtime, worker, tap, service, inbox, scenario, _receiver: receiver, _home: home };
        let hello = path.ask(json!({ "op": "hello", "protocol": PROTOCOL_VERSION }));
        assert!(hello["packages"]["openai"].is_string(), "{hello:?}");
        Ok(path)
    }

    /// Asks the worker, which must be able to do it. The request is given as it stands in the line.
    #[track_caller]
    fn ask(&mut self, request: Value) -> Value {
        let request: WorkerRequest = serde_json::from_value(request).expect("the protocol has such a request");
        match self.runtime.block_on(self.worker.ask(&request)) {
            Ok(Answer::Ok(done)) => json!(done),
            answer => panic!("{request:?}: {answer:?}"),
        }
    }

    fn check(&mut self, client: &str, mode: &str, authorities: &[&str]) {
        self.service.begin(
            wire::cloud_config(self.scenario.file()),
            wire::cloud_options(self.scenario.file()),
            Vec::new(),
        );
        let (auth, environment) = sign_in(mode, &self.service, &self.tap);
        let key = (mode == "api-key").then(|| secrets::resource_key("east"));
        let endpoint = wire::endpoint("east", &self.scenario.file().azure.resources["east"], 0);
        self.ask(json!({
            "op": "open",
            "cell": "spike/path",
            "client": client,
            "library": "azure",
            "api_version": "2024-10-21",
            "resources": { "east": { "endpoint": endpoint, "key": key } },
            "auth": auth,
            "environment": environment,
        }));
        self.ask(
            json!({ "op": "group_open", "group": "both", "name": "sail_the_belts", "session": null, "user": null }),
        );
        let steps: Vec<_> = self
            .scenario
            .steps()
            .map(|step| {
                let reply = step.step.reply.as_ref().expect("each step has a reply");
                (StepRequest::of(&self.scenario, step), reply.scripted(None).expect("a checked reply"))
            })
            .collect();
        let mut outcomes = Vec::new();
        for (step, replies) in steps {
            self.service.script("chat-prod", replies);
            outcomes.push(self.ask(json!({ "op": "run", "step": step }))["outcome"].clone());
        }
        assert_eq!(outcomes[0]["body"]["choices"][0]["message"]["content"], "The Øresund.", "{outcomes:#?}");
        assert_eq!(streamed(&outcomes[1]), "The Great Belt.", "{outcomes:#?}");
        assert_eq!(outcomes[1]["ended"], "exhausted");

        self.ask(json!({ "op": "group_close" }));
        let flushed = self.ask(json!({ "op": "flush" }));
        let received = self.inbox.take();
        let names: Vec<&str> = received.telemetry.spans.iter().map(|span| span.name.as_str()).collect();
        assert_eq!((&flushed["spans_ended"], names), (&json!(1), vec!["sail_the_belts"]));
        assert_eq!(received.problems, Vec::<String>::new());

        self.ask(json!({ "op": "close" }));
        self.runtime.block_on(self.tap.quiesce());
        let exchanges = self.service.take_exchanges();
        let model = vec![(HOST, 443, Some(200)); 2];
        assert_eq!(exchanges_of(&exchanges, WireKind::Model), model);
        let hosts: Vec<&str> =
            exchanges_of(&exchanges, WireKind::Identity).into_iter().map(|(host, ..)| host).collect();
        assert!(hosts.iter().all(|host| authorities.contains(host)), "{hosts:?}");
        assert_eq!(hosts.is_empty(), authorities.is_empty(), "{hosts:?}");
        assert_eq!(exchanges_of(&exchanges, WireKind::Egress), []);
    }

    fn check_other_host(&mut self) {
        self.service.take_exchanges();
        let mut connection = TcpStream::connect(self.tap.address()).expect("the tap listens");
        let request = "CONNECT telemetry.example.com:443 HTTP/1.1\r\nHost: telemetry.example.com:443\r\n\r\n";
        connection.write_all(request.as_bytes()).expect("the tap reads");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("the tap answers and closes");
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
        let exchanges = self.service.take_exchanges();
        assert_eq!(exchanges_of(&exchanges, WireKind::Egress), [("telemetry.example.com", 443, Some(403))]);
        assert_eq!(exchanges.len(), 1);
    }
}

fn harness() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The interpreter of the control's environment, which is made when it is not there.
fn python() -> Result<Utf8PathBuf, Missing> {
    let python = find_python().map_err(|missing| Missing(format!("{}; {}", missing.reason, missing.how)))?;
    let target = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in the target folder");
    let request = EnvironmentRequest {
        name: "py-none".to_owned(),
        lock: harness().join("flavors/py-none/requirements.txt"),
        cache: target.join("azmatrix/environments"),
    };
    if let Some(found) = find(&request, &python).expect("the cache can be read") {
        return Ok(found.python);
    }
    let uv = find_or_install_uv(&request.cache, &python, &|_| {}).expect("uv can be had");
    Ok(ensure(&request, &python, &uv, &|_| {}).expect("the environment can be made").python)
}

/// What an application is told about a way to sign in, and what the platform puts into its environment.
fn sign_in(mode: &str, service: &CellService, tap: &Tap) -> (Value, Value) {
    let scope = "https://cognitiveservices.azure.com/.default";
    let address = tap.address();
    match mode {
        "entra-token" => (json!({ "mode": mode, "token": service.issue_token(TokenKind::Valid) }), json!({})),
        "token-provider" => {
            let auth = json!({
                "mode": mode,
                "tenant": secrets::TENANT,
                "client_id": secrets::CLIENT_ID,
                "client_secret": secrets::CLIENT_SECRET,
                "scope": scope,
            });
            (auth, json!({}))
        }
        "managed-identity-imds" => (
            json!({ "mode": mode, "client_id": null, "scope": scope }),
            json!({ "AZURE_POD_IDENTITY_AUTHORITY_HOST": format!("http://{address}") }),
        ),
        "managed-identity-app-service" => (
            json!({ "mode": mode, "client_id": null, "scope": scope }),
            json!({
                "IDENTITY_ENDPOINT": format!("http://{address}/msi/token"),
                "IDENTITY_HEADER": secrets::IDENTITY_HEADER,
            }),
        ),
        _ => (json!({ "mode": mode }), json!({})),
    }
}

/// The text that a stream brought.
fn streamed(outcome: &Value) -> String {
    let chunks = outcome["chunks"].as_array().into_iter().flatten();
    chunks.filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect()
}

/// Host, port and status of the exchanges of a kind.
fn exchanges_of(exchanges: &[WireExchange], kind: WireKind) -> Vec<(&str, u16, Option<u16>)> {
    let of_kind = exchanges.iter().filter(|exchange| exchange.kind == kind);
    of_kind.map(|exchange| (exchange.host.as_str(), exchange.port, exchange.status)).collect()
}
