//! What is wrong by the registry, as data.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::ReleaseSet;
use crate::diagnose::words;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Information,
    /// Could be better.
    Improvement,
    /// Against the registry.
    Violation,
}

words!(Severity);

macro_rules! finding_ids {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $severity:ident;)*) => {
        /// The stable id of a finding. Up to `opt_in_attribute_not_present` they are those of Weaver's live-check.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FindingId {
            $($(#[$doc])* $variant,)*
        }

        impl FindingId {
            /// Every id.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The id's text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// How much it matters.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }
        }
    };
}

finding_ids! {
    /// The release has no such attribute.
    MissingAttribute = "missing_attribute", Violation;
    /// The name begins with that of a template.
    TemplateAttribute = "template_attribute", Information;
    /// The attribute, metric or event is deprecated.
    Deprecated = "deprecated", Violation;
    /// Its stability is stated and is not `stable`.
    NotStable = "not_stable", Improvement;
    /// The value has another type.
    TypeMismatch = "type_mismatch", Violation;
    /// The value is no member of the enum.
    UndefinedEnumVariant = "undefined_enum_variant", Information;
    /// The name has no dot.
    MissingNamespace = "missing_namespace", Improvement;
    /// The name is not made as names are.
    InvalidFormat = "invalid_format", Violation;
    /// A part of the name is itself an attribute.
    IllegalNamespace = "illegal_namespace", Violation;
    /// An unknown name in a known namespace.
    ExtendsNamespace = "extends_namespace", Information;
    /// The release has no such event.
    MissingEvent = "missing_event", Violation;
    /// The release has no such metric.
    MissingMetric = "missing_metric", Violation;
    /// The metric has another instrument.
    UnexpectedInstrument = "unexpected_instrument", Violation;
    /// The metric has another unit.
    UnitMismatch = "unit_mismatch", Violation;
    /// A required attribute is absent.
    RequiredAttributeNotPresent = "required_attribute_not_present", Violation;
    /// A recommended attribute is absent.
    RecommendedAttributeNotPresent = "recommended_attribute_not_present", Improvement;
    /// An attribute with a condition is absent.
    ConditionallyRequiredAttributeNotPresent = "conditionally_required_attribute_not_present", Information;
    /// An opt-in attribute is absent.
    OptInAttributeNotPresent = "opt_in_attribute_not_present", Information;
    /// The span has another kind than its definition.
    KindMismatch = "kind_mismatch", Violation;
    /// The span has another name than its definition gives it.
    SpanNameMismatch = "span_name_mismatch", Improvement;
    /// An attribute whose value is fixed has another one.
    ConstMismatch = "const_mismatch", Violation;
    /// The span failed and has no `error.type`.
    ErrorTypeMissing = "error_type_missing", Violation;
    /// The span has an `error.type` and did not fail.
    ErrorTypeWithoutError = "error_type_without_error", Improvement;
    /// The value is a member of the enum that is deprecated.
    DeprecatedEnumMember = "deprecated_enum_member", Violation;
    /// A message attribute does not have the structure it should have.
    ContentSchema = "content_schema", Violation;
    /// A histogram has other bucket boundaries.
    BucketMismatch = "bucket_mismatch", Improvement;
    /// Old and new name of one thing on one span.
    MixedReleases = "mixed_releases", Improvement;
    /// The scope states no schema URL.
    SchemaUrlAbsent = "schema_url_absent", Improvement;
    /// The scope's schema URL names another release.
    SchemaUrlMismatch = "schema_url_mismatch", Improvement;
    /// By its own family's rules: an attribute that does not belong on this kind of span.
    FamilyAttributeNotUsed = "family_attribute_not_used", Violation;
    /// By its own family's rules: a required attribute is absent.
    FamilyRequiredAttributeNotPresent = "family_required_attribute_not_present", Violation;
    /// By its own family's rules: no such attribute.
    FamilyMissingAttribute = "family_missing_attribute", Violation;
    /// By its own family's rules: another type.
    FamilyTypeMismatch = "family_type_mismatch", Violation;
    /// By its own family's rules: no member of the enum.
    FamilyUndefinedEnumVariant = "family_undefined_enum_variant", Information;
    /// By its own family's rules: another span kind.
    FamilyKindMismatch = "family_kind_mismatch", Improvement;
    /// By its own family's rules: another span name.
    FamilySpanNameMismatch = "family_span_name_mismatch", Improvement;
    /// The family's attribute is in OpenTelemetry under another name, with the same meaning.
    FamilyPresent = "family_present", Information;
    /// The family's attribute can be turned into OpenTelemetry's.
    FamilyTranslatable = "family_translatable", Information;
    /// OpenTelemetry has no place for the family's attribute.
    FamilyLost = "family_lost", Information;
}

impl fmt::Display for FindingId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Where on a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SamplePath {
    /// What the sample is: `span`, `metric`, …
    pub kind: &'static str,
    /// Which part of it.
    pub part: SamplePart,
    /// Which attribute of the part.
    pub attribute: Option<usize>,
}

/// A part of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SamplePart {
    /// The sample itself.
    Whole,
    /// A span event.
    Event(usize),
    /// A span link.
    Link(usize),
    /// A data point.
    Point(usize),
    /// An exemplar of a data point.
    Exemplar(usize, usize),
}

impl fmt::Display for SamplePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind)?;
        let mut attributes = "attributes";
        match self.part {
            SamplePart::Whole => {}
            SamplePart::Event(index) => write!(formatter, ".span_events[{index}]")?,
            SamplePart::Link(index) => write!(formatter, ".span_links[{index}]")?,
            SamplePart::Point(index) => write!(formatter, ".data_points[{index}]")?,
            SamplePart::Exemplar(point, index) => {
                attributes = "filtered_attributes";
                write!(formatter, ".data_points[{point}].exemplars[{index}]")?;
            }
        }
        self.attribute.iter().try_for_each(|index| write!(formatter, ".{attributes}[{index}]"))
    }
}

/// The registry's row that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// Releases that say so.
    pub releases: ReleaseSet,
    /// The row: `attribute gen_ai.system: enum[string], development`.
    pub text: String,
}

/// What a finding says; shared by findings that say the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// What it is about: an attribute, metric, event or span name.
    pub subject: Arc<str>,
    /// Weaver's context, by key.
    pub context: Vec<(&'static str, Value)>,
    /// For people.
    pub message: String,
    /// Where the facts come from; more than one when releases say the same in different rows.
    pub rows: Vec<SourceRow>,
}

/// One thing that is wrong, and the releases by which it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its id.
    pub id: FindingId,
    /// How much it matters.
    pub severity: Severity,
    /// Whether Weaver's live-check has it too.
    pub is_shared: bool,
    /// Releases by which it holds.
    pub releases: ReleaseSet,
    /// The sample's place in the input.
    pub sample: usize,
    /// Where on the sample.
    pub path: SamplePath,
    /// What it says.
    pub detail: Arc<Detail>,
}

impl Finding {
    /// The order in which findings are shown: by sample, path, id, then text.
    pub fn order(&self, other: &Self) -> Ordering {
        let key =
            |finding: &Self| (finding.sample, finding.path.part, finding.path.attribute, finding.id, finding.releases);
        key(self).cmp(&key(other)).then_with(|| self.detail.message.cmp(&other.detail.message))
    }
}
