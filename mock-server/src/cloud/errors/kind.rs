//! The closed list of errors, and their names in files.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::table::{Row, TABLE};

/// An error that the service is known to send.
///
/// ```
/// use azure_openai_mock::{ErrorKind, RateLimit};
///
/// assert_eq!("context_length".parse(), Ok(ErrorKind::ContextLength));
/// assert_eq!(ErrorKind::RateLimit(RateLimit::Tokens).to_string(), "rate_limit");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 401: wrong or missing key.
    Unauthorized,
    /// 401: the token is missing, not valid, expired or for another audience.
    TokenRejected,
    /// 401: the token is valid and its principal has no role.
    PermissionDenied,
    /// 403: keys are switched off.
    KeyAuthenticationDisabled,
    /// 403: network rules.
    Firewall,
    /// 403: private endpoint only.
    PrivateEndpoint,
    /// 404: unknown deployment.
    DeploymentNotFound,
    /// 404: unknown path, or an api-version that has no routes.
    ResourceNotFound,
    /// 400: an api-version of another surface.
    UnsupportedApiVersion,
    /// 400: the prompt was blocked.
    ContentFilter,
    /// 400: the prompt does not fit into the model's window.
    ContextLength,
    /// 400: a parameter that the model does not take.
    UnsupportedParameter,
    /// 400: a value that is not allowed.
    BadRequest,
    /// 400: the back end refuses the prompt.
    InvalidPrompt,
    /// 408: the service gave up.
    Timeout,
    /// 409: the deployment is being changed.
    Conflict,
    /// 429: a quota is used up.
    RateLimit(RateLimit),
    /// 429: too much demand in the region.
    PeakLoad,
    /// 500: the back end failed.
    InternalServerError,
    /// 500: the gateway got nonsense from the back end.
    BadBackEnd,
    /// 503: overloaded.
    ServiceUnavailable,
    /// 503: an HTML page of the front door.
    FrontDoor,
    /// 401: the same as [`ErrorKind::PermissionDenied`], in the newer words that name principal and action.
    DataActionDenied,
    /// 400: a Foundry project without an api-version.
    MissingApiVersion,
    /// 400: the model wants a newer api-version.
    ModelNeedsNewerVersion,
    /// 400: Responses want a newer api-version.
    ResponsesNeedNewerVersion,
    /// 400: a JSON Schema as response format wants a newer api-version.
    SchemaNeedsNewerVersion,
    /// 400: the model cannot do that operation.
    OperationNotSupported,
    /// 400: an image prompt was blocked; with `inner_error`.
    ContentPolicy,
    /// 422: model inference does not know a field.
    ExtraParameter,
    /// 424: the model's container failed, as with older models.
    ModelContainer,
    /// 429: a quota is used up, in the words of 2023 to 2025.
    OldRateLimit(RateLimit),
    /// 429: a quota is used up, in the few words of 2023.
    FirstRateLimit,
    /// 500: the gateway itself failed.
    GatewayFailure,
}

/// Which quota is used up.
///
/// ```
/// use azure_openai_mock::{ErrorKind, ErrorReply, RateLimit};
///
/// let error = ErrorReply::new(ErrorKind::RateLimit(RateLimit::Requests));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// Tokens per minute.
    Tokens,
    /// Requests per minute.
    Requests,
}

/// A name that no [`ErrorKind`] has.
///
/// ```
/// use azure_openai_mock::{ErrorKind, UnknownErrorKind};
///
/// let error = "no_such".parse::<ErrorKind>().expect_err("there is none");
/// assert_eq!(error, UnknownErrorKind { name: "no_such".to_owned() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown error `{name}`")]
pub struct UnknownErrorKind {
    /// The name that was looked for.
    pub name: String,
}

impl ErrorKind {
    /// Every name that [`ErrorKind::from_str`] reads, for messages and schemas. Some kinds have two.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().flat_map(|row| row.names).copied()
    }

    /// The status that it comes with.
    pub fn status(self) -> u16 {
        self.row().status
    }

    /// What the service answers.
    pub(super) fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.kind == self).expect("a test finds a row for every kind")
    }
}

impl FromStr for ErrorKind {
    type Err = UnknownErrorKind;

    /// Reads `content_filter`; dashes are as good as underscores.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let wanted = name.replace('-', "_");
        TABLE
            .iter()
            .find(|row| row.names.contains(&wanted.as_str()))
            .map(|row| row.kind)
            .ok_or_else(|| UnknownErrorKind { name: name.to_owned() })
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ErrorKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| ErrorKind::names().collect());
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(|_| D::Error::unknown_variant(&name, &NAMES))
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for ErrorKind {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ErrorKind".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let each = TABLE.iter().flat_map(|row| row.names.iter().map(move |name| (name, row)));
        let each = each.map(|(name, row)| {
            schemars::json_schema!({
                "type": "string", "const": name, "description": format!("{}: {}", row.status, row.message)
            })
        });
        schemars::json_schema!({ "description": "An error of the service.", "oneOf": each.collect::<Vec<_>>() })
    }
}

impl fmt::Display for ErrorKind {
    /// Writes the first of its names.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.row().names[0])
    }
}
