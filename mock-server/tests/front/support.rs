//! What all tests of the edges share.

use std::sync::Arc;

use azure_openai_mock::{
    CertificateAuthority, ChatReply, Cloud, CloudConfig, ScriptedReply, SharedCloud, StreamFault, StreamFaultKind,
    StreamPlan, Tap,
};

/// A chat call to the sample cloud as the client writes it.
pub(crate) const CHAT: &str =
    "https://contoso-east.openai.azure.com/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21";
/// A question.
pub(crate) const HELLO: &str = r#"{"messages":[{"role":"user","content":"Hi"}]}"#;
/// A question whose answer is to be streamed.
pub(crate) const STREAM: &str = r#"{"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;

/// A tap in front of the sample cloud, with a client that goes through it.
pub(crate) struct Scene {
    pub(crate) tap: Tap,
    pub(crate) cloud: Arc<SharedCloud>,
    pub(crate) client: reqwest::Client,
}

/// Starts a scene.
pub(crate) async fn scene() -> Scene {
    let authority = Arc::new(CertificateAuthority::generate().expect("an authority"));
    let cloud = Arc::new(SharedCloud::new(Cloud::new(CloudConfig::sample())));
    let root = reqwest::Certificate::from_pem(authority.certificate_pem().as_bytes()).expect("a root");
    let tap = Tap::start(authority, Arc::clone(&cloud) as _).await.expect("a port");
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(format!("http://{}", tap.address())).expect("a proxy"))
        .tls_certs_only([root])
        .build()
        .expect("a client");
    Scene { tap, cloud, client }
}

impl Scene {
    /// Sends a chat request.
    pub(crate) async fn chat(&self, body: &'static str) -> reqwest::Response {
        self.client.post(CHAT).header("api-key", "mock-key-east").body(body).send().await.expect("a response")
    }

    /// Makes the next answer a stream of `Why` and ` not` that goes as told.
    pub(crate) fn script(&self, gap: std::time::Duration, fault: Option<(StreamFaultKind, usize)>) {
        let reply = ChatReply {
            stream: StreamPlan {
                chunks: Some(vec!["Why".to_owned(), " not".to_owned()]),
                gap,
                fault: fault.map(|(kind, after_chunk)| StreamFault { kind, after_chunk }),
            },
            ..ChatReply::text("Why not")
        };
        self.cloud.cloud().script("chat-prod", ScriptedReply::Chat(reply));
    }
}
