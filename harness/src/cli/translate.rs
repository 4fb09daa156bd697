//! `azmatrix translate`: what a dashboard or alert query must change.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use clap::{Args, ValueEnum};

use super::semconv::{Recorded, print};
use super::{ExitCode, UsageError};
use crate::convention::{Convention, EMBEDDED, Release, embedded};
use crate::semconv::{
    RecordedSnapshot, Registry, Sample, Side, SpanKind, translate, translation_json, translation_text,
};
use crate::workspace::Workspace;

/// `azmatrix translate`.
#[derive(Clone, Debug, Args)]
pub struct TranslateArguments {
    /// What queries are written for: a family such as `otel` or `openinference`, one at a release
    /// (`otel@1.36.0` or `1.36.0`), a flavor, or a variant (`py-otel-openai-v2::latest`)
    #[arg(value_name = "A")]
    pub from: String,
    /// What they will run on
    #[arg(value_name = "B")]
    pub to: String,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: TranslateFormat,
}

/// `--format` of `translate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TranslateFormat {
    /// For people
    Text,
    /// One JSON document
    Json,
}

/// Does what was typed. `root` is the workspace, where one is needed.
pub(crate) fn translate_arguments(root: Option<&Utf8Path>, arguments: &TranslateArguments) -> anyhow::Result<ExitCode> {
    let conventions = Conventions::read()?;
    let mut recorded = None;
    let from = conventions.side(root, &mut recorded, &arguments.from)?;
    let to = conventions.side(root, &mut recorded, &arguments.to)?;
    let rows = translate(&from, &to);
    print(&match arguments.format {
        TranslateFormat::Text => translation_text(&from.name, &to.name, &rows),
        TranslateFormat::Json => translation_json(&from.name, &to.name, &rows),
    })?;
    Ok(ExitCode::Green)
}

fn usage(message: String) -> anyhow::Error {
    UsageError(message).into()
}

/// Convention files by family.
struct Conventions(BTreeMap<&'static str, Convention>);

impl Conventions {
    fn read() -> anyhow::Result<Self> {
        let parse = |(family, _): &(&'static str, &str)| {
            let convention = embedded(family).transpose().map_err(|errors| usage(errors.to_string()))?;
            Ok((*family, convention.unwrap_or_default()))
        };
        EMBEDDED.iter().map(parse).collect::<anyhow::Result<_>>().map(Self)
    }

    fn side<'c>(
        &'c self,
        root: Option<&Utf8Path>,
        recorded: &mut Option<Recorded>,
        word: &str,
    ) -> anyhow::Result<Side<'c>> {
        if let Some(side) = self.family_side(word)? {
            return Ok(side);
        }
        if recorded.is_none() {
            *recorded = Some(Recorded::read(&Workspace::find(root)?)?);
        }
        let Some(recorded) = recorded else { return Err(self.unknown(word)) };
        self.flavor_side(recorded, word)
    }

    fn unknown(&self, word: &str) -> anyhow::Error {
        let families = self.0.keys().copied().collect::<Vec<_>>().join(", ");
        usage(format!("`{word}` is no family ({families}), release, flavor or `flavor::variant`"))
    }

    /// `otel`, `openinference@…`, `1.36.0`.
    fn family_side<'c>(&'c self, word: &str) -> anyhow::Result<Option<Side<'c>>> {
        let (family, release) = match word.split_once('@') {
            Some((family, release)) => (family, Some(release)),
            None if word.starts_with(|first: char| first.is_ascii_digit()) => ("otel", Some(word)),
            None => (word, None),
        };
        let is_alias = |convention: &&Convention| convention.aliases.iter().any(|alias| alias == family);
        let Some(convention) = self.0.get(family).or_else(|| self.0.values().find(is_alias)) else { return Ok(None) };
        let release: Option<Release> =
            release.map(|release| release.parse().map_err(|error| usage(format!("{error}")))).transpose()?;
        let spans = spans_of(convention, release.or(convention.newest));
        Ok(Some(Side { name: word.to_owned(), convention, release, emitted: None, spans }))
    }

    /// A flavor, or one of its variants, with what its snapshots have.
    fn flavor_side<'c>(&'c self, recorded: &Recorded, word: &str) -> anyhow::Result<Side<'c>> {
        let (flavor, variant) = word.split_once("::").map_or((word, None), |(flavor, variant)| (flavor, Some(variant)));
        let found = recorded.loaded().flavors.iter().find(|known| known.name.as_str() == flavor);
        let file = &found.ok_or_else(|| self.unknown(word))?.file;
        let variant = match variant {
            Some(variant) => variant,
            None if file.variant.contains_key("default") => "default",
            None => file.variant.keys().next_back().map_or("", String::as_str),
        };
        let table = file.variant.get(variant).ok_or_else(|| {
            let names = file.variant.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            usage(format!("`{flavor}` has no variant `{variant}`; there are {names}"))
        })?;
        let convention = self.0.get(file.family.as_str()).ok_or_else(|| self.unknown(word))?;
        let snapshots: Vec<&RecordedSnapshot> =
            recorded.of(flavor).iter().filter(|snapshot| snapshot.variant == variant).collect();
        let (emitted, spans) = emitted(&snapshots);
        let emitted = (!snapshots.is_empty()).then_some(emitted);
        Ok(Side { name: format!("{flavor}::{variant}"), convention, release: table.release(), emitted, spans })
    }
}

