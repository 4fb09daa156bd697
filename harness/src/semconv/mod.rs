//! OpenTelemetry's GenAI semantic conventions as data, and telemetry held against them.
//!
//! Knows every release of the registry, the findings that Weaver's live-check gives, and those beyond it. Takes samples,
//! gives findings with the releases they hold for; one pass judges all releases. Must not know files, processes or the
//! terminal. Start with [`Registry::embedded`] and [`Checker::check`]. Pure.

mod against;
mod baseline;
mod check;
mod compare;
mod finding;
mod fit;
mod output;
mod registry;
mod release;
mod rollup;
mod sample;
mod scenario_list;
mod translate;

pub use against::Against;
pub(crate) use against::declared_release;
pub use baseline::{Baseline, BaselineError};
pub use check::{CheckOptions, Checker};
pub use compare::compare;
pub(crate) use finding::{Detail, SamplePart, SamplePath, SourceRow};
pub use finding::{Finding, FindingId, Severity};
pub(crate) use fit::Fit;
pub use fit::fit;
pub use output::{CheckReport, CheckRequest, github_annotations, json_document, json_lines, sarif, text};
pub(crate) use registry::{
    Attribute, AttributeRow, AttributeType, ClassId, Condition, Deprecation, Family, FamilyId, Level, Member, NamePart,
    NameTemplate, Requirement, RequirementRow, SignalRow, SpanClass, ValueType, provider_of_today, without_numbers,
};
pub use registry::{EMBEDDED, Registry, Rows, Signal};
pub(crate) use release::{RegistryRelease, ReleaseSetError};
pub use release::{ReleaseSet, Releases};
pub use rollup::{RecordedSnapshot, flavor_rollup, move_difference, variant_difference};
pub use sample::{
    Facts, InputSamples, Sample, SampleAttribute, SampleMetric, SamplePoint, SampleSpan, SampleStatus, SampleValue,
    SpanKind, weaver_samples, weaver_samples_of,
};
pub(crate) use sample::{SampleEvent, SampleLog, WeaverError, document_samples, snapshot_body, telemetry_samples};
pub use translate::{Change, Side, translate};
pub(crate) use translate::{translation_json, translation_text};
