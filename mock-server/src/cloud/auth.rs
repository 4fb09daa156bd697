//! Whether a request may use a resource.

use http::HeaderName;

use super::errors::ErrorKind;
use super::ids::Seed;
use super::options::Access;
use super::request::Request;
use super::route::Surface;
use super::tokens::{self, Verdict};

/// Where a key is. Parsed once: it is looked for in every request.
static API_KEY: HeaderName = HeaderName::from_static("api-key");

/// Checks the credential of a request against a resource's keys and rules, in the order of the service: network rules
/// first, then a bearer token, then a key.
pub(crate) fn check(
    seed: Seed,
    now: u64,
    request: &Request,
    (keys, access): (&[String], Option<Access>),
    surface: &Surface,
) -> Result<(), ErrorKind> {
    match access {
        Some(Access::Firewall) => return Err(ErrorKind::Firewall),
        Some(Access::PrivateEndpoint) => return Err(ErrorKind::PrivateEndpoint),
        _ => {}
    }
    let by_key = |fits: bool| match (fits, access) {
        (true, Some(Access::KeysDisabled)) => Err(ErrorKind::KeyAuthenticationDisabled),
        (true, _) => Ok(()),
        (false, _) => Err(ErrorKind::Unauthorized),
    };
    let key_fits = |key: &str| keys.iter().any(|known| known == key);
    let key = request.header(&API_KEY);
    let Some(bearer) = request.bearer() else {
        return by_key(key.is_some_and(key_fits));
    };
    // Only the deployment paths have no use for a key as bearer; but some clients send a key in both places everywhere,
    // and the same one.
    let as_key = *surface == Surface::V1 || surface.infers();
    if as_key && key_fits(bearer) {
        return by_key(true);
    }
    if !looks_like_a_token(bearer) && (as_key || key == Some(bearer)) {
        return by_key(key.is_some_and(key_fits));
    }
    match tokens::verify(seed, bearer, now, surface.infers()) {
        Verdict::Granted => Ok(()),
        Verdict::NoRole => Err(ErrorKind::PermissionDenied),
        Verdict::Rejected => Err(ErrorKind::TokenRejected),
    }
}

fn looks_like_a_token(credential: &str) -> bool {
    credential.starts_with("eyJ") && credential.matches('.').count() == 2
}
