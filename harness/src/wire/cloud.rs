//! From a scenario to the cloud that it needs.

use std::time::Duration;

use azure_openai_mock as mock;

use super::secrets;
use crate::scenario::{
    AnnotationPlace, ChoiceReply, Deployment, ErrorName, FilterMode, Reply, Resource, ScenarioFile, StreamFault,
    ToolCall, Usage,
};

/// Seconds since 1970 at which every fake cloud starts: 20 November 2026, 06:00 UTC.
const EPOCH: u64 = 1_795_154_400;

/// An address at which nobody listens: the port belongs to a service that no machine offers any more, and this machine's
/// own address is reached without the tap.
const NOBODY: &str = "https://127.0.0.1:9";

/// The name of a scenario's resource in the cloud, the first label of its host.
pub(crate) fn resource_name(resource: &str) -> String {
    format!("contoso-{resource}")
}

/// The host of a resource.
pub fn host(name: &str, resource: &Resource) -> String {
    resource.host.clone().unwrap_or_else(|| format!("{}.openai.azure.com", resource_name(name)))
}

/// The endpoint that an application is given for a resource; `tap_port` is where this machine listens for it.
pub fn endpoint(name: &str, resource: &Resource, tap_port: u16) -> String {
    if !resource.reachable {
        return NOBODY.to_owned();
    }
    let origin = match resource.loopback {
        Some(loopback) => format!("http://{}:{tap_port}", loopback.as_str()),
        None => format!("https://{}", host(name, resource)),
    };
    match &resource.prefix {
        Some(prefix) => format!("{origin}/{prefix}"),
        None => origin,
    }
}

/// The paths in front of the service's own, `/azure-openai`.
pub(crate) fn prefixes(scenario: &ScenarioFile) -> Vec<String> {
    let prefixes = scenario.azure.resources.values().filter_map(|resource| resource.prefix.as_ref());
    prefixes.map(|prefix| format!("/{prefix}")).collect()
}

/// What the cloud of a scenario does besides what it consists of.
pub fn cloud_options(scenario: &ScenarioFile) -> mock::CloudOptions {
    let sign_in = mock::SignIn { token_lifetime: scenario.azure.token_lifetime_s, ..mock::SignIn::default() };
    mock::CloudOptions { sign_in, ..mock::CloudOptions::default() }
}

/// The cloud of a scenario, before anything was asked.
pub fn cloud_config(scenario: &ScenarioFile) -> mock::CloudConfig {
    let roles = vec!["Cognitive Services OpenAI User".to_owned()];
    mock::CloudConfig {
        seed: 1,
        epoch: EPOCH,
        tenants: vec![mock::Tenant {
            id: secrets::TENANT.to_owned(),
            applications: vec![mock::Application {
                client_id: secrets::CLIENT_ID.to_owned(),
                object_id: "aaaaaaaa-0000-4000-8000-000000000001".to_owned(),
                secret: secrets::CLIENT_SECRET.to_owned(),
                roles: roles.clone(),
            }],
        }],
        resources: scenario
            .azure
            .resources
            .iter()
            .map(|(name, resource)| mock::Resource {
                host: host(name, resource),
                ..mock::Resource::new(&resource_name(name), &resource.region, &[&secrets::resource_key(name)])
            })
            .collect(),
        deployments: scenario
            .azure
            .deployments
            .iter()
            .filter(|(_, deployment)| deployment.exists)
            .map(|(name, deployment)| mock_deployment(name, deployment))
            .collect(),
        managed_identities: vec![mock::ManagedIdentity {
            client_id: secrets::MANAGED_IDENTITY.to_owned(),
            object_id: "aaaaaaaa-0000-4000-8000-000000000002".to_owned(),
            resource_id: None,
            roles,
        }],
        app_service_header: Some(secrets::IDENTITY_HEADER.to_owned()),
    }
}

fn mock_deployment(name: &str, deployment: &Deployment) -> mock::Deployment {
    mock::Deployment {
        filter: match deployment.filter {
            FilterMode::Default => mock::FilterMode::Default,
            FilterMode::Async => mock::FilterMode::Asynchronous,
        },
        ..mock::Deployment::new(name, &resource_name(&deployment.resource), &deployment.model)
    }
}

/// What the cloud answers to a step: errors first, one per attempt, then the reply itself, with an id of its own if one
/// is given.
pub fn scripted_replies(reply: &Reply, response_id: Option<String>) -> Vec<mock::ScriptedReply> {
    let refusals = reply.preceded_by.iter().map(|refusal| error(refusal.error, refusal.retry_after_ms));
    refusals.chain([final_reply(reply, response_id)]).collect()
}

