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

/// Tokens of a prompt: those of its texts, four around each and three before the answer, as the models' own guides count.
pub(crate) fn count_prompt(model: &str, texts: &[String]) -> u64 {
    3 + texts.iter().map(|text| 4 + count(model, text)).sum::<u64>()
}

/// The tokens of a prompt that are more than a window holds. A token is a byte or more, so that nothing is counted of a
/// prompt that fits anyhow: vocabularies take time and memory to load.
pub(crate) fn beyond(window: u64, model: &str, texts: &[String]) -> Option<u64> {
    let most = 3 + texts.iter().map(|text| 4 + text.len() as u64).sum::<u64>();
    (most > window).then(|| count_prompt(model, texts)).filter(|tokens| *tokens > window)
}

fn counted(model: &str, text: &str) -> u64 {
    let tokenizer = if model::uses_o200k(model) { bpe_openai::o200k_base() } else { bpe_openai::cl100k_base() };
    tokenizer.count(text) as u64
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
        assert_eq!(count_prompt("gpt-4o", &["Hello world".to_owned(), String::new()]), 3 + 4 + 2 + 4);
        assert_eq!(prefix("gpt-4o", "one two three four", 2), "one two ");
    }

    #[test]
    fn a_prompt_is_beyond_a_window_by_its_tokens_and_not_by_its_bytes() {
        let words = ["antidisestablishmentarianism".to_owned()];
        assert_eq!(beyond(100, "gpt-35-turbo", &words), None);
        assert_eq!(beyond(20, "gpt-35-turbo", &words), None, "more bytes, not more tokens");
        assert_eq!(beyond(12, "gpt-35-turbo", &words), Some(13));
    }
}
