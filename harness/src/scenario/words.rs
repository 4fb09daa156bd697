//! The words of axes in files and ids.

use super::{AuthMode, AxisName, ClientMode};

impl AxisName {
    /// The word in files and ids.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Client => "client",
        }
    }

    /// The axis of a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Auth, Self::Client].into_iter().find(|axis| axis.as_str() == word)
    }
}

impl AuthMode {
    /// The word in files and ids.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::WrongKey => "wrong-key",
            Self::EntraToken => "entra-token",
            Self::ExpiredToken => "expired-token",
            Self::WrongAudience => "wrong-audience",
            Self::NoRole => "no-role",
            Self::TokenProvider => "token-provider",
            Self::ManagedIdentityImds => "managed-identity-imds",
            Self::ManagedIdentityAppService => "managed-identity-app-service",
        }
    }

    /// Whether the service refuses whoever signs in like this.
    pub fn is_refused(self) -> bool {
        matches!(self, Self::WrongKey | Self::ExpiredToken | Self::WrongAudience | Self::NoRole)
    }
}

impl ClientMode {
    /// The word in files and ids.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
        }
    }
}
