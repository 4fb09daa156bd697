//! Where a request leads: all that is known of it before it is its turn.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderName;

use super::chat_fields::extra_parameters;
use super::ids::Seed;
use super::model::{Generation, Model};
use super::options::{ExtraParameters, Pacing};
use super::request::Request;
use super::route::{Operation, Surface};
use super::served::Served;
use super::topology::Topology;

/// The caller's own id. Parsed once: it is looked for in every request.
static CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");

/// What a request asks for, and of whom.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) seed: Seed,
    /// Seconds since 1970 at which the cloud began.
    pub(crate) epoch: u64,
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
    /// What is done with fields that model inference does not know.
    pub(crate) extra_parameters: ExtraParameters,
}

impl Target {
    pub(super) fn new(
        topology: &Topology,
        request: &Request,
        operation: Operation,
        served: Arc<Served>,
        surface: &Surface,
    ) -> Self {
        let options = &topology.options;
        Self {
            seed: topology.seed,
            epoch: topology.config.epoch,
            foundry: request.host.contains(".services.ai."),
            inference: surface.infers(),
            serverless: *surface == Surface::Serverless,
            served,
            operation,
            client_request_id: request.header(&CLIENT_REQUEST_ID).map(str::to_owned),
            api_version: match surface {
                Surface::V1 => None,
                _ => request.query_parameter("api-version").map(Cow::into_owned),
            },
            pacing: options.pacing,
            extra_parameters: if surface.infers() {
                extra_parameters(request, options.extra_parameters)
            } else {
                options.extra_parameters
            },
        }
    }

    /// The deployment's model.
    pub(crate) fn model(&self) -> &Model {
        &self.served.model
    }

    /// Which fields and headers the back end sends.
    pub(crate) fn generation(&self) -> Generation {
        self.model().generation
    }
}
