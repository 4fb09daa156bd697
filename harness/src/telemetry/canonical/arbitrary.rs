//! Documents of every shape, for property tests.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::document::*;
use super::placeholder::{Placeholder, PlaceholderKind};
use super::text::Text;
use crate::telemetry::SpanKind;

/// Strings that a careless writer or reader of text stumbles over.
const NASTY: [&str; 22] = [
    "",
    " ",
    "\"",
    "\\",
    "\\n",
    "\n",
    "\r\n",
    "\t",
    "<time>",
    "<span 1>",
    "<span",
    "\\u003c",
    " = ",
    " : json",
    "kind",
    "status",
    "[0]",
    "{}",
    "18 °C 🌦️",
    "\u{202e}\u{feff}\u{0}",
    "  span \"x\"",
    "a.b[0].\"c\"",
];

fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{1,6}(\\.[a-z_]{1,6}){0,2}",
        3 => select(&NASTY[..]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (select(&NASTY[..]), select(&NASTY[..])).prop_map(|(left, right)| format!("{left}{right}")),
    ]
}

fn placeholder() -> impl Strategy<Value = Placeholder> {
    (select(&PlaceholderKind::ALL[..]), 1..100_u32).prop_map(|(kind, number)| Placeholder::new(kind, number))
}

fn text() -> impl Strategy<Value = Text> {
    vec(prop_oneof![2 => string().prop_map(Ok), 1 => placeholder().prop_map(Err)], 0..4).prop_map(|pieces| {
        pieces.into_iter().fold(Text::default(), |mut text, piece| {
            match piece {
                Ok(literal) => text.push_str(&literal),
                Err(placeholder) => text.push(placeholder),
            }
            text
        })
    })
}

fn double() -> impl Strategy<Value = Double> {
    prop_oneof![
        any::<f64>(),
        select(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 89.0, 1e300, 5e-324][..]),
    ]
    .prop_map(Double)
}

fn scalar() -> impl Strategy<Value = DocumentValue> {
    prop_oneof![
        4 => text().prop_map(DocumentValue::Text),
        1 => any::<bool>().prop_map(DocumentValue::Bool),
        2 => any::<i64>().prop_map(DocumentValue::Int),
        2 => double().prop_map(DocumentValue::Double),
        1 => vec(any::<u8>(), 0..5).prop_map(DocumentValue::Bytes),
        1 => Just(DocumentValue::Empty),
        1 => placeholder().prop_map(DocumentValue::IntPlaceholder),
        1 => placeholder().prop_map(DocumentValue::DoublePlaceholder),
        1 => text().prop_map(DocumentValue::BrokenJson),
    ]
}

fn value() -> impl Strategy<Value = DocumentValue> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        let array = vec(inner.clone(), 0..4).prop_map(DocumentValue::Array);
        let map = btree_map(string(), inner, 0..4).prop_map(DocumentValue::Map);
        let container = prop_oneof![array, map].boxed();
        prop_oneof![container.clone(), container.prop_map(|inner| DocumentValue::Json(Box::new(inner)))]
    })
}

fn attributes() -> impl Strategy<Value = DocumentAttributes> {
    btree_map(string(), value(), 0..4)
}

fn scope() -> impl Strategy<Value = DocumentScope> {
    (string(), string(), btree_map(string(), scalar(), 0..2)).prop_map(|(name, schema_url, attributes)| DocumentScope {
        name,
        schema_url,
        attributes,
    })
}

fn span_label() -> impl Strategy<Value = SpanLabel> {
    (1..9_u32).prop_map(SpanLabel)
}

fn trace_label() -> impl Strategy<Value = TraceLabel> {
    (1..9_u32).prop_map(TraceLabel)
}

fn span() -> impl Strategy<Value = DocumentSpan> {
    let kinds = [SpanKind::Unspecified, SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer];
    let status =
        prop_oneof![Just(DocumentStatus::Unset), Just(DocumentStatus::Ok), text().prop_map(DocumentStatus::Error),];
    let event = (text(), attributes()).prop_map(|(name, attributes)| DocumentEvent { name, attributes });
    let link = (span_label(), trace_label(), attributes()).prop_map(|(span, trace, attributes)| DocumentLink {
        span,
        trace,
        attributes,
    });
    let ids = (option::of(span_label()), option::of(span_label()), trace_label());
    let rest = (scope(), attributes(), vec(event, 0..3), vec(link, 0..2));
    (text(), ids, select(kinds.to_vec()), status, rest).prop_map(
        |(name, (id, parent, trace), kind, status, (scope, attributes, events, links))| DocumentSpan {
            name,
            id,
            kind,
            status,
            parent,
            trace,
            scope,
            attributes,
            events,
            links,
        },
    )
}

fn log() -> impl Strategy<Value = DocumentLog> {
    let ids = (option::of(span_label()), option::of(trace_label()));
    (text(), ids, scope(), any::<i32>(), value(), attributes()).prop_map(
        |(event_name, (span, trace), scope, severity, body, attributes)| DocumentLog {
            event_name,
            span,
            trace,
            scope,
            severity,
            body,
            attributes,
        },
    )
}

fn metric() -> impl Strategy<Value = DocumentMetric> {
    use Instrument::{Counter, ExponentialHistogram, Gauge, Histogram, UpDownCounter};
    let sum = prop_oneof![double().prop_map(HistogramSum::Number), Just(HistogramSum::Duration)];
    let measure = prop_oneof![
        value().prop_map(Measure::Number),
        (any::<u64>(), sum, vec(double(), 0..3), vec(any::<u64>(), 0..3))
            .prop_map(|(count, sum, bounds, buckets)| { Measure::Histogram { count, sum, bounds, buckets } }),
    ];
    let point = (attributes(), measure).prop_map(|(attributes, measure)| DocumentPoint { attributes, measure });
    let instruments = vec![Counter, UpDownCounter, Gauge, Histogram, ExponentialHistogram];
    (string(), string(), select(instruments), scope(), vec(point, 0..3))
        .prop_map(|(name, unit, instrument, scope, points)| DocumentMetric { name, unit, instrument, scope, points })
}

pub(in crate::telemetry) fn document() -> impl Strategy<Value = Document> {
    let heading = prop_oneof![
        string().prop_map(Heading::Step),
        string().prop_map(Heading::Group),
        string().prop_map(Heading::Parallel),
        Just(Heading::Close),
    ];
    let payload = (text(), value()).prop_map(|(request, body)| DocumentPayload { request, body });
    let section = (heading, vec(span(), 0..3), vec(log(), 0..2), vec(metric(), 0..2), vec(payload, 0..2)).prop_map(
        |(heading, spans, logs, metrics, payloads)| DocumentSection { heading, spans, logs, metrics, payloads },
    );
    vec(section, 0..3).prop_map(|sections| Document { sections })
}
