//! The prompt of a request: its texts and pictures, counted when somebody asks how many tokens it has.

use serde_json_borrow::Value;

use super::call::Call;
use super::errors;
use super::pictures;
use super::reply::Reply;
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
    pub(crate) fn new<'a>(call: &Call, texts: Vec<String>, contents: impl Iterator<Item = &'a Value<'a>>) -> Self {
        Self { texts, pictures: contents.map(|content| pictures::tokens(&call.model().name, content)).sum() }
    }

    /// How many tokens it has.
    pub(crate) fn tokens(&self, call: &Call) -> u64 {
        BEFORE
            + self.pictures
            + self.texts.iter().map(|text| AROUND + tokenizer::count(call.model().vocabulary, text)).sum::<u64>()
    }

    /// Refuses what is more than the model's window holds. A token is a byte or more, so that nothing is counted of a
    /// prompt that fits anyhow: a vocabulary takes time and memory to load.
    pub(crate) fn check(&self, call: &Call) -> Result<(), Box<Reply>> {
        let most = BEFORE + self.pictures + self.texts.iter().map(|text| AROUND + text.len() as u64).sum::<u64>();
        if most > call.model().context_length && self.tokens(call) > call.model().context_length {
            return Err(Box::new(errors::context_length(call, self.tokens(call))));
        }
        Ok(())
    }

    /// Length of all texts, in characters.
    pub(crate) fn characters(&self) -> u64 {
        self.texts.iter().map(|text| text.chars().count() as u64).sum()
    }
}
