//! The words of enums, from the attributes by which serde reads and writes them.

use serde::Serialize;
use serde::de::value::Error;
use serde::de::{DeserializeOwned, IntoDeserializer};

/// The word of a variant, as serde writes it.
pub fn word<E: Serialize>(variant: &E) -> &'static str {
    serde_variant::to_variant_name(variant).expect("only enums have words")
}

/// The variant of a word, as serde reads it.
pub(crate) fn from_word<E: DeserializeOwned>(word: &str) -> Option<E> {
    let reader = IntoDeserializer::<Error>::into_deserializer(word);
    E::deserialize(reader).ok()
}

/// Gives each enum `as_str`: the word in files, ids, tables and the worker protocol.
macro_rules! words {
    (pub(crate) $($name:ident),* $(,)?) => { $crate::diagnose::words!(@ pub(crate), $($name),*); };
    ($($name:ident),* $(,)?) => { $crate::diagnose::words!(@ pub, $($name),*); };
    (@ $visible:vis, $($name:ident),*) => {
        $(
            impl $name {
                /// The word in files, ids, tables and the worker protocol: what serde makes of it.
                $visible fn as_str(self) -> &'static str {
                    $crate::diagnose::word(&self)
                }
            }
        )*
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Sample {
        TwoWords,
        #[serde(rename = "string[]")]
        Strings,
    }

    #[test]
    fn serde_is_the_source_of_words() {
        let check = |variant: Sample, word: &str| {
            assert_eq!(super::word(&variant), word);
            assert_eq!(from_word(word), Some(variant));
        };
        check(Sample::TwoWords, "two-words");
        check(Sample::Strings, "string[]");
        assert_eq!(from_word::<Sample>("Strings"), None);
    }
}
