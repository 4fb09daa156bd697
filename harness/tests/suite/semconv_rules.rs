//! A corpus made from the registry, held against the rules of Weaver's live-check as they are written down: plainly, one
//! release and one sample at a time, straight from the files.

use std::collections::{BTreeMap, BTreeSet};

use azmatrix::semconv::{CheckOptions, Checker, EMBEDDED, Registry, weaver_samples_of};
use serde_json::{Value, json};

/// Path and id, as often as they occur.
type Answers = Vec<(String, String)>;

fn file(name: &str) -> Value {
    let text = EMBEDDED.iter().find(|(file, _)| *file == name).expect("the file").1;
    serde_json::from_str(text).expect("JSON")
}

/// What one release says, read anew.
struct Release {
    attributes: BTreeMap<String, Value>,
    members: BTreeMap<String, Vec<Value>>,
    metrics: BTreeMap<String, Value>,
    events: BTreeMap<String, Value>,
    lists: BTreeMap<String, Value>,
    /// Names that are templates.
    templates: BTreeSet<String>,
    /// Every part before a dot of an attribute that is no template.
    namespaces: BTreeSet<String>,
}

impl Release {
    fn read(version: &str) -> Self {
        let table = file("registry-attributes.json");
        let versions: Vec<&str> =
            table["versions"].as_array().expect("versions").iter().filter_map(Value::as_str).collect();
        let place = |name: &Value| versions.iter().position(|known| name == known).expect("a release");
        let here = place(&json!(version));
        let row_of = |rows: &Value| {
            let rows = rows.as_array().expect("rows");
            rows.iter().find(|row| place(&row[0]) <= here && here <= place(&row[1])).cloned()
        };
        let pick = |table: &Value| -> BTreeMap<String, Value> {
            let rows = table.as_object().expect("a table").iter();
            rows.filter_map(|(name, rows)| Some((name.clone(), row_of(rows)?))).collect()
        };
        let signals = file("registry-signals.json");
        let own = file(&format!("{version}.json"));
        let lists = ["metrics", "events"].iter().flat_map(|kind| own[*kind].as_object().expect("signals").clone());
        let attributes = pick(&table["attributes"]);
        let is_template = |row: &Value| row[2].as_str().expect("a type").starts_with("template[");
        let (mut templates, mut namespaces) = (BTreeSet::new(), BTreeSet::new());
        for (name, row) in &attributes {
            if is_template(row) {
                templates.insert(name.clone());
            } else {
                namespaces.extend(name.match_indices('.').map(|(end, _)| name[..end].to_owned()));
            }
        }
        Self {
            templates,
            namespaces,
            attributes,
            members: pick(&file("registry-enums.json")["enums"])
                .into_iter()
                .map(|(name, row)| (name, row[2].as_array().expect("members").clone()))
                .collect(),
            metrics: pick(&signals["metrics"]),
            events: pick(&signals["events"]),
            lists: lists.map(|(name, signal)| (name, signal["attributes"].clone())).collect(),
        }
    }

    fn is_template(&self, name: &str) -> bool {
        self.templates.contains(name)
    }

