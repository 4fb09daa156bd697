//! The identity endpoint inside App Service and Functions.

use http::StatusCode;

use super::Directory;
use crate::cloud::json::object;
use crate::cloud::reply::Reply;
use crate::cloud::request::Request;

/// Seconds that a token lives.
const LIFETIME: u64 = 86_399;

/// Answers `/msi/token`.
pub(crate) fn reply(directory: &Directory<'_>, request: &Request) -> Reply {
    let expected = directory.config.app_service_header.as_deref();
    if expected.is_none() || request.header("x-identity-header") != expected {
        return failed(directory, StatusCode::UNAUTHORIZED, 401, "Unauthorized.");
    }
    let Some(resource) = request.query_parameter("resource").filter(|resource| !resource.is_empty()) else {
        return failed(directory, StatusCode::BAD_REQUEST, 400, "Required query variable 'resource' is missing.");
    };
    let Some(identity) = directory.managed_identity(request) else {
        return failed(directory, StatusCode::BAD_REQUEST, 400, "Unable to load the proper Managed Identity.");
    };
    let lifetime = directory.lifetime(LIFETIME);
    let body = object([
        ("access_token", directory.managed_token(identity, &resource, lifetime).into()),
        ("client_id", (&identity.client_id).into()),
        ("expires_on", directory.now.saturating_add(lifetime).to_string().into()),
        ("resource", (&*resource).into()),
        ("token_type", "Bearer".into()),
    ]);
    directory.json(StatusCode::OK, &body, &[])
}

fn failed(directory: &Directory<'_>, status: StatusCode, code: u64, message: &str) -> Reply {
    let body = object([
        ("statusCode", code.into()),
        ("message", message.into()),
        ("correlationId", directory.guid("correlation").into()),
    ]);
    directory.json(status, &body, &[])
}
