//! Which identity endpoint answers a request, and what all of them know of the cloud.

use bytes::Bytes;
use http::StatusCode;

use super::{app_service, arc, entra, imds};
use crate::cloud::config::{CloudConfig, ManagedIdentity};
use crate::cloud::ids::Seed;
use crate::cloud::json::Json;
use crate::cloud::options::SignIn;
use crate::cloud::reply::{HeaderText, Reply, ReplyBody};
use crate::cloud::request::Request;
use crate::cloud::timestamps;
use crate::cloud::tokens::{TokenSpec, audience_of, issue};

/// Hosts of the token endpoint.
pub(crate) const AUTHORITIES: [&str; 3] =
    ["login.microsoftonline.com", "login.microsoftonline.us", "login.chinacloudapi.cn"];
/// The address of the metadata service on a virtual machine.
pub(crate) const METADATA_HOST: &str = "169.254.169.254";

/// Whether a host is one of the token endpoint.
pub(crate) fn is_authority(host: &str) -> bool {
    AUTHORITIES.iter().any(|known| host.eq_ignore_ascii_case(known))
}

/// Something that answers sign-in requests.
pub(crate) type Endpoint = fn(&Directory<'_>, &Request) -> Reply;

/// The endpoint that a request is for, if it is for one. `arc` says whether this machine is managed by Azure Arc.
pub(crate) fn endpoint(request: &Request, arc: bool) -> Option<Endpoint> {
    if is_authority(&request.host) {
        return Some(entra::reply);
    }
    if !request.is_loopback() && request.host != METADATA_HOST {
        return None;
    }
    if request.asks_a_model() {
        return None;
    }
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
    match segments.as_slice() {
        ["metadata", "identity", "oauth2", "token"] if arc && arc::is_asked(request) => Some(arc::reply),
        ["metadata", "identity", "oauth2", "token"] => Some(imds::reply),
        ["msi", "token"] => Some(app_service::reply),
        _ => None,
    }
}

/// What the identity endpoints know of the cloud.
pub(crate) struct Directory<'a> {
    pub(crate) config: &'a CloudConfig,
    pub(crate) sign_in: &'a SignIn,
    pub(crate) seed: Seed,
    /// The clock that tokens live by.
    pub(crate) now: u64,
    /// Which identity request this is, from 0.
    pub(crate) ordinal: u64,
    /// Seconds since 1970 for `Date`, which never runs backwards.
    pub(crate) date: u64,
}

impl Directory<'_> {
    /// Seconds that a token lives: those of the service, unless the cloud was told otherwise.
    pub(super) fn lifetime(&self, usual: u64) -> u64 {
        self.sign_in.token_lifetime.unwrap_or(usual)
    }

    /// A token for a managed identity. `lifetime` in seconds.
    pub(super) fn managed_token(&self, identity: &ManagedIdentity, resource: &str, lifetime: u64) -> String {
        let spec = TokenSpec {
            tenant: self.config.home_tenant().to_owned(),
            client_id: identity.client_id.clone(),
            object_id: identity.object_id.clone(),
            audience: audience_of(resource).to_owned(),
            roles: identity.roles.clone(),
            issued_at: self.now,
            expires_in: lifetime,
        };
        issue(self.seed, spec, self.ordinal)
    }

    /// The identity that the query asks for; without any wish, the first one.
    pub(super) fn managed_identity(&self, request: &Request) -> Option<&ManagedIdentity> {
        let wish = |name: &str| request.query_parameter(name);
        let resource_id = wish("msi_res_id").or_else(|| wish("mi_res_id"));
        let (client, object) = (wish("client_id"), wish("object_id").or_else(|| wish("principal_id")));
        self.config.managed_identities.iter().find(|identity| {
            client.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&identity.client_id))
                && object.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&identity.object_id))
                && resource_id
                    .as_ref()
                    .is_none_or(|id| identity.resource_id.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(id)))
        })
    }

    pub(super) fn guid(&self, purpose: &str) -> String {
        self.seed.guid(&format!("identity/{purpose}"), self.ordinal)
    }

    /// A JSON answer with the headers that all identity endpoints share.
    pub(super) fn json(&self, status: StatusCode, body: &Json, extra: &[(&'static str, String)]) -> Reply {
        let body = body.compact();
        let date = timestamps::http_date(self.date);
        let mut headers: Vec<(HeaderText, HeaderText)> = vec![
            ("Content-Length".into(), body.len().to_string().into()),
            ("Content-Type".into(), "application/json; charset=utf-8".into()),
            ("Date".into(), date.into()),
        ];
        headers.extend(extra.iter().map(|(name, value)| ((*name).into(), value.clone().into())));
        Reply {
            status,
            reason: None,
            headers,
            body: ReplyBody::Whole(Bytes::from(body)),
            delay: std::time::Duration::ZERO,
        }
    }
}
