//! A cloud, a tap and a reference behind it.

use std::sync::Arc;

use azure_openai_mock::{
    CertificateAuthority, Cloud, CloudConfig, Exchange, ScriptedReply, SharedCloud, Tap, TokenSpec,
};
use opentelemetry::Value as AttributeValue;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};

use crate::protocol::Outcome;
use crate::reference::{Flushed, Reference};

pub(super) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub(super) const CLIENT: &str = "66666666-7777-8888-9999-000000000000";
pub(super) const SECRET: &str = "mock-secret";
pub(super) const SCOPE: &str = "https://cognitiveservices.azure.com/.default";

pub(super) struct Bench {
    pub(super) cloud: Arc<SharedCloud>,
    pub(super) tap: Tap,
    pub(super) reference: Reference,
}

impl Bench {
    /// A reference of a release behind a tap on the sample cloud, not yet opened.
    pub(super) async fn start(release: Option<&str>) -> Self {
        let cloud = Arc::new(SharedCloud::new(Cloud::new(CloudConfig::sample())));
        let authority = Arc::new(CertificateAuthority::generate().expect("a certificate authority"));
        let service = Arc::clone(&cloud);
        let tap = Tap::start(Arc::clone(&authority), service).await.expect("a tap");
        let reference = Reference::new(release, tap.address(), authority.certificate_pem()).expect("a reference");
        Self { cloud, tap, reference }
    }

    /// The same, opened with the right key.
    pub(super) async fn open(release: Option<&str>) -> Self {
        let mut bench = Self::start(release).await;
        bench.open_with(&json!({ "mode": "api-key" }), &json!({}));
        bench
    }

    pub(super) fn open_with(&mut self, auth: &Value, environment: &Value) {
        self.open_with_key("mock-key-east", auth, environment);
    }

    pub(super) fn open_with_key(&mut self, key: &str, auth: &Value, environment: &Value) {
        let request = json!({
            "cell": "bench",
            "client": "async",
            "library": "azure",
            "api_version": "2024-10-21",
            "resources": { "east": { "endpoint": "https://contoso-east.openai.azure.com", "key": key } },
            "pinned_deployment": null,
            "max_retries": null,
            "timeout_s": 5.0,
            "auth": auth,
            "environment": environment,
        });
        self.reference.open(serde_json::from_value(request).expect("a good request"));
    }

    /// Queues what the chat deployment answers next.
    pub(super) fn script(&self, reply: ScriptedReply) {
        self.cloud.cloud().script("chat-prod", reply);
    }

    pub(super) fn token(&self) -> String {
        let spec = TokenSpec {
            tenant: TENANT.to_owned(),
            client_id: CLIENT.to_owned(),
            object_id: "aaaaaaaa-0000-4000-8000-000000000001".to_owned(),
            audience: "https://cognitiveservices.azure.com".to_owned(),
            roles: vec!["Cognitive Services OpenAI User".to_owned()],
            issued_at: 1_795_154_400,
            expires_in: 1_000_000_000,
        };
        self.cloud.cloud().issue_token(spec)
    }

    /// Performs a chat step with `more` in it.
    pub(super) async fn chat(&mut self, id: &str, more: Value) -> Outcome {
        let mut step = json!({
            "id": id,
            "resource": "east",
            "operation": "chat",
            "model": "chat-prod",
            "messages": [{ "role": "user", "content": "Why?" }],
            "tool_results": {},
            "parameters": {},
            "stream": false,
        });
        step.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.run(step).await
    }

    /// Performs a step that is given as the protocol writes it.
    pub(super) async fn run(&mut self, step: Value) -> Outcome {
        let step = serde_json::from_value(step).expect("a good request");
        self.reference.run(&step).await.expect("a good step")
    }

    pub(super) fn flush(&mut self) -> Flushed {
        self.reference.flush().expect("a flush")
    }

    pub(super) async fn exchanges(&self) -> Vec<Exchange> {
        self.tap.quiesce().await;
        self.cloud.take_journal()
    }
}

/// An attribute of a span as text, arrays as the SDK shows them.
pub(super) fn attribute(span: &SpanData, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == name)?;
    Some(match &found.value {
        AttributeValue::String(text) => text.as_str().to_owned(),
        other => other.to_string(),
    })
}
