//! What is known about one call besides its telemetry: the exchange that ended it and what the application saw.

use serde_json::{Value as Json, json};

use super::request;
use super::value::Truth;
use super::wire_json::{list, opened};
use crate::convention::Concept;
use crate::protocol::{ApplicationError, Outcome, StreamEnded};
use crate::scenario::Group;
use crate::telemetry::Span;
use crate::wire::{Answer, TokenCount, WireExchange, WireResponse};

/// One call, as the wire and the application know it.
pub(in crate::judge) struct CallFacts<'a> {
    exchange: Option<&'a WireExchange>,
    /// No request reached the service: no answer can have come.
    unsent: bool,
    group: Option<&'a Group>,
    /// Seconds that the call's span lasted.
    lasted: f64,
    /// What ended the call for the application; none when it succeeded.
    error: Option<&'a ApplicationError>,
    /// All that was sent; none when nobody can know.
    sent: Option<Answer>,
    /// What reached the application, when that was not all: of a stream that was left, or that broke.
    seen: Option<Answer>,
    /// Nobody can say whether the call failed: what the application saw is not known, or it cancelled the call.
    undecided: bool,
}

impl<'a> CallFacts<'a> {
    /// The facts of the call of a span.
    pub(in crate::judge) fn new(
        exchange: Option<&'a WireExchange>,
        outcome: Option<&'a Outcome>,
        group: Option<&'a Group>,
        span: Option<&Span>,
    ) -> Self {
        let (error, seen, undecided) = match outcome {
            None => (None, None, true),
            Some(Outcome::Error { error }) => (Some(error), None, false),
            Some(Outcome::Stream { ended: StreamEnded::Exhausted, .. } | Outcome::Response { .. }) => {
                (None, None, false)
            }
            Some(Outcome::Stream { chunks, ended, error }) => {
                (error.as_ref(), Some(Answer::of_frames(chunks)), *ended == StreamEnded::Cancel)
            }
        };
        let nanoseconds = span.map_or(0, |span| span.end.0.saturating_sub(span.start.0));
        let lasted = std::time::Duration::from_nanos(nanoseconds).as_secs_f64();
        Self { exchange, unsent: false, group, lasted, error, sent: exchange.and_then(sent), seen, undecided }
    }

    /// The same of a call of which no request reached the service.
    pub(super) fn unsent(self) -> Self {
        Self { unsent: true, ..self }
    }

    /// The facts of a call of which no span is known.
    pub(super) fn of_call(exchange: Option<&'a WireExchange>, outcome: Option<&'a Outcome>) -> Self {
        Self::new(exchange, outcome, None, None)
    }

    /// What the wire says about a concept.
    pub(in crate::judge) fn truth(&self, concept: Concept) -> Truth {
        match concept {
            Concept::Session | Concept::Conversation => {
                self.given(self.group.and_then(|group| group.session.as_deref()), "session")
            }
            Concept::User => self.given(self.group.and_then(|group| group.user.as_deref()), "user"),
            Concept::ErrorType => self.error_type(),
            Concept::ErrorStatus => self.error_status(),
            _ => {
                let Some(exchange) = self.exchange else {
                    let is_told = of_answer(concept, &Answer::default()) != Truth::Unknown;
                    return if self.unsent && is_told {
                        Truth::nothing("no request reached the service")
                    } else {
                        Truth::Unknown
                    };
                };
                request::truth(concept, exchange).unwrap_or_else(|| match self.told(concept, exchange) {
                    // Of an answer that came to nobody knows whom, nobody knows how much came.
                    truth if self.undecided => truth.or_left_out(),
                    truth => truth,
                })
            }
        }
    }

    /// What the application says about itself; its own span says it, so that the call's need not.
    #[expect(clippy::unused_self, reason = "one shape for every source")]
    fn given(&self, value: Option<&str>, what: &str) -> Truth {
        match value {
            Some(value) => Truth::omittable(value, format!("the application's {what}")),
            None => Truth::nothing(format!("the application gave no {what}")),
        }
    }

