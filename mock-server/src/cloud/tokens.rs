//! Access tokens: JSON Web Tokens that look like Entra ID's and that only this cloud can issue.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::ids::Seed;
use super::json::{Json, object};

/// What a token is to say.
///
/// ```
/// use azure_openai_mock::{Cloud, CloudConfig, TokenSpec};
///
/// let cloud = Cloud::new(CloudConfig::sample());
/// let token = cloud.issue_token(TokenSpec {
///     tenant: "11111111-2222-3333-4444-555555555555".to_owned(),
///     client_id: "66666666-7777-8888-9999-000000000000".to_owned(),
///     object_id: "aaaaaaaa-0000-4000-8000-000000000001".to_owned(),
///     audience: "https://cognitiveservices.azure.com".to_owned(),
///     roles: vec!["Cognitive Services OpenAI User".to_owned()],
///     issued_at: cloud.config().epoch,
///     expires_in: 3600,
/// });
/// assert_eq!(token.matches('.').count(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct TokenSpec {
    /// The tenant's GUID.
    pub tenant: String,
    /// The application's client id.
    pub client_id: String,
    /// The object id of the principal.
    pub object_id: String,
    /// Whom it is for: `https://cognitiveservices.azure.com`.
    pub audience: String,
    /// The principal's roles. Without any, the token is valid and every call is denied.
    pub roles: Vec<String>,
    /// Seconds since 1970.
    pub issued_at: u64,
    /// Seconds from then on.
    pub expires_in: u64,
}

/// What a token turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Valid, and its principal has a role.
    Granted,
    /// Valid, but its principal has none.
    NoRole,
    /// Not ours, expired, or for another audience.
    Rejected,
}

/// Writes a token. `ordinal` makes two tokens with the same claims differ.
pub(crate) fn issue(seed: Seed, spec: TokenSpec, ordinal: u64) -> String {
    let key_id = seed.letters("signing key", 0, 27);
    let head = object([
        ("typ", "JWT".into()),
        ("alg", "RS256".into()),
        ("x5t", key_id.as_str().into()),
        ("kid", key_id.as_str().into()),
    ]);
    let roles = Json::List(spec.roles.into_iter().map(Json::from).collect());
    let claims = object([
        ("aud", spec.audience.into()),
        ("iss", format!("https://sts.windows.net/{}/", spec.tenant).into()),
        ("iat", spec.issued_at.into()),
        ("nbf", spec.issued_at.into()),
        ("exp", spec.issued_at.saturating_add(spec.expires_in).into()),
        ("appid", spec.client_id.into()),
        ("appidacr", "1".into()),
        ("idtyp", "app".into()),
        ("oid", (&spec.object_id).into()),
        ("roles", roles),
        ("sub", spec.object_id.into()),
        ("tid", spec.tenant.into()),
        ("uti", seed.letters("token", ordinal, 22).into()),
        ("ver", "1.0".into()),
    ]);
    let signed = format!("{}.{}", encode(head.compact().as_bytes()), encode(claims.compact().as_bytes()));
    let signature = encode(&signature(seed, &signed));
    format!("{signed}.{signature}")
}

/// Judges a token at a moment. Model inference has an audience more.
pub(crate) fn verify(seed: Seed, token: &str, now: u64, inference: bool) -> Verdict {
    let Some((signed, given)) = token.rsplit_once('.') else {
        return Verdict::Rejected;
    };
    if given != encode(&signature(seed, signed)) {
        return Verdict::Rejected;
    }
    let claims = signed
        .split_once('.')
        .and_then(|(_, claims)| URL_SAFE_NO_PAD.decode(claims).ok())
        .and_then(|claims| serde_json::from_slice::<Value>(&claims).ok())
        .unwrap_or(Value::Null);
    let number = |name: &str| claims.get(name).and_then(Value::as_u64).unwrap_or(0);
    let audience = claims.get("aud").and_then(Value::as_str).unwrap_or_default();
    if !audience_accepted(audience, inference) || number("exp") <= now || number("nbf") > now.saturating_add(300) {
        return Verdict::Rejected;
    }
    let has_role = claims.get("roles").and_then(Value::as_array).is_some_and(|roles| !roles.is_empty());
    if has_role { Verdict::Granted } else { Verdict::NoRole }
}

/// The audience of a scope or resource: without `/.default` and without a slash at the end.
pub(crate) fn audience_of(scope: &str) -> &str {
    scope.strip_suffix("/.default").unwrap_or(scope).trim_end_matches('/')
}

fn audience_accepted(audience: &str, inference: bool) -> bool {
    match audience_of(audience) {
        "https://cognitiveservices.azure.com"
        | "https://ai.azure.com"
        | "https://cognitiveservices.azure.us"
        | "https://cognitiveservices.azure.cn" => true,
        "https://ml.azure.com" => inference,
        _ => false,
    }
}

/// As long as an RSA signature of 2048 bits. Not one: the key is the seed, and only this cloud checks it.
fn signature(seed: Seed, signed: &str) -> Vec<u8> {
    let key = seed.digest("token signature", 0);
    let mut inner = Sha256::new();
    inner.update(key);
    inner.update(signed.as_bytes());
    let inner = inner.finalize();
    (0_u8..8)
        .flat_map(|block| {
            let mut outer = Sha256::new();
            outer.update(key);
            outer.update([block]);
            outer.update(inner);
            outer.finalize().to_vec()
        })
        .collect()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
