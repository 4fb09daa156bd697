//! Attribute names with indexes in them: `llm.output_messages.{i}.message.content`.

use std::fmt;

use crate::telemetry::{Attributes, Value};

/// An attribute name, in which a part such as `{i}` stands for a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Index(String),
}

/// Numbers that stood for the index parts, by the part's name.
pub(crate) type Indexes = Vec<(String, u64)>;

/// Why a text is no attribute name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an index is a whole part between dots such as `{{i}}`, which `{0}` breaks")]
pub struct TemplateError(String);

impl Template {
    /// The text as it stands in the file.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is a plain name.
    pub fn is_plain(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(_)))
    }

    /// The numbers in a name that fits.
    pub fn match_name(&self, name: &str) -> Option<Indexes> {
        let mut indexes = Indexes::new();
        let mut words = name.split('.');
        for part in &self.parts {
            let word = words.next()?;
            match part {
                Part::Literal(literal) if literal == word => {}
                Part::Literal(_) => return None,
                Part::Index(index) => indexes.push((index.clone(), word.parse().ok()?)),
            }
        }
        words.next().is_none().then_some(indexes)
    }

    /// The name with numbers in the place of its index parts; `None` where one is not given.
    pub fn fill(&self, indexes: &Indexes) -> Option<String> {
        let words = self.parts.iter().map(|part| match part {
            Part::Literal(literal) => Some(literal.clone()),
            Part::Index(name) => indexes.iter().find(|(index, _)| index == name).map(|(_, number)| number.to_string()),
        });
        Some(words.collect::<Option<Vec<_>>>()?.join("."))
    }

    /// Every attribute that fits, in the order of its numbers.
    pub fn find<'a>(&self, attributes: &'a Attributes) -> Vec<(&'a str, Indexes, &'a Value)> {
        if self.is_plain() {
            let found = attributes.get_key_value(&self.text);
            return found.map(|(name, value)| (name.as_str(), Indexes::new(), value)).into_iter().collect();
        }
        let mut found: Vec<_> = attributes
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), self.match_name(name)?, value)))
            .collect();
        found.sort_by_key(|(_, indexes, _)| indexes.iter().map(|(_, number)| *number).collect::<Vec<_>>());
        found
    }
}

impl TryFrom<String> for Template {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        for word in text.split('.') {
            let index = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            match index {
                Some(name) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                    parts.push(Part::Index(name.to_owned()));
                }
                None if !word.is_empty() && !word.contains(['{', '}']) => parts.push(Part::Literal(word.to_owned())),
                _ => return Err(TemplateError(text)),
            }
        }
        Ok(Self { text, parts })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Template {
        Template::try_from(text.to_owned()).expect("a template")
    }

    #[test]
    fn a_template_finds_attributes_in_the_order_of_their_numbers() {
        let attributes: Attributes = [("m.10.text", 10), ("m.9.text", 9), ("m.9.role", 0), ("m.x.text", 0)]
            .map(|(name, number)| (name.to_owned(), Value::Int(number)))
            .into();
        let found = template("m.{i}.text").find(&attributes);
        assert_eq!(found.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), ["m.9.text", "m.10.text"]);
        assert_eq!(template("m.{i}.role").fill(&found[0].1).as_deref(), Some("m.9.role"));
    }

    #[test]
    fn a_broken_index_is_refused() {
        for text in ["a.{}.b", "a.{I}.b", "a.x{i}.b", "a..b", "", "a.{i"] {
            assert!(Template::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