    fn error_type(&self) -> Truth {
        if self.undecided {
            return Truth::Unknown;
        }
        let Some(error) = self.error else {
            let told = self.exchange.is_some_and(WireExchange::tells_of_a_failure);
            return if told { Truth::Unknown } else { Truth::nothing("the call succeeded") };
        };
        let mut words = vec![error.kind.clone()];
        words.extend(error.code.clone());
        words.extend(error.status.map(|status| status.to_string()));
        for document in self.exchange.map(|exchange| exchange.response.documents()).unwrap_or_default() {
            for path in ["/error/code", "/error/type", "/code"] {
                words.extend(document.pointer(path).and_then(Json::as_str).map(str::to_owned));
            }
        }
        words.extend(
            self.exchange.and_then(|exchange| exchange.status).filter(|s| *s >= 400).map(|status| status.to_string()),
        );
        // The conventions' word for everything without a name of its own.
        words.push("_OTHER".to_owned());
        words.dedup();
        Truth::OneOf { words, place: format!("the application saw {}: {}", error.kind, error.message) }
    }

    fn error_status(&self) -> Truth {
        match self.exchange.and_then(|exchange| exchange.status) {
            Some(status) if status >= 400 => Truth::is(status, "the answer's status"),
            Some(status) => Truth::omittable(status, "the answer's status"),
            None => Truth::nothing("no answer came"),
        }
    }

    /// What the answer says, and its headers: Responses name the deployment in `/model`, the model itself in a header.
    fn told(&self, concept: Concept, exchange: &WireExchange) -> Truth {
        let truth = self.answered(concept, exchange);
        let served = exchange.response_header("x-ms-served-model").filter(|_| concept == Concept::ResponseModel);
        match (truth, served) {
            (Truth::Is { value: Json::String(model), place, omittable: false }, Some(served)) if model != served => {
                let place = format!("{place} and the header `x-ms-served-model`");
                Truth::OneOf { words: vec![model, served.to_owned()], place }
            }
            (truth, _) => truth,
        }
    }

