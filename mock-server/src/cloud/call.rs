//! What a reply needs to know about the request it answers, once the request has been routed.

use super::ids::Seed;
use super::route::Operation;

/// One model request on its way to a reply.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) seed: Seed,
    /// Which request this is on its deployment (or, before one is known, on the gateway), from 0.
    pub(crate) ordinal: u64,
    /// Seconds since 1970 for `created` and `Date`.
    pub(crate) time: u64,
    /// As headers write it: `East US 2`.
    pub(crate) region: String,
    /// Whether the host is a Foundry host, which words some errors differently.
    pub(crate) foundry: bool,
    /// The deployment's name; empty when there is none.
    pub(crate) deployment: String,
    /// The deployment's model snapshot; empty when there is none.
    pub(crate) model: String,
    pub(crate) operation: Operation,
    /// The caller's own id, which comes back.
    pub(crate) client_request_id: Option<String>,
    /// None on the v1 surface.
    pub(crate) api_version: Option<String>,
}

impl Call {
    /// A GUID that is this call's own.
    pub(crate) fn guid(&self, purpose: &str) -> String {
        self.seed.guid(&self.scoped(purpose), self.ordinal)
    }

    /// Letters and digits that are this call's own.
    pub(crate) fn letters(&self, purpose: &str, length: usize) -> String {
        self.seed.letters(&self.scoped(purpose), self.ordinal, length)
    }

    fn scoped(&self, purpose: &str) -> String {
        format!("{purpose}/{}", self.deployment)
    }
}
