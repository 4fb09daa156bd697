//! What a cloud consists of: tenants, resources, deployments.

use serde::{Deserialize, Serialize};

/// Everything that is in a cloud when it starts.
///
/// ```
/// use azure_openai_mock::{Cloud, CloudConfig, Deployment};
///
/// let mut config = CloudConfig::sample();
/// config.deployments.push(Deployment::new("thinking", "contoso-east", "o3-mini-2025-01-31"));
/// let cloud = Cloud::new(config);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CloudConfig {
    /// Root of every identifier. Two clouds with the same configuration give the same bytes.
    pub seed: u64,
    /// Seconds since 1970 from which `created` and `Date` are counted. Never the real clock.
    pub epoch: u64,
    /// Directories that issue tokens.
    pub tenants: Vec<Tenant>,
    /// Azure OpenAI accounts.
    pub resources: Vec<Resource>,
    /// Models in them.
    pub deployments: Vec<Deployment>,
    /// Identities that the local metadata endpoints give tokens to.
    pub managed_identities: Vec<ManagedIdentity>,
    /// The secret that the App Service endpoint wants in `X-IDENTITY-HEADER`.
    pub app_service_header: Option<String>,
}

impl CloudConfig {
    /// A small cloud to try things with: two resources, two deployments, one application, one managed identity.
    pub fn sample() -> Self {
        let roles = vec!["Cognitive Services OpenAI User".to_owned()];
        Self {
            seed: 1,
            epoch: 1_795_154_400,
            tenants: vec![Tenant {
                id: "11111111-2222-3333-4444-555555555555".to_owned(),
                applications: vec![Application {
                    client_id: "66666666-7777-8888-9999-000000000000".to_owned(),
                    object_id: "aaaaaaaa-0000-4000-8000-000000000001".to_owned(),
                    secret: "mock-secret".to_owned(),
                    roles: roles.clone(),
                }],
            }],
            resources: vec![
                Resource::new("contoso-east", "eastus2", &["mock-key-east"]),
                Resource::new("contoso-west", "westeurope", &["mock-key-west"]),
            ],
            deployments: vec![
                Deployment::new("chat-prod", "contoso-east", "gpt-4o-2024-11-20"),
                Deployment::new("embed-prod", "contoso-east", "text-embedding-3-small"),
            ],
            managed_identities: vec![ManagedIdentity {
                client_id: "bbbbbbbb-0000-4000-8000-000000000002".to_owned(),
                object_id: "aaaaaaaa-0000-4000-8000-000000000002".to_owned(),
                resource_id: None,
                roles,
            }],
            app_service_header: Some("mock-identity-header".to_owned()),
        }
    }

    /// The tenant that managed identities belong to: the first one.
    pub(crate) fn home_tenant(&self) -> &str {
        self.tenants.first().map_or("00000000-0000-0000-0000-000000000000", |tenant| tenant.id.as_str())
    }
}

/// An Entra ID directory.
///
/// ```
/// use azure_openai_mock::{CloudConfig, Tenant};
///
/// let tenant = Tenant { id: "11111111-2222-3333-4444-555555555555".to_owned(), applications: Vec::new() };
/// let config = CloudConfig { tenants: vec![tenant], ..CloudConfig::sample() };
/// ```
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its GUID.
    pub id: String,
    /// Applications that may ask for tokens.
    pub applications: Vec<Application>,
}

/// An application registration with a client secret.
///
/// ```
/// use azure_openai_mock::{Application, CloudConfig};
///
/// let application = Application {
///     client_id: "66666666-7777-8888-9999-000000000000".to_owned(),
///     object_id: "aaaaaaaa-0000-4000-8000-000000000001".to_owned(),
///     secret: "mock-secret".to_owned(),
///     roles: vec!["Cognitive Services OpenAI User".to_owned()],
/// };
/// assert_eq!(CloudConfig::sample().tenants[0].applications[0].secret, application.secret);
/// ```
#[derive(Clone, Debug)]
pub struct Application {
    /// The application id, a GUID.
    pub client_id: String,
    /// The object id of its service principal: the token's `oid`.
    pub object_id: String,
    /// The client secret.
    pub secret: String,
    /// Roles on the Azure OpenAI accounts. Without any, a valid token is denied.
    pub roles: Vec<String>,
}

/// A managed identity. One without [`ManagedIdentity::resource_id`] is system-assigned.
///
/// ```
/// use azure_openai_mock::{CloudConfig, ManagedIdentity};
///
/// let identity = ManagedIdentity {
///     client_id: "bbbbbbbb-0000-4000-8000-000000000002".to_owned(),
///     object_id: "aaaaaaaa-0000-4000-8000-000000000002".to_owned(),
///     resource_id: None, // system-assigned
///     roles: vec!["Cognitive Services OpenAI User".to_owned()],
/// };
/// let config = CloudConfig { managed_identities: vec![identity], ..CloudConfig::sample() };
/// ```
#[derive(Clone, Debug)]
pub struct ManagedIdentity {
    /// Its client id, a GUID.
    pub client_id: String,
    /// Its object id.
    pub object_id: String,
    /// The Azure resource id of a user-assigned identity.
    pub resource_id: Option<String>,
    /// Roles on the Azure OpenAI accounts.
    pub roles: Vec<String>,
}

