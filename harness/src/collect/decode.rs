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
use super::signal::{Encoding, Signal};
use crate::telemetry::{Flaw, Telemetry};

/// What a body held.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Decoded {
    /// The telemetry, in the order of the body.
    pub telemetry: Telemetry,
    /// What our model cannot hold: instruments we do not keep, times that are none.
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
pub(crate) fn inflate(body: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let mut inflated = Vec::with_capacity(body.len().saturating_mul(4).min(limit));
    // One byte more than the limit tells a body that fits exactly from one that does not.
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body).take(bound).read_to_end(&mut inflated).map_err(DecodeError::Gzip)?;
    if inflated.len() > limit { Err(DecodeError::TooLarge { limit }) } else { Ok(inflated) }
}

/// Reads an unpacked body.
pub(crate) fn decode(signal: Signal, encoding: Encoding, body: &[u8]) -> Result<Decoded, DecodeError> {
    let mut converter = Converter::default();
    let mut telemetry = Telemetry::default();
    match signal {
        Signal::Traces => {
            let request: ExportTraceServiceRequest = message(signal, encoding, body, &mut converter.flaws)?;
            telemetry.spans = converter.spans(request.resource_spans);
        }
        Signal::Logs => {
            let request: ExportLogsServiceRequest = message(signal, encoding, body, &mut converter.flaws)?;
            telemetry.logs = converter.logs(request.resource_logs);
        }
        Signal::Metrics => {
            let request: ExportMetricsServiceRequest = message(signal, encoding, body, &mut converter.flaws)?;
            telemetry.metrics = converter.metrics(request.resource_metrics);
        }
    }
    telemetry.flaws = converter.flaws;
    Ok(Decoded { telemetry, problems: converter.problems })
}

fn message<M: Message + Default + DeserializeOwned>(
    signal: Signal,
    encoding: Encoding,
    body: &[u8],
    flaws: &mut Vec<Flaw>,
) -> Result<M, DecodeError> {
    Ok(match encoding {
        Encoding::Protobuf => M::decode(body)?,
        Encoding::Json => {
            let mut lenient = json::Lenient::new(signal);
            let strict = lenient.strict(serde_json::from_slice(body)?);
            flaws.extend(lenient.into_flaws());
            serde_json::from_value(strict)?
        }
    })
}
