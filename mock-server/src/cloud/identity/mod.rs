//! Sign-in: the token endpoint of Entra ID and the metadata endpoints that stand in for it on Azure machines.
//!
//! Knows the requests that the identity libraries make and the answers that satisfy them. Must not know deployments.

pub(crate) mod app_service;
pub(crate) mod arc;
pub(crate) mod assertion;
mod directory;
pub(crate) mod entra;
pub(crate) mod imds;
mod signature;

pub(crate) use directory::{AUTHORITIES, Directory, Endpoint, METADATA_HOST, endpoint, is_authority};
