//! Sign-in: what the identity libraries ask for, and what they get.

use serde_json::Value;

use crate::support::{CHAT, HELLO, cloud, request, text};

const TENANT: &str = "login.microsoftonline.com/11111111-2222-3333-4444-555555555555";
const CLIENT: &str = "client_id=66666666-7777-8888-9999-000000000000&grant_type=client_credentials&client_info=1";
const SCOPE: &str = "scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default";

fn token(form: &str) -> (u16, Value) {
    answer("POST", &format!("{TENANT}/oauth2/v2.0/token"), &[], form)
}

fn answer(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let reply = cloud().reply(&request(method, url, headers, body));
    (reply.status.as_u16(), serde_json::from_str(&text(&reply)).expect("JSON"))
}

#[test]
fn a_client_secret_gives_a_token_that_opens_the_service() {
    let (status, body) = token(&format!("{CLIENT}&client_secret=mock-secret&{SCOPE}"));
    assert_eq!(status, 200, "{body}");
    assert_eq!((&body["token_type"], &body["expires_in"]), (&"Bearer".into(), &3599.into()));
    let bearer = format!("Bearer {}", body["access_token"].as_str().expect("a token"));
    let reply = cloud().reply(&request("POST", CHAT, &[("authorization", &bearer)], HELLO));
    assert_eq!(reply.status.as_u16(), 200);
}

#[test]
fn a_failed_sign_in_has_its_number() {
    let check = |form: String, status: u16, error: &str, code: u64| {
        let (found, body) = token(&form);
        assert_eq!((found, body["error"].as_str()), (status, Some(error)), "{form}");
        assert_eq!(body["error_codes"][0], code, "{form}");
        let description = body["error_description"].as_str().expect("a description");
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
        assert!(description.contains("Timestamp: 2026-11-20 06:00:00Z"), "{description}");
    };
    check(format!("{CLIENT}&client_secret=wrong&{SCOPE}"), 401, "invalid_client", 7_000_215);
    check(format!("{CLIENT}&{SCOPE}"), 401, "invalid_client", 7_000_218);
    check(format!("client_id=x&grant_type=client_credentials&{SCOPE}"), 400, "unauthorized_client", 700_016);
    check(format!("{CLIENT}&client_secret=mock-secret&scope=x"), 400, "invalid_scope", 70_011);
    let (status, body) = answer("POST", "login.microsoftonline.com/nobody/oauth2/v2.0/token", &[], CLIENT);
    assert_eq!((status, &body["error_codes"][0]), (400, &90_002.into()));
}

#[test]
fn discovery_has_what_both_libraries_need() {
    let (status, body) = answer("GET", &format!("{TENANT}/v2.0/.well-known/openid-configuration"), &[], "");
    assert_eq!(status, 200);
    for name in ["authorization_endpoint", "token_endpoint", "issuer", "jwks_uri"] {
        assert!(body[name].as_str().is_some_and(|url| url.starts_with(&format!("https://{TENANT}"))), "{name}");
    }
    let (_, instance) = answer(
        "GET",
        "login.microsoftonline.com/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.microsoftonline.com/common/oauth2/authorize",
        &[],
        "",
    );
    assert_eq!(
        instance["tenant_discovery_endpoint"],
        "https://login.microsoftonline.com/common/.well-known/openid-configuration"
    );
}

const IMDS: &str = "127.0.0.1/metadata/identity/oauth2/token";
const RESOURCE: &str = "api-version=2018-02-01&resource=https://cognitiveservices.azure.com";

#[test]
fn the_metadata_service_writes_numbers_as_strings() {
    // The Node library adds a slash to the path and escapes the resource.
    let escaped = "/?api-version=2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com";
    for query in [format!("?{RESOURCE}"), escaped.to_owned()] {
        let (status, body) = answer("GET", &format!("{IMDS}{query}"), &[("Metadata", "true")], "");
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["expires_in"], "86399");
        assert_eq!(body["expires_on"], "1795240799");
    }
}

#[test]
fn the_metadata_service_refuses_as_the_real_one() {
    let check = |query: &str, headers: &[(&str, &str)], description: &str| {
        let (status, body) = answer("GET", &format!("{IMDS}?{query}"), headers, "");
        assert_eq!(status, 400);
        assert_eq!(body["error_description"], description);
    };
    check(RESOURCE, &[], "Required metadata header not specified");
    check(&format!("{RESOURCE}&client_id=x"), &[("Metadata", "true")], "Identity not found");
    let forwarded = [("Metadata", "true"), ("X-Forwarded-For", "10.0.0.1")];
    check(RESOURCE, &forwarded, "Request contains a forwarded header, which is not allowed");
}

#[test]
fn app_service_wants_its_header() {
    let url = "127.0.0.1/msi/token?api-version=2019-08-01&resource=https://cognitiveservices.azure.com";
    let (status, body) = answer("GET", url, &[("X-IDENTITY-HEADER", "mock-identity-header")], "");
    assert_eq!((status, &body["expires_on"]), (200, &"1795240799".into()));
    assert_eq!(answer("GET", url, &[("X-IDENTITY-HEADER", "no")], "").0, 401);
    let unknown = format!("{url}&client_id=x");
    let (status, body) = answer("GET", &unknown, &[("X-IDENTITY-HEADER", "mock-identity-header")], "");
    assert_eq!((status, &body["message"]), (400, &"Unable to load the proper Managed Identity.".into()));
}
