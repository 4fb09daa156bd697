//! The cloud's replies on a `wiremock::MockServer`, for people who already test with wiremock.

use std::sync::Arc;

use wiremock::{Request as WiremockRequest, Respond, ResponseTemplate};

use super::service::Service;
use crate::cloud::{Reply, ReplyBody, Request, Scheme};

/// Answers every request that a mock matches as the cloud would.
///
/// wiremock sends complete bodies with one delay, so a stream comes as one block with the sum of its gaps before it, its
/// reason phrase is the standard one, and a fault that breaks the connection only cuts the body short. Exchanges are not
/// recorded here: wiremock does that.
pub struct AzureResponder {
    service: Arc<dyn Service>,
    host: String,
}

impl AzureResponder {
    /// Answers as if every request had been sent to `host`, for example `contoso-east.openai.azure.com`.
    pub fn new(service: Arc<dyn Service>, host: &str) -> Self {
        Self { service, host: host.to_owned() }
    }
}

/// Mounts a cloud on a wiremock server, for all requests that no mock of a higher priority matches. What the service
/// does not have is answered as the service does, not with wiremock's empty 404.
pub async fn mount(server: &wiremock::MockServer, service: Arc<dyn Service>, host: &str) {
    let responder = AzureResponder::new(service, host);
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(responder).with_priority(255).mount(server).await;
}

impl Respond for AzureResponder {
    fn respond(&self, request: &WiremockRequest) -> ResponseTemplate {
        let reply = self.service.reply(&Request {
            method: request.method.clone(),
            scheme: Scheme::Https,
            host: self.host.clone(),
            port: 443,
            path: request.url.path().to_owned(),
            query: request.url.query().map(str::to_owned),
            headers: request.headers.clone(),
            body: request.body.clone().into(),
        });
        template(&reply)
    }
}

fn template(reply: &Reply) -> ResponseTemplate {
    let gaps = match &reply.body {
        ReplyBody::Whole(_) => std::time::Duration::ZERO,
        ReplyBody::Stream { frames, .. } => frames.iter().map(|frame| frame.gap).sum(),
    };
    let kind = reply.header("content-type").unwrap_or("application/octet-stream");
    let mut template = ResponseTemplate::new(reply.status.as_u16())
        .set_body_raw(reply.bytes(), kind)
        .set_delay(reply.delay.saturating_add(gaps));
    for (name, value) in &reply.headers {
        // wiremock frames the body and names its type by itself.
        let framing = ["content-length", "transfer-encoding", "content-type", "date"];
        if !framing.iter().any(|skipped| name.eq_ignore_ascii_case(skipped)) {
            template = template.append_header(&**name, &**value);
        }
    }
    template
}
