//! What a cloud can be told besides what it consists of.

use azure_openai_mock::{
    Access, Cloud, CloudConfig, CloudOptions, Deployment, ExtraParameters, Quota, Resource, SignIn,
};

use crate::support::{HELLO, request, text};

const INFERENCE: &str = "contoso-ai.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview";
const EXTRA: &str = r#"{"model":"ai","messages":[{"role":"user","content":"x"}],"foo":1}"#;

fn config() -> CloudConfig {
    let mut config = CloudConfig::sample();
    config.resources.push(Resource::new("contoso-ai", "swedencentral", &["key"]));
    config.deployments.push(Deployment::new("ai", "contoso-ai", "gpt-4o-2024-11-20"));
    config
}

#[test]
fn unknown_fields_of_model_inference_are_treated_as_configured() {
    for (wish, status) in
        [(ExtraParameters::Error, 422), (ExtraParameters::Drop, 200), (ExtraParameters::PassThrough, 200)]
    {
        let options = CloudOptions { extra_parameters: wish, ..CloudOptions::default() };
        let cloud = Cloud::with_options(config(), options);
        let reply = cloud.reply(&request("POST", INFERENCE, &[("api-key", "key")], EXTRA));
        assert_eq!(reply.status.as_u16(), status, "{}", text(&reply));
    }
}

#[test]
fn a_quota_refuses_until_its_window_ends_and_the_headers_count_down() {
    let mut config = config();
    config.deployments[0].quota = Some(Quota { tokens_per_minute: 100, requests_per_minute: 3 });
    let cloud = Cloud::new(config);
    let ask = |now: u64, most: u64| {
        cloud.set_now(now);
        let body = format!(r#"{{"max_tokens":{most},"messages":[{{"role":"user","content":"Hi"}}]}}"#);
        let path = "contoso-east.openai.azure.com/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21";
        let reply = cloud.reply(&request("POST", path, &[("api-key", "mock-key-east")], &body));
        let left = reply.header("x-ratelimit-remaining-tokens").map(str::to_owned);
        (reply.status.as_u16(), left, reply.header("retry-after").map(str::to_owned))
    };
    // Ten for the prompt and fifty for the answer; then 13 of them were really used.
    assert_eq!(ask(1000, 50), (200, Some("40".to_owned()), None));
    assert_eq!(ask(1010, 80), (429, None, Some("50".to_owned())));
    assert_eq!(ask(1010, 60), (200, Some("17".to_owned()), None));
    assert_eq!(ask(1020, 1).0, 200);
    assert_eq!(ask(1020, 1), (429, None, Some("40".to_owned())));
    assert_eq!(ask(1060, 1).0, 200);
}

#[test]
fn a_restricted_resource_says_why() {
    for (access, part) in [
        (Access::KeysDisabled, "Key based authentication is disabled"),
        (Access::Firewall, "Virtual Network/Firewall rules"),
        (Access::PrivateEndpoint, "Public access is disabled"),
    ] {
        let options = CloudOptions { access: vec![("contoso-ai".to_owned(), access)], ..CloudOptions::default() };
        let cloud = Cloud::with_options(config(), options);
        let path = "contoso-ai.openai.azure.com/openai/deployments/ai/chat/completions?api-version=2024-10-21";
        let reply = cloud.reply(&request("POST", path, &[("api-key", "key")], HELLO));
        assert_eq!(reply.status, 403);
        assert!(text(&reply).contains(part), "{}", text(&reply));
    }
}

#[test]
fn tokens_expire_in_the_middle_and_the_next_one_is_good() {
    let options =
        CloudOptions { sign_in: SignIn { token_lifetime: Some(5), ..SignIn::default() }, ..CloudOptions::default() };
    let cloud = Cloud::with_options(config(), options);
    let token = |cloud: &Cloud| {
        let path = "169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://cognitiveservices.azure.com";
        let reply = cloud.reply(&request("GET", path, &[("metadata", "true")], ""));
        let body: serde_json::Value = serde_json::from_slice(&reply.bytes()).expect("JSON");
        format!("Bearer {}", body["access_token"].as_str().expect("a token"))
    };
    let status = |cloud: &Cloud, bearer: &str| {
        let path = "contoso-ai.openai.azure.com/openai/deployments/ai/chat/completions?api-version=2024-10-21";
        cloud.reply(&request("POST", path, &[("authorization", bearer)], HELLO)).status.as_u16()
    };
    cloud.set_now(1000);
    let first = token(&cloud);
    assert_eq!(status(&cloud, &first), 200);
    cloud.set_now(1005);
    assert_eq!(status(&cloud, &first), 401);
    let second = token(&cloud);
    assert_eq!(status(&cloud, &second), 200);
}
