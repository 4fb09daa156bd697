//! Signed statements in the place of a secret: those of a certificate, and those of another issuer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::{Directory, signature};
use crate::cloud::config::Application;

/// What an assertion turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It stands for the application, and is its own.
    Accepted,
    /// Another issuer vouches for the application.
    Vouched,
    /// It is signed by none of the application's certificates.
    WrongKey,
    /// It is too old, or from the future.
    Expired,
    /// It names somebody else: another audience, application, issuer or subject.
    WrongClaims,
    /// It is no assertion.
    Unreadable,
}

/// Judges an assertion for an application. `endpoints` are the audiences that mean this token endpoint.
pub(crate) fn judge(
    directory: &Directory<'_>,
    application: &Application,
    assertion: &str,
    endpoints: &[String],
) -> Judgement {
    let mut parts = assertion.split('.');
    let (Some(head), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Judgement::Unreadable;
    };
    let read =
        |text: &str| URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let (Some(header), Some(body), Ok(signature)) = (read(head), read(claims), URL_SAFE_NO_PAD.decode(signature))
    else {
        return Judgement::Unreadable;
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let expiry = seconds(body.get("exp").unwrap_or(&Value::Null));
    if expiry <= directory.now {
        return Judgement::Expired;
    }
    if text("iss") != application.client_id {
        return federated(directory, application, &body);
    }
    if text("sub") != application.client_id || !endpoints.iter().any(|known| known == text("aud")) {
        return Judgement::WrongClaims;
    }
    let signed = &assertion.as_bytes()[..head.len() + 1 + claims.len()];
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let mut mine = directory.sign_in.certificates.iter().filter(|known| known.client_id == application.client_id);
    if mine.any(|certificate| signature::verifies(&certificate.pem, algorithm, signed, &signature)) {
        return Judgement::Accepted;
    }
    Judgement::WrongKey
}

/// Whole seconds of a number that some clients write with a fraction.
fn seconds(value: &Value) -> u64 {
    let text = value.to_string();
    text.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(0)
}

/// A token of another issuer. Its signature is not checked: nobody but the issuer could be asked for the key.
fn federated(directory: &Directory<'_>, application: &Application, claims: &Value) -> Judgement {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let audience = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().any(|one| one == "api://AzureADTokenExchange"),
        other => other.is_some_and(|one| one == "api://AzureADTokenExchange"),
    };
    let known = directory.sign_in.federated.iter().any(|known| {
        known.client_id == application.client_id && known.issuer == text("iss") && known.subject == text("sub")
    });
    if known && audience { Judgement::Vouched } else { Judgement::WrongClaims }
}
