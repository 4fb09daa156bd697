//! Entra ID: discovery documents and the token endpoint.

use http::StatusCode;

use super::Directory;
use super::assertion::{Judgement, judge};
use crate::cloud::config::{Application, Tenant};
use crate::cloud::form;
use crate::cloud::json::{Json, object};
use crate::cloud::reply::Reply;
use crate::cloud::request::Request;
use crate::cloud::timestamps;
use crate::cloud::tokens::{TokenSpec, audience_of, issue};

/// Seconds that a token lives.
const LIFETIME: u64 = 3599;
/// A token that lives so many seconds comes with the time to renew it, when another issuer vouched.
const LONG: u64 = 7200;

/// An error of the token endpoint, with its AADSTS number.
struct Failure {
    status: StatusCode,
    error: &'static str,
    code: u64,
    message: String,
}

impl Failure {
    fn new(status: StatusCode, error: &'static str, code: u64, message: String) -> Self {
        Self { status, error, code, message }
    }
}

/// Answers a request to a login host.
pub(crate) fn reply(directory: &Directory<'_>, request: &Request) -> Reply {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["common", "discovery", "instance"]) => instance_discovery(directory, request),
        (
            "GET",
            [tenant, ".well-known", "openid-configuration"] | [tenant, "v2.0", ".well-known", "openid-configuration"],
        ) => {
            let document = find_tenant(directory, tenant).map(|id| openid_configuration(request, &id));
            answer(directory, document)
        }
        ("GET", [_, "discovery", "v2.0", "keys"]) => {
            directory.json(StatusCode::OK, &object([("keys", keys(directory))]), &security(directory))
        }
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => answer(directory, token(directory, request, tenant)),
        _ => directory.json(StatusCode::NOT_FOUND, &object([("error", "not_found".into())]), &security(directory)),
    }
}

fn answer(directory: &Directory<'_>, result: Result<Json, Failure>) -> Reply {
    match result {
        Ok(body) => directory.json(StatusCode::OK, &body, &security(directory)),
        Err(failure) => failed(directory, &failure),
    }
}

fn security(directory: &Directory<'_>) -> Vec<(&'static str, String)> {
    vec![
        ("Cache-Control", "no-store, no-cache".to_owned()),
        ("Pragma", "no-cache".to_owned()),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains".to_owned()),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        ("x-ms-request-id", directory.guid("request")),
    ]
}

fn failed(directory: &Directory<'_>, failure: &Failure) -> Reply {
    let (trace, correlation) = (directory.guid("trace"), directory.guid("correlation"));
    let timestamp = timestamps::entra_timestamp(directory.config.epoch.saturating_add(directory.ordinal));
    let body = object([
        ("error", failure.error.into()),
        (
            "error_description",
            format!(
                "AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
                failure.code, failure.message
            )
            .into(),
        ),
        ("error_codes", Json::List(vec![failure.code.into()])),
        ("timestamp", timestamp.into()),
        ("trace_id", trace.into()),
        ("correlation_id", correlation.into()),
        ("error_uri", format!("https://login.microsoftonline.com/error?code={}", failure.code).into()),
    ]);
    directory.json(failure.status, &body, &security(directory))
}

/// Tells the client that its authority is a known one.
fn instance_discovery(directory: &Directory<'_>, request: &Request) -> Reply {
    let authority = authority(request);
    let endpoint = request
        .query_parameter("authorization_endpoint")
        .and_then(|endpoint| discovery_endpoint(&endpoint))
        .unwrap_or_else(|| format!("{authority}/common/.well-known/openid-configuration"));
    let host = authority.trim_start_matches("https://");
    let aliases = Json::List(vec![host.into()]);
    let metadata = object([("preferred_network", host.into()), ("preferred_cache", host.into()), ("aliases", aliases)]);
    let body = object([
        ("tenant_discovery_endpoint", endpoint.into()),
        ("api-version", "1.1".into()),
        ("metadata", Json::List(vec![metadata])),
    ]);
    directory.json(StatusCode::OK, &body, &security(directory))
}

