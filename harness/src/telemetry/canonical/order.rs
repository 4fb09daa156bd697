//! The order of a document, which the order of arrival has no part in.

use std::collections::{HashMap, HashSet};

use super::document::{DocumentLog, DocumentMetric, DocumentPayload, DocumentSection, DocumentSpan, Heading};
use super::number::Numbering;
use super::render::order_text;
use crate::telemetry::{LogRecord, Span, SpanId};

/// A section of which nothing has its place yet.
pub(super) struct Draft<'a> {
    pub(super) heading: Heading,
    pub(super) spans: Vec<(&'a Span, DocumentSpan)>,
    pub(super) logs: Vec<(&'a LogRecord, DocumentLog)>,
    pub(super) metrics: Vec<DocumentMetric>,
    pub(super) payloads: Vec<DocumentPayload>,
}

/// Gives everything its place.
pub(super) fn order(draft: Draft<'_>, numbering: &Numbering) -> DocumentSection {
    let logs = draft.logs.into_iter().map(|(record, draft)| {
        let text = order_text(numbering, |writer| writer.log(&draft));
        Log { record, draft, text }
    });
    let logs: Vec<_> = logs.collect();
    // Of what happened at the same time, even who ended before another started is chance.
    let time = if matches!(draft.heading, Heading::Parallel(_)) { Time::Chance } else { Time::Counts };
    let (spans, places) = order_spans(draft.spans, &logs, numbering, time);
    let metrics = order_metrics(draft.metrics, numbering);
    let mut payloads = draft.payloads;
    payloads.sort_by_cached_key(|payload| order_text(numbering, |writer| writer.payload(payload)));
    DocumentSection { heading: draft.heading, spans, logs: order_logs(logs, &places, time), metrics, payloads }
}

/// Whether one thing's being before another says something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    Counts,
    Chance,
}

struct Log<'a> {
    record: &'a LogRecord,
    draft: DocumentLog,
    text: String,
}

/// Where each span of a section stands.
type Places = HashMap<SpanId, usize>;

/// Spans: parent before child; siblings of which one ended before the other started, in that order; siblings that
/// overlap, by their text and that of their log records, since who of them started first is chance.
fn order_spans(
    drafts: Vec<(&Span, DocumentSpan)>,
    logs: &[Log<'_>],
    numbering: &Numbering,
    time: Time,
) -> (Vec<DocumentSpan>, Places) {
    let spans: Vec<&Span> = drafts.iter().map(|(span, _)| *span).collect();
    let text = |(span, draft): &(&Span, DocumentSpan)| {
        let text = order_text(numbering, |writer| writer.span(draft));
        with_logs(text, span, logs)
    };
    let order = Tree::new(&spans, drafts.iter().map(text).collect(), time).walk();
    let mut drafts: Vec<Option<DocumentSpan>> = drafts.into_iter().map(|(_, draft)| Some(draft)).collect();
    let mut places = Places::new();
    for (place, index) in order.iter().enumerate() {
        places.entry(spans[*index].id).or_insert(place);
    }
    (order.into_iter().filter_map(|index| drafts[index].take()).collect(), places)
}

/// Log records count for their span, so that spans which differ in nothing else keep theirs.
fn with_logs(text: String, span: &Span, logs: &[Log<'_>]) -> String {
    let own = logs.iter().filter(|log| log.record.span == Some(span.id) && log.record.trace == Some(span.trace));
    let mut own: Vec<_> = own.map(|log| (log.record.time, log.text.as_str())).collect();
    own.sort_unstable();
    own.into_iter().fold(text, |text, (_, log)| text + log)
}

struct Tree<'a> {
    spans: &'a [&'a Span],
    /// Own text, and after [`Tree::finish`] that of the whole subtree.
    texts: Vec<String>,
    children: Vec<Vec<usize>>,
    roots: Vec<usize>,
    time: Time,
}