/// An Azure OpenAI account.
///
/// ```
/// use azure_openai_mock::Resource;
///
/// let resource = Resource::new("fabrikam", "swedencentral", &["key-1", "key-2"]);
/// assert_eq!(resource.host, "fabrikam.openai.azure.com");
/// ```
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its name, the first label of its hosts.
    pub name: String,
    /// Its main host, `<name>.openai.azure.com`.
    pub host: String,
    /// Its region as in the portal's URLs: `eastus2`.
    pub region: String,
    /// Keys that open it.
    pub keys: Vec<String>,
}

impl Resource {
    /// A resource on its usual host.
    pub fn new(name: &str, region: &str, keys: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            host: format!("{name}.openai.azure.com"),
            region: region.to_owned(),
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
        }
    }

    /// Whether a host name is one of this resource's.
    pub(crate) fn answers_for(&self, host: &str) -> bool {
        const SUFFIXES: [&str; 9] = [
            "openai.azure.com",
            "cognitiveservices.azure.com",
            "services.ai.azure.com",
            "openai.azure.us",
            "cognitiveservices.azure.us",
            "services.ai.azure.us",
            "openai.azure.cn",
            "cognitiveservices.azure.cn",
            "services.ai.azure.cn",
        ];
        host.eq_ignore_ascii_case(&self.host)
            || host.split_once('.').is_some_and(|(name, suffix)| {
                name.eq_ignore_ascii_case(&self.name) && SUFFIXES.iter().any(|known| suffix.eq_ignore_ascii_case(known))
            })
    }

    /// Whether a host is that of all resources in this one's region.
    pub(crate) fn is_in_region_of(&self, host: &str) -> bool {
        const SUFFIXES: [&str; 3] =
            ["api.cognitive.microsoft.com", "api.cognitive.microsoft.us", "api.cognitive.azure.cn"];
        host.split_once('.').is_some_and(|(region, suffix)| {
            region.eq_ignore_ascii_case(&self.region) && SUFFIXES.iter().any(|known| suffix.eq_ignore_ascii_case(known))
        })
    }
}

/// A model under a name in a resource.
///
/// ```
/// use azure_openai_mock::{Deployment, Quota};
///
/// let quota = Some(Quota { tokens_per_minute: 10_000, requests_per_minute: 60 });
/// let deployment = Deployment { quota, ..Deployment::new("chat-prod", "contoso-east", "gpt-4o-2024-11-20") };
/// ```
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The name that clients call.
    pub name: String,
    /// The name of the [`Resource`] it is in.
    pub resource: String,
    /// The model snapshot, for example `gpt-4o-2024-11-20`.
    pub model: String,
    /// How its content filter works on streams.
    pub filter: FilterMode,
    /// What it allows per minute. Without one, nothing is counted and the headers say what is plausible.
    pub quota: Option<Quota>,
}

/// What a deployment allows per minute.
///
/// ```
/// use azure_openai_mock::{Deployment, Quota};
///
/// let quota = Quota { tokens_per_minute: 10_000, requests_per_minute: 60 };
/// let deployment = Deployment { quota: Some(quota), ..Deployment::new("chat-prod", "contoso-east", "gpt-4o-2024-11-20") };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Tokens, as estimated when a request is admitted.
    pub tokens_per_minute: u64,
    /// Requests.
    pub requests_per_minute: u64,
}

impl Deployment {
    /// A deployment with the default filter.
    pub fn new(name: &str, resource: &str, model: &str) -> Self {
        Self {
            name: name.to_owned(),
            resource: resource.to_owned(),
            model: model.to_owned(),
            filter: FilterMode::Default,
            quota: None,
        }
    }
}

/// How a deployment's content filter treats streams.
///
/// ```
/// use azure_openai_mock::{Deployment, FilterMode};
///
/// let deployment = Deployment {
///     filter: FilterMode::Asynchronous,
///     ..Deployment::new("chat-prod", "contoso-east", "gpt-4o-2024-11-20")
/// };
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::replies::without_example))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FilterMode {
    /// Results come with the content they are about.
    #[default]
    Default,
    /// Content comes at once, results later in chunks of their own that have no `delta`.
    #[serde(rename = "async", alias = "asynchronous")]
    Asynchronous,
    /// Nothing is filtered: results are there, and empty.
    Off,
}