/// The discovery document that belongs to an authorization endpoint of either version.
fn discovery_endpoint(authorization: &str) -> Option<String> {
    let base = authorization
        .strip_suffix("/oauth2/v2.0/authorize")
        .map(|base| format!("{base}/v2.0"))
        .or_else(|| authorization.strip_suffix("/oauth2/authorize").map(str::to_owned))?;
    Some(format!("{base}/.well-known/openid-configuration"))
}

fn openid_configuration(request: &Request, tenant: &str) -> Json {
    let base = format!("{}/{tenant}", authority(request));
    let list = |values: &[&str]| Json::List(values.iter().map(|&value| value.into()).collect());
    object([
        ("token_endpoint", format!("{base}/oauth2/v2.0/token").into()),
        (
            "token_endpoint_auth_methods_supported",
            list(&["client_secret_post", "private_key_jwt", "client_secret_basic"]),
        ),
        ("jwks_uri", format!("{base}/discovery/v2.0/keys").into()),
        ("response_modes_supported", list(&["query", "fragment", "form_post"])),
        ("subject_types_supported", list(&["pairwise"])),
        ("id_token_signing_alg_values_supported", list(&["RS256"])),
        ("response_types_supported", list(&["code", "id_token", "code id_token", "id_token token"])),
        ("scopes_supported", list(&["openid", "profile", "email", "offline_access"])),
        ("issuer", format!("{base}/v2.0").into()),
        ("request_uri_parameter_supported", false.into()),
        ("authorization_endpoint", format!("{base}/oauth2/v2.0/authorize").into()),
        ("device_authorization_endpoint", format!("{base}/oauth2/v2.0/devicecode").into()),
        ("http_logout_supported", true.into()),
        ("end_session_endpoint", format!("{base}/oauth2/v2.0/logout").into()),
        ("tenant_region_scope", "NA".into()),
        ("cloud_instance_name", "microsoftonline.com".into()),
        ("cloud_graph_host_name", "graph.windows.net".into()),
        ("msgraph_host", "graph.microsoft.com".into()),
    ])
}

fn authority(request: &Request) -> String {
    let port = if request.port == 443 { String::new() } else { format!(":{}", request.port) };
    format!("https://{}{port}", request.host)
}

fn keys(directory: &Directory<'_>) -> Json {
    let id = directory.seed.letters("signing key", 0, 27);
    Json::List(vec![object([
        ("kty", "RSA".into()),
        ("use", "sig".into()),
        ("kid", id.as_str().into()),
        ("x5t", id.as_str().into()),
        ("n", directory.seed.letters("modulus", 0, 342).into()),
        ("e", "AQAB".into()),
    ])])
}

fn find_tenant(directory: &Directory<'_>, wanted: &str) -> Result<String, Failure> {
    if matches!(wanted, "common" | "organizations") {
        return Ok(directory.config.home_tenant().to_owned());
    }
    tenant(directory, wanted).map(|tenant| tenant.id.clone())
}

fn tenant<'a>(directory: &'a Directory<'_>, wanted: &str) -> Result<&'a Tenant, Failure> {
    directory.config.tenants.iter().find(|tenant| tenant.id.eq_ignore_ascii_case(wanted)).ok_or_else(|| {
        Failure::new(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            90_002,
            format!("Tenant '{wanted}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."),
        )
    })
}

