//! The shape of `snapshots/known/<flavor>.toml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnose::Glob;
use crate::scenario::{AuthMode, ClientMode};

/// What one flavor gets wrong and we accept. An issue that no longer shows turns its cells red.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFile {
    /// The issues.
    #[serde(default)]
    pub issue: Vec<KnownIssue>,
}

/// One thing that a package gets wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownIssue {
    /// Its name in this file.
    pub id: String,
    /// The id of the finding that it excuses, such as `expect.tokens-are-the-servers`.
    pub finding: String,
    /// A glob over what the finding is about, such as `answer/*/usage.*`.
    #[serde(default = "everything")]
    pub subject: Glob,
    /// Globs over scenario names. Every cell that is matched must show the finding.
    pub scenarios: Vec<Glob>,
    /// Globs over scenario names that are left out again.
    #[serde(default)]
    pub except: Vec<Glob>,
    /// Globs over variant names; every variant when absent.
    #[serde(default = "every_one")]
    pub variants: Vec<Glob>,
    /// Values that a cell's axes must have; any when absent.
    #[serde(default)]
    pub axes: KnownAxes,
    /// What is wrong, in words that a maintainer of the package would accept.
    pub reason: String,
    /// The version of the package in which it was seen.
    pub since: String,
    /// Where the package's own people discuss it.
    pub upstream: Option<String>,
}

/// Axis values that a known issue is limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownAxes {
    /// Only with this way to sign in.
    pub auth: Option<AuthMode>,
    /// Only with this client.
    pub client: Option<ClientMode>,
}

fn everything() -> Glob {
    Glob::new("*")
}

fn every_one() -> Vec<Glob> {
    vec![everything()]
}
