//! Reading the registry files into tables.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::raw::{
    RawAttributes, RawContents, RawDeprecation, RawEnums, RawReference, RawRelease, RawSignal, RawSignals, RawSpan,
};
use super::{
    Attribute, AttributeRow, AttributeType, ClassId, Condition, Deprecation, Family, Level, Member, NameTemplate,
    Requirement, RequirementRow, Rows, Signal, SignalRow, SpanClass,
};
use crate::semconv::{RegistryRelease, ReleaseSet, Releases, SpanKind};

/// Why the registry files cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A file is not there.
    #[error("the registry file `{0}` is missing")]
    Missing(String),
    /// A file is not what it should be.
    #[error("{file}: {source}")]
    Syntax {
        /// The file.
        file: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A convention file's vocabulary is not what it should be.
    #[error("harness/conventions: {0}")]
    Family(#[from] toml::de::Error),
    /// A row has a shape or a word that is not known.
    #[error("{file}: row of `{name}`: {problem}")]
    Row {
        /// The file.
        file: String,
        /// The attribute, metric or event.
        name: String,
        /// What is wrong.
        problem: String,
    },
}

/// Every release at once.
#[derive(Debug)]
pub struct Registry {
    /// The releases, oldest first.
    pub releases: Releases,
    /// Attributes by name.
    pub attributes: HashMap<String, Attribute>,
    /// Names that are a template in some release, longest first.
    pub templates: Vec<String>,
    /// Namespaces of attributes that are no templates.
    pub namespaces: HashMap<String, ReleaseSet>,
    /// Metrics by name.
    pub metrics: BTreeMap<String, Signal>,
    /// Events by name.
    pub events: BTreeMap<String, Signal>,
    /// Span definitions.
    pub classes: Vec<SpanClass>,
    /// Content schemas by the attribute they belong to.
    pub contents: HashMap<String, Rows<Arc<Value>>>,
    /// Attributes that releases list for generative AI.
    pub genai: BTreeMap<String, ReleaseSet>,
    /// Other naming families.
    pub families: Vec<Family>,
    /// Attributes that each release lists for generative AI: place, number of attributes, spans, events, metrics.
    pub counts: Vec<[usize; 4]>,
    /// How many attribute slots there are.
    pub slots: usize,
}

/// Files by name.
struct Files<'a>(&'a [(&'a str, &'a str)]);

impl Files<'_> {
    fn text(&self, file: &str) -> Result<&str, RegistryError> {
        let found = self.0.iter().find(|(name, _)| *name == file);
        found.map(|(_, text)| *text).ok_or_else(|| RegistryError::Missing(file.to_owned()))
    }

    fn read<T: DeserializeOwned>(&self, file: &str) -> Result<T, RegistryError> {
        serde_json::from_str(self.text(file)?).map_err(|source| RegistryError::Syntax { file: file.to_owned(), source })
    }
}

const ATTRIBUTES: &str = "registry-attributes.json";
const ENUMS: &str = "registry-enums.json";
const SIGNALS: &str = "registry-signals.json";
const CONTENTS: &str = "content-schemas.json";

