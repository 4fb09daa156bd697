//! A tap in front of a cloud with something of everything, which clients script over HTTP.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_openai_mock::{
    Access, ApplicationCertificate, ArcSecret, CertificateAuthority, ChatReply, Cloud, CloudConfig, CloudOptions,
    Deployment, ErrorReply, Exchange, FederatedCredential, FilterMode, ManagedIdentity, Quota, Reply, ReplyBody,
    Request, Resource, ScriptedReply, ServerlessEndpoint, Service, SharedCloud, SignIn, StreamFault, StreamFaultKind,
    Tap,
};
use bytes::Bytes;
use serde_json::Value;

use super::{directory, program, run};

const CLIENT: &str = "66666666-7777-8888-9999-000000000000";

/// A running cloud.
pub(crate) struct Scene {
    runtime: Option<tokio::runtime::Runtime>,
    address: String,
    files: PathBuf,
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Scene {
    /// Starts a cloud. `python` makes the certificate that an application signs with.
    pub(crate) fn start(python: &Path) -> Self {
        let files = directory().join(format!("files-{:?}", std::thread::current().id()));
        std::fs::create_dir_all(&files).expect("a directory");
        run(Command::new(python.join("bin/python")).arg(program("certificate.py")).arg(&files));
        let certificate = std::fs::read_to_string(files.join("certificate.pem")).expect("a certificate");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let authority = Arc::new(CertificateAuthority::generate().expect("an authority"));
        std::fs::write(files.join("ca.pem"), authority.certificate_pem()).expect("written");
        let cloud = SharedCloud::without_journal(Cloud::with_options(config(), options(certificate)));
        let service = Arc::new(Scripted { cloud, counts: Mutex::default() });
        let tap = runtime.block_on(Tap::start(authority, service)).expect("a port");
        let address = format!("http://{}", tap.address());
        runtime.spawn(async move {
            // Lives as long as the runtime.
            let _tap = tap;
            std::future::pending::<()>().await;
        });
        Self { runtime: Some(runtime), address, files }
    }

    /// A program with the environment of a client.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let trust = self.files.join("ca.pem");
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "MOCK", "AZURE_POD_IDENTITY_AUTHORITY_HOST"] {
            command.env(name, &self.address);
        }
        for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            command.env(name, &trust);
        }
        command.env("NO_PROXY", "127.0.0.1,localhost").env("MOCK_FILES", &self.files);
        command
    }
}

fn config() -> CloudConfig {
    let mut config = CloudConfig::sample();
    config.resources.extend([
        Resource::new("contoso-ai", "swedencentral", &["mock-key-ai"]),
        Resource::new("contoso-locked", "eastus2", &["mock-key-locked"]),
        Resource::new("contoso-walled", "eastus2", &["mock-key-walled"]),
        Resource::new("contoso-private", "eastus2", &["mock-key-private"]),
    ]);
    let filtered = Deployment {
        filter: FilterMode::Asynchronous,
        ..Deployment::new("async-prod", "contoso-east", "gpt-4o-2024-11-20")
    };
    let small = Deployment {
        quota: Some(Quota { tokens_per_minute: 1000, requests_per_minute: 2 }),
        ..Deployment::new("small-prod", "contoso-east", "gpt-4o-2024-11-20")
    };
    config.deployments.extend([
        filtered,
        small,
        Deployment::new("o-prod", "contoso-east", "o3-mini-2025-01-31"),
        Deployment::new("five-prod", "contoso-east", "gpt-5.2-2025-12-11"),
        Deployment::new("instruct-prod", "contoso-east", "gpt-35-turbo-instruct"),
        Deployment::new("chat-locked", "contoso-locked", "gpt-4o-2024-11-20"),
        Deployment::new("chat-walled", "contoso-walled", "gpt-4o-2024-11-20"),
        Deployment::new("chat-private", "contoso-private", "gpt-4o-2024-11-20"),
        Deployment::new("chat-ai", "contoso-ai", "gpt-4o-2024-11-20"),
        Deployment::new("mistral-ai", "contoso-ai", "mistral-large-2407"),
        Deployment::new("embed-ai", "contoso-ai", "text-embedding-3-small"),
    ]);
    let roles = config.managed_identities[0].roles.clone();
    config.managed_identities.push(ManagedIdentity {
        client_id: "cccccccc-0000-4000-8000-000000000003".to_owned(),
        object_id: "aaaaaaaa-0000-4000-8000-000000000003".to_owned(),
        resource_id: Some(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u".to_owned(),
        ),
        roles,
    });
    let mut powerless = config.tenants[0].applications[0].clone();
    "77777777-7777-8888-9999-000000000000".clone_into(&mut powerless.client_id);
    powerless.roles.clear();
    config.tenants[0].applications.push(powerless);
    config
}

