//! From the bytes of a file to samples: which of the known forms it is.

use serde_json::Value;

use crate::collect::{DecodeError, Encoding, Signal, decode, inflate};
use crate::semconv::{
    Facts, InputSamples, Sample, WeaverError, document_samples, snapshot_body, telemetry_samples, weaver_samples,
};
use crate::telemetry::Telemetry;
use crate::telemetry::canonical::{self, Heading};

/// The most that comes out of a compressed file.
const INFLATED_LIMIT: usize = 1 << 30;

/// Why an input cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A recorded snapshot that is none.
    #[error("no snapshot: {0}")]
    Snapshot(#[from] canonical::ParseError),
    /// JSON that is none.
    #[error("no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// An array that holds something else than samples.
    #[error(transparent)]
    Weaver(#[from] WeaverError),
    /// OTLP that is none.
    #[error(transparent)]
    Otlp(#[from] DecodeError),
    /// None of the known forms.
    #[error(
        "none of the known forms: a snapshot, OTLP as JSON, JSON lines or protobuf, or the array of samples that \
         Weaver's live-check reads"
    )]
    Unknown,
}

/// Reads an input, whatever its form. `facts` says what is known of the calls under a heading of a snapshot.
pub fn input_samples(bytes: &[u8], facts: impl Fn(&Heading) -> Facts) -> Result<InputSamples, InputError> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return input_samples(&inflate(bytes, INFLATED_LIMIT)?, facts);
    }
    // Protobuf may be UTF-8 by accident, but it has lengths and tags in it that no text has.
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains(is_binary));
    let Some(text) = text else { return protobuf(bytes) };
    match text.trim_start().chars().next() {
        Some('[') => {
            let samples = weaver_samples(text)?;
            Ok(InputSamples { places: vec![None; samples.len()], samples, is_weaver: true })
        }
        Some('{') => otlp_json(text),
        Some(_) => snapshot(text, facts),
        None => Ok(InputSamples::default()),
    }
}

fn is_binary(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r')
}

fn snapshot(text: &str, facts: impl Fn(&Heading) -> Facts) -> Result<InputSamples, InputError> {
    let document = canonical::parse(snapshot_body(text))?;
    let (headings, samples): (Vec<Heading>, Vec<Sample>) = document_samples(&document, facts).into_iter().unzip();
    let place = |heading: &Heading| match heading {
        Heading::Step(id) => Some(format!("step {id}")),
        Heading::Group(id) => Some(format!("group {id}")),
        Heading::Parallel(id) => Some(format!("parallel {id}")),
        Heading::Close => Some("close".to_owned()),
    };
    Ok(InputSamples { samples, places: headings.iter().map(place).collect(), is_weaver: false })
}

fn of_telemetry(telemetry: &Telemetry) -> InputSamples {
    let samples = telemetry_samples(telemetry, Facts::default());
    InputSamples { places: vec![None; samples.len()], samples, is_weaver: false }
}

/// One export request, or one per line; requests of several signals may be mixed.
fn otlp_json(text: &str) -> Result<InputSamples, InputError> {
    let mut telemetry = Telemetry::default();
    for request in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let request = request?;
        let mut is_known = false;
        for (signal, key) in
            [(Signal::Traces, "resourceSpans"), (Signal::Logs, "resourceLogs"), (Signal::Metrics, "resourceMetrics")]
        {
            if let Some(inner) = request.get(key) {
                let body = serde_json::json!({ key: inner }).to_string();
                let decoded = decode(signal, Encoding::Json, body.as_bytes())?.telemetry;
                telemetry.spans.extend(decoded.spans);
                telemetry.logs.extend(decoded.logs);
                telemetry.metrics.extend(decoded.metrics);
                is_known = true;
            }
        }
        if !is_known && request != serde_json::json!({}) {
            return Err(InputError::Unknown);
        }
    }
    Ok(of_telemetry(&telemetry))
}

/// The three export requests look alike on the wire; the one that decodes into something without a problem or a flaw is
/// it, or else the first that decodes.
fn protobuf(bytes: &[u8]) -> Result<InputSamples, InputError> {
    let mut last = InputError::Unknown;
    let mut imperfect = None;
    for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
        match decode(signal, Encoding::Protobuf, bytes) {
            Ok(decoded) if decoded.telemetry == Telemetry::default() => {}
            Ok(decoded) if decoded.problems.is_empty() && decoded.telemetry.flaws.is_empty() => {
                return Ok(of_telemetry(&decoded.telemetry));
            }
            Ok(decoded) => imperfect = imperfect.or(Some(decoded.telemetry)),
            Err(error) => last = error.into(),
        }
    }
    imperfect.map_or(Err(last), |telemetry| Ok(of_telemetry(&telemetry)))
}
