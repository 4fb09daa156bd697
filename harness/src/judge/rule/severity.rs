//! How bad a finding is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad a finding is, the worst last, so that a bound can be compared with it.
///
/// The test of which is which: does somebody who reads the telemetry, or runs the application, now believe something that is not
/// so (`error`), miss something that the package promises (`warning`), or only see a choice that can be defended (`note`)?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Debatable, a documented choice, or a name of a release that the package does not claim.
    Note,
    /// Something is owed and absent.
    Warning,
    /// The application is changed or broken, or the wire beyond W3C trace headers; content or secrets leak; a call is lost,
    /// doubled or never ended; something false is recorded.
    Error,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// The word in files, events and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    /// When a finding has this severity, as a sentence for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Error => {
                "the application is changed or broken, or the wire beyond W3C trace headers; content or secrets leak; a call is \
                 lost, doubled or never ended; something false is recorded"
            }
            Self::Warning => "something is owed and absent",
            Self::Note => "debatable, a documented choice, or a name of a release that the package does not claim",
        }
    }
}