    fn plain(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name).filter(|_| !self.is_template(name))
    }

    fn attribute(&self, sample: &Value, path: &str, answers: &mut Answers) {
        let name = sample["name"].as_str().expect("a name");
        let mut say = |id: &str| answers.push((path.to_owned(), id.to_owned()));
        let template = self
            .templates
            .iter()
            .filter(|template| name.starts_with(template.as_str()))
            .max_by_key(|template| template.len());
        let row = self.plain(name).or_else(|| template.and_then(|template| self.attributes.get(template)));
        let is_known = self.plain(name).is_some();
        match (is_known, template) {
            (false, Some(_)) => say("template_attribute"),
            (false, None) => say("missing_attribute"),
            _ => {}
        }
        let namespaces: Vec<&str> = name.match_indices('.').map(|(end, _)| &name[..end]).collect();
        if namespaces.is_empty() {
            say("missing_namespace");
        }
        if template.is_none() && !is_well_formed(name) {
            say("invalid_format");
        }
        for namespace in &namespaces {
            if self.plain(namespace).is_some_and(|row| row.get(4).is_none()) {
                say("illegal_namespace");
            }
        }
        if !is_known && template.is_none() && namespaces.iter().any(|namespace| self.namespaces.contains(*namespace)) {
            say("extends_namespace");
        }
        let Some(row) = row else { return };
        if row.get(4).is_some() {
            say("deprecated");
        }
        if row[3].as_str().is_some_and(|stability| stability != "stable") {
            say("not_stable");
        }
        let declared = row[2].as_str().expect("a type");
        let Some(actual) = type_of(&sample["value"]) else { return };
        if declared.starts_with("enum[") {
            if actual != "string" && actual != "int" {
                say("type_mismatch");
            } else if !self.members[name].contains(&sample["value"]) {
                say("undefined_enum_variant");
            }
            return;
        }
        let declared = declared.strip_prefix("template[").and_then(|inner| inner.strip_suffix(']')).unwrap_or(declared);
        let fits = declared == actual
            || declared == "any"
            || (actual == "int" && declared == "double")
            || (actual == "int[]" && declared == "double[]");
        if !fits {
            say("type_mismatch");
        }
    }

    fn absences(&self, signal: &str, attributes: &Value, path: &str, answers: &mut Answers) {
        let Some(list) = self.lists.get(signal).and_then(Value::as_object) else { return };
        let names: Vec<&str> =
            attributes.as_array().expect("a list").iter().filter_map(|attribute| attribute["name"].as_str()).collect();
        for (name, reference) in list {
            let is_there = |given: &&str| given == name || self.is_template(name) && given.starts_with(name.as_str());
            if !names.iter().any(is_there) {
                let level = reference["level"].as_str().expect("a level");
                answers.push((path.to_owned(), format!("{level}_attribute_not_present")));
            }
        }
    }

    fn state(facts: &Value, deprecated: usize, path: &str, answers: &mut Answers) {
        if facts.get(deprecated).is_some() {
            answers.push((path.to_owned(), "deprecated".to_owned()));
        }
        if facts[deprecated - 1].as_str().is_some_and(|stability| stability != "stable") {
            answers.push((path.to_owned(), "not_stable".to_owned()));
        }
    }

    fn sample(&self, sample: &Value) -> Answers {
        let mut answers = Answers::new();
        let (kind, inner) = sample.as_object().expect("a sample").iter().next().expect("one key");
        let attributes = |list: &Value, path: &str, answers: &mut Answers| {
            for (index, attribute) in list.as_array().into_iter().flatten().enumerate() {
                self.attribute(attribute, &format!("{path}.attributes[{index}]"), answers);
            }
        };
        match kind.as_str() {
            "attribute" => self.attribute(inner, "attribute", &mut answers),
            "log" => {
                let name = inner["event_name"].as_str().expect("a name");
                match self.events.get(name) {
                    Some(row) => Self::state(&row[2], 1, "log", &mut answers),
                    None => answers.push(("log".to_owned(), "missing_event".to_owned())),
                }
                if self.events.contains_key(name) {
                    self.absences(name, &inner["attributes"], "log", &mut answers);
                }
                attributes(&inner["attributes"], "log", &mut answers);
            }
            "metric" => {
                let name = inner["name"].as_str().expect("a name");
                if !is_well_formed(name) {
                    answers.push(("metric".to_owned(), "invalid_format".to_owned()));
                }
                match self.metrics.get(name) {
                    Some(row) => {
                        Self::state(&row[2], 3, "metric", &mut answers);
                        if row[2][0] != inner["instrument"] {
                            answers.push(("metric".to_owned(), "unexpected_instrument".to_owned()));
                        }
                        if row[2][1] != inner["unit"] {
                            answers.push(("metric".to_owned(), "unit_mismatch".to_owned()));
                        }
                    }
                    None => answers.push(("metric".to_owned(), "missing_metric".to_owned())),
                }
                for (index, point) in inner["data_points"].as_array().into_iter().flatten().enumerate() {
                    let path = format!("metric.data_points[{index}]");
                    if self.metrics.contains_key(name) {
                        self.absences(name, &point["attributes"], &path, &mut answers);
                    }
                    attributes(&point["attributes"], &path, &mut answers);
                }
            }
            other => panic!("no rule for {other}"),
        }
        answers.sort();
        answers
    }
}

fn is_well_formed(name: &str) -> bool {
    let mut expects_word = true;
    for (index, character) in name.chars().enumerate() {
        match character {
            'a'..='z' => expects_word = false,
            '0'..='9' if index > 0 => expects_word = false,
            '.' | '_' if !expects_word => expects_word = true,
            _ => return false,
        }
    }
    !expects_word
}

fn type_of(value: &Value) -> Option<String> {
    let word = |value: &Value| match value {
        Value::String(_) => Some("string"),
        Value::Bool(_) => Some("boolean"),
        Value::Number(number) if number.is_f64() => Some("double"),
        Value::Number(_) => Some("int"),
        _ => None,
    };
    let Value::Array(values) = value else { return word(value).map(ToOwned::to_owned) };
    let words: BTreeSet<Option<&str>> = values.iter().filter(|value| !value.is_null()).map(word).collect();
    match words.into_iter().collect::<Option<Vec<_>>>()?.as_slice() {
        [one] => Some(format!("{one}[]")),
        ["double", "int"] => Some("double[]".to_owned()),
        _ => None,
    }
}

