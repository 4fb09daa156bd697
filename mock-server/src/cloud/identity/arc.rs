//! The identity endpoint that Azure Arc's agent offers on a machine.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;

use super::{Directory, imds};
use crate::cloud::json::object;
use crate::cloud::reply::Reply;
use crate::cloud::request::Request;

/// The api-version by which the agent's clients are told from those of a virtual machine.
const VERSION: &str = "2020-06-01";

/// Whether a request to the metadata path is for the agent.
pub(crate) fn is_asked(request: &Request) -> bool {
    request.query_parameter("api-version").as_deref() == Some(VERSION)
}

/// Answers `/metadata/identity/oauth2/token`: first with the name of a file that only this machine's programs can read,
/// then, when its content came back, with a token.
pub(crate) fn reply(directory: &Directory<'_>, request: &Request) -> Reply {
    let Some(secret) = &directory.sign_in.arc else {
        return imds::reply(directory, request);
    };
    let given = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    // Clients send the content as it is; some encode it first.
    let fits = given.is_some_and(|given| given == secret.content || given == STANDARD.encode(&secret.content));
    if fits {
        return imds::reply(directory, request);
    }
    let challenge = ("WWW-Authenticate", format!("Basic realm={}", secret.path));
    let body =
        object([("error", "unauthorized".into()), ("error_description", "The secret is missing or wrong".into())]);
    directory.json(StatusCode::UNAUTHORIZED, &body, &[challenge])
}
