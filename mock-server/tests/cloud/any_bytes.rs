//! Whatever comes in, something well-formed goes out.

use azure_openai_mock::{Cloud, CloudConfig, Deployment, ReplyBody};
use proptest::prelude::*;

use crate::support::{CHAT, EMBED, cloud, post, request};

/// JSON values of every shape, with the names that mean something more likely than others.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| value.to_string()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).expect("a string")),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let names = prop::sample::select(vec![
            "messages",
            "content",
            "role",
            "stream",
            "stream_options",
            "include_usage",
            "n",
            "max_tokens",
            "tools",
            "tool_choice",
            "function",
            "name",
            "parameters",
            "response_format",
            "json_schema",
            "schema",
            "type",
            "properties",
            "required",
            "items",
            "enum",
            "input",
            "dimensions",
            "encoding_format",
            "model",
            "text",
        ]);
        let member = (names, inner.clone()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// The surfaces besides chat and embeddings.
const OTHERS: [&str; 5] = [
    "/openai/v1/responses",
    "/openai/v1/chat/completions",
    "/openai/deployments/instruct/completions?api-version=2024-10-21",
    "/openai/v1/completions",
    "127.0.0.1/models/chat/completions?api-version=2024-05-01-preview",
];

fn answered(path: &str, body: &[u8]) {
    let mut config = CloudConfig::sample();
    config.deployments.push(Deployment::new("instruct", "contoso-east", "gpt-35-turbo-instruct"));
    let cloud = Cloud::new(config);
    let mut request = post(path, "");
    request.body = body.to_vec().into();
    let reply = cloud.reply(&request);
    assert!(reply.header("apim-request-id").is_some());
    if let ReplyBody::Whole(bytes) = &reply.body {
        let length = bytes.len().to_string();
        assert!(reply.header("content-length").is_none_or(|given| given == length));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..200)) {
        answered(CHAT, &body);
        answered(EMBED, &body);
    }

    #[test]
    fn any_json_is_answered(body in json()) {
        answered(CHAT, body.as_bytes());
        answered(EMBED, body.as_bytes());
        for path in OTHERS {
            answered(path, body.as_bytes());
            let named = format!(r#"{{"model":"chat-prod","stream":true,"n":3,"input":[{body}],"messages":[{body}],"tools":[{body}],"text":{body},"reasoning":{body}}}"#);
            answered(path, named.as_bytes());
            answered(path, format!(r#"{{"model":"chat-prod","prompt":{body},"input":{body},"instructions":{body}}}"#).as_bytes());
        }
        answered(CHAT, format!(r#"{{"stream":true,"messages":[{body}],"tools":[{{"function":{{"name":"f","parameters":{body}}}}}],"tool_choice":"required"}}"#).as_bytes());
    }

    #[test]
    fn any_path_host_and_credential_are_answered(
        host in "[a-z0-9.:%-]{0,30}", path in "[!-~]{0,60}", bearer in "[!-~ ]{0,60}", body in "[ -~]{0,80}",
    ) {
        let cloud = cloud();
        let url = format!("{host}/{path}");
        let bearer = format!("Bearer {bearer}");
        let reply = cloud.reply(&request("POST", &url, &[("authorization", &bearer), ("metadata", "true")], &body));
        prop_assert!(reply.status.as_u16() >= 200);
        let login = cloud.reply(&request("POST", &format!("login.microsoftonline.com/{path}"), &[], &body));
        prop_assert!(login.status.as_u16() >= 200);
    }
}
