//! Token counts: by the tokenizers that the models use or, without the feature `tokenizer`, estimated.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::model::Vocabulary;

/// Longer texts, in bytes, are counted every time.
const LONGEST_KNOWN: usize = 1024;
/// Texts per vocabulary that a thread remembers: system prompts and roles come again with every request.
const MOST_KNOWN: usize = 1024;

thread_local! {
    static KNOWN: RefCell<[HashMap<String, u64>; 2]> = RefCell::default();
    static CUT: RefCell<[HashMap<String, Rc<[usize]>>; 2]> = RefCell::default();
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

/// The pieces of a text as a model sends them: a token each, or several where one ends inside a character.
pub(crate) fn pieces(vocabulary: Vocabulary, text: &str) -> Vec<&str> {
    let mut start = 0;
    let ends = ends(vocabulary, text);
    ends.iter().map(|end| &text[std::mem::replace(&mut start, *end)..*end]).collect()
}

/// Where the pieces of a text end.
fn ends(vocabulary: Vocabulary, text: &str) -> Rc<[usize]> {
    let cut = || tokens_end(vocabulary, text).into_iter().filter(|end| text.is_char_boundary(*end)).collect();
    if text.len() > LONGEST_KNOWN {
        return cut();
    }
    CUT.with_borrow_mut(|known| {
        let known = &mut known[vocabulary as usize];
        if let Some(ends) = known.get(text) {
            return Rc::clone(ends);
        }
        let ends: Rc<[usize]> = cut();
        if known.len() == MOST_KNOWN {
            known.clear();
        }
        known.insert(text.to_owned(), Rc::clone(&ends));
        ends
    })
}

/// Where each token of a text ends, in bytes.
#[cfg(feature = "tokenizer")]
fn tokens_end(vocabulary: Vocabulary, text: &str) -> Vec<usize> {
    let tokenizer = tokenizer(vocabulary);
    let mut end = 0;
    let ends = tokenizer.encode(text).into_iter().map(|token| {
        end += tokenizer.bpe.token_len(token);
        end
    });
    ends.collect()
}

/// Where each estimated token of a text ends: after four bytes, or where the text does.
#[cfg(not(feature = "tokenizer"))]
fn tokens_end(_vocabulary: Vocabulary, text: &str) -> Vec<usize> {
    (1..=text.len().div_ceil(4)).map(|count| (count * 4).min(text.len())).collect()
}

/// The beginning of a text that has this many tokens; one less where the last would end inside a character.
pub(crate) fn prefix(vocabulary: Vocabulary, text: &str, most: u64) -> &str {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let ends = tokens_end(vocabulary, text);
    let end = ends.into_iter().take(most).rfind(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(all(test, feature = "tokenizer"))]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_tokens_and_never_half_a_character() {
        assert_eq!(
            pieces(Vocabulary::O200k, "Hello world, how are you?"),
            ["Hello", " world", ",", " how", " are", " you", "?"]
        );
        assert_eq!(pieces(Vocabulary::O200k, ""), Vec::<&str>::new());
        let odd = "\u{1f9d1}\u{200d}\u{1f680} caf\u{e9} \u{20000}";
        assert_eq!(pieces(Vocabulary::Cl100k, odd).concat(), odd);
    }

    #[test]
    fn counts_are_those_of_the_published_tokenizers() {
        assert_eq!(count(Vocabulary::O200k, "Hello world, how are you?"), 7);
        assert_eq!(count(Vocabulary::Cl100k, "Hello world"), 2);
        assert_eq!(count(Vocabulary::Cl100k, "antidisestablishmentarianism"), 6);
        assert_eq!(prefix(Vocabulary::O200k, "one two three four", 2), "one two");
        assert_eq!(prefix(Vocabulary::O200k, "one two", 9), "one two");
        assert_eq!(prefix(Vocabulary::O200k, "one two", 0), "");
    }
}
