//! A line on standard error for every exchange. Credentials never get into it: neither headers nor bodies do.

use std::io::{self, Write as _};

use serde_json::json;

use super::control::Control;
use super::hint;
use crate::cloud::{Reply, Request};
use crate::front::{Exchange, ExchangeEnd, ExchangeKind, Service, SharedCloud};

/// How the access log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A JSON object per line.
    #[default]
    Json,
    /// `name=value` pairs.
    Text,
    /// Nothing.
    Off,
}

/// A cloud that writes a line for every exchange, and may answer under any host name.
pub(super) struct Logged {
    pub(super) cloud: SharedCloud,
    pub(super) format: LogFormat,
    /// What can be called, for those who call something else.
    pub(super) deployments: Vec<String>,
    /// Whether hosts that are not the cloud's mean this server too, as on a network where it has a name of its own.
    pub(super) any_host: bool,
    /// The control path, if it was asked for; then bodies are kept, too.
    pub(super) control: Option<Control>,
}

impl Logged {
    /// The control path, if a request is for it.
    fn controlled(&self, request: &Request) -> Option<&Control> {
        self.control.as_ref().filter(|_| Control::is_asked(request))
    }
}

impl Service for Logged {
    fn owns(&self, host: &str, port: u16) -> bool {
        self.any_host || self.cloud.owns(host, port)
    }

    fn reply(&self, request: &Request) -> Reply {
        if let Some(control) = self.controlled(request) {
            return control.reply(&self.cloud, request);
        }
        if self.any_host && !self.cloud.owns(&request.host, request.port) {
            return self.cloud.reply(&Request { host: "127.0.0.1".to_owned(), ..request.clone() });
        }
        self.cloud.reply(request)
    }

    fn record(&self, exchange: Exchange) {
        if self.controlled(&exchange.request).is_some() {
            return;
        }
        if self.format != LogFormat::Off {
            self.log(&exchange);
        }
        if self.control.is_some() {
            self.cloud.record(exchange);
        }
    }

    fn keeps_bodies(&self) -> bool {
        self.control.is_some()
    }
}

impl Logged {
    fn log(&self, exchange: &Exchange) {
        let hint = match (exchange.kind, exchange.status) {
            (ExchangeKind::Model, Some(status)) => hint::hint(&exchange.request, status, &self.deployments),
            (ExchangeKind::Egress, Some(_)) => hint::strange_host(&exchange.request),
            _ => None,
        };
        let line = match self.format {
            LogFormat::Text => text_line(exchange, hint.as_deref()),
            _ => json_line(exchange, hint.as_deref()),
        };
        // The log is no reason to fail a request.
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }
}

fn json_line(exchange: &Exchange, hint: Option<&str>) -> String {
    let request = &exchange.request;
    let line = json!({
        "ordinal": exchange.ordinal,
        "kind": kind(exchange.kind),
        "method": request.method.as_str(),
        "host": request.host,
        "port": request.port,
        "path": request.path,
        "query": request.query,
        "status": exchange.status,
        "end": end(exchange.end),
        "request_bytes": request.body.len(),
        "response_bytes": exchange.sent_bytes,
        "microseconds": u64::try_from(exchange.took.as_micros()).unwrap_or(u64::MAX),
        "apim_request_id": header(exchange, "apim-request-id"),
        "client": request.header("user-agent"),
        "hint": hint,
    });
    format!("{line}\n")
}

fn text_line(exchange: &Exchange, hint: Option<&str>) -> String {
    let request = &exchange.request;
    let status = exchange.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let hint = hint.map(|hint| format!(" hint={hint:?}")).unwrap_or_default();
    format!(
        "ordinal={} method={} url={}:{}{}{query} status={status} end={} bytes={} microseconds={}{hint}\n",
        exchange.ordinal,
        request.method,
        request.host,
        request.port,
        request.path,
        end(exchange.end),
        exchange.sent_bytes,
        exchange.took.as_micros(),
    )
}

fn header<'a>(exchange: &'a Exchange, name: &str) -> Option<&'a str> {
    exchange.response_headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn kind(kind: ExchangeKind) -> &'static str {
    match kind {
        ExchangeKind::Model => "model",
        ExchangeKind::Identity => "identity",
        ExchangeKind::Egress => "egress",
    }
}

fn end(end: ExchangeEnd) -> &'static str {
    match end {
        ExchangeEnd::Complete => "complete",
        ExchangeEnd::ClientLeft => "client_left",
        ExchangeEnd::Reset => "reset",
        ExchangeEnd::Eof => "eof",
        ExchangeEnd::Stalled => "stalled",
        ExchangeEnd::Refused => "refused",
    }
}
