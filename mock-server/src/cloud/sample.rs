//! The smallest JSON text that meets a JSON Schema, for tools that must be called and formats that must be met.
//!
//! A value is looked for, not computed: where a schema leaves a choice, the first one that leads to an end is taken, so
//! that a schema that refers to itself ends at the first place where it may.

use serde_json::{Map, Value};

use super::json::Json;
use super::pattern;

/// Schemas nested deeper than this have no value.
const DEPTH: usize = 32;
/// Items and members that nobody would want to read.
const MOST_ITEMS: u64 = 64;

/// A value for a schema, as JSON text; null when there is none. What the schema does not ask for is left out.
pub(crate) fn text(schema: &Value) -> String {
    let search = Search { root: schema };
    search.value(schema, &Path::default(), 0).unwrap_or_else(|| "null".to_owned())
}

/// The last JSON Schema that is written in a text, as frameworks do for models that take none.
pub(crate) fn written(text: &str) -> Option<Value> {
    // Most texts are told from those that have one at first sight.
    if memchr::memchr(b'{', text.as_bytes()).is_none() || !text.contains("\"properties\"") {
        return None;
    }
    let mut found = None;
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let mut values = serde_json::Deserializer::from_str(&rest[start..]).into_iter::<Value>();
        rest = match values.next() {
            Some(Ok(value)) => {
                let after = start + values.byte_offset();
                // One that refers to itself is nothing but a reference and what it leads to.
                let refers = value.get("$ref").is_some_and(Value::is_string) && value.get("$defs").is_some();
                if refers || value.get("properties").is_some_and(Value::is_object) {
                    found = Some(value);
                }
                &rest[after..]
            }
            _ => &rest[start + 1..],
        };
    }
    found
}

/// A search for values of one document's schemas.
struct Search<'a> {
    root: &'a Value,
}

/// What the value that is looked for is inside of: references that were followed, and how deep it is.
#[derive(Clone, Default)]
struct Path {
    followed: Vec<String>,
    depth: usize,
}

