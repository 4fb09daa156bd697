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

/// The text of a built-in file.
pub fn embedded_file(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}
