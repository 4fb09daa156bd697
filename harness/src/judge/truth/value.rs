//! What the wire says about a concept, and whether a value agrees with it.

use serde_json::Value as Json;

use crate::convention::Kind;

/// What the wire says.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::judge) enum Truth {
    /// It says this.
    Is {
        /// The value.
        value: Json,
        /// Where it stands.
        place: String,
        /// Whether leaving it out says the same, or could not be known.
        omittable: bool,
    },
    /// One of these words is right: there are several names for one thing.
    OneOf {
        /// The words.
        words: Vec<String>,
        /// Where they stand.
        place: String,
    },
    /// A list of these words, or nothing at all: the wire says it in words of its own.
    EachOf {
        /// The words.
        words: Vec<String>,
        /// Where it stands.
        place: String,
    },
    /// The beginning of a text, at least as much as the application saw.
    Beginning {
        /// All that was sent.
        whole: String,
        /// What the application saw.
        least: String,
        /// Where it stands.
        place: String,
    },
    /// A measured number.
    Between {
        /// It is more than this.
        more_than: f64,
        /// It is at most this.
        at_most: f64,
        /// Why.
        place: String,
    },
    /// It never had one.
    Nothing {
        /// Where it would stand.
        place: String,
    },
    /// It cannot decide.
    Unknown,
}

impl Truth {
    /// This and nothing else.
    pub(super) fn is(value: impl Into<Json>, place: impl Into<String>) -> Self {
        Self::Is { value: value.into(), place: place.into(), omittable: false }
    }

    /// This, or nothing at all.
    pub(super) fn omittable(value: impl Into<Json>, place: impl Into<String>) -> Self {
        Self::Is { value: value.into(), place: place.into(), omittable: true }
    }

    /// None.
    pub(super) fn nothing(place: impl Into<String>) -> Self {
        Self::Nothing { place: place.into() }
    }

    /// This if there is one, else nothing.
    pub(super) fn maybe(value: Option<impl Into<Json>>, place: &str) -> Self {
        value.map_or_else(|| Self::nothing(place), |value| Self::is(value, place))
    }

    /// Nothing is missing when it is left out.
    pub(super) fn or_left_out(self) -> Self {
        match self {
            Self::Is { value, place, .. } => Self::Is { value, place, omittable: true },
            other => other,
        }
    }

    /// Whether a span that says nothing withholds something.
    pub(super) fn is_owed(&self) -> bool {
        match self {
            Self::Is { omittable, .. } => !omittable,
            Self::OneOf { .. } | Self::Between { .. } => true,
            Self::Beginning { least, .. } => !least.is_empty(),
            Self::EachOf { .. } | Self::Nothing { .. } | Self::Unknown => false,
        }
    }

    /// Whether a value agrees; where nothing can be decided, every value does.
    pub(in crate::judge) fn agrees(&self, kind: Kind, value: &Json) -> bool {
        match self {
            Self::Is { value: truth, .. } => equal(kind, truth, value),
            Self::OneOf { words, .. } => {
                value.as_str().is_some_and(|said| words.iter().any(|word| said == word || plain(said) == plain(word)))
            }
            Self::EachOf { words, .. } => value.as_array().is_some_and(|values| {
                let is_word = |value: &Json| value.as_str().is_some_and(|said| words.iter().any(|word| said == word));
                !values.is_empty() && values.iter().all(is_word)
            }),
            Self::Beginning { whole, least, .. } => {
                value.as_str().is_some_and(|said| whole.starts_with(said) && said.starts_with(least.as_str()))
            }
            Self::Between { more_than, at_most, .. } => {
                value.as_f64().is_some_and(|said| said > *more_than && said <= *at_most)
            }
            Self::Nothing { .. } => is_nothing(value),
            Self::Unknown => true,
        }
    }

    /// The truth, for people.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Is { value, place, .. } => format!("the wire says {} ({place})", shown(value)),
            Self::OneOf { words, place } => format!("the wire says one of `{}` ({place})", words.join("`, `")),
            Self::EachOf { words, place } => {
                format!("the wire says a list of `{}` ({place})", words.join("` or `"))
            }
            Self::Beginning { whole, least, place } => {
                format!("the wire says `{whole}`, of which the application saw `{least}` ({place})")
            }
            Self::Between { place, .. } => place.clone(),
            Self::Nothing { place } => format!("the wire has none ({place})"),
            Self::Unknown => "the wire does not say".to_owned(),
        }
    }
}

/// A value for people; long ones are cut.
pub(super) fn shown(value: &Json) -> String {
    /// Longer values are cut: the evidence has the rest.
    const LONGEST: usize = 160;
    let text = value.to_string();
    if text.chars().count() <= LONGEST { text } else { text.chars().take(LONGEST).chain(['…']).collect() }
}

/// An empty text or list says as much as none.
pub(super) fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(values) => values.iter().all(is_nothing),
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => false,
    }
}

/// Types count: `"23"` is not `23`, and a whole number is never `57.0`.
pub(super) fn equal(kind: Kind, truth: &Json, value: &Json) -> bool {
    match (truth, value) {
        (Json::Array(truths), Json::Array(values)) if kind != Kind::Json => {
            truths.len() == values.len() && truths.iter().zip(values).all(|(truth, value)| equal(kind, truth, value))
        }
        (Json::Number(truth), Json::Number(value)) if kind == Kind::Number => truth.as_f64() == value.as_f64(),
        _ => truth == value,
    }
}

/// The names of one error in several languages: `openai.RateLimitError`, `rate_limit_error`, `rate_limit`.
pub(super) fn plain(word: &str) -> String {
    let last = word.rsplit(['.', ':']).next().unwrap_or(word);
    let letters: String = last.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let lower = letters.to_lowercase();
    lower.strip_suffix("error").filter(|rest| !rest.is_empty()).map_or(lower.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_count() {
        let check = |kind, truth: Json, value: Json, expected| {
            assert_eq!(Truth::is(truth.clone(), "x").agrees(kind, &value), expected, "{truth} {value}");
        };
        check(Kind::Whole, json!(57), json!(57), true);
        check(Kind::Whole, json!(57), json!("57"), false);
        check(Kind::Whole, json!(57), json!(57.0), false);
        check(Kind::Number, json!(1), json!(1.0), true);
        check(Kind::Text, json!(["stop"]), json!("stop"), false);
        check(Kind::Text, json!(["stop"]), json!(["stop"]), true);
    }

    #[test]
    fn an_error_has_several_names() {
        for (one, other) in [
            ("openai.RateLimitError", "rate_limit"),
            ("ConnectionError", "connection_error"),
            ("429", "429"),
            ("openai._exceptions.APIConnectionError", "openai.APIConnectionError"),
        ] {
            assert_eq!(plain(one), plain(other));
        }
        assert_ne!(plain("RateLimitError"), plain("TimeoutError"));
    }
}
