//! The convention files of the repository, built in.

use serde::Deserialize;

use super::{Convention, Vocabulary};
use crate::diagnose::Diagnostics;

/// Every file of `harness/conventions`: family, text. `build.rs` makes the list.
pub const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/conventions_files.rs"));

/// The built-in convention of a family.
pub fn embedded(family: &str) -> Option<Result<Convention, Diagnostics>> {
    let (name, text) = EMBEDDED.iter().find(|(name, _)| *name == family)?;
    Some(Convention::parse(&format!("{name}.toml"), text))
}

/// Title and vocabulary of each built-in family that has one, read without the rest of its file.
pub(crate) fn vocabularies() -> Result<Vec<(String, Vocabulary)>, toml::de::Error> {
    #[derive(Deserialize)]
    struct Head {
        title: String,
        vocabulary: Option<Vocabulary>,
    }
    let heads = EMBEDDED.iter().map(|(_, text)| toml::from_str(text));
    let with_vocabulary = |head: Head| Some((head.title, head.vocabulary?));
    heads.filter_map(|head: Result<Head, _>| head.map(with_vocabulary).transpose()).collect()
}
