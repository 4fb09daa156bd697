//! Token counts: by the tokenizers that the models use or, without the feature `tokenizer`, estimated.

use std::cell::RefCell;
use std::collections::HashMap;

use super::model::Vocabulary;

/// Longer texts, in bytes, are counted every time.
const LONGEST_KNOWN: usize = 1024;
/// Texts per vocabulary that a thread remembers: system prompts and roles come again with every request.
const MOST_KNOWN: usize = 1024;

thread_local! {
    static KNOWN: RefCell<[HashMap<String, u64>; 2]> = RefCell::default();
}

/// How many tokens a text is.
pub(crate) fn count(vocabulary: Vocabulary, text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    if text.len() > LONGEST_KNOWN {
        return counted(vocabulary, text);
    }
    KNOWN.with_borrow_mut(|known| {
        let known = &mut known[vocabulary as usize];
        if let Some(count) = known.get(text) {
            return *count;
        }
        let count = counted(vocabulary, text);
        if known.len() == MOST_KNOWN {
            known.clear();
        }
        known.insert(text.to_owned(), count);
        count
    })
}

#[cfg(feature = "tokenizer")]
fn counted(vocabulary: Vocabulary, text: &str) -> u64 {
    tokenizer(vocabulary).count(text) as u64
}

/// An estimate, as the service itself makes it before a request is admitted, but never less than one: a token for every
/// four bytes.
#[cfg(not(feature = "tokenizer"))]
fn counted(_vocabulary: Vocabulary, text: &str) -> u64 {
    text.len().div_ceil(4) as u64
}

/// Loads a vocabulary, which takes a moment the first time.
#[cfg(feature = "program")]
pub(crate) fn load(vocabulary: Vocabulary) {
    tokenizer(vocabulary);
}

#[cfg(feature = "tokenizer")]
fn tokenizer(vocabulary: Vocabulary) -> &'static bpe_openai::Tokenizer {
    match vocabulary {
        Vocabulary::Cl100k => bpe_openai::cl100k_base(),
        Vocabulary::O200k => bpe_openai::o200k_base(),
    }
}

/// The longest beginning of a text that has at most this many tokens, cut between words.
pub(crate) fn prefix(vocabulary: Vocabulary, text: &str, most: u64) -> &str {
    let mut kept = 0;
    for word in text.split_inclusive(' ') {
        if count(vocabulary, text[..kept + word.len()].trim_end()) > most {
            break;
        }
        kept += word.len();
    }
    &text[..kept]
}

#[cfg(all(test, feature = "tokenizer"))]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_published_tokenizers() {
        assert_eq!(count(Vocabulary::O200k, "Hello world, how are you?"), 7);
        assert_eq!(count(Vocabulary::Cl100k, "Hello world"), 2);
        assert_eq!(count(Vocabulary::Cl100k, "antidisestablishmentarianism"), 6);
        assert_eq!(prefix(Vocabulary::O200k, "one two three four", 2), "one two ");
    }
}