    /// What the answer says, whether all of it or a part reached the application.
    fn answered(&self, concept: Concept, exchange: &WireExchange) -> Truth {
        let Some(sent) = &self.sent else { return Truth::Unknown };
        if concept == Concept::StreamFirstChunk {
            return self.first_chunk(exchange);
        }
        let Some(seen) = &self.seen else { return of_answer(concept, sent) };
        match (of_answer(concept, seen), of_answer(concept, sent)) {
            (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
            (seen, Truth::Is { value, place, .. }) if concept == Concept::OutputText => {
                let text = |value: &Json| value.as_str().map(str::to_owned);
                match (text(&value), &seen) {
                    (Some(whole), Truth::Is { value, .. }) => {
                        Truth::Beginning { whole, least: text(value).unwrap_or_default(), place }
                    }
                    (Some(whole), _) => Truth::Beginning { whole, least: String::new(), place },
                    // Half of several choices: nobody can say how much of each was seen.
                    (None, _) => Truth::Unknown,
                }
            }
            // Half a tool call has half its arguments.
            (seen, sent) if seen != sent && is_tool_call(concept) => Truth::Unknown,
            (seen @ Truth::Is { .. }, _) => seen,
            // It was on its way: whoever closes a stream may still have read it.
            (_, sent) => sent.or_left_out(),
        }
    }

    fn first_chunk(&self, exchange: &WireExchange) -> Truth {
        let streamed = matches!(&exchange.response, WireResponse::Events(events) if !events.is_empty());
        if !streamed {
            return Truth::nothing("the answer was no stream");
        }
        // An application that reads no chunk has no first one to time.
        let unread = self.seen.as_ref().is_some_and(|seen| *seen == Answer::default());
        if self.lasted <= 0.0 || unread {
            return Truth::Unknown;
        }
        let place = "it took more than nothing, and no longer than the span lasted".to_owned();
        Truth::Between { more_than: 0.0, at_most: self.lasted, place }
    }
}

fn is_tool_call(concept: Concept) -> bool {
    matches!(concept, Concept::OutputToolCalls | Concept::OutputToolIds | Concept::OutputToolArguments)
}

/// All that was sent. An error is an answer in which nothing of an answer stands.
fn sent(exchange: &WireExchange) -> Option<Answer> {
    if exchange.status.is_some_and(|status| status >= 400) {
        return Some(Answer::default());
    }
    match &exchange.response {
        WireResponse::Text(_) => None,
        response => Some(Answer::of(response)),
    }
}

fn of_answer(concept: Concept, answer: &Answer) -> Truth {
    match concept {
        Concept::ResponseModel => Truth::maybe(answer.model.as_deref(), "the answer's `/model`"),
        Concept::ResponseId => Truth::maybe(answer.id.as_deref(), "the answer's `/id`"),
        Concept::ResponseServiceTier => service_tier(answer),
        Concept::ResponseFingerprint => {
            Truth::maybe(answer.fingerprint.as_deref(), "the answer's `/system_fingerprint`")
        }
        Concept::FinishReasons if answer.is_response => ending(answer),
        Concept::FinishReasons => {
            let reasons = answer.choices.values().filter_map(|choice| choice.finish_reason.as_deref());
            list(reasons.map(Json::from).collect(), "the answer's `/choices/*/finish_reason`")
        }
        Concept::UsageInput => tokens(answer, TokenCount::Input),
        Concept::UsageOutput => tokens(answer, TokenCount::Output),
        Concept::UsageTotal => tokens(answer, TokenCount::Total),
        Concept::UsageCached => left_out_if_zero(tokens(answer, TokenCount::Cached)),
        Concept::UsageReasoning => left_out_if_zero(tokens(answer, TokenCount::Reasoning)),
        // Families differ on whether a refusal is text.
        Concept::OutputText if answer.choices.values().any(|choice| choice.refusal.is_some()) => Truth::Unknown,
        Concept::OutputText => match answer.texts().as_slice() {
            // A Responses stream that breaks has sent pieces, and no document that holds them.
            [] if answer.is_response => Truth::Unknown,
            [] => Truth::nothing("the answer has no text"),
            [text] => Truth::is(*text, "the answer's text"),
            texts => Truth::is(texts.to_vec(), "the texts of the answer's choices"),
        },
        Concept::OutputToolCalls => list(
            answer.calls().map(|call| call.name.as_str().into()).collect(),
            "the answer's `tool_calls/*/function/name`",
        ),
        Concept::OutputToolIds => {
            list(answer.calls().map(|call| call.id.as_str().into()).collect(), "the answer's `tool_calls/*/id`")
        }
        Concept::OutputToolArguments => {
            let arguments = answer.calls().map(|call| opened(&Json::from(call.arguments.as_str())));
            list(arguments.collect(), "the answer's `tool_calls/*/function/arguments`")
        }
        Concept::EmbeddingsCount => Truth::maybe(answer.vectors, "the answer's `/data`"),
        _ => Truth::Unknown,
    }
}

/// Why a Responses answer ended: the wire has no word for it, but says what the words of others mean.
fn ending(answer: &Answer) -> Truth {
    let calls = answer.calls().next().is_some();
    let words: &[&str] = match (answer.status.as_deref(), answer.cut_off.as_deref()) {
        (Some("completed"), _) if calls => &["tool_calls", "tool_call", "function_call", "completed", "stop"],
        (Some("completed"), _) => &["stop", "completed"],
        (Some("incomplete"), Some("max_output_tokens")) => &["length", "max_output_tokens", "incomplete"],
        (Some("incomplete"), Some("content_filter")) => &["content_filter", "incomplete"],
        (Some("failed"), _) => &["error", "failed"],
        (Some("in_progress"), _) => return Truth::nothing("the answer's `/status` is `in_progress` to the end"),
        _ => return Truth::Unknown,
    };
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Truth::EachOf { words, place: "the answer's `/status` and `/incomplete_details`".to_owned() }
}

/// Some services say it beside the choices, some beside the token counts.
fn service_tier(answer: &Answer) -> Truth {
    let beside_counts = || answer.usage.as_ref()?.get("service_tier")?.as_str();
    match (&answer.service_tier, beside_counts()) {
        (Some(tier), _) => Truth::is(tier.as_str(), "the answer's `/service_tier`"),
        (None, Some(tier)) => Truth::omittable(tier, "the answer's `/usage/service_tier`"),
        (None, None) => Truth::nothing("the answer's `/service_tier`"),
    }
}

fn tokens(answer: &Answer, count: TokenCount) -> Truth {
    let place = format!("the answer's `/usage{}`", count.paths()[usize::from(answer.is_response)]);
    Truth::maybe(answer.tokens(count), &place)
}

fn left_out_if_zero(truth: Truth) -> Truth {
    match &truth {
        Truth::Is { value, .. } if *value == json!(0) => truth.or_left_out(),
        _ => truth,
    }
}
