//! Every credential at the live upstream, against a service in another process.

use std::fs;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::{Live, LiveService, SECRET};
use crate::workspace::{TestWorkspace, text_of};
use crate::{CLOUD, MAPPING, RUN, cell, workspace};

/// Keys are switched off; the application of the tenant may come in, and so may two managed identities.
const IDENTITY: &str = r#"
access = "keys-disabled"
[[tenants]]
id = "11111111-2222-3333-4444-555555555555"
[[tenants.applications]]
client_id = "66666666-7777-8888-9999-000000000000"
object_id = "aaaaaaaa-0000-4000-8000-000000000001"
secret = "SECRET"
[tenants.applications.federated]
issuer = "https://oidc.example"
subject = "system:serviceaccount:default:app"
[[managed_identities]]
client_id = "bbbbbbbb-0000-4000-8000-000000000002"
object_id = "aaaaaaaa-0000-4000-8000-000000000002"
[[deployments]]
"#;
const HEADER: &str = "app-service-header-7f3b9d1c5a";

fn identities() -> LiveService {
    let cloud = CLOUD.replacen("[[deployments]]\n", IDENTITY, 1);
    LiveService::start(&format!("app_service_header = \"{HEADER}\"\n{cloud}"))
}

fn signing_in(workspace: &TestWorkspace, sign_in: &str) {
    workspace.write("live.toml", &MAPPING.replacen("[models", &format!("sign_in = {{ {sign_in} }}\n[models"), 1));
}

/// A cell for every sign-in that applications believe in passes, and one token was bought for all of them.
#[track_caller]
fn check_sign_in(sign_in: &str, variables: &[(&str, &str)], secret: &str) {
    let workspace =
        workspace(&["auth/api-key", "auth/entra-token", "auth/managed-identity-imds", "auth/token-provider"]);
    signing_in(&workspace, sign_in);
    let service = identities();
    let live = variables.iter().fold(Live::new(&workspace, &service), |live, (name, value)| {
        live.with(name, &value.replace("SERVICE", &service.proxy))
    });
    let ran = live.run(RUN);
    ran.ended_with(0);
    for (id, cell) in ran.cells() {
        assert_eq!(cell["status"], "pass", "{id}: {ran}");
    }
    let log = service.log();
    let bought = log.iter().filter(|line| line["kind"] == "identity").count();
    assert_eq!(bought, 1, "a token is bought once: {log:?}");
    live.holds_nowhere(secret);
}

const APPLICATION: [(&str, &str); 2] = [
    ("AZURE_TENANT_ID", "11111111-2222-3333-4444-555555555555"),
    ("AZURE_CLIENT_ID", "66666666-7777-8888-9999-000000000000"),
];

pub(super) fn a_client_secret_signs_in_for_every_way_that_the_application_believes_in() {
    let variables = [&APPLICATION[..], &[("AZURE_CLIENT_SECRET", SECRET)]].concat();
    check_sign_in("with = \"client-secret\"", &variables, SECRET);
}

pub(super) fn a_workload_identity_shows_what_is_in_its_file() {
    let part = |json: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = json!({
        "iss": "https://oidc.example",
        "sub": "system:serviceaccount:default:app",
        "aud": ["api://AzureADTokenExchange"],
        "exp": 4_000_000_000_u64,
    });
    let token = format!("{}.{}.c2lnbmF0dXJl", part(&json!({ "alg": "RS256" })), part(&claims));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("token");
    fs::write(&file, format!("{token}\n")).expect("it can be written");
    let file = file.to_str().expect("it is UTF-8");
    let variables = [&APPLICATION[..], &[("AZURE_FEDERATED_TOKEN_FILE", file)]].concat();
    check_sign_in("with = \"workload-identity\"", &variables, &token);
}

pub(super) fn a_managed_identity_is_asked_of_the_machine_or_of_app_service() {
    let machine = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "SERVICE");
    check_sign_in("with = \"managed-identity\"", &[machine], HEADER);
    let named = "with = \"managed-identity\", client_id = \"bbbbbbbb-0000-4000-8000-000000000002\"";
    check_sign_in(named, &[machine], HEADER);
    let app_service = [("IDENTITY_ENDPOINT", "SERVICE/msi/token"), ("IDENTITY_HEADER", HEADER)];
    check_sign_in(named, &app_service, HEADER);
}

/// A sign-in that fails breaks the cell, and says why in so many words.
#[track_caller]
fn check_refused(sign_in: &str, variables: &[(&str, &str)], expected: &str) {
    let workspace = workspace(&["chat/basic"]);
    signing_in(&workspace, sign_in);
    let service = identities();
    let live = variables.iter().fold(Live::new(&workspace, &service), |live, (name, value)| {
        live.with(name, &value.replace("SERVICE", &service.proxy))
    });
    let ran = live.run(RUN);
    ran.ended_with(5);
    let reason = text_of(&ran.cell(&cell("chat/basic"))["reason"]).replace(&service.proxy, "SERVICE");
    assert!(reason.contains(expected), "{reason}");
}

pub(super) fn a_sign_in_that_fails_says_why() {
    let secret = [&APPLICATION[..], &[("AZURE_CLIENT_SECRET", "not-it")]].concat();
    let expected = "`https://login.microsoftonline.com` refused the sign-in with 401 (invalid_client)";
    check_refused("with = \"client-secret\"", &secret, expected);
    let file = [&APPLICATION[..], &[("AZURE_FEDERATED_TOKEN_FILE", "no-such-file")]].concat();
    check_refused("with = \"workload-identity\"", &file, "the token in `no-such-file` cannot be read: No such file");
    let machine = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "SERVICE");
    let unknown = "with = \"managed-identity\", client_id = \"cccccccc-0000-4000-8000-000000000003\"";
    check_refused(unknown, &[machine], "`SERVICE` refused the sign-in with 400 (invalid_request)");
    let header = [("IDENTITY_ENDPOINT", "SERVICE/msi/token"), ("IDENTITY_HEADER", "another")];
    check_refused("with = \"managed-identity\"", &header, "`SERVICE/msi/token` refused the sign-in with 401");
    let nobody = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1");
    check_refused("with = \"managed-identity\"", &[nobody], "`http://127.0.0.1:1` did not answer the sign-in");
}
