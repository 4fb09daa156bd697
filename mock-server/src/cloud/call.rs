//! What a reply needs to know about the request it answers, once it is the request's turn.

use super::ledger::Place;
use super::model::{Generation, Model};
use super::quota::Rates;
use super::target::Target;

/// One model request on its way to a reply.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) target: Target,
    /// Which request this is on its deployment (or, before one is known, on the gateway), from 0.
    pub(crate) ordinal: u64,
    /// Seconds since 1970 for `created` and `Date`.
    pub(crate) time: u64,
    /// Seconds since 1970 for `Date`, which never runs backwards.
    pub(crate) date: u64,
    /// Tokens of the conversation that the request goes on from.
    pub(crate) carried: u64,
    /// How many of the prompt's first texts were read before.
    pub(crate) known_texts: usize,
    /// What is left of the deployment's quota; none when nothing is counted.
    pub(crate) rates: Option<Rates>,
}

impl Call {
    /// A request with its place among those for the same target.
    pub(crate) fn new(target: Target, place: Place) -> Self {
        let Place { ordinal, latest } = place;
        let (time, date) = (target.epoch.saturating_add(ordinal), target.epoch.saturating_add(latest));
        Self { target, ordinal, time, date, carried: 0, known_texts: 0, rates: None }
    }

    /// A GUID that is this call's own.
    pub(crate) fn guid(&self, purpose: &str) -> String {
        self.target.seed.guid((purpose, self.deployment()), self.ordinal)
    }

    /// Letters and digits that are this call's own.
    pub(crate) fn letters(&self, purpose: &str, length: usize) -> String {
        self.target.seed.letters((purpose, self.deployment()), self.ordinal, length)
    }

    /// The same after a beginning.
    pub(crate) fn letters_after(&self, start: &str, purpose: &str, length: usize) -> String {
        self.target.seed.letters_after(start, (purpose, self.deployment()), self.ordinal, length)
    }

    /// At most 64 hexadecimal digits that are this call's own.
    pub(crate) fn hex(&self, purpose: &str, length: usize) -> String {
        self.target.seed.hex((purpose, self.deployment()), self.ordinal, length)
    }

    /// The deployment's name; empty when there is none.
    pub(crate) fn deployment(&self) -> &str {
        &self.target.served.name
    }

    /// The deployment's model.
    pub(crate) fn model(&self) -> &Model {
        self.target.model()
    }

    /// Which fields and headers the back end sends.
    pub(crate) fn generation(&self) -> Generation {
        self.target.generation()
    }

    /// The model's name in bodies.
    pub(crate) fn model_name(&self) -> &str {
        self.model().wire_name()
    }

    /// Padding for the event with this position, as long as a draw from the seed says: 1 to 16 letters.
    pub(crate) fn padding(&self, position: usize) -> String {
        let mut text = String::with_capacity(16);
        self.pad(&mut text, position);
        text
    }

    /// The same, after what is there already.
    pub(crate) fn pad(&self, text: &mut String, position: usize) {
        let position = (position as u64).wrapping_add(self.ordinal.wrapping_mul(0x1_0000_0001));
        let [length, first, second] = self.target.seed.numbers(position);
        let length = 1 + (length % 16) as usize;
        let letters = first.to_be_bytes().into_iter().chain(second.to_be_bytes());
        letters.take(length).for_each(|byte| text.push(char::from(b'A' + byte % 26)));
    }
}
