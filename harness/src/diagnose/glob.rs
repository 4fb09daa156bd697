//! Globs, as files and command lines hold them: read once, and compiled at most once.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use globset::GlobMatcher;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize, Serializer};

/// A pattern over names: `*` stands for any text, `/` too, `?` for one character, `{a,b}` for either.
///
/// A text that is no glob is kept, so that all mistakes of its file can be reported at once; it matches only itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub struct Glob {
    text: String,
    pattern: Pattern,
}

#[derive(Clone, Debug)]
enum Pattern {
    /// Plain pieces and stars. Most globs are no more than that, and making a regular expression takes longer than all
    /// that it is ever asked.
    Stars,
    /// Anything else: read at once, and compiled when it is first asked.
    Other(Arc<(globset::Glob, OnceLock<GlobMatcher>)>),
    /// Why it is none.
    Broken(String),
}

impl Glob {
    /// Takes a text, whether it is a glob or not.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let pattern = if is_plain(&text) {
            Pattern::Stars
        } else {
            match globset::Glob::new(&text) {
                Ok(glob) => Pattern::Other(Arc::new((glob, OnceLock::new()))),
                Err(error) => Pattern::Broken(error.kind().to_string()),
            }
        };
        Self { text, pattern }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Why it is no glob, if it is none.
    pub fn problem(&self) -> Option<&str> {
        match &self.pattern {
            Pattern::Broken(problem) => Some(problem),
            Pattern::Stars | Pattern::Other(_) => None,
        }
    }

    /// Whether it matches all of a text.
    pub fn matches(&self, text: &str) -> bool {
        // A name is what it names, whatever its characters mean elsewhere: `answer/1/tools[0]`.
        self.text == text
            || match &self.pattern {
                Pattern::Stars => matches_stars(&self.text, text),
                Pattern::Other(other) => other.1.get_or_init(|| other.0.compile_matcher()).is_match(text),
                Pattern::Broken(_) => false,
            }
    }

    /// Whether one of several matches.
    pub fn any_matches(globs: &[Self], text: &str) -> bool {
        globs.iter().any(|glob| glob.matches(text))
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Glob {}

impl From<String> for Glob {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Glob {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for Glob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// In a file it is a text; what is wrong with it is said with its position, as of every other value.
impl JsonSchema for Glob {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Glob".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// Whether nothing but single stars means anything in it. Two in a row are folders to `globset`.
fn is_plain(glob: &str) -> bool {
    !glob.contains(['?', '[', ']', '{', '}', '\\']) && !glob.contains("**")
}

/// Whether a text is what a glob of plain pieces and stars says.
fn matches_stars(glob: &str, text: &str) -> bool {
    let Some((first, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*') {
        let Some(place) = left.find(piece) else { return false };
        left = &left[place + piece.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_as_every_other_glob_does() {
        let globs = ["*", "a*", "*a", "a*a", "*/b", "a/*/b", "a*b*c", "", "a", "*ab*ab", "a/*", "*a*a*"];
        let texts = ["", "a", "aa", "a/b", "a/x/b", "a/x/y/b", "abc", "axbxc", "abab", "xababx", "ab", "b/a"];
        for glob in globs {
            assert!(is_plain(glob), "{glob}");
            let compiled = globset::Glob::new(glob).expect("a glob").compile_matcher();
            for text in texts {
                assert_eq!(Glob::new(glob).matches(text), compiled.is_match(text), "{glob} {text}");
            }
        }
    }

    #[test]
    fn a_glob_matches_or_says_what_is_wrong_with_it() {
        let check = |glob: &str, text: &str, expected: bool| {
            assert_eq!(Glob::new(glob).matches(text), expected, "{glob} {text}");
        };
        check("chat/{basic,large}", "chat/large", true);
        check("chat/?asic", "chat/basic", true);
        check("**/basic", "basic", true);
        check("chat/[", "chat/[", true);
        check("tools[0]", "tools[0]", true);
        check("chat/[", "chat/a", false);
        assert_eq!(Glob::new("chat/*").problem(), None);
        assert!(Glob::new("chat/[").problem().is_some());
    }
}