impl Search<'_> {
    /// A value. `turn` makes those of one list differ.
    fn value(&self, schema: &Value, path: &Path, turn: u64) -> Option<String> {
        let path = Path { depth: path.depth + 1, followed: path.followed.clone() };
        if path.depth > DEPTH || *schema == Value::Bool(false) {
            return None;
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.referred(schema, reference, path, turn);
        }
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            return self.merged(schema, all, &path, turn);
        }
        if let Some(fixed) = schema.get("const") {
            return Some(fixed.to_string());
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty()) {
            return Some(nth(values, turn).to_string());
        }
        for choice in ["anyOf", "oneOf"] {
            if let Some(options) = schema.get(choice).and_then(Value::as_array) {
                return self.first(schema, choice, options, &path, turn);
            }
        }
        if let Some(given) = ["examples", "default"].iter().find_map(|name| exemplar(schema, name)) {
            return Some(given);
        }
        match kind(schema) {
            "string" => Some(Json::from(string(schema, turn)).compact()),
            "integer" => Some(number(schema, turn, 1.0, true)),
            "number" => Some(number(schema, turn, 1.5, false)),
            "boolean" => Some(turn.is_multiple_of(2).to_string()),
            "array" => self.array(schema, &path),
            "null" => Some("null".to_owned()),
            _ => self.object(schema, &path),
        }
    }

    /// What a reference leads to, with what stands beside it. One that is being followed leads nowhere new.
    fn referred(&self, schema: &Value, reference: &str, mut path: Path, turn: u64) -> Option<String> {
        if path.followed.iter().any(|known| known == reference) {
            return None;
        }
        path.followed.push(reference.to_owned());
        let target = self.root.pointer(reference.strip_prefix('#')?)?;
        let beside = schema.as_object()?.keys().any(|name| is_constraint(name));
        if beside {
            let own = without(schema, "$ref");
            return self.value(&merge(&own, target), &path, turn);
        }
        self.value(target, &path, turn)
    }

    /// A value that meets several schemas at once.
    fn merged(&self, schema: &Value, all: &[Value], path: &Path, turn: u64) -> Option<String> {
        let mut merged = without(schema, "allOf");
        for part in all {
            let target = part.get("$ref").and_then(Value::as_str).and_then(|reference| {
                // One that is being followed adds nothing.
                let is_new = !path.followed.iter().any(|known| known == reference);
                is_new.then(|| self.root.pointer(reference.strip_prefix('#')?)).flatten()
            });
            merged = merge(&merged, target.unwrap_or(part));
        }
        self.value(&merged, path, turn)
    }

    /// The first of several schemas that has a value.
    fn first(&self, schema: &Value, choice: &str, options: &[Value], path: &Path, turn: u64) -> Option<String> {
        let own = without(schema, choice);
        let beside = own.as_object().is_some_and(|own| own.keys().any(|name| is_constraint(name)));
        options.iter().find_map(|option| {
            if beside { self.value(&merge(&own, option), path, turn) } else { self.value(option, path, turn) }
        })
    }

    fn array(&self, schema: &Value, path: &Path) -> Option<String> {
        let least = count(schema, "minItems").unwrap_or(0).min(MOST_ITEMS);
        let most = count(schema, "maxItems").unwrap_or(u64::MAX);
        let first = schema.get("prefixItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut items = Vec::new();
        for (item, turn) in first.iter().zip(0..most) {
            items.push(self.value(item, path, turn)?);
        }
        let item = schema.get("items").unwrap_or(&Value::Null);
        // One is enough to show what it would be like, unless there is no end to it.
        let wanted = least.max(u64::from(!item.is_null() && items.is_empty())).min(most);
        for turn in items.len() as u64..wanted {
            match self.value(item, path, turn) {
                Some(item) => items.push(item),
                None if turn >= least => break,
                None => return None,
            }
        }
        Some(format!("[{}]", items.join(",")))
    }

    fn object(&self, schema: &Value, path: &Path) -> Option<String> {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let required: Option<Vec<&str>> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect());
        let is_required = |name: &str| required.as_ref().is_some_and(|names| names.contains(&name));
        // Without a list of what is required, everything is shown that there could be.
        let mut names: Vec<&str> = match &required {
            Some(names) => names.clone(),
            None => properties.keys().map(String::as_str).collect(),
        };
        // Sorted here, because the map's own order depends on how serde_json was built.
        names.sort_unstable();
        names.dedup();
        let mut members = Vec::new();
        for name in names {
            let value = match schema.get("properties").and_then(|all| all.get(name)) {
                Some(property) => self.value(property, path, 0),
                None => Some("\"example\"".to_owned()),
            };
            match value {
                Some(value) => members.push(format!("{}:{value}", Json::from(name).compact())),
                None if is_required(name) => return None,
                None => {}
            }
        }
        let least = count(schema, "minProperties").unwrap_or(0).min(MOST_ITEMS);
        for turn in members.len() as u64..least {
            let other = schema.get("additionalProperties").filter(|other| other.is_object());
            let value = other.map_or(Some("\"example\"".to_owned()), |other| self.value(other, path, turn))?;
            members.push(format!("\"example{}\":{value}", turn + 1));
        }
        Some(format!("{{{}}}", members.join(",")))
    }
}

/// Keywords that say what a value must be, rather than what it is about.
fn is_constraint(name: &str) -> bool {
    const ABOUT: [&str; 8] = ["$ref", "$defs", "definitions", "title", "description", "default", "examples", "$schema"];
    !ABOUT.contains(&name)
}