fn final_reply(reply: &Reply, response_id: Option<String>) -> mock::ScriptedReply {
    if let Some(name) = reply.error {
        return error(name, reply.retry_after_ms);
    }
    let delay = Duration::from_millis(reply.delay_ms.unwrap_or(0));
    let usage = reply.usage.as_ref().map(usage);
    if let Some(embeddings) = &reply.embeddings {
        return mock::ScriptedReply::Embeddings(mock::EmbeddingsReply {
            dimensions: embeddings.dimensions.map(|dimensions| dimensions as usize),
            usage,
            delay,
        });
    }
    let fault = reply.fault.map(|fault| mock::StreamFault {
        kind: match fault {
            StreamFault::Reset => mock::StreamFaultKind::Reset,
            StreamFault::Eof => mock::StreamFaultKind::Eof,
            StreamFault::Stall => mock::StreamFaultKind::Stall,
            StreamFault::ErrorEvent => mock::StreamFaultKind::ErrorEvent,
            StreamFault::Malformed => mock::StreamFaultKind::Malformed,
            StreamFault::Truncated => mock::StreamFaultKind::Truncated,
            StreamFault::HalfCharacter => mock::StreamFaultKind::HalfCharacter,
            StreamFault::SplitCharacters => mock::StreamFaultKind::SplitCharacters,
        },
        after_chunk: reply.after_chunk.unwrap_or(0) as usize,
    });
    mock::ScriptedReply::Chat(mock::ChatReply {
        choices: choices(reply),
        response_id,
        usage,
        delay,
        tool_deltas: if reply.interleaved { mock::ToolDeltas::Interleaved } else { mock::ToolDeltas::InOrder },
        annotations: match reply.annotations {
            Some(AnnotationPlace::AfterUsage) => mock::Annotations::AfterUsage,
            Some(AnnotationPlace::BeforeUsage) | None => mock::Annotations::BeforeUsage,
        },
        without_done: reply.without_done,
        stream: mock::StreamPlan {
            chunks: reply.chunks.clone(),
            gap: Duration::from_millis(reply.chunk_gap_ms.unwrap_or(0)),
            fault,
        },
        ..mock::ChatReply::default()
    })
}

/// The choices of a reply; one, unless it lists several.
fn choices(reply: &Reply) -> Vec<mock::Choice> {
    let choice =
        |text: &Option<String>, refusal: &Option<String>, calls: &Option<Vec<ToolCall>>, reason: &Option<String>| {
            mock::Choice {
                text: text.clone(),
                tool_calls: calls.iter().flatten().map(tool_call).collect(),
                refusal: refusal.clone(),
                finish_reason: reason.as_deref().and_then(finish_reason),
            }
        };
    match &reply.choices {
        Some(choices) => {
            let each = |one: &ChoiceReply| choice(&one.text, &one.refusal, &one.tool_calls, &one.finish_reason);
            choices.iter().map(each).collect()
        }
        None => vec![choice(&reply.text, &reply.refusal, &reply.tool_calls, &reply.finish_reason)],
    }
}

fn usage(usage: &Usage) -> mock::Usage {
    mock::Usage { input: usage.input, output: usage.output, cached: usage.cached, reasoning: usage.reasoning }
}

fn tool_call(call: &ToolCall) -> mock::ToolCall {
    mock::ToolCall {
        id: call.id.clone(),
        name: call.tool.clone(),
        arguments_json: serde_json::Value::Object(call.arguments.clone()).to_string(),
    }
}

fn finish_reason(word: &str) -> Option<mock::FinishReason> {
    use mock::FinishReason::{ContentFilter, FunctionCall, Length, Stop, ToolCalls};
    [Stop, Length, ToolCalls, ContentFilter, FunctionCall].into_iter().find(|reason| reason.name() == word)
}

fn error(name: ErrorName, retry_after_ms: Option<u64>) -> mock::ScriptedReply {
    let kind = match name {
        ErrorName::ContentFilter => mock::ErrorKind::ContentFilter,
        ErrorName::RateLimit => mock::ErrorKind::RateLimit(mock::RateLimit::Tokens),
        ErrorName::CallRateLimit => mock::ErrorKind::RateLimit(mock::RateLimit::Requests),
        ErrorName::ContextLength => mock::ErrorKind::ContextLength,
        ErrorName::UnsupportedParameter => mock::ErrorKind::UnsupportedParameter,
        ErrorName::InvalidPrompt => mock::ErrorKind::InvalidPrompt,
        ErrorName::UnsupportedApiVersion => mock::ErrorKind::UnsupportedApiVersion,
        ErrorName::PermissionDenied => mock::ErrorKind::PermissionDenied,
        ErrorName::KeysDisabled => mock::ErrorKind::KeyAuthenticationDisabled,
        ErrorName::Firewall => mock::ErrorKind::Firewall,
        ErrorName::PrivateEndpoint => mock::ErrorKind::PrivateEndpoint,
        ErrorName::ResourceNotFound => mock::ErrorKind::ResourceNotFound,
        ErrorName::Timeout => mock::ErrorKind::Timeout,
        ErrorName::Conflict => mock::ErrorKind::Conflict,
        ErrorName::PeakLoad => mock::ErrorKind::PeakLoad,
        ErrorName::BadBackEnd => mock::ErrorKind::BadBackEnd,
        ErrorName::FrontDoor => mock::ErrorKind::FrontDoor,
        ErrorName::ServerError => mock::ErrorKind::InternalServerError,
        ErrorName::Unavailable => mock::ErrorKind::ServiceUnavailable,
    };
    mock::ScriptedReply::Error(mock::ErrorReply {
        retry_after_ms: retry_after_ms.map(Duration::from_millis),
        ..mock::ErrorReply::new(kind)
    })
}
