//! Legacy completions: prompts in, texts out, whole or streamed.

use bytes::Bytes;
use http::StatusCode;
use serde_json_borrow::Value;

use super::call::Call;
use super::chat::{echo, limited};
use super::chat_fields;
use super::chat_request::{flag, number, stop};
use super::config::FilterMode;
use super::errors::Refusal;
use super::events::{self, Broken, EventKind, Events};
use super::filters::{self, Finding};
use super::headers::{self, Content};
use super::json::{Json, object};
use super::reply::{Reply, ReplyBody};
use super::script::{ChatReply, Choice, FinishReason, Usage};
use super::stream::{append_data, data, prompt_results};
use super::target::Target;
use super::tokenizer;

/// Tokens of an answer when the request does not say.
const MOST_TOKENS: u64 = 16;
/// Choices and prompts that one request may ask for.
const MOST_CHOICES: u64 = 128;

/// What matters of a completions request.
#[derive(Clone, Debug)]
pub(crate) struct CompletionsRequest {
    prompts: Vec<Prompt>,
    choices: usize,
    best_of: u64,
    most_tokens: u64,
    stream: bool,
    include_usage: bool,
    echo: bool,
    stop: Vec<String>,
}

#[derive(Clone, Debug)]
struct Prompt {
    text: String,
    /// As the caller counted them, or none for a text.
    tokens: Option<u64>,
}

impl Prompt {
    fn tokens(&self, call: &Call) -> u64 {
        self.tokens.unwrap_or_else(|| tokenizer::count(call.model().vocabulary, &self.text).max(1))
    }
}

impl CompletionsRequest {
    /// Reads a body, or refuses it as the back end does.
    pub(crate) fn parse(target: &Target, body: &Value) -> Result<Self, Refusal> {
        chat_fields::check(target, body)?;
        let prompts = prompts(body)?;
        let choices = number(body, "n")?.unwrap_or(1).clamp(1, MOST_CHOICES);
        let options = body.get("stream_options");
        Ok(Self {
            prompts,
            choices: usize::try_from(choices).unwrap_or(1),
            best_of: number(body, "best_of")?.unwrap_or(1).max(1),
            most_tokens: number(body, "max_tokens")?.unwrap_or(MOST_TOKENS),
            stream: flag(body, "stream")?,
            include_usage: options.get("include_usage").as_bool() == Some(true),
            echo: flag(body, "echo")?,
            stop: stop(body),
        })
    }

    /// Tokens that the service charges at admission.
    pub(crate) fn charged(&self) -> u64 {
        let characters: u64 = self.prompts.iter().map(|prompt| prompt.text.chars().count() as u64).sum();
        10_u64.max(characters / 4).saturating_add(self.most_tokens.saturating_mul(self.best_of))
    }
}

fn prompts(body: &Value) -> Result<Vec<Prompt>, Refusal> {
    let of_text = |text: &str| Prompt { text: text.to_owned(), tokens: None };
    let of_tokens = |tokens: &[Value]| Prompt { text: String::new(), tokens: Some(tokens.len() as u64) };
    let read = |item: &Value| match item {
        Value::Str(text) => Some(of_text(text)),
        Value::Array(tokens) if tokens.iter().all(Value::is_u64) => Some(of_tokens(tokens)),
        _ => None,
    };
    let found = match body.get("prompt") {
        Value::Null => Some(vec![of_text("")]),
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_u64) => Some(vec![of_tokens(items)]),
        Value::Array(items) if !items.is_empty() => items.iter().take(2048).map(read).collect(),
        other => read(other).map(|prompt| vec![prompt]),
    };
    found.ok_or_else(|| Refusal::invalid("'$.prompt' is invalid.", Some("prompt"), None))
}

/// Answers a completions request: as the script says, or by the default rules. Also says how many tokens it took.
pub(crate) fn reply(
    call: &Call,
    request: &CompletionsRequest,
    script: Option<ChatReply>,
    filter: FilterMode,
) -> (Reply, u64) {
    let script = script.unwrap_or_default();
    let choices = choices(call, request, &script);
    let usage = script.usage.unwrap_or_else(|| Usage {
        input: request.prompts.iter().map(|prompt| prompt.tokens(call)).sum(),
        output: choices.iter().map(|choice| tokenizer::count(call.model().vocabulary, text_of(choice))).sum(),
        ..Usage::default()
    });
    let answer = Answer {
        call,
        request,
        id: script.response_id.clone().unwrap_or_else(|| format!("cmpl-{}", call.letters("completion", 29))),
        choices,
        usage,
        filter: script.filter.unwrap_or(filter),
        made_up: script.choices.is_empty(),
    };
    let (content, body) = if request.stream {
        let broken = |_| Broken {
            error: data(&object([(
                "error",
                object([
                    ("message", "The server had an error while processing your request. Sorry about that!".into()),
                    ("type", "server_error".into()),
                    ("param", Json::Null),
                    ("code", Json::Null),
                ]),
            )])),
            malformed: "data: {\"choices\":[{\"te\n\n".to_owned(),
            half_character: b"data: {\"choices\":[{\"text\":\"caf\xc3".to_vec(),
        };
        let (frames, end) = events::frames(call, answer.events(), &script.stream, script.pacing, broken);
        (Content::Events, ReplyBody::Stream { frames, end })
    } else {
        let body = answer.whole();
        (Content::Json(body.len()), ReplyBody::Whole(Bytes::from(body)))
    };
    let headers = headers::back_end(call, content, request.charged());
    let reply = Reply { status: StatusCode::OK, reason: None, headers, body, delay: script.delay };
    (reply, usage.input.saturating_add(usage.output))
}

