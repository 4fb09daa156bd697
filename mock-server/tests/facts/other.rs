//! Model inference, identity, and what was learnt from building it.

use azure_openai_mock::{Cloud, CloudConfig, CloudOptions, ExpiredSecret, FederatedCredential, SignIn};
use base64::Engine as _;
use http::StatusCode;

use super::support::{ask_with, cloud, is, json, request, text};
use super::{Fact, clients, here, no, test};

const TENANT: &str = "11111111-2222-3333-4444-555555555555";

fn token(fields: &str) -> azure_openai_mock::Reply {
    let line = format!("POST login.microsoftonline.com/{TENANT}/oauth2/v2.0/token");
    ask_with(&line, &[], fields)
}

/// What a cloud with other ways to sign in answers to a request for a token.
fn signed_in(sign_in: SignIn, fields: &str) -> azure_openai_mock::Reply {
    let options = CloudOptions { sign_in, ..CloudOptions::default() };
    let line = format!("POST login.microsoftonline.com/{TENANT}/oauth2/v2.0/token");
    Cloud::with_options(CloudConfig::sample(), options).reply(&request(&line, &[], fields))
}

fn imds(query: &str, headers: &[(&str, &str)]) -> azure_openai_mock::Reply {
    ask_with(&format!("GET 169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01{query}"), headers, "")
}

const CLIENT_ID: &str = "66666666-7777-8888-9999-000000000000";
const CLIENT: &str = "client_id=66666666-7777-8888-9999-000000000000&grant_type=client_credentials&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default";
const RESOURCE: &str = "&resource=https://cognitiveservices.azure.com";
const METADATA: [(&str, &str); 1] = [("metadata", "true")];

pub(crate) fn facts() -> Vec<Fact> {
    let mut facts = inference();
    facts.extend(entra());
    facts.extend(managed());
    facts.extend(building());
    facts
}

fn inference() -> Vec<Fact> {
    const S: &str = "12 model inference";
    const LINE: &str = "POST contoso-ai.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview";
    const EXTRA: &str = r#"{"model":"ai","messages":[{"role":"user","content":"x"}],"foo":"bar"}"#;
    vec![
        here(S, "unknown fields: `extra-parameters: pass-through | drop | error`", || {
            let with = |wish: &str| {
                ask_with(LINE, &[("api-key", "mock-key-ai"), ("extra-parameters", wish)], EXTRA).status.as_u16()
            };
            with("error") == 422 && with("drop") == 200 && with("pass-through") == 200
        }),
        test(S, "without the header, as configured", "tests/cloud/surfaces.rs"),
        here(S, "422 with `detail.loc` and `input`", || {
            let reply = ask_with(LINE, &[("api-key", "mock-key-ai"), ("extra-parameters", "error")], EXTRA);
            text(&reply)
                == r#"{"status":422,"code":"parameter_not_supported","detail":{"loc":["body","foo"],"input":"bar"},"message":"One of the parameters contain invalid values."}"#
        }),
        here(S, "Foundry adds the filter fields, serverless does not", || {
            let foundry = json(&ask_with(
                LINE,
                &[("api-key", "mock-key-ai")],
                r#"{"model":"mistral","messages":[{"role":"user","content":"x"}]}"#,
            ));
            let key = [("authorization", "Bearer mock-key-serverless")];
            let serverless =
                json(&ask_with("POST mistral.eastus2.models.ai.azure.com/chat/completions", &key, super::support::HI));
            foundry.get("prompt_filter_results").is_some()
                && serverless.get("prompt_filter_results").is_none()
                && serverless["model"] == "mistral-large-2407"
        }),
        here(S, "`reasoning_content`", || {
            let cloud = cloud();
            let script = azure_openai_mock::ChatReply {
                reasoning: Some("Hm.".to_owned()),
                ..azure_openai_mock::ChatReply::text("x")
            };
            cloud.script("mistral", script.into());
            let body = r#"{"model":"mistral","messages":[{"role":"user","content":"x"}]}"#;
            json(&cloud.reply(&request(LINE, &[("api-key", "mock-key-ai")], body)))["choices"][0]["message"]["reasoning_content"]
                == "Hm."
        }),
        here(S, "`/info`; on `/models` with `?model=`", || {
            let line = "GET contoso-ai.services.ai.azure.com/models/info?api-version=2024-05-01-preview&model=mistral";
            text(&ask_with(line, &[("api-key", "mock-key-ai")], ""))
                == r#"{"model_name":"mistral-large-2407","model_type":"chat-completion","model_provider_name":"Mistral AI"}"#
        }),
        here(S, "400 content safety of serverless endpoints", || {
            let cloud = cloud();
            cloud.script(
                "mistral",
                azure_openai_mock::ErrorReply::new(azure_openai_mock::ErrorKind::ContentFilter).into(),
            );
            let key = [("authorization", "Bearer mock-key-serverless")];
            let reply = cloud.reply(&request(
                "POST mistral.eastus2.models.ai.azure.com/chat/completions",
                &key,
                super::support::HI,
            ));
            text(&reply)
                == r#"{"status":400,"code":"content_filter","message":"The response was filtered","param":"messages","type":null}"#
        }),
        clients(S, "the default scope `https://ml.azure.com/.default`; tokens only over TLS; the stream parser"),
        no(
            "13 others",
            "images, audio, files, batches, fine-tuning, assistants, realtime, evals, videos",
            "answered as unknown paths",
        ),
    ]
}

