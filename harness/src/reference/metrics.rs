//! The metrics of a call: its duration and its tokens, as histograms of one value each.

use std::time::Duration;

use opentelemetry::{Array, KeyValue, Value as AttributeValue};

use super::faults::Fault;
use super::{Answer, Call};
use crate::convention::{Concept, Convention, MetricRole, Release};
use crate::telemetry::{Attributes, HistogramPoint, Metric, MetricData, Scope, Value};

/// Buckets that the conventions advise for seconds.
const SECONDS: [f64; 14] = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// Buckets that the conventions advise for tokens: powers of four.
const TOKENS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// What of a span's attributes its metrics repeat.
const REPEATED: &[Concept] = &[
    Concept::Operation,
    Concept::Provider,
    Concept::RequestModel,
    Concept::ResponseModel,
    Concept::ServerHost,
    Concept::ServerPort,
    Concept::ErrorType,
];

/// One call that is over.
pub(super) struct Ended<'a> {
    pub(super) call: &'a Call,
    pub(super) answer: &'a Answer,
    /// The attributes of its span.
    pub(super) attributes: &'a [KeyValue],
    pub(super) lasted: Duration,
}

/// The metrics of a call.
pub(super) fn metrics(
    ended: &Ended<'_>,
    release: Release,
    convention: &Convention,
    scope: &Scope,
    fault: Option<Fault>,
) -> Vec<Metric> {
    let names: Vec<&str> =
        REPEATED.iter().filter_map(|concept| convention.attribute(*concept, Some(&release))).collect();
    let shared: Attributes = ended
        .attributes
        .iter()
        .filter(|attribute| names.contains(&attribute.key.as_str()))
        .map(|attribute| (attribute.key.to_string(), value(&attribute.value)))
        .collect();
    let mut found = Vec::new();
    for (role, table) in &convention.metric {
        let points = match (role, &table.split) {
            (MetricRole::Duration, _) => vec![point(shared.clone(), ended.lasted.as_secs_f64(), &SECONDS)],
            (MetricRole::Tokens, Some(split)) => {
                let paths = [
                    (&split.input, ["/prompt_tokens", "/input_tokens"]),
                    (&split.output, ["/completion_tokens", "/output_tokens"]),
                ];
                let counts = paths.into_iter().filter_map(|(word, paths)| {
                    let count = paths.into_iter().find_map(|path| ended.answer.tokens(path))?;
                    let mut attributes = shared.clone();
                    attributes.insert(split.attribute.clone(), Value::String(word.clone()));
                    let count = u32::try_from(count).ok()?;
                    Some(point(attributes, f64::from(count), &TOKENS))
                });
                counts.collect()
            }
            (MetricRole::Tokens, None) => Vec::new(),
        };
        if points.is_empty() {
            continue;
        }
        let mut metric = Metric {
            name: table.name.clone(),
            unit: table.unit.clone(),
            data: MetricData::Histogram(points),
            scope: scope.clone(),
        };
        let kept = fault.is_none_or(|fault| fault.metric(*role, &mut metric, ended.call));
        if kept {
            found.push(metric);
        }
    }
    found
}

/// One point for each set of attributes, as the SDK exports what was measured since the last flush.
pub(super) fn aggregated(measured: Vec<Metric>) -> Vec<Metric> {
    let mut metrics: Vec<Metric> = Vec::new();
    for metric in measured {
        let same = |known: &&mut Metric| known.name == metric.name && known.unit == metric.unit;
        match (metrics.iter_mut().find(same), metric) {
            (
                Some(Metric { data: MetricData::Histogram(known), .. }),
                Metric { data: MetricData::Histogram(points), .. },
            ) => {
                for point in points {
                    add(known, point);
                }
            }
            (_, metric) => metrics.push(metric),
        }
    }
    metrics
}

fn add(points: &mut Vec<HistogramPoint>, point: HistogramPoint) {
    let Some(known) = points.iter_mut().find(|known| known.attributes == point.attributes) else {
        points.push(point);
        return;
    };
    known.count += point.count;
    known.sum += point.sum;
    known.bucket_counts.iter_mut().zip(point.bucket_counts).for_each(|(known, count)| *known += count);
}

fn point(attributes: Attributes, number: f64, bounds: &[f64]) -> HistogramPoint {
    let bucket = bounds.iter().filter(|bound| **bound < number).count();
    let bucket_counts = (0..=bounds.len()).map(|index| u64::from(index == bucket)).collect();
    HistogramPoint { attributes, count: 1, sum: number, bounds: bounds.to_vec(), bucket_counts }
}

/// An attribute's value in our own model.
pub(super) fn value(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::Bool(truth) => Value::Bool(*truth),
        AttributeValue::I64(number) => Value::Int(*number),
        AttributeValue::F64(number) => Value::Double(*number),
        AttributeValue::Array(Array::String(texts)) => {
            Value::Array(texts.iter().map(|text| Value::String(text.to_string())).collect())
        }
        other => Value::String(other.as_str().into_owned()),
    }
}
