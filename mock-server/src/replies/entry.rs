//! Replies with what they are for: a list of rules.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::reply::{BadReply, Reply};
use crate::cloud::Rule;

/// A file of replies.
///
/// ```toml
/// [[reply]]
/// when = { text = "weather" }
/// text = "It is 18 °C in Oslo."
///
/// [[reply]]
/// when  = { deployment = "chat-prod", ordinal = 3 }
/// error = "rate_limit"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Replies {
    /// The rules. The first that fits and has something left answers.
    #[serde(default, rename = "reply")]
    pub replies: Vec<Entry>,
}

/// A reply, and which requests it is for.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Entry {
    /// Which requests it is for; without this, all of its kind.
    #[cfg_attr(feature = "schemars", schemars(default))]
    pub when: When,
    /// How often it is given; without this, always.
    pub times: Option<u64>,
    /// The reply.
    #[cfg_attr(feature = "schemars", schemars(flatten))]
    pub reply: Reply,
}

/// Which requests a reply is for. Everything that is said must be so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Those to this deployment.
    pub deployment: Option<String>,
    /// Those with a string in the body that contains this.
    pub text: Option<String>,
    /// The one with this number, counted from 1 among those that fit otherwise.
    pub ordinal: Option<u64>,
}

impl<'de> Deserialize<'de> for Entry {
    /// Takes out what is the entry's own, and reads the rest as a reply, so that a word that nobody knows is found.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let mut own = |name: &str| fields.remove(name).unwrap_or_default();
        let (when, times) = (own("when"), own("times"));
        let when: Option<When> = serde_json::from_value(when).map_err(D::Error::custom)?;
        let times = serde_json::from_value(times).map_err(D::Error::custom)?;
        let reply = serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)?;
        Ok(Self { when: when.unwrap_or_default(), times, reply })
    }
}

/// A reply in a list that cannot be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reply {number}: {error}")]
pub struct BadEntry {
    /// Which one, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub error: BadReply,
}

impl Replies {
    /// The rules that a [`crate::Cloud`] answers by.
    ///
    /// ```
    /// use azure_openai_mock::replies::Replies;
    /// use azure_openai_mock::{Cloud, CloudConfig};
    ///
    /// let text = r#"{"reply": [{"when": {"ordinal": 2}, "error": "timeout"}, {"text": "Here."}]}"#;
    /// let replies: Replies = serde_json::from_str(text)?;
    /// let cloud = Cloud::new(CloudConfig::sample());
    /// replies.rules()?.into_iter().for_each(|rule| cloud.answer(rule));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rules(&self) -> Result<Vec<Rule>, BadEntry> {
        let rule = |(position, entry): (usize, &Entry)| {
            let bad = |error| BadEntry { number: position + 1, error };
            let When { deployment, text, ordinal } = entry.when.clone();
            Ok(Rule {
                deployment,
                text,
                ordinal,
                times: entry.times,
                replies: entry.reply.scripted(None).map_err(bad)?,
            })
        };
        self.replies.iter().enumerate().map(rule).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = serde_json::from_str::<Replies>(text).map_err(|error| error.to_string());
        let found = found.and_then(|replies| replies.rules().map_err(|error| error.to_string()));
        let found = found.map(|rules| rules.len()).expect_err("a mistake");
        assert!(found.starts_with(expected), "{found}");
    }

    #[test]
    fn a_mistake_is_named() {
        check(r#"{"reply":[{"text":"a"},{}]}"#, "reply 2: the reply needs one of `text`");
        check(r#"{"reply":[{"txt":"a"}]}"#, "unknown field `txt`, expected one of `text`, `refusal`");
        check(r#"{"reply":[{"when":{"model":"a"}}]}"#, "unknown field `model`, expected one of `deployment`");
        check(r#"{"replies":[]}"#, "unknown field `replies`, expected `reply`");
    }

    #[cfg(feature = "schemars")]
    #[test]
    fn the_schema_has_what_is_the_entrys_own_and_what_is_the_replys() {
        let schema = schemars::schema_for!(Replies).to_value().to_string();
        for word in ["when", "ordinal", "times", "tool_calls", "raw"] {
            assert!(schema.contains(&format!("\"{word}\":")), "{word}: {schema}");
        }
    }
}
