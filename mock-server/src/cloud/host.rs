//! What a host name means in a cloud.

use super::config::CloudConfig;
use super::options::CloudOptions;
use super::request::Request;
use super::route::HostKind;

/// Whose host it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The resource with this index.
    Resource(usize),
    /// All resources of a region.
    Region,
    /// The serverless endpoint with this index.
    Serverless(usize),
    /// Nobody's, or this machine.
    Unknown,
}

impl Place {
    /// Whether it is somebody's.
    pub(crate) fn is_some(self) -> bool {
        self != Self::Unknown
    }

    /// The index of the serverless endpoint that is meant, if one is. On this machine, where no name says so, it is
    /// the first.
    pub(crate) fn serverless(self) -> Option<usize> {
        match self {
            Self::Serverless(index) => Some(index),
            Self::Unknown => Some(0),
            _ => None,
        }
    }

    /// What the host of a request is for.
    pub(crate) fn kind(self, request: &Request) -> HostKind {
        match self {
            Self::Serverless(_) => HostKind::Serverless,
            Self::Resource(_) if request.host.contains(".services.ai.") => HostKind::Foundry,
            Self::Unknown if request.is_loopback() => HostKind::Local,
            _ => HostKind::OpenAi,
        }
    }
}

/// Looks a host up.
pub(crate) fn place(config: &CloudConfig, options: &CloudOptions, host: &str) -> Place {
    if let Some(index) = config.resources.iter().position(|resource| resource.answers_for(host)) {
        return Place::Resource(index);
    }
    if let Some(index) = options.serverless.iter().position(|endpoint| endpoint.answers_for(host)) {
        return Place::Serverless(index);
    }
    if config.resources.iter().any(|resource| resource.is_in_region_of(host)) { Place::Region } else { Place::Unknown }
}
