//! Bodies of OTLP/HTTP requests → telemetry.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::de::DeserializeOwned;

use super::json;
use super::otlp::Converter;
use crate::telemetry::Telemetry;

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metrics.
    Metrics,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `application/x-protobuf`.
    Protobuf,
    /// `application/json`.
    Json,
}

/// What a body held.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Decoded {
    /// The telemetry, in the order of the body.
    pub telemetry: Telemetry,
    /// What our model cannot hold: attributes exported twice, ids of a wrong length, instruments we do not keep.
    pub problems: Vec<String>,
}

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not gzip.
    #[error("the body is not gzip: {0}")]
    Gzip(#[source] std::io::Error),
    /// More than we accept.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// How many bytes we accept.
        limit: usize,
    },
    /// Not the protobuf message of its path.
    #[error("the body is no OTLP protobuf message: {0}")]
    Protobuf(#[from] prost::DecodeError),
    /// Not the JSON of its path.
    #[error("the body is not the JSON of its path: {0}")]
    Json(#[from] serde_json::Error),
}

/// Unpacks a gzip body.
///
/// # Errors
/// When it is not gzip, or when more than `limit` bytes come out of it.
pub fn inflate(body: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let mut inflated = Vec::with_capacity(body.len().saturating_mul(4).min(limit));
    // One byte more than the limit tells a body that fits exactly from one that does not.
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body).take(bound).read_to_end(&mut inflated).map_err(DecodeError::Gzip)?;
    if inflated.len() > limit { Err(DecodeError::TooLarge { limit }) } else { Ok(inflated) }
}

/// Reads an unpacked body.
pub fn decode(signal: Signal, encoding: Encoding, body: &[u8]) -> Result<Decoded, DecodeError> {
    let mut converter = Converter::default();
    let mut telemetry = Telemetry::default();
    match signal {
        Signal::Traces => {
            let request: ExportTraceServiceRequest = message(encoding, body)?;
            telemetry.spans = converter.spans(request.resource_spans);
        }
        Signal::Logs => {
            let request: ExportLogsServiceRequest = message(encoding, body)?;
            telemetry.logs = converter.logs(request.resource_logs);
        }
        Signal::Metrics => {
            let request: ExportMetricsServiceRequest = message(encoding, body)?;
            telemetry.metrics = converter.metrics(request.resource_metrics);
        }
    }
    Ok(Decoded { telemetry, problems: converter.problems })
}

fn message<M: Message + Default + DeserializeOwned>(encoding: Encoding, body: &[u8]) -> Result<M, DecodeError> {
    Ok(match encoding {
        Encoding::Protobuf => M::decode(body)?,
        Encoding::Json => serde_json::from_value(json::strict(serde_json::from_slice(body)?))?,
    })
}