impl Registry {
    /// Reads the files of `harness/semconv`: name, text. The order of releases is that of `registry-attributes.json`.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, RegistryError> {
        let files = Files(files);
        let raw: RawAttributes = files.read(ATTRIBUTES)?;
        let raw_releases = raw
            .versions
            .iter()
            .map(|version| files.read::<RawRelease>(&format!("{version}.json")))
            .collect::<Result<Vec<_>, _>>()?;
        let releases = Releases(raw_releases.iter().map(release).collect());
        let mut registry = Self {
            attributes: HashMap::with_capacity(raw.attributes.len()),
            templates: Vec::new(),
            namespaces: HashMap::new(),
            metrics: BTreeMap::new(),
            events: BTreeMap::new(),
            classes: Vec::new(),
            contents: HashMap::new(),
            genai: BTreeMap::new(),
            families: Vec::new(),
            counts: raw_releases.iter().map(counts).collect(),
            slots: 0,
            releases,
        };
        registry.add_attributes(&raw, &FreeText::of(&raw_releases))?;
        registry.add_enums(&files.read(ENUMS)?)?;
        registry.add_signals(&files.read(SIGNALS)?)?;
        for (place, raw) in raw_releases.iter().enumerate() {
            registry.add_release(ReleaseSet::single(place), raw);
        }
        registry.add_contents(files.read(CONTENTS)?)?;
        registry.families = Family::read_all()?;
        Ok(registry)
    }

    fn run(&self, file: &str, name: &str, from: &str, to: &str) -> Result<ReleaseSet, RegistryError> {
        let place = |text: &str| self.releases.place(text.parse().ok()?);
        match (place(from), place(to)) {
            (Some(from), Some(to)) if from <= to => Ok(ReleaseSet::run(from, to)),
            _ => Err(row_error(file, name, &format!("no run of releases from `{from}` to `{to}`"))),
        }
    }

    fn add_attributes(&mut self, raw: &RawAttributes, free_text: &FreeText) -> Result<(), RegistryError> {
        for (name, rows) in &raw.attributes {
            let mut attribute = Attribute { slot: self.slots, ..Attribute::default() };
            self.slots += 1;
            for row in rows {
                let (from, to, fact) = attribute_row(name, row)?;
                let releases = self.run(ATTRIBUTES, name, from, to)?;
                let in_sentences = releases.and(free_text.releases(name));
                if let (Some(deprecated), false) = (&fact.deprecated, in_sentences.is_empty()) {
                    let deprecated = Some(Deprecation { is_free_text: true, ..deprecated.clone() });
                    attribute.rows.add(in_sentences, AttributeRow { deprecated, ..fact.clone() });
                    let rest = releases.minus(in_sentences);
                    if !rest.is_empty() {
                        attribute.rows.add(rest, fact);
                    }
                } else {
                    attribute.rows.add(releases, fact);
                }
            }
            for (end, _) in name.match_indices('.') {
                let namespace = self.namespaces.entry(name[..end].to_owned()).or_default();
                *namespace = namespace.or(attribute.known());
            }
            if !attribute.template().is_empty() {
                self.templates.push(name.clone());
            }
            self.attributes.insert(name.clone(), attribute);
        }
        self.templates.sort_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        Ok(())
    }

    fn add_enums(&mut self, raw: &RawEnums) -> Result<(), RegistryError> {
        for (name, rows) in &raw.enums {
            for (from, to, values) in rows {
                let releases = self.run(ENUMS, name, from, to)?;
                let members = values.iter().filter_map(member).collect();
                let attribute =
                    self.attributes.get_mut(name).ok_or_else(|| row_error(ENUMS, name, "no such attribute"))?;
                attribute.members.add(releases, members);
            }
        }
        Ok(())
    }

    fn add_signals(&mut self, raw: &RawSignals) -> Result<(), RegistryError> {
        for (name, rows) in &raw.metrics {
            for (from, to, facts) in rows {
                let releases = self.run(SIGNALS, name, from, to)?;
                let [instrument, unit, stability, deprecated @ ..] = facts.as_slice() else {
                    return Err(row_error(SIGNALS, name, "a metric has instrument, unit and stability"));
                };
                let row = SignalRow {
                    instrument: instrument.clone(),
                    unit: unit.clone(),
                    stability: stability.clone(),
                    is_deprecated: !deprecated.is_empty(),
                };
                self.metrics.entry(name.clone()).or_default().rows.add(releases, row);
            }
        }
        for (name, rows) in &raw.events {
            for (from, to, facts) in rows {
                let releases = self.run(SIGNALS, name, from, to)?;
                let [stability, deprecated @ ..] = facts.as_slice() else {
                    return Err(row_error(SIGNALS, name, "an event has a stability"));
                };
                let row = SignalRow {
                    instrument: None,
                    unit: None,
                    stability: stability.clone(),
                    is_deprecated: !deprecated.is_empty(),
                };
                self.events.entry(name.clone()).or_default().rows.add(releases, row);
            }
        }
        Ok(())
    }

    fn add_release(&mut self, release: ReleaseSet, raw: &RawRelease) {
        for (name, raw_attribute) in &raw.attributes {
            let listed = self.genai.entry(name.clone()).or_default();
            *listed = listed.or(release);
            let Some(attribute) = self.attributes.get_mut(name) else { continue };
            for (value, member) in &raw_attribute.members {
                // Two members may share a value, one of them deprecated; the value then is not.
                let same = |known: &&Member| matches!(known, Member::Text(text) if text == value);
                let is_shared = attribute.members.iter().any(|(releases, members)| {
                    !releases.and(release).is_empty() && members.iter().filter(same).count() > 1
                });
                if let Some(deprecated) = member.deprecated.as_ref().filter(|_| !is_shared) {
                    let rows = attribute.deprecated_members.entry(value.clone()).or_default();
                    rows.add(release, deprecation(deprecated));
                }
            }
        }
        let slots = &self.attributes;
        for (name, raw_signal) in &raw.metrics {
            add_signal(self.metrics.entry(name.clone()).or_default(), slots, release, raw_signal);
        }
        for (name, raw_signal) in &raw.events {
            add_signal(self.events.entry(name.clone()).or_default(), slots, release, raw_signal);
        }
        for (name, span) in raw.spans.iter().filter(|(_, span)| !span.is_abstract) {
            add_class(&mut self.classes, slots, release, name, span);
        }
    }

    fn add_contents(&mut self, raw: RawContents) -> Result<(), RegistryError> {
        let names: BTreeSet<&String> = self.attributes.keys().collect();
        for (content, schemas) in raw.content {
            let spelled =
                |name: &&&String| name.strip_prefix("gen_ai.").is_some_and(|rest| rest.replace('.', "_") == content);
            let name = names.iter().find(spelled).ok_or_else(|| row_error(CONTENTS, &content, "no such attribute"))?;
            let mut rows = Rows::default();
            for entry in schemas {
                let schema = Arc::new(entry.schema);
                for version in entry.versions {
                    rows.add(self.run(CONTENTS, name, &version, &version)?, Arc::clone(&schema));
                }
            }
            self.contents.insert((*name).clone(), rows);
        }
        Ok(())
    }

    /// The class at a place.
    pub fn class(&self, id: ClassId) -> &SpanClass {
        &self.classes[id.0]
    }
}

