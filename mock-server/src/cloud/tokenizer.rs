//! Token counts by the tokenizers that the models use.

use std::cell::RefCell;
use std::collections::HashMap;

use super::model;

/// Longer texts, in bytes, are counted every time.
const LONGEST_KNOWN: usize = 1024;
/// Texts per vocabulary that a thread remembers: system prompts and roles come again with every request.
const MOST_KNOWN: usize = 1024;

thread_local! {
    static KNOWN: RefCell<[HashMap<String, u64>; 2]> = RefCell::default();
}

/// How many tokens a text is to a model: `o200k_base` from gpt-4o on, `cl100k_base` before and for embeddings.
pub(crate) fn count(model: &str, text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    if text.len() > LONGEST_KNOWN {
        return counted(model, text);
    }
    KNOWN.with_borrow_mut(|known| {
        let known = &mut known[usize::from(model::uses_o200k(model))];
        if let Some(count) = known.get(text) {
            return *count;
        }
        let count = counted(model, text);
        if known.len() == MOST_KNOWN {
            known.clear();
        }
        known.insert(text.to_owned(), count);
        count
    })
}

fn counted(model: &str, text: &str) -> u64 {
    vocabulary(model).count(text) as u64
}

/// Loads what the model counts with, which takes a moment the first time.
pub(crate) fn load(model: &str) {
    vocabulary(model);
}

fn vocabulary(model: &str) -> &'static bpe_openai::Tokenizer {
    if model::uses_o200k(model) { bpe_openai::o200k_base() } else { bpe_openai::cl100k_base() }
}

/// The longest beginning of a text that has at most this many tokens, cut between words.
pub(crate) fn prefix<'a>(model: &str, text: &'a str, most: u64) -> &'a str {
    let mut kept = 0;
    for word in text.split_inclusive(' ') {
        if count(model, text[..kept + word.len()].trim_end()) > most {
            break;
        }
        kept += word.len();
    }
    &text[..kept]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_published_tokenizers() {
        assert_eq!(count("gpt-4o-2024-11-20", "Hello world, how are you?"), 7);
        assert_eq!(count("text-embedding-3-small", "Hello world"), 2);
        assert_eq!(count("gpt-35-turbo", "antidisestablishmentarianism"), 6);
        assert_eq!(prefix("gpt-4o", "one two three four", 2), "one two ");
    }
}
