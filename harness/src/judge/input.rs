//! What a verdict needs.

use super::Capture;
use crate::convention::Convention;
use crate::flavor::{FlavorFile, VariantTable};
use crate::scenario::ScenarioFile;

/// Everything that the checks of one cell look at.
#[derive(Clone, Copy, Debug)]
pub struct JudgeInput<'a> {
    /// The scenario.
    pub scenario: &'a ScenarioFile,
    /// The flavor.
    pub flavor: &'a FlavorFile,
    /// The flavor's variant.
    pub variant: &'a VariantTable,
    /// The convention of the flavor's family.
    pub convention: &'a Convention,
    /// What the cell gave.
    pub capture: &'a Capture,
    /// What the same steps gave without an instrumentor; none for a control.
    pub baseline: Option<&'a Capture>,
    /// Secrets of this cell's cloud.
    pub secrets: &'a [Secret],
    /// Texts besides telemetry that must not hold a secret, such as the worker's log.
    pub texts: &'a [NamedText],
    /// Whose answers they are.
    pub answers: Answers,
}

/// Whose answers an application got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// The scenario's own: expectations may name their values.
    #[default]
    Scripted,
    /// A live service's: an expected value says only of which type the emitted one is. Whether it is true is for the
    /// wire to say.
    Live,
}

/// A secret made for this run: a key, a token, a client secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it is, such as `api key of east`; shown in findings in place of the secret.
    pub name: String,
    /// The secret itself.
    pub value: String,
}

/// A text and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedText {
    /// Where it comes from, such as `worker log`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Why a cell says nothing about its instrumentor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenReason {
    /// Telemetry was lost or doubled between the worker and us.
    #[error("after `{boundary}`, {ended} spans had ended in the worker but {received} arrived")]
    Lost {
        /// The flush boundary.
        boundary: String,
        /// Spans that the worker's own processor saw end.
        ended: u64,
        /// Spans that arrived.
        received: u64,
    },
    /// The control is instrumented.
    #[error("after `{boundary}`, the control emitted telemetry: {what}")]
    ControlEmitted {
        /// The flush boundary.
        boundary: String,
        /// What arrived.
        what: String,
    },
    /// A step has no outcome.
    #[error("step `{0}` has no outcome")]
    NoOutcome(String),
}
