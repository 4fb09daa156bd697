//! The convention files of the repository, built in.

use super::{Convention, ConventionError};

/// The built-in convention files: family, text.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("otel", include_str!("../../conventions/otel.toml")),
    ("openinference", include_str!("../../conventions/openinference.toml")),
    ("openllmetry", include_str!("../../conventions/openllmetry.toml")),
];

/// The built-in convention of a family.
pub fn embedded(family: &str) -> Option<Result<Convention, Vec<ConventionError>>> {
    let (name, text) = EMBEDDED.iter().find(|(name, _)| *name == family)?;
    Some(Convention::parse(&format!("{name}.toml"), text))
}
