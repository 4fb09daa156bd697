//! What a reply needs to know about the request it answers, once the request has been routed.

use std::sync::Arc;

use super::ids::Seed;
use super::model::{Generation, Model};
use super::options::{ExtraParameters, Pacing};
use super::quota::Rates;
use super::route::Operation;
use super::served::Served;

/// One model request on its way to a reply.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) seed: Seed,
    /// Which request this is on its deployment (or, before one is known, on the gateway), from 0.
    pub(crate) ordinal: u64,
    /// Seconds since 1970 for `created` and `Date`.
    pub(crate) time: u64,
    /// Whether the host is a Foundry host, which words some errors differently.
    pub(crate) foundry: bool,
    /// Whether model inference is asked, which words some errors differently.
    pub(crate) inference: bool,
    /// Whether the host is a serverless endpoint, which filters outside the model and says nothing of it.
    pub(crate) serverless: bool,
    /// What is asked for; nothing with a name when the request never gets to a deployment.
    pub(crate) served: Arc<Served>,
    pub(crate) operation: Operation,
    /// The caller's own id, which comes back.
    pub(crate) client_request_id: Option<String>,
    /// None on the v1 surface.
    pub(crate) api_version: Option<String>,
    /// The rhythm of streams, unless a script says.
    pub(crate) pacing: Pacing,
    /// What is left of the deployment's quota; none when nothing is counted.
    pub(crate) rates: Option<Rates>,
    /// What is done with fields that model inference does not know.
    pub(crate) extra_parameters: ExtraParameters,
}

impl Call {
    /// A GUID that is this call's own.
    pub(crate) fn guid(&self, purpose: &str) -> String {
        self.seed.guid((purpose, self.deployment()), self.ordinal)
    }

    /// Letters and digits that are this call's own.
    pub(crate) fn letters(&self, purpose: &str, length: usize) -> String {
        self.seed.letters((purpose, self.deployment()), self.ordinal, length)
    }

    /// The same after a beginning.
    pub(crate) fn letters_after(&self, start: &str, purpose: &str, length: usize) -> String {
        self.seed.letters_after(start, (purpose, self.deployment()), self.ordinal, length)
    }

    /// At most 64 hexadecimal digits that are this call's own.
    pub(crate) fn hex(&self, purpose: &str, length: usize) -> String {
        self.seed.hex((purpose, self.deployment()), self.ordinal, length)
    }

    /// The deployment's name; empty when there is none.
    pub(crate) fn deployment(&self) -> &str {
        &self.served.name
    }

    /// The deployment's model.
    pub(crate) fn model(&self) -> &Model {
        &self.served.model
    }

    /// Which fields and headers the back end sends.
    pub(crate) fn generation(&self) -> Generation {
        self.model().generation
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
        let [length, first, second] = self.seed.numbers(position);
        let length = 1 + (length % 16) as usize;
        let letters = first.to_be_bytes().into_iter().chain(second.to_be_bytes());
        letters.take(length).for_each(|byte| text.push(char::from(b'A' + byte % 26)));
    }
}
