//! The prompt of a request: its texts and pictures, counted when somebody asks how many tokens it has.

use serde_json_borrow::Value;

use super::errors::Refusal;
use super::model::Model;
use super::pictures;
use super::tokenizer;

/// Tokens around each text, and before the answer, as OpenAI's own guide counts them.
const AROUND: u64 = 4;
const BEFORE: u64 = 3;

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