/// Values of every type, right and wrong for any attribute.
fn values() -> Vec<Value> {
    vec![
        json!("acme"),
        json!(7),
        json!(2.5),
        json!(true),
        json!(["a", null]),
        json!([1, 2]),
        json!([1, 2.5]),
        json!([true]),
        json!([]),
        json!(["a", 1]),
        json!({"a": 1}),
        Value::Null,
    ]
}

fn attribute_samples() -> Vec<Value> {
    let table = file("registry-attributes.json");
    let enums = file("registry-enums.json");
    let mut samples = Vec::new();
    let mut add = |name: &str, value: Value| samples.push(json!({"attribute": {"name": name, "value": value}}));
    for (index, name) in table["attributes"].as_object().expect("attributes").keys().enumerate() {
        for (turn, value) in values().into_iter().enumerate() {
            // Every name with a few values, every value with many names.
            if (index + turn) % 4 == 0 {
                add(name, value);
            }
        }
        if let Some(rows) = enums["enums"].get(name).and_then(Value::as_array) {
            let members = rows.iter().flat_map(|row| row[2].as_array().cloned().unwrap_or_default());
            members.for_each(|member| add(name, member));
            add(name, json!("1"));
        }
        for (turn, spoilt) in
            [format!("{name}.x"), format!("{name}x"), format!("{name}_"), name.replace('.', ".."), name.to_uppercase()]
                .iter()
                .enumerate()
        {
            if (index + turn) % 2 == 0 {
                add(spoilt, json!("v"));
            }
        }
    }
    for name in ["", ".", "x", "9.x", "a_b.c_d", "gen_ai", "gen_ai.", ".gen_ai", "é.x", "a b.c", "a.b.c.d.e.f"] {
        add(name, json!("v"));
    }
    samples
}

fn signal_samples() -> Vec<Value> {
    let signals = file("registry-signals.json");
    let newest = file("1.41.0.json");
    let some = json!([{"name": "gen_ai.operation.name", "value": "chat"}, {"name": "server.port", "value": "443"}]);
    let listed = |name: &str, kind: &str| -> Value {
        let list = newest[kind].get(name).and_then(|signal| signal["attributes"].as_object());
        list.into_iter().flatten().map(|(name, _)| json!({"name": name, "value": "v"})).collect()
    };
    let mut samples = Vec::new();
    let names = |kind: &str| signals[kind].as_object().expect("signals").keys().cloned().collect::<Vec<_>>();
    for name in names("metrics")
        .into_iter()
        .chain(["acme.size", "Acme-Size", "gen_ai.client.token.usage_"].map(ToOwned::to_owned))
    {
        for (instrument, unit) in
            [("histogram", "s"), ("counter", "{token}"), ("updowncounter", "By"), ("gauge", "1"), ("summary", "s")]
        {
            let points = json!([{"attributes": some}, {"attributes": []}, {"attributes": listed(&name, "metrics")}]);
            samples
                .push(json!({"metric": {"name": name, "instrument": instrument, "unit": unit, "data_points": points}}));
        }
    }
    for name in names("events").into_iter().chain(["acme.happened".to_owned()]) {
        for attributes in [json!([]), some.clone(), listed(&name, "events")] {
            samples.push(json!({"log": {"event_name": name, "attributes": attributes}}));
        }
    }
    samples
}

fn check(samples: &[Value]) {
    let registry = Registry::embedded();
    let options = CheckOptions { releases: registry.releases.all(), all: true, only_shared: true };
    let findings = Checker::new(registry, options).check(&weaver_samples_of(&json!(samples)).expect("samples"));
    for (place, release) in registry.releases.iter().enumerate() {
        let rules = Release::read(&release.release.to_string());
        let mut ours: Vec<Answers> = vec![Answers::new(); samples.len()];
        for finding in findings.iter().filter(|finding| finding.releases.contains(place)) {
            ours[finding.sample].push((finding.path.to_string(), finding.id.to_string()));
        }
        for (sample, mut ours) in samples.iter().zip(ours) {
            ours.sort();
            assert_eq!(ours, rules.sample(sample), "{}: {sample}", release.release);
        }
    }
}

#[test]
fn attributes_made_from_the_registry_follow_the_rules_at_every_release() {
    check(&attribute_samples());
}

#[test]
fn metrics_and_events_made_from_the_registry_follow_the_rules_at_every_release() {
    check(&signal_samples());
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let registry = Registry::embedded();
    let samples = weaver_samples_of(&json!(attribute_samples())).expect("samples");
    let told = |samples: &[azmatrix::semconv::Sample]| {
        let options = CheckOptions { releases: registry.releases.all(), all: true, only_shared: false };
        let mut told: Vec<String> = Checker::new(registry, options)
            .check(samples)
            .iter()
            .map(|finding| format!("{} {} {} {:?}", finding.id, finding.path, finding.detail.message, finding.releases))
            .collect();
        told.sort();
        told
    };
    let reversed: Vec<_> = samples.iter().rev().cloned().collect();
    assert_eq!(told(&samples), told(&reversed));
}
