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

pub use against::{Against, declared_release};
pub use baseline::{Baseline, BaselineError};
pub use check::{CheckOptions, Checker, schema_problem};
pub use compare::{AttributeChange, Comparison, SignalChange, compare};
pub use finding::{Detail, Finding, FindingId, SamplePart, SamplePath, Severity, SourceRow};
pub use fit::{Fit, fit};
pub use output::{
    CheckReport, CheckRequest, CheckedInput, ReportedFinding, finding_json, github_annotations, json_document,
    json_lines, sarif, text,
};
pub use registry::{
    Attribute, AttributeRow, AttributeType, ClassId, Condition, Deprecation, EMBEDDED, Family, FamilyId, Level, Member,
    NamePart, NameTemplate, Registry, RegistryError, Requirement, RequirementRow, Rows, Signal, SignalRow, SpanClass,
    ValueType, embedded_file, provider_of_today, without_numbers,
};
pub use release::{RegistryRelease, ReleaseSet, ReleaseSetError, Releases};
pub use rollup::{RecordedSnapshot, flavor_rollup, move_difference, variant_difference};
pub use sample::{
    Facts, InputSamples, Sample, SampleAttribute, SampleEvent, SampleLog, SampleMetric, SamplePoint, SampleSpan,
    SampleStatus, SampleValue, SpanKind, WeaverError, document_samples, sample_value, snapshot_body, span_sample,
    telemetry_samples, weaver_samples, weaver_samples_of,
};
pub use translate::{Change, Side, TranslationRow, translate, translation_json, translation_text};