impl<'a> Tree<'a> {
    fn new(spans: &'a [&'a Span], texts: Vec<String>, time: Time) -> Self {
        let mut by_id = HashMap::new();
        for (index, span) in spans.iter().enumerate() {
            // A span that was exported twice has its children below the first one by text: arrival has no part in it.
            let first = by_id.entry((span.trace, span.id)).or_insert(index);
            if texts[index] < texts[*first] {
                *first = index;
            }
        }
        let mut children = vec![Vec::new(); spans.len()];
        let mut roots = Vec::new();
        for (index, span) in spans.iter().enumerate() {
            match span.parent.and_then(|parent| by_id.get(&(span.trace, parent))) {
                Some(parent) if *parent != index => children[*parent].push(index),
                _ => roots.push(index),
            }
        }
        Self { spans, texts, children, roots, time }
    }

    /// The order of all spans. Spans in a circle of parents, which only a broken exporter makes, come last.
    fn walk(&mut self) -> Vec<usize> {
        let mut roots = std::mem::take(&mut self.roots);
        for root in &roots {
            self.finish(*root);
        }
        self.sort(&mut roots);
        let mut order = Vec::with_capacity(self.spans.len());
        for root in roots {
            self.collect(root, &mut order);
        }
        if order.len() < self.spans.len() {
            let seen: HashSet<usize> = order.iter().copied().collect();
            let mut circle: Vec<usize> = (0..self.spans.len()).filter(|index| !seen.contains(index)).collect();
            circle.sort_by(|left, right| self.texts[*left].cmp(&self.texts[*right]));
            order.extend(circle);
        }
        order
    }

    /// Orders everything below a span and makes its text that of its subtree.
    fn finish(&mut self, index: usize) {
        let mut children = std::mem::take(&mut self.children[index]);
        for child in &children {
            self.finish(*child);
        }
        self.sort(&mut children);
        for child in &children {
            let text = self.texts[*child].clone();
            self.texts[index].push_str(&text);
        }
        self.children[index] = children;
    }

    fn collect(&self, index: usize, order: &mut Vec<usize>) {
        order.push(index);
        for child in &self.children[index] {
            self.collect(*child, order);
        }
    }

    /// Takes, again and again, the smallest text of the siblings that no other remaining one ended before.
    fn sort(&self, siblings: &mut Vec<usize>) {
        if siblings.len() < 2 {
            return;
        }
        if self.time == Time::Chance {
            siblings.sort_by(|left, right| self.texts[*left].cmp(&self.texts[*right]));
            return;
        }
        let mut remaining = std::mem::take(siblings);
        remaining.sort_by_key(|index| self.spans[*index].start);
        while !remaining.is_empty() {
            let next = (0..remaining.len())
                .take_while(|at| !self.waits(&remaining, *at))
                .min_by(|left, right| self.texts[remaining[*left]].cmp(&self.texts[remaining[*right]]))
                .unwrap_or(0);
            siblings.push(remaining.remove(next));
        }
    }

    /// Whether another remaining sibling started earlier and ended before this one started. `remaining` is in order
    /// of start, so that once one waits, all after it do.
    fn waits(&self, remaining: &[usize], at: usize) -> bool {
        let start = self.spans[remaining[at]].start;
        remaining[..at].iter().map(|index| self.spans[*index]).any(|other| other.start < start && other.end <= start)
    }
}

/// Log records in the order of their spans, then by time, then by text; those of no span here come last.
fn order_logs(mut logs: Vec<Log<'_>>, places: &Places, time: Time) -> Vec<DocumentLog> {
    let place = |log: &Log<'_>| log.record.span.and_then(|span| places.get(&span).copied()).unwrap_or(usize::MAX);
    logs.sort_by(|left, right| {
        let key = |log: &Log<'_>| {
            let place = place(log);
            let counts = time == Time::Counts || place < usize::MAX;
            (place, counts.then_some(log.record.time))
        };
        key(left).cmp(&key(right)).then_with(|| left.text.cmp(&right.text))
    });
    logs.into_iter().map(|log| log.draft).collect()
}

/// Metrics by name, those that arrived in several exports joined; points by the text of their attributes.
fn order_metrics(drafts: Vec<DocumentMetric>, numbering: &Numbering) -> Vec<DocumentMetric> {
    let mut metrics: Vec<DocumentMetric> = Vec::new();
    for draft in drafts {
        let same = metrics.iter_mut().find(|metric| {
            metric.name == draft.name
                && metric.unit == draft.unit
                && metric.instrument == draft.instrument
                && metric.scope == draft.scope
        });
        match same {
            Some(metric) => metric.points.extend(draft.points),
            None => metrics.push(draft),
        }
    }
    for metric in &mut metrics {
        metric.points.sort_by_cached_key(|point| order_text(numbering, |writer| writer.point(point)));
    }
    metrics.sort_by_cached_key(|metric| order_text(numbering, |writer| writer.metric(metric)));
    metrics
}
