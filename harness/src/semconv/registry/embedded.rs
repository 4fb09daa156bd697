//! The files of `harness/semconv`, built in.

use std::sync::OnceLock;

use super::Registry;

/// Every JSON file of `harness/semconv`: name, text. `build.rs` makes the list.
pub const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/semconv_files.rs"));

static REGISTRY: OnceLock<Registry> = OnceLock::new();

impl Registry {
    /// The built-in registry, read once.
    pub fn embedded() -> &'static Self {
        REGISTRY.get_or_init(|| Self::parse(EMBEDDED).expect("the built-in registry files are tested"))
    }
}
