//! What the registry says, release by release.
//!
//! Knows the files of `harness/semconv` and turns them into tables that answer for all releases at once. Must not know
//! telemetry or findings. Start with [`Registry::embedded`].

mod attribute;
mod class;
mod embedded;
mod family;
mod load;
mod raw;
mod requirement;
mod rows;
mod signal;

pub(crate) use attribute::{Attribute, AttributeRow, AttributeType, Deprecation, Member, ValueType};
pub(crate) use class::{ClassId, NamePart, NameTemplate, SpanClass};
pub use embedded::EMBEDDED;
pub(crate) use family::{Family, FamilyId, without_numbers};
pub use load::Registry;
pub(crate) use load::provider_of_today;
pub(crate) use requirement::{Condition, Level, Requirement, RequirementRow};
pub use rows::Rows;
pub use signal::Signal;
pub(crate) use signal::SignalRow;
