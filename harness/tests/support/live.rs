//! The mock as a live service, and the program that is told to call it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use azure_openai_mock::{
    CertificateAuthority, Cloud, CloudConfig, Deployment, Exchange, Reply, ReplyBody, Request, Resource, Service,
    SharedCloud, Tap,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::workspace::{Ran, TestWorkspace, text_of};

/// The key of the live resource.
pub(crate) const KEY: &str = "livekey0f7b9d3a1c5e8642b0d9f1e3a7c5b8d2";
/// The secret of the application that signs in.
pub(crate) const SECRET: &str = "Zx8~live-application-secret.5b1d9e3f7a";

/// Variables of the person who runs the tests that would change what is called, or pay for it.
const OTHERS: &[&str] = &[
    "ALL_PROXY",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_OPENAI_AD_TOKEN",
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_API_VERSION",
    "AZURE_OPENAI_DEPLOYMENT_NAME",
    "AZURE_OPENAI_ENDPOINT",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_TENANT_ID",
    "HTTP_PROXY",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "NO_PROXY",
    "OPENAI_API_VERSION",
    "SSL_CERT_DIR",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// `azure-openai-mock tap` in a process of its own, ended with the test.
pub(crate) struct LiveService {
    child: Child,
    folder: TempDir,
    pub(crate) proxy: String,
    pub(crate) ca_pem: String,
    /// Kept open: it has more to say.
    _output: BufReader<ChildStdout>,
}

impl LiveService {
    /// Starts it with a configuration, in which `KEY` and `SECRET` stand for the secrets.
    pub(crate) fn start(configuration: &str) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
        let file = |name: &str| folder.path().join(name);
        let configuration = configuration.replace("\"KEY\"", &format!("\"{KEY}\""));
        let configuration = configuration.replace("\"SECRET\"", &format!("\"{SECRET}\""));
        fs::write(file("cloud.toml"), configuration).expect("it can be written");
        let log = fs::File::create(file("log.jsonl")).expect("it can be written");
        let mut child = Command::new(mock_program())
            .args(["tap", "--config"])
            .arg(file("cloud.toml"))
            .arg("--ca-file")
            .arg(file("ca.pem"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the mock starts");
        let output = child.stdout.take().expect("it is piped");
        let mut output = BufReader::new(output);
        let mut lines = output.by_ref().lines().map_while(Result::ok);
        let proxy =
            lines.find_map(|line| Some(line.strip_prefix("export HTTPS_PROXY='")?.trim_end_matches('\'').to_owned()));
        let ca_pem = fs::read_to_string(file("ca.pem")).expect("it was written before the exports");
        Self { child, proxy: proxy.expect("it says where it is"), ca_pem, folder, _output: output }
    }

    /// What it was asked, as its access log has it.
    pub(crate) fn log(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join("log.jsonl")).expect("it is there");
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
    }
}

impl Drop for LiveService {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The mock's program, which lies beside ours; built when only our own was asked for.
fn mock_program() -> PathBuf {
    let ours = PathBuf::from(env!("CARGO_BIN_EXE_azmatrix"));
    let mock = ours.with_file_name(format!("azure-openai-mock{}", std::env::consts::EXE_SUFFIX));
    if !mock.exists() {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "azure-openai-mock", "--features", "program"])
            .args(["--bin", "azure-openai-mock"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the mock can be built");
    }
    mock
}

/// A live service that has changed since the mock was written.
pub(crate) struct Drifting {
    tap: Tap,
    ca_pem: String,
    _runtime: tokio::runtime::Runtime,
}

struct Changed(SharedCloud);

impl Service for Changed {
    fn owns(&self, host: &str, port: u16) -> bool {
        self.0.owns(host, port)
    }

    fn reply(&self, request: &Request) -> Reply {
        let mut reply = self.0.reply(request);
        match &mut reply.body {
            ReplyBody::Whole(bytes) => {
                let mut body: Value = serde_json::from_slice(bytes).expect("it answers with JSON");
                body["seeded"] = serde_json::json!({ "since": "2026-11-01" });
                body["created"] = "today".into();
                *bytes = body.to_string().into();
                let length = bytes.len().to_string();
                reply.headers.retain(|(name, _)| {
                    !["x-ms-region", "content-length"].contains(&name.to_ascii_lowercase().as_str())
                });
                reply.headers.push(("Content-Length".into(), length.into()));
                reply.headers.push(("X-Seeded".into(), "1".into()));
            }
            ReplyBody::Stream { frames, .. } => {
                frames.retain(|frame| !frame.bytes.windows(6).any(|part| part == b"[DONE]"));
            }
        }
        reply
    }

    fn record(&self, exchange: Exchange) {
        self.0.record(exchange);
    }
}

impl Drifting {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        let authority = Arc::new(CertificateAuthority::generate().expect("an authority can be made"));
        let cloud = Cloud::new(CloudConfig {
            resources: vec![Resource::new("fabrikam", "westeurope", &[KEY])],
            deployments: vec![Deployment::new("talk-live", "fabrikam", "gpt-4o-2024-11-20")],
            ..CloudConfig::default()
        });
        let service = Arc::new(Changed(SharedCloud::new(cloud)));
        let ca_pem = authority.certificate_pem().to_owned();
        let tap = runtime.block_on(Tap::start(authority, service)).expect("it starts");
        Self { tap, ca_pem, _runtime: runtime }
    }

    pub(crate) fn proxy(&self) -> String {
        format!("http://{}", self.tap.address())
    }

    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }
}

