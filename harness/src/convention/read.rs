//! Reading a concept off a span.

use serde_json::Value as Json;

use super::{Arity, Concept, Convention, Indexes, Release, Spelling, SpellingType, Take};
use crate::scenario::Operation;
use crate::telemetry::{Attributes, LogRecord, Span, Value};

/// A span, and what else may carry its concepts.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The span itself.
    pub span: &'a Span,
    /// Log records written in the span.
    pub logs: Vec<&'a LogRecord>,
    /// Its ancestors, nearest first: the application's own span says whose session it is.
    pub ancestors: Vec<&'a Span>,
}

/// What a span says about a concept.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// It says this.
    Present {
        /// The value, in our words, with its type.
        value: Json,
        /// Where it stands, for messages.
        source: String,
    },
    /// Something stands there that cannot be read as declared.
    Unreadable {
        /// Where it stands.
        source: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It says nothing.
    Missing {
        /// Where it was looked for.
        looked_for: String,
        /// A spelling of another release that the span does have.
        other_release: Option<String>,
    },
    /// The family, at this release, has no place for it. The reason.
    AbsentByDesign(String),
}

impl<'a> Evidence<'a> {
    /// A span on its own.
    pub fn of_span(span: &'a Span) -> Self {
        Self { span, logs: Vec::new(), ancestors: Vec::new() }
    }
}

impl Convention {
    /// What a span says about a concept; `release` is the one that the variant declares.
    pub fn read(&self, evidence: &Evidence<'_>, concept: Concept, release: Option<&Release>) -> Reading {
        let table = self.concept.get(&concept);
        if let Some(reason) = table.and_then(|table| table.absent.as_ref()) {
            return Reading::AbsentByDesign(reason.clone());
        }
        let spellings: Vec<_> = self.spellings(concept, release).collect();
        if spellings.is_empty() {
            let elsewhere = self.of_other_releases(evidence, concept).next();
            return elsewhere.unwrap_or_else(|| Reading::AbsentByDesign(self.no_spelling_reason(concept, release)));
        }
        if let Some(reason) = spellings.iter().find_map(|spelling| spelling.cannot_tell.as_ref()) {
            return Reading::AbsentByDesign(reason.clone());
        }
        let mut unreadable = None;
        for spelling in &spellings {
            match spelling.read(evidence, concept) {
                Some(reading @ Reading::Unreadable { .. }) => unreadable = unreadable.or(Some(reading)),
                Some(reading) => return reading,
                None => {}
            }
        }
        unreadable.unwrap_or_else(|| Reading::Missing {
            looked_for: spellings.iter().map(|spelling| spelling.source()).collect::<Vec<_>>().join(", "),
            other_release: table
                .into_iter()
                .flat_map(|table| &table.spelling)
                .find(|spelling| !spellings.contains(spelling) && spelling.read(evidence, concept).is_some())
                .map(Spelling::source),
        })
    }

    /// What each spelling of a concept says, in their order, as far as they say anything.
    pub fn read_each(&self, evidence: &Evidence<'_>, concept: Concept, release: Option<&Release>) -> Vec<Reading> {
        if self.spellings(concept, release).next().is_none() {
            return self.of_other_releases(evidence, concept).collect();
        }
        let tells = |spelling: &&Spelling| spelling.cannot_tell.is_none();
        let spellings = self.spellings(concept, release).filter(tells);
        spellings.filter_map(|spelling| spelling.read(evidence, concept)).collect()
    }

    /// What stands under the names that only other releases have. Nobody owes it; but who writes it is taken at his word.
    fn of_other_releases(&self, evidence: &Evidence<'_>, concept: Concept) -> impl Iterator<Item = Reading> {
        let spellings = self.concept.get(&concept).into_iter().flat_map(|table| &table.spelling);
        let readings = spellings.filter(|spelling| spelling.cannot_tell.is_none());
        let readings = readings.filter_map(move |spelling| spelling.read(evidence, concept));
        readings.filter(|reading| matches!(reading, Reading::Present { .. }))
    }

    /// What the attributes of a point or a log record say about a concept.
    pub fn read_attributes(
        &self,
        attributes: &Attributes,
        concept: Concept,
        release: Option<&Release>,
    ) -> Option<Reading> {
        let tells = |spelling: &&Spelling| spelling.cannot_tell.is_none() && spelling.attribute.is_some();
        let reading = |spelling: &Spelling| spelling.reading(spelling.in_attributes(attributes), concept);
        if self.spellings(concept, release).next().is_none() {
            let all = self.concept.get(&concept).into_iter().flat_map(|table| &table.spelling);
            return all.filter(tells).find_map(reading).filter(|said| matches!(said, Reading::Present { .. }));
        }
        self.spellings(concept, release).filter(tells).find_map(reading)
    }