/// Where a deprecation was still a sentence. The rows over all releases do not say; the file of each release does, and
/// before the first categorised deprecation there was nothing else.
struct FreeText {
    before: ReleaseSet,
    attributes: HashMap<String, ReleaseSet>,
}

impl FreeText {
    fn of(releases: &[RawRelease]) -> Self {
        let mut attributes: HashMap<String, ReleaseSet> = HashMap::new();
        let mut first = releases.len();
        for (place, release) in releases.iter().enumerate() {
            let signals = release.events.values().chain(release.metrics.values());
            let deprecations = signals.filter_map(|signal| signal.deprecated.as_ref());
            let of_attributes = release.attributes.values().filter_map(|attribute| attribute.deprecated.as_ref());
            if deprecations.chain(of_attributes).any(|deprecated| !deprecated.from_text) {
                first = first.min(place);
            }
            for (name, attribute) in &release.attributes {
                if attribute.deprecated.as_ref().is_some_and(|deprecated| deprecated.from_text) {
                    let set = attributes.entry(name.clone()).or_default();
                    *set = set.or(ReleaseSet::single(place));
                }
            }
        }
        Self { before: ReleaseSet::first(first), attributes }
    }

    fn releases(&self, name: &str) -> ReleaseSet {
        self.attributes.get(name).map_or(self.before, |set| set.or(self.before))
    }
}

fn release(raw: &RawRelease) -> RegistryRelease {
    RegistryRelease {
        release: raw.version,
        schema_url: raw.schema_url.clone(),
        repository: raw.source.repo.clone(),
        tag: raw.source.tag.clone(),
        commit: raw.source.commit.clone(),
        date: raw.source.date.clone(),
    }
}

fn counts(raw: &RawRelease) -> [usize; 4] {
    [raw.attributes.len(), raw.spans.len(), raw.events.len(), raw.metrics.len()]
}

fn row_error(file: &str, name: &str, problem: &str) -> RegistryError {
    RegistryError::Row { file: file.to_owned(), name: name.to_owned(), problem: problem.to_owned() }
}

fn attribute_row<'a>(name: &str, row: &'a Value) -> Result<(&'a str, &'a str, AttributeRow), RegistryError> {
    let error = |problem: &str| row_error(ATTRIBUTES, name, problem);
    let word = |index: usize| row.get(index).and_then(Value::as_str);
    let (Some(from), Some(to), Some(kind)) = (word(0), word(1), word(2)) else {
        return Err(error("a row is `[from, to, type, stability, deprecation?]`"));
    };
    let deprecated = match row.get(4) {
        Some(value) => Some(RawDeprecation::deserialize_from(value).map_err(|problem| error(&problem.to_string()))?),
        None => None,
    };
    let fact = AttributeRow {
        kind: AttributeType::parse(kind).ok_or_else(|| error(&format!("no type `{kind}`")))?,
        stability: word(3).map(ToOwned::to_owned),
        deprecated: deprecated.as_ref().map(deprecation),
    };
    Ok((from, to, fact))
}

impl RawDeprecation {
    fn deserialize_from(value: &Value) -> Result<Self, serde_json::Error> {
        serde::Deserialize::deserialize(value)
    }
}

