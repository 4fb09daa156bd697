//! Whether a request may use a resource.

use super::config::Resource;
use super::errors::ErrorKind;
use super::ids::Seed;
use super::request::Request;
use super::route::Surface;
use super::tokens::{self, Verdict};

/// Checks the credential of a request, in the order of the service: a bearer token wins over a key.
pub(crate) fn check(
    seed: Seed,
    now: u64,
    request: &Request,
    resource: &Resource,
    surface: &Surface,
) -> Result<(), ErrorKind> {
    let key_fits = |key: &str| resource.keys.iter().any(|known| known == key);
    if let Some(bearer) = request.bearer() {
        // The v1 surface is made for clients that send a key as bearer.
        if *surface == Surface::V1 && key_fits(bearer) {
            return Ok(());
        }
        if *surface == Surface::V1 && !looks_like_a_token(bearer) {
            return Err(ErrorKind::Unauthorized);
        }
        return match tokens::verify(seed, bearer, now) {
            Verdict::Granted => Ok(()),
            Verdict::NoRole => Err(ErrorKind::PermissionDenied),
            Verdict::Rejected => Err(ErrorKind::TokenRejected),
        };
    }
    match request.header("api-key") {
        Some(key) if key_fits(key) => Ok(()),
        _ => Err(ErrorKind::Unauthorized),
    }
}

fn looks_like_a_token(credential: &str) -> bool {
    credential.starts_with("eyJ") && credential.matches('.').count() == 2
}