fn without(schema: &Value, name: &str) -> Value {
    let members = schema.as_object().into_iter().flatten().filter(|(known, _)| *known != name);
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// What meets both: members and what is required of them are joined, of the rest the second says.
fn merge(one: &Value, other: &Value) -> Value {
    let (Value::Object(one), Value::Object(other)) = (one, other) else { return other.clone() };
    let mut merged = one.clone();
    for (name, value) in other {
        match (name.as_str(), merged.get_mut(name)) {
            ("properties", Some(Value::Object(members))) => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    let known = members.get(name).map(|known| merge(known, value));
                    members.insert(name.clone(), known.unwrap_or_else(|| value.clone()));
                }
            }
            ("required" | "allOf", Some(Value::Array(names))) => {
                names.extend(value.as_array().into_iter().flatten().cloned());
            }
            _ => {
                merged.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(merged)
}

/// A value that the schema itself gives, if it is of the right kind.
fn exemplar(schema: &Value, name: &str) -> Option<String> {
    let given = schema.get(name)?;
    let given = if name == "examples" { given.get(0)? } else { given };
    let fits = match kind(schema) {
        "string" => given.is_string(),
        "integer" => given.is_i64() || given.is_u64(),
        "number" => given.is_number(),
        "boolean" => given.is_boolean(),
        _ => false,
    };
    fits.then(|| given.to_string())
}

/// A text of the form, the pattern and the length that are wanted.
fn string(schema: &Value, turn: u64) -> String {
    if let Some(written) = schema.get("pattern").and_then(Value::as_str).and_then(pattern::text) {
        return written;
    }
    let mut text = formatted(schema, turn);
    let (least, most) = (count(schema, "minLength").unwrap_or(0), count(schema, "maxLength").unwrap_or(u64::MAX));
    while (text.chars().count() as u64) < least.min(4096) {
        text.push('e');
    }
    if text.chars().count() as u64 > most {
        text = text.chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
    }
    text
}

fn formatted(schema: &Value, turn: u64) -> String {
    match schema.get("format").and_then(Value::as_str).unwrap_or_default() {
        "date-time" => format!("2026-11-20T06:{:02}:00Z", turn % 60),
        "date" => format!("2026-11-{:02}", 1 + turn % 28),
        "time" => format!("06:{:02}:00Z", turn % 60),
        "duration" => format!("PT{}M", turn + 1),
        "email" => format!("someone{turn}@example.com"),
        "hostname" => format!("host{turn}.example.com"),
        "ipv4" => format!("192.0.2.{}", turn % 256),
        "ipv6" => format!("2001:db8::{turn:x}"),
        "uuid" => format!("00000000-0000-4000-8000-{turn:012x}"),
        "uri" | "url" => format!("https://example.com/{turn}"),
        _ if turn == 0 => "example".to_owned(),
        _ => format!("example {}", turn + 1),
    }
}

/// A number within its bounds, as near to the usual one as they let it.
fn number(schema: &Value, turn: u64, usual: f64, whole: bool) -> String {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0).unwrap_or(if whole { 1.0 } else { 0.5 });
    let least = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|least| next(least, step)));
    let most = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|most| -next(-most, step)));
    let needs_step = whole || schema.get("multipleOf").is_some();
    let mut value = (usual / step).round() * step;
    if let Some(least) = least.filter(|least| value < *least) {
        value = if needs_step { (least / step).ceil() * step } else { least };
    }
    if let Some(most) = most.filter(|most| value > *most) {
        value = if needs_step { (most / step).floor() * step } else { most };
        // Nothing lies between on the grid: the middle does.
        if let Some(least) = least.filter(|least| value < *least) {
            value = f64::midpoint(least, most);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "lists are short")]
    let turned = value + step * turn as f64;
    if most.is_none_or(|most| turned <= most) {
        value = turned;
    }
    if whole || value.fract() == 0.0 { format!("{value:.0}") } else { value.to_string() }
}

/// The next number on a grid after a bound that does not count itself.
fn next(bound: f64, step: f64) -> f64 {
    (bound / step).floor() * step + step
}

fn count(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name).and_then(Value::as_u64)
}

fn nth(values: &[Value], turn: u64) -> &Value {
    let position = usize::try_from(turn % values.len() as u64).unwrap_or(0);
    &values[position]
}