fn choices(call: &Call, request: &CompletionsRequest, script: &ChatReply) -> Vec<Choice> {
    if !script.choices.is_empty() {
        return script.choices.clone();
    }
    let answer = |prompt: &Prompt| {
        let text = echo(&prompt.text);
        let text = if request.echo { format!("{}{text}", prompt.text) } else { text };
        limited(call, text, &request.stop, Some(request.most_tokens))
    };
    request.prompts.iter().flat_map(|prompt| std::iter::repeat_n(answer(prompt), request.choices)).collect()
}

fn text_of(choice: &Choice) -> &str {
    choice.text.as_deref().unwrap_or_default()
}

struct Answer<'a> {
    call: &'a Call,
    request: &'a CompletionsRequest,
    id: String,
    choices: Vec<Choice>,
    usage: Usage,
    filter: FilterMode,
    made_up: bool,
}

impl Answer<'_> {
    fn whole(&self) -> String {
        let choices = self.choices.iter().enumerate().map(|(index, choice)| {
            self.choice(index, text_of(choice), Some(choice.finish_reason.unwrap_or(FinishReason::Stop)))
        });
        let body = object([
            ("choices", Json::List(choices.collect())),
            ("created", self.call.time.into()),
            ("id", (&self.id).into()),
            ("model", self.call.model_name().into()),
            ("object", "text_completion".into()),
            (
                filters::prompt_results_name(self.call),
                filters::prompts_results(self.filter, self.request.prompts.len()),
            ),
            ("usage", self.counts()),
        ]);
        body.compact() + "\n"
    }

    fn counts(&self) -> Json {
        object([
            ("completion_tokens", self.usage.output.into()),
            ("prompt_tokens", self.usage.input.into()),
            ("total_tokens", self.usage.input.saturating_add(self.usage.output).into()),
        ])
    }

    fn choice(&self, index: usize, text: &str, finish: Option<FinishReason>) -> Json {
        let filtered = finish == Some(FinishReason::ContentFilter);
        let results = match self.filter {
            FilterMode::Off => object([]),
            _ => filters::completion(if filtered { Finding::Violence } else { Finding::Clean }),
        };
        object([
            ("content_filter_results", results),
            ("finish_reason", finish.map(FinishReason::name).into()),
            ("index", index.into()),
            ("logprobs", Json::Null),
            ("text", text.into()),
        ])
    }

    fn events(&self) -> Events {
        let mut events = Events::default();
        prompt_results(&mut events, self.call, self.filter);
        for (index, choice) in self.choices.iter().enumerate() {
            for word in self.pieces(text_of(choice)) {
                self.chunk(&mut events, EventKind::Content, vec![self.choice(index, word, None)], None);
            }
            let finish = Some(choice.finish_reason.unwrap_or(FinishReason::Stop));
            self.chunk(&mut events, EventKind::Closing, vec![self.choice(index, "", finish)], None);
        }
        if self.request.include_usage {
            self.chunk(&mut events, EventKind::Other, Vec::new(), Some(self.counts()));
        }
        events.push(EventKind::Closing, |text| text.push_str("data: [DONE]\n\n"));
        events
    }

    /// Token by token, unless somebody wrote the text.
    fn pieces<'a>(&self, text: &'a str) -> Vec<&'a str> {
        if self.made_up {
            return tokenizer::pieces(self.call.model().vocabulary, text);
        }
        text.split_inclusive(' ').collect()
    }

    fn chunk(&self, events: &mut Events, kind: EventKind, choices: Vec<Json>, counts: Option<Json>) {
        let mut members = vec![
            ("choices", Json::List(choices)),
            ("created", self.call.time.into()),
            ("id", (&self.id).into()),
            ("model", self.call.model_name().into()),
            ("object", "text_completion".into()),
        ];
        if self.request.include_usage {
            members.push(("usage", counts.unwrap_or(Json::Null)));
        }
        events.push(kind, |text| append_data(text, &Json::Object(members)));
    }
}