/// Our program with the variables of somebody who has a live service.
pub(crate) struct Live<'a> {
    workspace: &'a TestWorkspace,
    variables: BTreeMap<String, String>,
    /// Everything that the program writes besides the workspace.
    folder: TempDir,
    shared_environments: bool,
}

impl<'a> Live<'a> {
    pub(crate) fn new(workspace: &'a TestWorkspace, service: &LiveService) -> Self {
        Self::through(workspace, &service.proxy, &service.ca_pem)
    }

    /// Through a proxy, trusting an authority.
    pub(crate) fn through(workspace: &'a TestWorkspace, proxy: impl AsRef<str>, ca_pem: &str) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
        let ca = folder.path().join("ca.pem");
        fs::write(&ca, ca_pem).expect("it can be written");
        let live = Self { workspace, variables: BTreeMap::new(), folder, shared_environments: false };
        live.with("HTTPS_PROXY", proxy.as_ref())
            .with("SSL_CERT_FILE", ca.to_str().expect("target folders are UTF-8"))
            .with("AZURE_OPENAI_API_KEY", KEY)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Uses the environments that there are.
    pub(crate) fn with_shared_environments(mut self) -> Self {
        self.shared_environments = true;
        self
    }

    /// Runs the program to its end.
    pub(crate) fn program(&self, arguments: &[&str]) -> LiveRan {
        LiveRan { ran: Ran::of(&mut self.command(arguments)), events: Vec::new() }
    }

    /// The program, about to start.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.workspace.program(arguments);
        for name in OTHERS {
            command.env_remove(name);
        }
        if !self.shared_environments {
            command.env("CARGO_TARGET_DIR", self.folder.path().join("target"));
        }
        let temporary = self.folder.path().join("tmp");
        fs::create_dir_all(&temporary).expect("a folder can be made");
        command.env("TMPDIR", temporary).env("CI", "").envs(&self.variables);
        command
    }

    /// The same with the events of a run.
    pub(crate) fn run(&self, arguments: &[&str]) -> LiveRan {
        let path = self.folder.path().join("events.jsonl");
        let path = path.to_str().expect("target folders are UTF-8");
        let LiveRan { ran, .. } = self.program(&[arguments, &["--events", path]].concat());
        let text = fs::read_to_string(path).unwrap_or_default();
        let events = text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
        for text in [&ran.stdout, &ran.stderr, &text] {
            assert!(!text.contains(KEY) && !text.contains(SECRET), "a secret was printed");
        }
        LiveRan { ran, events }
    }

    /// A text stands in no file that the program may have written.
    #[track_caller]
    pub(crate) fn holds_nowhere(&self, text: &str) {
        let mut waiting = vec![self.folder.path().to_owned(), self.workspace.root.clone().into_std_path_buf()];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(&folder).expect("a folder can be listed") {
                let path = entry.expect("a folder can be listed to its end").path();
                let given = path.file_name().is_some_and(|name| name == "live.toml");
                if path.is_dir() {
                    waiting.push(path);
                } else if !given {
                    let mut bytes = Vec::new();
                    fs::File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes)).expect("it can be read");
                    let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
                    assert!(!found, "{} holds it", path.display());
                }
            }
        }
    }
}

/// What a run left.
pub(crate) struct LiveRan {
    ran: Ran,
    events: Vec<Value>,
}

impl LiveRan {
    #[track_caller]
    pub(crate) fn ended_with(&self, code: i32) {
        assert_eq!(self.ran.code, Some(code), "{self}");
        for text in [&self.ran.stdout, &self.ran.stderr] {
            assert!(!text.contains(KEY) && !text.contains(SECRET), "a secret was printed");
        }
    }

    pub(crate) fn stdout(&self) -> &str {
        &self.ran.stdout
    }

    pub(crate) fn stderr(&self) -> &str {
        &self.ran.stderr
    }

    /// The cells by id.
    pub(crate) fn cells(&self) -> BTreeMap<&str, &Value> {
        let cells = self.events.iter().filter(|event| event["event"] == "cell");
        cells.map(|cell| (text_of(&cell["id"]), cell)).collect()
    }

    #[track_caller]
    pub(crate) fn cell(&self, id: &str) -> &Value {
        self.cells().get(id).copied().unwrap_or_else(|| panic!("no event for {id}: {self}"))
    }

    #[track_caller]
    pub(crate) fn status(&self, id: &str) -> &str {
        text_of(&self.cell(id)["status"])
    }

    pub(crate) fn drifts(&self) -> Vec<&Value> {
        self.events.iter().filter(|event| event["event"] == "drift").collect()
    }
}

impl fmt::Display for LiveRan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ran.fmt(formatter)?;
        for event in &self.events {
            writeln!(formatter, "{event}")?;
        }
        Ok(())
    }
}
