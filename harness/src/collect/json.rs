//! OTLP/JSON as exporters write it, not only as it should be; what is tolerated is told.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::Value;

use super::signal::Signal;
use crate::telemetry::{Flaw, FlawKind};

/// Reads what Protobuf's own JSON mapping allows and OTLP does not, such as HoneyHive's exporter writes it, and remembers
/// what that was.
pub(super) struct Lenient {
    signal: Signal,
    flaws: BTreeSet<Flaw>,
}

impl Lenient {
    pub(super) fn new(signal: Signal) -> Self {
        Self { signal, flaws: BTreeSet::new() }
    }

    /// What was tolerated, each once.
    pub(super) fn into_flaws(self) -> BTreeSet<Flaw> {
        self.flaws
    }

    /// The same message as OTLP wants it: enumerators by number, member names in lowerCamelCase. Members that are null,
    /// which both mappings allow, are left out. No member of a message is named by an application, so that each can be
    /// looked at.
    pub(super) fn strict(&mut self, value: Value) -> Value {
        match value {
            Value::Object(members) => members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| {
                    let name = self.name(name);
                    let number = value.as_str().and_then(|word| self.enumerator(&name, word));
                    let value = number.map_or_else(|| self.strict(value), Value::from);
                    (name, value)
                })
                .collect(),
            Value::Array(values) => values.into_iter().map(|value| self.strict(value)).collect(),
            other => other,
        }
    }

    /// Otherwise a member that is spelled differently would be passed over as unknown, and what it says would be lost.
    fn name(&mut self, name: String) -> String {
        if !name.contains('_') {
            return name;
        }
        let mut words = name.split('_');
        let mut camel = words.next().unwrap_or_default().to_owned();
        for word in words {
            let mut letters = word.chars();
            camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
            camel.push_str(letters.as_str());
        }
        self.flaw(&camel, format!("the member is named `{name}`; OTLP's JSON has `{camel}`"));
        camel
    }

    fn enumerator(&mut self, member: &str, word: &str) -> Option<i32> {
        // The example is not the word that was met: which one comes first is chance where spans end at the same time.
        let (number, example) = match member {
            "kind" => (SpanKind::from_str_name(word)? as i32, SpanKind::Client.as_str_name()),
            "code" => (StatusCode::from_str_name(word)? as i32, StatusCode::Ok.as_str_name()),
            _ => return None,
        };
        self.flaw(
            member,
            format!("`{member}` is a word such as `{example}`; OTLP's JSON has enumerators by number only"),
        );
        Some(number)
    }

    fn flaw(&mut self, member: &str, message: String) {
        let place = format!("{}/{member}", self.signal.as_str());
        // Once for each member, whichever words it has: that many findings would say the same.
        if self.flaws.iter().all(|flaw| flaw.place != place) {
            self.flaws.insert(Flaw { kind: FlawKind::NotOtlp, place, message });
        }
    }
}
