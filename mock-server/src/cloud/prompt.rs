//! The prompt of a request: its texts and pictures, counted when somebody asks how many tokens it has.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json_borrow::Value;

use super::errors::Refusal;
use super::model::Model;
use super::pictures;
use super::tokenizer;

/// Tokens around each text, and before the answer, as OpenAI's own guide counts them.
const AROUND: u64 = 4;
const BEFORE: u64 = 3;
/// Tokens of the shortest beginning that is cached, and the steps in which more of it is.
const LEAST_CACHED: u64 = 1024;
const CACHED_STEP: u64 = 128;

/// What a model is to read.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    texts: Vec<String>,
    pictures: u64,
}

impl Prompt {
    /// A prompt of texts, with the pictures that are among the contents.
    pub(crate) fn new<'a>(model: &Model, texts: Vec<String>, contents: impl Iterator<Item = &'a Value<'a>>) -> Self {
        Self { texts, pictures: contents.map(|content| pictures::tokens(&model.name, content)).sum() }
    }

    /// How many tokens it has.
    pub(crate) fn tokens(&self, model: &Model) -> u64 {
        BEFORE
            + self.pictures
            + self.texts.iter().map(|text| AROUND + tokenizer::count(model.vocabulary, text)).sum::<u64>()
    }

    /// A hash for each of the first texts, the second of the first two, and so on; none when the prompt is too short to be
    /// remembered.
    pub(crate) fn beginnings(&self) -> Vec<u64> {
        if (self.texts.iter().map(String::len).sum::<usize>() as u64) < LEAST_CACHED {
            return Vec::new();
        }
        // Its keys are fixed: the same texts have the same hash everywhere.
        let mut hasher = DefaultHasher::new();
        let hash = |text: &String| {
            text.hash(&mut hasher);
            hasher.finish()
        };
        self.texts.iter().map(hash).collect()
    }

    /// Tokens that are read from the cache when so many of the first texts were read before.
    pub(crate) fn cached(&self, model: &Model, known: usize) -> u64 {
        let texts = self.texts[..known].iter();
        let tokens = texts.map(|text| AROUND + tokenizer::count(model.vocabulary, text)).sum::<u64>();
        if tokens < LEAST_CACHED { 0 } else { tokens - tokens % CACHED_STEP }
    }

    /// Refuses what is more than the model's window holds. A token is a byte or more, so that nothing is counted of a
    /// prompt that fits anyhow: a vocabulary takes time and memory to load.
    pub(crate) fn check(&self, model: &Model) -> Result<(), Refusal> {
        let most = BEFORE + self.pictures + self.texts.iter().map(|text| AROUND + text.len() as u64).sum::<u64>();
        if most > model.context_length && self.tokens(model) > model.context_length {
            return Err(Refusal::context_length(model, self.tokens(model)));
        }
        Ok(())
    }

    /// Length of all texts, in characters.
    pub(crate) fn characters(&self) -> u64 {
        self.texts.iter().map(|text| text.chars().count() as u64).sum()
    }
}