    /// What the span stands for, when it stands for a call of the model, at whatever release.
    pub fn operation(&self, span: &Span) -> Option<Operation> {
        let table = self.concept.get(&Concept::Operation)?;
        let evidence = Evidence::of_span(span);
        let reading = table.spelling.iter().find_map(|spelling| spelling.read(&evidence, Concept::Operation));
        match reading {
            Some(Reading::Present { value: Json::String(word), .. }) => match word.as_str() {
                "chat" => Some(Operation::Chat),
                "embeddings" => Some(Operation::Embeddings),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a log record tells of a call of the model, at whatever release: it is an event that the family has for that,
    /// or names the operation or the answer.
    pub fn tells_of_a_call(&self, record: &LogRecord) -> bool {
        let spellings = || self.concept.values().flat_map(|table| &table.spelling);
        let is_event = |spelling: &Spelling| spelling.event.as_ref().is_some_and(|event| *event == record.event_name);
        let names = |concept: Concept| {
            let mut spellings = self.concept.get(&concept).into_iter().flat_map(|table| &table.spelling);
            spellings.any(|spelling| !spelling.in_attributes(&record.attributes).is_empty())
        };
        spellings().any(is_event) || names(Concept::Operation) || names(Concept::ResponseId)
    }

    fn no_spelling_reason(&self, concept: Concept, release: Option<&Release>) -> String {
        match release.or(self.newest.as_ref()) {
            Some(release) => format!("release {release} has no place for `{concept}`"),
            None => format!("there is no place for `{concept}`"),
        }
    }
}

/// One value as it was found, before it is put into our words.
enum Found {
    Value(Json, String),
    Wrong(Reading),
}

impl Spelling {
    fn read(&self, evidence: &Evidence<'_>, concept: Concept) -> Option<Reading> {
        let spans =
            std::iter::once(evidence.span).chain(evidence.ancestors.iter().copied().filter(|_| concept.is_inherited()));
        let found = match (&self.attribute, &self.event) {
            (Some(_), _) => spans.map(|span| self.in_attributes(&span.attributes)).find(|found| !found.is_empty())?,
            (None, Some(event)) => self.in_events(event, evidence),
            (None, None) => return None,
        };
        self.reading(found, concept)
    }

    fn reading(&self, found: Vec<Found>, concept: Concept) -> Option<Reading> {
        let count = found.len();
        let mut values = Vec::new();
        let mut source = None;
        for one in found {
            match one {
                Found::Wrong(reading) => return Some(reading),
                Found::Value(value, _) if self.take == Some(Take::Text) && !value.is_string() => {}
                Found::Value(value, from) => {
                    values.push(self.in_our_words(value));
                    source.get_or_insert(from);
                }
            }
        }
        let value = match self.take {
            Some(Take::Count) if count > 0 => Json::from(count),
            _ => shaped(values, concept.arity())?,
        };
        Some(Reading::Present { value, source: source? })
    }

    fn in_attributes(&self, attributes: &Attributes) -> Vec<Found> {
        let Some(template) = &self.attribute else { return Vec::new() };
        template
            .find(attributes)
            .into_iter()
            .filter(|(_, indexes, _)| self.condition_holds(attributes, indexes))
            .flat_map(|(name, _, value)| self.in_value(name, value))
            .collect()
    }

    fn condition_holds(&self, attributes: &Attributes, indexes: &Indexes) -> bool {
        self.when.as_ref().is_none_or(|condition| {
            let other = condition.attribute.fill(indexes).and_then(|name| attributes.get(&name));
            matches!(other, Some(Value::String(text)) if *text == condition.equals)
        })
    }

    fn in_value(&self, name: &str, value: &Value) -> Vec<Found> {
        let wrong = |problem: String| vec![Found::Wrong(Reading::Unreadable { source: format!("`{name}`"), problem })];
        if let Some(kind) = self.kind
            && !kind.fits(value)
        {
            return wrong(format!("{} is not of the declared type {}", to_json(value), kind.as_str()));
        }
        let json = match (self.kind, value) {
            (Some(SpellingType::Json), Value::String(text)) => match serde_json::from_str(text) {
                Ok(json) => json,
                Err(error) => return wrong(format!("not JSON: {error}")),
            },
            (Some(SpellingType::JsonOrText), Value::String(text)) if text.starts_with(['{', '[']) => {
                serde_json::from_str(text).unwrap_or_else(|_| to_json(value))
            }
            _ => to_json(value),
        };
        match &self.path {
            Some(path) => {
                let source = format!("`{name}` at `{path}`");
                path.find(&json).into_iter().map(|value| Found::Value(value.clone(), source.clone())).collect()
            }
            None => vec![Found::Value(json, format!("`{name}`"))],
        }
    }

    fn in_events(&self, event: &str, evidence: &Evidence<'_>) -> Vec<Found> {
        let Some(path) = &self.path else { return Vec::new() };
        let on_span = evidence.span.events.iter().filter(|one| one.name == event);
        let in_logs = evidence.logs.iter().filter(|record| record.event_name == event);
        let in_logs = in_logs.flat_map(|record| [to_json(&record.body), attributes_to_json(&record.attributes)]);
        let bodies = on_span.map(|one| opened(attributes_to_json(&one.attributes))).chain(in_logs);
        let source = self.source();
        bodies
            .flat_map(|body| path.find(&body).into_iter().cloned().collect::<Vec<_>>())
            .map(|value| Found::Value(value, source.clone()))
            .collect()
    }

    fn in_our_words(&self, value: Json) -> Json {
        let value = match (self.take, &value) {
            (Some(Take::Json), Json::String(text)) => serde_json::from_str(text).unwrap_or(value),
            (Some(Take::UrlHost), Json::String(text)) => url_parts(text).map_or(value, |(host, _)| host.into()),
            (Some(Take::UrlPort), Json::String(text)) => url_parts(text).map_or(value, |(_, port)| port.into()),
            _ => value,
        };
        match value {
            Json::String(text) => Json::String(self.values.get(&text).cloned().unwrap_or(text)),
            Json::Array(values) => Json::Array(values.into_iter().map(|value| self.translated(value)).collect()),
            other => other,
        }
    }

    fn translated(&self, value: Json) -> Json {
        match value {
            Json::String(text) => Json::String(self.values.get(&text).cloned().unwrap_or(text)),
            other => other,
        }
    }
}

impl SpellingType {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::String => matches!(value, Value::String(_)),
            Self::Int => matches!(value, Value::Int(_)),
            Self::Double => matches!(value, Value::Double(_)),
            Self::Boolean => matches!(value, Value::Bool(_)),
            Self::Strings => {
                matches!(value, Value::Array(values) if values.iter().all(|value| matches!(value, Value::String(_))))
            }
            Self::Json | Self::JsonOrText => matches!(value, Value::String(_) | Value::Array(_) | Value::Map(_)),
        }
    }
}

/// The values as the concept has them; none when nothing was found.
fn shaped(mut values: Vec<Json>, arity: Arity) -> Option<Json> {
    match (arity, values.len()) {
        (_, 0) => None,
        (Arity::One, 1) | (Arity::Last, _) => values.pop(),
        (Arity::List, 1) if values[0].is_array() => values.pop(),
        _ => Some(Json::Array(values)),
    }
}

/// An attribute value as JSON that keeps its type: `89`, `89.0`, `"89"` and `["89"]` stay different.
pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::String(text.clone()),
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) => Json::from(*number),
        Value::Double(number) => Json::from(*number),
        Value::Bytes(bytes) => Json::Array(bytes.iter().map(|byte| Json::from(*byte)).collect()),
        Value::Array(values) => Json::Array(values.iter().map(to_json).collect()),
        Value::Map(attributes) => attributes_to_json(attributes),
        Value::Empty => Json::Null,
    }
}

fn attributes_to_json(attributes: &Attributes) -> Json {
    Json::Object(attributes.iter().map(|(name, value)| (name.clone(), to_json(value))).collect())
}

/// The attributes of an event, with those opened that are an object or array of JSON in a string: events have no body but
/// these.
fn opened(attributes: Json) -> Json {
    let Json::Object(attributes) = attributes else { return attributes };
    let open = |value: Json| match &value {
        Json::String(text) if text.starts_with(['{', '[']) => serde_json::from_str(text).unwrap_or(value),
        _ => value,
    };
    Json::Object(attributes.into_iter().map(|(name, value)| (name, open(value))).collect())
}

/// Host and port of an absolute URL.
fn url_parts(text: &str) -> Option<(String, u64)> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let usual = if scheme == "https" { 443 } else { 80 };
    match authority.rsplit_once(':') {
        Some((host, port)) => Some((host.to_owned(), port.parse().ok()?)),
        None => Some((authority.to_owned(), usual)),
    }
}