fn entra() -> Vec<Fact> {
    const S: &str = "14.1 token endpoint";
    vec![
        here(S, "200 has `token_type`, `expires_in`, `ext_expires_in`, `access_token`", || {
            let reply = json(&token(&format!("{CLIENT}&client_secret=mock-secret")));
            reply["token_type"] == "Bearer"
                && reply["expires_in"] == 3599
                && reply["access_token"].as_str().is_some_and(|token| token.starts_with("eyJ"))
        }),
        here(S, "wrong secret: AADSTS7000215, `invalid_client`, with trace and correlation", || {
            let reply = token(&format!("{CLIENT}&client_secret=x"));
            is(&reply, 401, "AADSTS7000215")
                && json(&reply)["error_codes"][0] == 7_000_215
                && json(&reply)["trace_id"].is_string()
        }),
        here(S, "unknown app AADSTS700016, unknown tenant AADSTS90002, bad scope AADSTS70011", || {
            is(&token("client_id=x&grant_type=client_credentials&client_secret=x"), 400, "AADSTS700016")
                && is(
                    &ask_with("POST login.microsoftonline.com/nobody/oauth2/v2.0/token", &[], CLIENT),
                    400,
                    "AADSTS90002",
                )
                && is(
                    &token(&format!("{}&client_secret=mock-secret", CLIENT.replace("%2F.default", ""))),
                    400,
                    "AADSTS70011",
                )
        }),
        clients(S, "bad federated assertion AADSTS700211, wrong certificate AADSTS700027"),
        here(S, "expired secret AADSTS7000222", || {
            let expired = ExpiredSecret { client_id: CLIENT_ID.to_owned(), secret: "old".to_owned() };
            let sign_in = SignIn { expired_secrets: vec![expired], ..SignIn::default() };
            is(&signed_in(sign_in, &format!("{CLIENT}&client_secret=old")), 401, "AADSTS7000222")
        }),
        here(S, "discovery: `authorization_endpoint`, `token_endpoint`, `issuer` and `jwks_uri`", || {
            let line = format!("GET login.microsoftonline.com/{TENANT}/v2.0/.well-known/openid-configuration");
            let document = json(&ask_with(&line, &[], ""));
            ["authorization_endpoint", "token_endpoint", "issuer", "jwks_uri"]
                .iter()
                .all(|name| document[*name].is_string())
        }),
        here(S, "instance discovery", || {
            ask_with("GET login.microsoftonline.com/common/discovery/instance?api-version=1.1", &[], "").status == 200
        }),
        clients(S, "through the tap the authority is https, and known, so instance discovery stays on"),
        clients(
            S,
            "audiences `cognitiveservices` and `ai` open Azure OpenAI, `ml` only model inference; another is refused",
        ),
        clients(
            S,
            "client secret, certificate (RS256 or PS256, the signature is checked), workload identity (issuer, subject and audience are)",
        ),
        here(S, "`refresh_in` for workload identity, where tokens live for hours", || {
            let (issuer, subject) = ("https://oidc.example".to_owned(), "pod".to_owned());
            let federated = FederatedCredential { client_id: CLIENT_ID.to_owned(), issuer, subject };
            let sign_in = SignIn { federated: vec![federated], token_lifetime: Some(86_399), ..SignIn::default() };
            let claims =
                r#"{"iss":"https://oidc.example","sub":"pod","aud":"api://AzureADTokenExchange","exp":4000000000}"#;
            let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
            let assertion = format!("{}.{}.{}", part("{}"), part(claims), part("s"));
            let vouched = json(&signed_in(sign_in.clone(), &format!("{CLIENT}&client_assertion={assertion}")));
            let own = json(&signed_in(sign_in, &format!("{CLIENT}&client_secret=mock-secret")));
            vouched["refresh_in"] == 43_199 && own["expires_in"] == 86_399 && own["refresh_in"].is_null()
        }),
    ]
}

