//! The instance metadata service of a virtual machine.

use http::StatusCode;

use super::Directory;
use crate::cloud::json::{Json, object};
use crate::cloud::reply::Reply;
use crate::cloud::request::Request;

/// Seconds that a token lives, and how they are told to the client: a day, less one.
const LIFETIME: u64 = 86_399;
/// The service dates tokens back a little, against clocks that differ.
const DATED_BACK: u64 = 1;

/// Answers `/metadata/identity/oauth2/token`.
pub(crate) fn reply(directory: &Directory<'_>, request: &Request) -> Reply {
    match token(directory, request) {
        Ok(body) => directory.json(StatusCode::OK, &body, &server()),
        Err((status, description)) => {
            let body = object([("error", "invalid_request".into()), ("error_description", description.into())]);
            directory.json(status, &body, &server())
        }
    }
}

fn server() -> [(&'static str, String); 1] {
    [("Server", "IMDS/150.870.65.1854".to_owned())]
}

fn token(directory: &Directory<'_>, request: &Request) -> Result<Json, (StatusCode, &'static str)> {
    let bad = |description| Err((StatusCode::BAD_REQUEST, description));
    if request.method != http::Method::GET {
        return Err((StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"));
    }
    if request.headers.contains_key("x-forwarded-for") {
        return bad("Request contains a forwarded header, which is not allowed");
    }
    if !request.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return bad("Required metadata header not specified");
    }
    if request.query_parameter("api-version").is_none() {
        return bad("Required query variable 'api-version' is missing");
    }
    let Some(resource) = request.query_parameter("resource").filter(|resource| !resource.is_empty()) else {
        return bad("Required query variable 'resource' is missing");
    };
    let Some(identity) = directory.managed_identity(request) else {
        return bad("Identity not found");
    };
    let turn = usize::try_from(directory.ordinal).unwrap_or(usize::MAX);
    if let Some(status) = directory.sign_in.machine_failures.get(turn) {
        return Err((*status, "The requested identity is not available now. Please try again later"));
    }
    let now = directory.now;
    let lifetime = directory.lifetime(LIFETIME);
    // Every number is a string here.
    Ok(object([
        ("access_token", directory.managed_token(identity, &resource, lifetime).into()),
        ("client_id", (&identity.client_id).into()),
        ("expires_in", lifetime.to_string().into()),
        ("expires_on", now.saturating_add(lifetime).to_string().into()),
        ("ext_expires_in", lifetime.to_string().into()),
        ("not_before", now.saturating_sub(DATED_BACK).to_string().into()),
        ("resource", (&*resource).into()),
        ("token_type", "Bearer".into()),
    ]))
}