fn options(certificate: String) -> CloudOptions {
    CloudOptions {
        serverless: vec![ServerlessEndpoint {
            name: "mistral".to_owned(),
            region: "eastus2".to_owned(),
            keys: vec!["mock-key-serverless".to_owned()],
            model: "mistral-large-2407".to_owned(),
            provider: "Mistral AI".to_owned(),
        }],
        access: vec![
            ("contoso-locked".to_owned(), Access::KeysDisabled),
            ("contoso-walled".to_owned(), Access::Firewall),
            ("contoso-private".to_owned(), Access::PrivateEndpoint),
        ],
        sign_in: SignIn {
            certificates: vec![ApplicationCertificate { client_id: CLIENT.to_owned(), pem: certificate }],
            federated: vec![FederatedCredential {
                client_id: CLIENT.to_owned(),
                issuer: "https://oidc.example".to_owned(),
                subject: "system:serviceaccount:default:app".to_owned(),
            }],
            arc: Some(ArcSecret {
                path: "/var/opt/azcmagent/tokens/azure-openai-mock.key".to_owned(),
                content: "mock-arc-secret".to_owned(),
            }),
            ..SignIn::default()
        },
        ..CloudOptions::default()
    }
}

/// A cloud with two paths more: `/script/<deployment>` queues replies, `/count/<deployment>` says how many requests came
/// since it was last asked.
struct Scripted {
    cloud: SharedCloud,
    counts: Mutex<HashMap<String, u64>>,
}

impl Service for Scripted {
    fn owns(&self, host: &str, port: u16) -> bool {
        self.cloud.owns(host, port)
    }

    fn reply(&self, request: &Request) -> Reply {
        let mut counts = self.counts.lock().expect("not poisoned");
        if let Some(deployment) = request.path.strip_prefix("/script/") {
            for reply in serde_json::from_slice::<Vec<Value>>(&request.body).expect("a list of replies") {
                self.cloud.cloud().script(deployment, scripted(&reply));
            }
            return text("");
        }
        if let Some(deployment) = request.path.strip_prefix("/count/") {
            return text(&counts.remove(deployment).unwrap_or(0).to_string());
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let in_path = request.path.split("/deployments/").nth(1).and_then(|rest| rest.split('/').next());
        if let Some(name) = in_path.or_else(|| body.get("model").and_then(Value::as_str)) {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
        drop(counts);
        self.cloud.reply(request)
    }

    fn record(&self, _: Exchange) {}

    fn keeps_bodies(&self) -> bool {
        false
    }
}

fn text(body: &str) -> Reply {
    Reply {
        status: http::StatusCode::OK,
        reason: None,
        headers: vec![("Content-Length".into(), body.len().to_string().into())],
        body: ReplyBody::Whole(Bytes::from(body.to_owned())),
        delay: Duration::ZERO,
    }
}

fn scripted(reply: &Value) -> ScriptedReply {
    let milliseconds = |name: &str| reply.get(name).and_then(Value::as_u64).map(Duration::from_millis);
    if let Some(kind) = reply.get("error").and_then(Value::as_str) {
        let retry_after_ms = milliseconds("retry_after_ms");
        return ErrorReply { retry_after_ms, ..ErrorReply::new(kind.parse().expect("an error")) }.into();
    }
    let mut chat = reply.get("text").and_then(Value::as_str).map_or_else(ChatReply::default, ChatReply::text);
    if let Some(refusal) = reply.get("refusal").and_then(Value::as_str) {
        chat.choices = vec![azure_openai_mock::Choice { refusal: Some(refusal.to_owned()), ..Default::default() }];
    }
    chat.stream.gap = milliseconds("gap_ms").unwrap_or_default();
    chat.stream.fault = reply.get("fault").and_then(Value::as_str).map(|kind| StreamFault {
        kind: match kind {
            "reset" => StreamFaultKind::Reset,
            "eof" => StreamFaultKind::Eof,
            "truncated" => StreamFaultKind::Truncated,
            "stall" => StreamFaultKind::Stall,
            "error_event" => StreamFaultKind::ErrorEvent,
            "half_character" => StreamFaultKind::HalfCharacter,
            "split_characters" => StreamFaultKind::SplitCharacters,
            _ => StreamFaultKind::Malformed,
        },
        after_chunk: 1,
    });
    chat.into()
}