fn managed() -> Vec<Fact> {
    const S: &str = "14.2 managed identity";
    vec![
        here(S, "IMDS: every number is a string", || {
            let body = json(&imds(RESOURCE, &METADATA));
            ["expires_in", "expires_on", "ext_expires_in", "not_before"].iter().all(|name| body[*name].is_string())
        }),
        here(S, "no `Metadata` header: 400", || {
            is(&imds(RESOURCE, &[]), 400, "Required metadata header not specified")
        }),
        here(S, "unknown identity: 400 Identity not found", || {
            is(&imds(&format!("{RESOURCE}&client_id=x"), &METADATA), 400, "Identity not found")
        }),
        here(S, "`X-Forwarded-For` is refused", || {
            imds(RESOURCE, &[("metadata", "true"), ("x-forwarded-for", "1.1.1.1")]).status == 400
        }),
        here(S, "Node's slash before the query", || {
            ask_with("GET 169.254.169.254/metadata/identity/oauth2/token/?api-version=2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com", &METADATA, "").status == 200
        }),
        clients(S, "system-assigned, and user-assigned by client id, object id and resource id"),
        clients(S, "App Service with its header"),
        here(S, "App Service: wrong header 401, unknown identity 400", || {
            let ask = |secret: &str, query: &str| {
                ask_with(
                    &format!("GET 127.0.0.1/msi/token?api-version=2019-08-01{RESOURCE}{query}"),
                    &[("x-identity-header", secret)],
                    "",
                )
            };
            ask("x", "").status == 401
                && is(&ask("mock-identity-header", "&client_id=x"), 400, "Unable to load the proper Managed Identity.")
        }),
        clients(S, "Azure Arc: 401 with the file's name, then `Basic` with its content"),
        no(S, "Service Fabric, Cloud Shell, Azure ML", "no endpoint"),
        here(S, "410 while the machine starts, 404, 429", || {
            let machine_failures = vec![StatusCode::GONE, StatusCode::NOT_FOUND, StatusCode::TOO_MANY_REQUESTS];
            let sign_in = SignIn { machine_failures, ..SignIn::default() };
            let options = CloudOptions { sign_in, ..CloudOptions::default() };
            let cloud = Cloud::with_options(CloudConfig::sample(), options);
            let line = format!("GET 169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01{RESOURCE}");
            let asked = request(&line, &METADATA, "");
            [410, 404, 429, 200].iter().all(|status| cloud.reply(&asked).status == *status)
        }),
    ]
}

fn building() -> Vec<Fact> {
    const S: &str = "17 build notes";
    vec![
        test(S, "TCP_NODELAY; chunks arrive one by one", "tests/front/tap.rs"),
        test(S, "no floor under the gap between chunks", "tests/front/tap.rs"),
        test(S, "127.0.0.1 unless told otherwise in so many words", "tests/program.rs"),
        test(S, "nothing is kept per request when serving", "benches/compare.sh"),
    ]
}
