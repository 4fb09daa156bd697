//! Hosts, paths, versions and headers.

use super::support::{HI, STREAM, V, ask, ask_with, chat, chunks, has, is, json, respond};
use super::{Fact, clients, here, no, test};

const EMBED: &str = r#"{"input":"x"}"#;

pub(crate) fn facts() -> Vec<Fact> {
    let mut facts = hosts();
    facts.extend(paths());
    facts.extend(versions());
    facts.extend(credentials());
    facts.extend(headers());
    facts
}

fn hosts() -> Vec<Fact> {
    const S: &str = "1 hosts and URLs";
    vec![
        here(
            S,
            "`{resource}.openai.azure.com`, `.cognitiveservices.azure.com`, `.services.ai.azure.com` are one resource",
            || {
                ["openai", "cognitiveservices", "services.ai"].iter().all(|kind| {
                    let line =
                        format!("POST contoso-east.{kind}.azure.com/openai/deployments/chat-prod/chat/completions?{V}");
                    ask(&line, HI).status == 200
                })
            },
        ),
        here(S, "region host `{region}.api.cognitive.microsoft.com`", || {
            let line =
                format!("POST eastus2.api.cognitive.microsoft.com/openai/deployments/chat-prod/chat/completions?{V}");
            ask(&line, HI).status == 200
        }),
        here(S, "sovereign hosts `.openai.azure.us`, `.openai.azure.cn`", || {
            ["us", "cn"].iter().all(|cloud| {
                let line =
                    format!("POST contoso-east.openai.azure.{cloud}/openai/deployments/chat-prod/chat/completions?{V}");
                ask(&line, HI).status == 200
            })
        }),
        here(S, "deployment paths need `api-version`", || {
            is(&ask("POST /openai/deployments/chat-prod/chat/completions", HI), 404, "Resource not found")
        }),
        here(S, "`/openai/deployments/{d}/completions` and `/embeddings`", || {
            ask(&format!("POST /openai/deployments/instruct/completions?{V}"), r#"{"prompt":"x"}"#).status == 200
                && ask(&format!("POST /openai/deployments/embed-prod/embeddings?{V}"), EMBED).status == 200
        }),
        here(S, "`/openai/responses` with its id, `input_items`, `cancel`; never below a deployment", || {
            ask(&format!("POST /openai/responses?{V}"), r#"{"model":"chat-prod","input":"x"}"#).status == 200
                && is(&ask(&format!("POST /openai/deployments/chat-prod/responses?{V}"), HI), 404, "Resource not found")
        }),
        here(S, "`/openai/models`", || ask(&format!("GET /openai/models?{V}"), "").status == 200),
        here(S, "v1: chat, embeddings, responses, models", || {
            ask(
                "POST /openai/v1/chat/completions",
                r#"{"model":"chat-prod","messages":[{"role":"user","content":"x"}]}"#,
            )
            .status
                == 200
                && ask("POST /openai/v1/embeddings", r#"{"model":"embed-prod","input":"x"}"#).status == 200
                && respond(r#"{"model":"chat-prod","input":"x"}"#).status == 200
                && ask("GET /openai/v1/models", "").status == 200
        }),
        here(S, "Foundry project paths `/api/projects/{p}/openai/v1/…`", || {
            let body = r#"{"model":"ai","messages":[{"role":"user","content":"x"}]}"#;
            let line = "POST contoso-ai.services.ai.azure.com/api/projects/p/openai/v1/chat/completions";
            ask_with(line, &[("api-key", "mock-key-ai")], body).status == 200
        }),
        here(S, "the same without `/openai/v1`: 400 Missing required query parameter", || {
            let line = "POST contoso-ai.services.ai.azure.com/api/projects/p/chat/completions";
            is(&ask_with(line, &[("api-key", "mock-key-ai")], HI), 400, "Missing required query parameter: api-version")
        }),
        here(S, "`/models/chat/completions`, `/models/embeddings`, `/models/info`", || {
            let body = r#"{"model":"ai","messages":[{"role":"user","content":"x"}]}"#;
            let line = "POST contoso-ai.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview";
            ask_with(line, &[("api-key", "mock-key-ai")], body).status == 200
        }),
        no(S, "`/models/images/embeddings`", "answered as an unknown path"),
        here(S, "serverless hosts, both forms; `/chat/completions`, `/v1/chat/completions`, `/info`", || {
            let key = [("authorization", "Bearer mock-key-serverless")];
            ["models.ai", "inference.ai"].iter().all(|kind| {
                ask_with(&format!("POST mistral.eastus2.{kind}.azure.com/chat/completions"), &key, HI).status == 200
                    && ask_with(&format!("POST mistral.eastus2.{kind}.azure.com/v1/chat/completions"), &key, HI).status
                        == 200
                    && ask_with(&format!("GET mistral.eastus2.{kind}.azure.com/info"), &key, "").status == 200
            })
        }),
    ]
}

fn paths() -> Vec<Fact> {
    const S: &str = "1 hosts and URLs";
    vec![
        no(
            S,
            "on your data: `/extensions/chat/completions`, `data_sources`",
            "the path is unknown, the field is accepted and does nothing",
        ),
        no(
            S,
            "files, batches, assistants, threads, vector stores, fine-tuning, evals, images, audio, videos, realtime",
            "answered as unknown paths",
        ),
        clients(S, "`AzureOpenAI` with endpoint and deployment, `OpenAI` with `/openai/v1/`"),
        here(S, "`AzureOpenAI(base_url=…/openai/v1/)` goes below `/openai/v1/deployments/`: 404", || {
            is(
                &ask("POST /openai/v1/deployments/chat-prod/chat/completions?api-version=preview", HI),
                404,
                "Resource not found",
            )
        }),
        here(S, "`api-version=v1` on a deployment path is not supported", || {
            is(
                &ask("POST /openai/deployments/chat-prod/chat/completions?api-version=v1", HI),
                400,
                "API version not supported",
            )
        }),
        clients(S, "async-openai's `AzureConfig` asks for `/deployments/{d}/responses`, which does not exist"),
        clients(S, "azure-ai-inference on `/models` and on a deployment, there without `model`"),
        here(S, "double slashes are one", || {
            ask(&format!("POST //openai/deployments/chat-prod//chat/completions?{V}"), HI).status == 200
        }),
        here(S, "the body's `model` is ignored on deployment paths: absent, null or anything", || {
            ["null", "7", r#""other""#].iter().all(|model| {
                chat("chat-prod", &format!(r#"{{"model":{model},"messages":[{{"role":"user","content":"x"}}]}}"#))
                    .status
                    == 200
            })
        }),
    ]
}

fn versions() -> Vec<Fact> {
    const S: &str = "2 api-versions";
    vec![
        here(S, "all 27 dated versions, stable and preview", || {
            ["2022-12-01", "2023-05-15", "2024-02-01", "2024-10-21", "2023-03-15-preview", "2025-04-01-preview"]
                .iter()
                .all(|version| {
                    ask(&format!("POST /openai/deployments/chat-prod/chat/completions?api-version={version}"), HI)
                        .status
                        == 200
                })
        }),
        here(S, "v1 takes `v1`, `preview` or none", || {
            ["", "?api-version=v1", "?api-version=preview"].iter().all(|query| {
                let body = r#"{"model":"chat-prod","messages":[{"role":"user","content":"x"}]}"#;
                ask(&format!("POST /openai/v1/chat/completions{query}"), body).status == 200
            })
        }),
        here(S, "model inference has versions of its own", || {
            let line = "POST contoso-ai.services.ai.azure.com/models/chat/completions?api-version=2024-10-21";
            is(&ask_with(line, &[("api-key", "mock-key-ai")], HI), 400, "API version not supported")
        }),
        here(S, "structured outputs from 2024-08-01-preview", || {
            let body = r#"{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{}}}}"#;
            is(
                &ask("POST /openai/deployments/chat-prod/chat/completions?api-version=2024-06-01", body),
                400,
                "json_schema",
            )
        }),
        here(S, "`stream_options`, `max_completion_tokens`, `parallel_tool_calls` from 2024-09-01-preview", || {
            let body = r#"{"messages":[{"role":"user","content":"x"}],"max_completion_tokens":5}"#;
            is(
                &ask("POST /openai/deployments/chat-prod/chat/completions?api-version=2024-06-01", body),
                400,
                "Unrecognized request argument supplied: max_completion_tokens",
            )
        }),
        here(S, "`reasoning_effort`, `store`, `metadata` from 2024-12-01-preview", || {
            let body = r#"{"messages":[{"role":"user","content":"x"}],"metadata":{}}"#;
            is(
                &ask("POST /openai/deployments/chat-prod/chat/completions?api-version=2024-10-21", body),
                400,
                "metadata",
            )
        }),
        here(S, "`prediction` and audio from 2025-01-01-preview", || {
            let body = r#"{"messages":[{"role":"user","content":"x"}],"prediction":{}}"#;
            is(
                &ask("POST /openai/deployments/chat-prod/chat/completions?api-version=2024-12-01-preview", body),
                400,
                "prediction",
            )
        }),
        here(S, "Responses from 2025-03-01-preview", || {
            let body = r#"{"model":"chat-prod","input":"x"}"#;
            is(
                &ask("POST /openai/responses?api-version=2024-10-21", body),
                400,
                "Azure OpenAI Responses API is enabled only for",
            )
        }),
        here(S, "`prompt_annotations` in 2023-06 and 2023-07", || {
            [("2023-06-01-preview", true), ("2023-07-01-preview", true), ("2023-08-01-preview", false)].iter().all(
                |(version, old)| {
                    let line = format!("POST /openai/deployments/old/chat/completions?api-version={version}");
                    let (whole, stream) = (json(&ask(&line, HI)), chunks(&ask(&line, STREAM)));
                    let name = if *old { "prompt_annotations" } else { "prompt_filter_results" };
                    let other = if *old { "prompt_filter_results" } else { "prompt_annotations" };
                    whole[name].is_array() && whole[other].is_null() && stream[0][name].is_array()
                },
            )
        }),
        here(S, "the version gates requests, the model's generation gates answers", || {
            let reply = ask("POST /openai/deployments/chat-prod/chat/completions?api-version=2024-02-01", STREAM);
            super::support::text(&reply).contains("obfuscation")
        }),
    ]
}

fn credentials() -> Vec<Fact> {
    const S: &str = "3 request headers";
    vec![
        clients(S, "`accept: application/json` even for streams: the body decides"),
        clients(S, "`authorization: Bearer <jwt>` in place of `api-key`"),
        here(S, "with both, the bearer wins", || {
            let headers = [("api-key", "mock-key-east"), ("authorization", "Bearer x")];
            ask_with(&format!("POST /openai/deployments/chat-prod/chat/completions?{V}"), &headers, HI).status == 401
        }),
        here(S, "v1 takes a key as bearer", || {
            let body = r#"{"model":"chat-prod","messages":[{"role":"user","content":"x"}]}"#;
            ask_with("POST /openai/v1/chat/completions", &[("authorization", "Bearer mock-key-east")], body).status
                == 200
        }),
        here(S, "on deployment paths a key as bearer is a bad token", || {
            let headers = [("authorization", "Bearer mock-key-east")];
            is(
                &ask_with(&format!("POST /openai/deployments/chat-prod/chat/completions?{V}"), &headers, HI),
                401,
                "Access token is missing",
            )
        }),
        clients(S, "azure-ai-inference sends the same key in both places"),
        here(S, "`x-ms-client-request-id` comes back when it was sent", || {
            let headers = [("api-key", "mock-key-east"), ("x-ms-client-request-id", "mine")];
            let reply = ask_with(&format!("POST /openai/deployments/chat-prod/chat/completions?{V}"), &headers, HI);
            reply.header("x-ms-client-request-id") == Some("mine")
        }),
        here(S, "without one, only back ends of 2024 answer one, equal to `apim-request-id`", || {
            let old = chat("old", HI);
            !has(&chat("chat-prod", HI), "x-ms-client-request-id")
                && old.header("x-ms-client-request-id") == old.header("apim-request-id")
        }),
        clients(S, "openai-python 3 on `httpx2`"),
    ]
}

fn headers() -> Vec<Fact> {
    const S: &str = "4 response headers";
    vec![
        test(S, "five header names are capitalised", "tests/front/listener.rs"),
        here(S, "the twenty headers of 2026, by name", || {
            let reply = chat("chat-prod", HI);
            [
                "apim-request-id",
                "azureml-model-session",
                "skip-error-remapping",
                "x-accel-buffering",
                "x-content-type-options",
                "x-ms-deployment-name",
                "x-ms-is-spilled-over",
                "x-ms-rai-invoked",
                "x-ms-region",
                "x-ratelimit-abusepenalty-active",
                "x-ratelimit-limit-requests",
                "x-ratelimit-limit-tokens",
                "x-ratelimit-remaining-requests",
                "x-ratelimit-remaining-tokens",
                "x-ratelimit-renewalperiod-requests",
                "x-ratelimit-renewalperiod-tokens",
                "x-ratelimit-reset-requests",
                "x-ratelimit-reset-tokens",
                "x-request-id",
                "strict-transport-security",
            ]
            .iter()
            .all(|name| has(&reply, name))
        }),
        here(S, "gpt-5: `azureai-fe-is-streaming`, `x-ms-served-model`, `x-ratelimit-key`", || {
            let reply = chat("five", STREAM);
            reply.header("azureai-fe-is-streaming") == Some("True")
                && reply.header("x-ms-served-model") == Some("gpt-5.2-2025-12-11")
                && reply.header("x-ratelimit-key") == Some("gpt-5.2_2025-12-11")
        }),
        no(
            S,
            "`azureai-fe-requested-service-tier`, `azureml-served-by-cluster`, `openai-processing-ms`, `x-model-router-selected-model`",
            "only reported, never recorded",
        ),
        here(S, "2024: `Cache-Control`, `access-control-allow-origin`, another `azureml-model-session`", || {
            let reply = chat("old", HI);
            has(&reply, "cache-control")
                && reply.header("azureml-model-session").is_some_and(|session| session.starts_with("turbo-0301-"))
        }),
        here(S, "`apim-request-id` on every answer", || {
            has(&ask("GET /nowhere", ""), "apim-request-id") && has(&chat("none", HI), "apim-request-id")
        }),
        here(S, "`x-request-id` only when the back end was reached, and it is a GUID", || {
            !has(&chat("none", HI), "x-request-id")
                && chat("chat-prod", HI).header("x-request-id").is_some_and(|id| id.len() == 36)
        }),
        here(S, "`x-ms-region` in words, not on key failures", || {
            let refused = ask_with(&format!("POST /openai/deployments/chat-prod/chat/completions?{V}"), &[], HI);
            chat("chat-prod", HI).header("x-ms-region") == Some("East US 2") && !has(&refused, "x-ms-region")
        }),
        here(S, "`x-ms-deployment-name` as called", || {
            chat("chat-prod", HI).header("x-ms-deployment-name") == Some("chat-prod")
        }),
        here(S, "`x-ms-rai-invoked` not on embeddings", || {
            !has(&ask(&format!("POST /openai/deployments/embed-prod/embeddings?{V}"), EMBED), "x-ms-rai-invoked")
        }),
        here(S, "`x-ratelimit-*` are bare integers", || {
            chat("chat-prod", HI)
                .headers
                .iter()
                .filter(|(name, _)| name.contains("-remaining-"))
                .all(|(_, value)| value.parse::<u64>().is_ok())
        }),
        here(S, "streams are `text/event-stream; charset=utf-8`, in 2024 without charset", || {
            chat("chat-prod", STREAM).header("content-type") == Some("text/event-stream; charset=utf-8")
                && chat("old", STREAM).header("content-type") == Some("text/event-stream")
        }),
        here(S, "never `openai-organization`, `openai-version`, `cf-ray`, `set-cookie`, `server`", || {
            let reply = chat("chat-prod", HI);
            ["openai-organization", "openai-version", "cf-ray", "set-cookie", "server"]
                .iter()
                .all(|name| !has(&reply, name))
        }),
        here(S, "Responses: no `azureml-model-session`; the snapshot only in `x-ms-served-model`", || {
            let reply = respond(r#"{"model":"chat-prod","input":"x"}"#);
            !has(&reply, "azureml-model-session")
                && reply.header("x-ms-served-model") == Some("gpt-4o-2024-11-20")
                && json(&reply)["model"] == "chat-prod"
        }),
        test(S, "the same seed gives the same ids", "tests/cloud/chat.rs"),
    ]
}
