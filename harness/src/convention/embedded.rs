//! The convention files of the repository, built in.

use super::Convention;
use crate::diagnose::Diagnostics;

/// The built-in convention files: family, text.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("otel", include_str!("../../conventions/otel.toml")),
    ("openinference", include_str!("../../conventions/openinference.toml")),
    ("openllmetry", include_str!("../../conventions/openllmetry.toml")),
    ("logfire", include_str!("../../conventions/logfire.toml")),
    ("langfuse", include_str!("../../conventions/langfuse.toml")),
    ("vercel-ai", include_str!("../../conventions/vercel-ai.toml")),
    ("azure", include_str!("../../conventions/azure.toml")),
    ("langtrace", include_str!("../../conventions/langtrace.toml")),
    ("mlflow", include_str!("../../conventions/mlflow.toml")),
    ("azure-monitor", include_str!("../../conventions/azure-monitor.toml")),
];

/// The built-in convention of a family.
pub fn embedded(family: &str) -> Option<Result<Convention, Diagnostics>> {
    let (name, text) = EMBEDDED.iter().find(|(name, _)| *name == family)?;
    Some(Convention::parse(&format!("{name}.toml"), text))
}
