//! What a scenario asks of a client: the words in which a flavor says what its client cannot do.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Call, Chat, ChatApi, ClientKind, Embeddings, Scenario, Via};

/// Something that not every client library has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Chat completions.
    Chat,
    /// The Responses API.
    Responses,
    /// Embeddings.
    Embeddings,
    /// Embeddings of one text that stands alone, in no list.
    OneText,
    /// Embeddings of texts that the application has cut into tokens.
    TokenIds,
    /// A stream, in any API.
    Stream,
    /// Tools, in any API.
    Tools,
    /// Giving the client's own message objects back to it.
    OwnObjects,
    /// The plain client of OpenAI, on `/openai/v1`.
    PlainClient,
    /// The client of Azure AI model inference, on `/models`.
    ModelInference,
    /// `with_raw_response`.
    Raw,
    /// `with_streaming_response`.
    StreamingResponse,
    /// A stream that is a context manager.
    ContextManager,
    /// `parse`.
    Parse,
    /// `stream()`, the client's helper.
    Helper,
}

impl Scenario {
    /// What the client and the steps of the file ask for.
    pub(super) fn asked_features(&self) -> BTreeSet<Feature> {
        let client = match self.file().application.client {
            ClientKind::Azure => None,
            ClientKind::OpenaiV1 => Some(Feature::PlainClient),
            ClientKind::ModelInference => Some(Feature::ModelInference),
        };
        let of_steps = self.steps().flat_map(|step| match step.call {
            Call::Chat(chat) => of_chat(chat),
            Call::Embeddings(embeddings) => of_embeddings(embeddings),
        });
        of_steps.chain(client).collect()
    }
}

fn of_chat(chat: &Chat) -> Vec<Feature> {
    let api = match chat.api {
        ChatApi::Completions => Feature::Chat,
        ChatApi::Responses => Feature::Responses,
    };
    let optional = [
        chat.stream.then_some(Feature::Stream),
        (!chat.tools.is_empty()).then_some(Feature::Tools),
        chat.objects.then_some(Feature::OwnObjects),
        chat.via.map(of_way),
    ];
    optional.into_iter().flatten().chain([api]).collect()
}

fn of_embeddings(embeddings: &Embeddings) -> Vec<Feature> {
    let optional = [
        embeddings.text.is_some().then_some(Feature::OneText),
        embeddings.tokens.is_some().then_some(Feature::TokenIds),
        embeddings.via.map(of_way),
    ];
    optional.into_iter().flatten().chain([Feature::Embeddings]).collect()
}

fn of_way(via: Via) -> Feature {
    match via {
        Via::Raw => Feature::Raw,
        Via::StreamingResponse => Feature::StreamingResponse,
        Via::ContextManager => Feature::ContextManager,
        Via::Parse => Feature::Parse,
        Via::Helper => Feature::Helper,
    }
}