fn deprecation(raw: &RawDeprecation) -> Deprecation {
    Deprecation {
        reason: raw.reason.clone(),
        renamed_to: raw.renamed_to.clone(),
        moved_to: raw.moved_to.clone(),
        is_free_text: raw.from_text,
    }
}

fn member(value: &Value) -> Option<Member> {
    value.as_str().map(|text| Member::Text(text.to_owned())).or_else(|| value.as_i64().map(Member::Int))
}

type Slots = HashMap<String, Attribute>;

fn add_signal(signal: &mut Signal, slots: &Slots, release: ReleaseSet, raw: &RawSignal) {
    if let Some(deprecated) = &raw.deprecated {
        signal.deprecations.add(release, deprecation(deprecated));
    }
    if !raw.buckets.is_empty() {
        signal.buckets.add(release, raw.buckets.clone());
    }
    add_requirements(&mut signal.requirements, slots, release, &raw.attributes);
}

fn add_requirements(
    requirements: &mut Vec<Requirement>,
    slots: &Slots,
    release: ReleaseSet,
    raw: &BTreeMap<String, RawReference>,
) {
    for (name, reference) in raw {
        let Some(attribute) = slots.get(name) else { continue };
        let row = RequirementRow {
            level: reference.level,
            condition: Condition::parse(reference.condition.as_deref()),
            constant: reference.constant.clone(),
        };
        if let Some(known) = requirements.iter_mut().find(|known| *known.attribute == **name) {
            known.rows.add(release, row);
            continue;
        }
        let mut rows = Rows::default();
        rows.add(release, row);
        requirements.push(Requirement {
            attribute: name.as_str().into(),
            slot: attribute.slot,
            is_template: !attribute.template().is_empty(),
            rows,
        });
    }
}

/// Operations of a span that names none: by what the release calls it.
fn operations(name: &str, span: &RawSpan) -> Vec<String> {
    let words: &[&str] = if !span.operation.is_empty() {
        return span.operation.clone();
    } else if name.contains("memory") {
        &["create_memory", "search_memory", "update_memory", "delete_memory"]
    } else if name.contains("fetch_response") {
        &["fetch_response"]
    } else {
        &["chat", "generate_content", "text_completion"]
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

const PROVIDERS: [&str; 2] = ["gen_ai.provider.name", "gen_ai.system"];

/// The one provider that a span is for: a constant of the span or of its attribute.
fn provider(span: &RawSpan) -> Option<String> {
    PROVIDERS
        .iter()
        .find_map(|name| span.constants.get(*name).or_else(|| span.attributes.get(*name)?.constant.as_ref()))
        .and_then(Value::as_str)
        .map(|word| provider_of_today(word).to_owned())
}

/// A provider by its newest name.
pub(crate) fn provider_of_today(word: &str) -> &str {
    match word {
        "az.ai.inference" => "azure.ai.inference",
        "az.ai.openai" => "azure.ai.openai",
        other => other,
    }
}

fn add_class(classes: &mut Vec<SpanClass>, slots: &Slots, release: ReleaseSet, name: &str, span: &RawSpan) {
    let operations = operations(name, span);
    let kind = span.kind.as_deref().and_then(SpanKind::parse).unwrap_or(SpanKind::Client);
    let provider = provider(span);
    let known = classes.iter_mut().position(|class| {
        class.operations == operations
            && class.provider == provider
            && class.kinds.iter().all(|(_, kinds)| kinds.first() == Some(&kind))
    });
    let place = known.unwrap_or_else(|| {
        classes.push(SpanClass {
            operations,
            provider,
            names: Rows::default(),
            kinds: Rows::default(),
            span_names: Rows::default(),
            requirements: Vec::new(),
        });
        classes.len() - 1
    });
    let class = &mut classes[place];
    let also = span.kind_also.iter().filter_map(|word| SpanKind::parse(word));
    class.names.add(release, (name.to_owned(), span.group.clone()));
    class.kinds.add(release, std::iter::once(kind).chain(also).collect());
    class.span_names.add(release, span.name.iter().map(|text| NameTemplate::parse(text)).collect());
    add_requirements(&mut class.requirements, slots, release, &span.attributes);
    // What the text fixes must be there, whether or not the span lists it.
    let fixed = span.constants.iter().filter(|(name, _)| !span.attributes.contains_key(*name));
    let fixed = fixed.map(|(name, value)| {
        let reference = RawReference { level: Level::Required, condition: None, constant: Some(value.clone()) };
        (name.clone(), reference)
    });
    add_requirements(&mut class.requirements, slots, release, &fixed.collect());
}