/// Names of attributes and events, and of spans with their kinds; a span name that says an operation and a model is
/// written as a template.
fn emitted(snapshots: &[&RecordedSnapshot]) -> (Vec<String>, Vec<String>) {
    let (mut names, mut spans) = (BTreeSet::new(), BTreeSet::new());
    for sample in snapshots.iter().flat_map(|snapshot| &snapshot.samples) {
        match sample {
            Sample::Span(span) => {
                names.extend(span.attributes.iter().map(|attribute| attribute.name.clone()));
                names.extend(span.events.iter().map(|event| event.name.clone()));
                let text = |name: &str| {
                    let attribute = span.attributes.iter().find(|attribute| attribute.name == name)?;
                    attribute.value.as_text()
                };
                let template = match (text("gen_ai.operation.name"), text("gen_ai.request.model")) {
                    (Some(operation), Some(model)) if span.name == format!("{operation} {model}") => {
                        "{gen_ai.operation.name} {gen_ai.request.model}".to_owned()
                    }
                    _ => span.name.clone(),
                };
                spans.insert(format!("{template} ({})", span.kind.map_or("no kind", SpanKind::as_str)));
            }
            Sample::Log(log) => {
                names.insert(log.event_name.clone());
            }
            _ => {}
        }
    }
    (names.into_iter().collect(), spans.into_iter().collect())
}

/// What a family calls spans of model calls, and their kind.
fn spans_of(convention: &Convention, release: Option<Release>) -> Vec<String> {
    let Some(vocabulary) = &convention.vocabulary else { return otel_spans(Registry::embedded(), release) };
    let kind = vocabulary.span_kind.as_deref().unwrap_or("no kind");
    let names: BTreeSet<&String> = vocabulary.span.iter().flat_map(|span| &span.names).collect();
    names.into_iter().map(|name| format!("{name} ({kind})")).collect()
}

fn otel_spans(registry: &Registry, release: Option<Release>) -> Vec<String> {
    let Some(place) = release.and_then(|release| registry.releases.place(release)) else {
        return Vec::new();
    };
    let is_call = |operations: &[String]| operations.iter().any(|word| word == "chat");
    let mut spans = BTreeSet::new();
    for class in registry.classes.iter().filter(|class| class.provider.is_none() && is_call(&class.operations)) {
        let kind = class.kinds.at(place).and_then(|kinds| kinds.first()).map_or("no kind", |kind| kind.as_str());
        spans.extend(class.span_names.at(place).into_iter().flatten().map(|name| format!("{name} ({kind})")));
    }
    spans.into_iter().collect()
}
