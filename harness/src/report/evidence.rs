//! Everything about one cell, for people: what the application saw, what went over the wire, what was exported.

use crate::judge::{Boundary, Section, redactor};
use crate::protocol::Outcome;
use crate::results::Evidence;
use crate::wire::{WireExchange, WireKind, WireResponse};

/// Headers whose values open something.
const SECRET_HEADERS: [&str; 3] = ["api-key", "authorization", "x-identity-header"];

/// The evidence as text. No secret is in it.
pub fn evidence_text(evidence: &Evidence) -> String {
    let mut lines = Vec::new();
    for section in &evidence.capture.sections {
        section_lines(section, &mut lines);
    }
    lines.push("telemetry, as in the snapshot".to_owned());
    lines.extend(evidence.canonical.lines().map(|line| format!("  {line}")));
    let text = lines.join("\n") + "\n";
    redactor(&evidence.secrets)(&text)
}

fn section_lines(section: &Section, lines: &mut Vec<String>) {
    let name = match &section.boundary {
        Boundary::Step(step) => format!("step {step}"),
        Boundary::Group(group) => format!("end of group {group}"),
        Boundary::Parallel(id) => format!("steps at the same time: `{id}`"),
        Boundary::Close if section.exchanges.is_empty() && section.telemetry.is_empty() => return,
        Boundary::Close => "after close".to_owned(),
    };
    lines.push(name);
    if let Some(outcome) = &section.outcome {
        lines.push(format!("  the application saw {}", seen(outcome)));
    }
    for exchange in &section.exchanges {
        exchange_lines(exchange, lines);
    }
    let telemetry = &section.telemetry;
    for payload in &telemetry.payloads {
        lines.push(format!("  sent {}\n    {}", payload.request, payload.body));
    }
    lines.push(format!(
        "  exported {} spans, {} log records, {} metrics; {} spans started, {} ended",
        telemetry.spans.len(),
        telemetry.logs.len(),
        telemetry.metrics.len(),
        section.spans_started,
        section.spans_ended
    ));
}

fn seen(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Response { body } => format!("a response\n    {body}"),
        Outcome::Error { error } => format!("{}: {}", error.kind, error.message),
        Outcome::Stream { chunks, ended, error } => {
            let end = error.as_ref().map_or_else(
                || format!("ended: {ended:?}").to_lowercase(),
                |error| format!("ended with {}: {}", error.kind, error.message),
            );
            let chunks: Vec<String> = chunks.iter().map(|chunk| format!("\n    {chunk}")).collect();
            format!("a stream of {} chunks, {end}{}", chunks.len(), chunks.concat())
        }
    }
}

fn exchange_lines(exchange: &WireExchange, lines: &mut Vec<String>) {
    let query = exchange.query.as_deref().map(|query| format!("?{query}")).unwrap_or_default();
    let status = exchange.status.map_or_else(|| "refused".to_owned(), |status| status.to_string());
    lines.push(format!(
        "  {} https://{}:{}{}{query} → {status}",
        exchange.method, exchange.host, exchange.port, exchange.path
    ));
    for (name, value) in &exchange.request_headers {
        let value = if SECRET_HEADERS.contains(&name.as_str()) { "<secret>" } else { value };
        lines.push(format!("    > {name}: {value}"));
    }
    // Sign-in exchanges carry nothing but secrets.
    if exchange.kind == WireKind::Identity {
        return;
    }
    lines.extend(exchange.request.as_ref().map(|body| format!("    > {body}")));
    lines.extend(exchange.response_headers.iter().map(|(name, value)| format!("    < {name}: {value}")));
    match &exchange.response {
        WireResponse::None => {}
        WireResponse::Json(body) => lines.push(format!("    < {body}")),
        WireResponse::Events(events) => lines.extend(events.iter().map(|event| format!("    < data: {event}"))),
        WireResponse::Text(text) => lines.push(format!("    < {text}")),
    }
    if !exchange.complete {
        lines.push("    (the answer did not reach its end)".to_owned());
    }
}