/// The type; of several the first that is not null.
fn kind(schema: &Value) -> &str {
    let kind = schema.get("type");
    let named = match kind {
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").or(Some("null"))
        }
        _ => kind.and_then(Value::as_str),
    };
    named.unwrap_or_else(|| {
        let says = |names: &[&str]| names.iter().any(|name| schema.get(name).is_some());
        if says(&["items", "prefixItems", "minItems"]) {
            "array"
        } else if says(&["pattern", "minLength", "maxLength", "format"]) {
            "string"
        } else if says(&["minimum", "maximum", "multipleOf"]) {
            "number"
        } else {
            "object"
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: &str, expected: &str) {
        assert_eq!(text(&serde_json::from_str(schema).expect("schema")), expected, "{schema}");
    }

    #[test]
    fn a_schema_gives_its_smallest_value() {
        check(
            r#"{"type":"object","properties":{"b":{"type":"integer"},"a":{"type":"string"}}}"#,
            r#"{"a":"example","b":1}"#,
        );
        check(r#"{"properties":{"b":{"type":"integer"},"a":{}},"required":["b"]}"#, r#"{"b":1}"#);
        check(r#"{"enum":["x","y"]}"#, r#""x""#);
        check(r#"{"type":["number","null"]}"#, "1.5");
        check(r#"{"type":["null","string"]}"#, r#""example""#);
        check("true", "{}");
        check(
            r#"{"type":"object","minProperties":2,"additionalProperties":{"type":"integer"}}"#,
            r#"{"example1":1,"example2":2}"#,
        );
    }

    #[test]
    fn references_are_followed_as_far_as_they_lead() {
        let node =
            r#"{"type":"object","properties":{"value":{"type":"integer"},"next":NEXT},"required":["value","next"]}"#;
        let list =
            |next: &str| format!(r##"{{"$ref":"#/$defs/node","$defs":{{"node":{}}}}}"##, node.replace("NEXT", next));
        check(&list(r##"{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}"##), r#"{"next":null,"value":1}"#);
        check(&list(r##"{"type":"array","items":{"$ref":"#/$defs/node"}}"##), r#"{"next":[],"value":1}"#);
        check(&list(r##"{"$ref":"#/$defs/node"}"##), "null");
        check(
            &list(r##"{"$ref":"#/$defs/word","description":"d"}"##)
                .replace(r#""$defs":{"#, r#""$defs":{"word":{"type":"string"},"#),
            r#"{"next":"example","value":1}"#,
        );
        check(r##"{"type":"object","properties":{"again":{"$ref":"#"}}}"##, r#"{"again":{}}"#);
    }

    #[test]
    fn a_schema_is_found_in_a_text() {
        let found = |text: &str| written(text).map(|schema| super::text(&schema));
        let schema = r#"{"properties":{"city":{"type":"string"}},"required":["city"]}"#;
        assert_eq!(found(&format!("Like {{this}}: {schema}.")), Some(r#"{"city":"example"}"#.to_owned()));
        let itself = format!(r##"{{"$defs":{{"a":{schema}}},"$ref":"#/$defs/a"}}"##);
        assert_eq!(found(&itself), Some(r#"{"city":"example"}"#.to_owned()));
        assert_eq!(found("\"properties\" of {things"), None);
    }

    #[test]
    fn several_schemas_are_met_at_once() {
        check(
            r##"{"allOf":[{"$ref":"#/$defs/a"},{"properties":{"y":{"const":2}},"required":["y"]}],"$defs":{"a":{"type":"object","properties":{"x":{"const":1}},"required":["x"]}}}"##,
            r#"{"x":1,"y":2}"#,
        );
        check(r#"{"anyOf":[{"type":"integer","minimum":5},{"type":"string"}]}"#, "5");
        check(r#"{"type":"object","oneOf":[{"properties":{"k":{"const":"a"}},"required":["k"]}]}"#, r#"{"k":"a"}"#);
    }

    #[test]
    fn bounds_are_kept() {
        check(r#"{"type":"integer","minimum":18,"maximum":120}"#, "18");
        check(r#"{"type":"integer","exclusiveMinimum":18}"#, "19");
        check(r#"{"type":"integer","maximum":-3}"#, "-3");
        check(r#"{"type":"integer","multipleOf":5,"minimum":11}"#, "15");
        check(r#"{"type":"number","minimum":0,"maximum":1}"#, "1");
        check(r#"{"type":"number","exclusiveMaximum":1}"#, "0.5");
        check(r#"{"type":"array","items":{"type":"integer"},"minItems":3}"#, "[1,2,3]");
        check(r#"{"type":"array","items":{"enum":["a","b"]},"minItems":2,"uniqueItems":true}"#, r#"["a","b"]"#);
        check(r#"{"type":"array","prefixItems":[{"type":"string"},{"type":"number"}]}"#, r#"["example",2]"#);
        check(r#"{"type":"array","items":{"type":"string"},"maxItems":0}"#, "[]");
        check(r#"{"type":"string","maxLength":3}"#, r#""exa""#);
        check(r#"{"type":"string","minLength":10}"#, r#""exampleeee""#);
    }

    #[test]
    fn texts_have_their_form() {
        check(r#"{"type":"string","format":"date"}"#, r#""2026-11-01""#);
        check(r#"{"type":"string","format":"uuid"}"#, r#""00000000-0000-4000-8000-000000000000""#);
        check(r#"{"type":"string","pattern":"^[A-Z]{2}-\\d{3}$"}"#, r#""AA-000""#);
        check(r#"{"type":"string","pattern":"^(red|green)( light)?$"}"#, r#""red""#);
        check(r#"{"type":"string","pattern":"(?=a)b"}"#, r#""example""#);
        check(r#"{"type":"string","default":"metric"}"#, r#""metric""#);
        check(r#"{"type":"integer","examples":[7]}"#, "7");
    }
}