fn token(directory: &Directory<'_>, request: &Request, wanted: &str) -> Result<Json, Failure> {
    let fields = form::pairs(&String::from_utf8_lossy(&request.body));
    let field = |name: &str| form::value(&fields, name).unwrap_or_default();
    let tenant = tenant(directory, wanted)?;
    let client = field("client_id");
    let application = tenant
        .applications
        .iter()
        .find(|application| application.client_id.eq_ignore_ascii_case(client))
        .ok_or_else(|| unknown_application(client, wanted))?;
    if field("grant_type") != "client_credentials" {
        return Err(Failure::new(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            70_003,
            format!("The app requested an unsupported grant type '{}'.", field("grant_type")),
        ));
    }
    let vouched = credential(directory, &fields, application, &audiences(request, wanted))?;
    let scope = field("scope");
    if !scope.ends_with("/.default") {
        return Err(Failure::new(
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            70_011,
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
        ));
    }
    let lifetime = directory.lifetime(LIFETIME);
    let spec = TokenSpec {
        tenant: tenant.id.clone(),
        client_id: application.client_id.clone(),
        object_id: application.object_id.clone(),
        audience: audience_of(scope).to_owned(),
        roles: application.roles.clone(),
        issued_at: directory.now,
        expires_in: lifetime,
    };
    let mut members = vec![
        ("token_type", "Bearer".into()),
        ("expires_in", lifetime.into()),
        ("ext_expires_in", lifetime.into()),
        ("access_token", issue(directory.seed, spec, directory.ordinal).into()),
    ];
    // A token that lives for hours is to be renewed at half its time.
    if vouched == Vouched::ByAnotherIssuer && lifetime >= LONG {
        members.insert(3, ("refresh_in", (lifetime / 2).into()));
    }
    Ok(Json::Object(members))
}

fn unknown_application(client: &str, tenant: &str) -> Failure {
    Failure::new(
        StatusCode::BAD_REQUEST,
        "unauthorized_client",
        700_016,
        format!(
            "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
        ),
    )
}

/// What an assertion may say that it is for.
fn audiences(request: &Request, tenant: &str) -> Vec<String> {
    let base = format!("{}/{tenant}", authority(request));
    ["oauth2/v2.0/token", "oauth2/token", "v2.0", ""].iter().map(|end| format!("{base}/{end}")).collect()
}

/// Who vouched for an application.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vouched {
    /// Itself, with its secret or certificate.
    ByItself,
    ByAnotherIssuer,
}

/// A client secret, or an assertion in its place.
fn credential(
    directory: &Directory<'_>,
    fields: &[(String, String)],
    application: &Application,
    audiences: &[String],
) -> Result<Vouched, Failure> {
    let has_expired = |secret: &str| {
        let mut expired = directory.sign_in.expired_secrets.iter();
        expired.any(|expired| expired.client_id == application.client_id && expired.secret == secret)
    };
    match form::value(fields, "client_secret") {
        Some(secret) if secret == application.secret && !secret.is_empty() => Ok(Vouched::ByItself),
        Some(secret) if has_expired(secret) => Err(Failure::new(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            7_000_222,
            format!(
                "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
                application.client_id
            ),
        )),
        Some(_) => Err(Failure::new(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.",
                application.client_id
            ),
        )),
        None if form::value(fields, "client_assertion").is_some() => {
            let assertion = form::value(fields, "client_assertion").unwrap_or_default();
            match judge(directory, application, assertion, audiences) {
                Judgement::Accepted => Ok(Vouched::ByItself),
                Judgement::Vouched => Ok(Vouched::ByAnotherIssuer),
                refused => Err(refusal(refused)),
            }
        }
        None => Err(Failure::new(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.".to_owned(),
        )),
    }
}

/// What is wrong with an assertion, in the endpoint's words.
fn refusal(judgement: Judgement) -> Failure {
    let (code, message) = match judgement {
        Judgement::WrongKey => {
            (700_027, "Client assertion failed signature validation. [Reason - The key was not found.]")
        }
        Judgement::Expired => (
            700_024,
            "Client assertion is not within its valid time range. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials.",
        ),
        Judgement::WrongClaims => {
            (700_211, "No matching federated identity record found for presented assertion issuer.")
        }
        Judgement::Unreadable | Judgement::Accepted | Judgement::Vouched => {
            (50_027, "JWT token is invalid or malformed.")
        }
    };
    Failure::new(StatusCode::UNAUTHORIZED, "invalid_client", code, message.to_owned())
}
