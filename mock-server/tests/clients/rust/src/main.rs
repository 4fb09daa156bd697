//! async-openai against the mock. Panics when anything is not as it is with Azure.

use async_openai::Client;
use async_openai::config::{AzureConfig, OpenAIConfig};
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
};
use async_openai::types::embeddings::CreateEmbeddingRequestArgs;
use async_openai::types::responses::CreateResponseArgs;
use futures_util::StreamExt as _;

fn request(deployment: &str, stream: bool) -> CreateChatCompletionRequest {
    let message = ChatCompletionRequestUserMessageArgs::default().content("Say café").build().expect("a message");
    CreateChatCompletionRequestArgs::default()
        .model(deployment)
        .messages([message.into()])
        .stream(stream)
        .build()
        .expect("a request")
}

fn azure(mock: &str, deployment: &str, key: &str) -> Client<AzureConfig> {
    let config = AzureConfig::new()
        .with_api_base(mock)
        .with_api_key(key)
        .with_api_version("2025-04-01-preview")
        .with_deployment_id(deployment);
    Client::with_config(config)
}

async fn text(client: &Client<AzureConfig>, deployment: &str) -> Result<String, OpenAIError> {
    let mut stream = client.chat().create_stream(request(deployment, true)).await?;
    let mut text = String::new();
    while let Some(chunk) = stream.next().await {
        for choice in chunk?.choices {
            text.push_str(choice.delta.content.as_deref().unwrap_or_default());
        }
    }
    Ok(text)
}

#[tokio::main]
async fn main() {
    let mock = std::env::var("MOCK").expect("MOCK");
    let client = azure(&mock, "chat-prod", "mock-key-east");
    let answer = client.chat().create(request("chat-prod", false)).await.expect("chat");
    assert_eq!(answer.choices[0].message.content.as_deref(), Some("You said: Say café"));
    assert_eq!(answer.model, "gpt-4o-2024-11-20");
    assert_eq!(answer.usage.expect("usage").total_tokens, 15);
    assert_eq!(text(&client, "chat-prod").await.expect("a stream"), "You said: Say café");

    // A known limitation of the library: it cannot read a choice without a delta, which the service sends.
    let late = text(&azure(&mock, "async-prod", "mock-key-east"), "async-prod").await;
    assert!(matches!(late, Err(OpenAIError::JSONDeserialize(..))), "{late:?}");

    let embed = CreateEmbeddingRequestArgs::default().model("embed-prod").input("one").build().expect("a request");
    let answer = azure(&mock, "embed-prod", "mock-key-east").embeddings().create(embed).await.expect("embeddings");
    assert_eq!(answer.data[0].embedding.len(), 1536);

    let v1 = OpenAIConfig::new().with_api_base(format!("{mock}/openai/v1")).with_api_key("mock-key-east");
    let v1 = Client::with_config(v1);
    let ask = || CreateResponseArgs::default().model("chat-prod").input("Hi").build().expect("a request");
    let answer = v1.responses().create(ask()).await.expect("a response");
    assert_eq!(answer.output_text().as_deref(), Some("You said: Hi"));
    let mut events = v1.responses().create_stream(ask()).await.expect("a stream");
    let mut count = 0;
    while let Some(event) = events.next().await {
        event.expect("an event that the library knows");
        count += 1;
    }
    assert!(count > 8, "{count} events");

    // Azure has no such path below a deployment.
    let lost = client.responses().create(ask()).await;
    assert!(lost.is_err(), "{lost:?}");
    let refused = azure(&mock, "chat-prod", "wrong").chat().create(request("chat-prod", false)).await;
    let Err(OpenAIError::ApiError(error)) = refused else { panic!("{refused:?}") };
    let error = format!("{error:?}");
    assert!(error.contains("Access denied due to invalid subscription key"), "{error}");
}
