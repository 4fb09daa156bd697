//! What models a resource has, and what a model inference endpoint says of its own.

use http::StatusCode;

use super::api_version::v1_accepts;
use super::call::Call;
use super::config::{CloudConfig, Deployment, Resource};
use super::errors::{ErrorKind, reply};
use super::headers::json_reply;
use super::json::{Json, object};
use super::model::{Family, Model};
use super::reply::Reply;

/// The models that a resource could deploy: those that it did deploy. Or the one with this id.
pub(crate) fn of_resource(call: &Call, config: &CloudConfig, resource: &Resource, id: Option<&str>) -> Reply {
    let deployed = || config.deployments.iter().filter(|deployment| deployment.resource == resource.name);
    if let Some(id) = id {
        let known = deployed().find(|deployment| deployment.model == id || deployment.name == id);
        return known.map_or_else(
            || reply(call, ErrorKind::ResourceNotFound),
            |deployment| json_reply(call, StatusCode::OK, &entry(call, deployment, config.epoch)),
        );
    }
    let data = deployed().map(|deployment| entry(call, deployment, config.epoch)).collect();
    json_reply(call, StatusCode::OK, &object([("data", Json::List(data)), ("object", "list".into())]))
}

fn entry(call: &Call, deployment: &Deployment, created: u64) -> Json {
    let model = Model::new(&deployment.model);
    let capabilities = object([
        ("fine_tune", false.into()),
        ("inference", true.into()),
        ("completion", model.completes.into()),
        ("chat_completion", model.converses.into()),
        ("embeddings", (model.family == Family::Embedding).into()),
    ]);
    let mut members = vec![
        ("status", "succeeded".into()),
        ("capabilities", capabilities),
        ("lifecycle_status", "generally-available".into()),
        ("id", model.name.into()),
        ("object", "model".into()),
        ("created_at", created.into()),
    ];
    // What clients of OpenAI's own surface insist on.
    if v1_accepts(call.target.api_version.as_deref()) {
        members.extend([("created", created.into()), ("owned_by", "system".into())]);
    }
    Json::Object(members)
}

/// What `/info` says of a model.
pub(crate) fn info(call: &Call, provider: &str) -> Reply {
    let kind = if call.model().family == Family::Embedding { "embeddings" } else { "chat-completion" };
    let body = object([
        ("model_name", call.model_name().into()),
        ("model_type", kind.into()),
        ("model_provider_name", provider.into()),
    ]);
    json_reply(call, StatusCode::OK, &body)
}

/// Who made a model, as far as its name tells.
pub(crate) fn provider(model: &str) -> &'static str {
    const MAKERS: [(&str, &str); 8] = [
        ("mistral", "Mistral AI"),
        ("ministral", "Mistral AI"),
        ("llama", "Meta"),
        ("meta", "Meta"),
        ("deepseek", "DeepSeek"),
        ("cohere", "Cohere"),
        ("phi", "Microsoft"),
        ("grok", "xAI"),
    ];
    let name = model.to_ascii_lowercase();
    MAKERS.iter().find(|(start, _)| name.starts_with(start)).map_or("Azure OpenAI", |(_, maker)| maker)
}
