//! Placeholders: what stands in a snapshot for a value that cannot be the same twice.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diagnose::{from_word, words};

/// What kind of value a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceholderKind {
    /// The service's id of an answer, such as `chatcmpl-…`.
    ResponseId,
    /// The service's id of a request.
    RequestId,
    /// Any other UUID.
    Uuid,
    /// A TCP port of this run.
    Port,
    /// The version of a package or runtime.
    Version,
    /// A folder or file of this machine.
    Path,
    /// A key or token of this run.
    Secret,
    /// A trace id.
    Trace,
    /// A span id.
    Span,
    /// A thread id.
    Thread,
    /// A hash.
    Digest,
    /// Which of the client's modes made the call: one snapshot stands for both.
    Client,
    /// A memory address in the text of an object.
    Address,
    /// A measured time span.
    Duration,
    /// A point in time.
    Time,
    /// The stack trace of an exception.
    Stacktrace,
}

words!(PlaceholderKind);

impl PlaceholderKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::ResponseId,
        Self::RequestId,
        Self::Uuid,
        Self::Port,
        Self::Version,
        Self::Path,
        Self::Secret,
        Self::Trace,
        Self::Span,
        Self::Thread,
        Self::Digest,
        Self::Client,
        Self::Address,
        Self::Duration,
        Self::Time,
        Self::Stacktrace,
    ];

    /// Whether two placeholders of this kind can be told apart: equal numbers mean equal values. A measured value
    /// has no number, since its being equal to another one is chance.
    pub fn is_numbered(self) -> bool {
        !matches!(self, Self::Client | Self::Address | Self::Duration | Self::Time | Self::Stacktrace)
    }

    /// Whether a text of the vocabulary looks like a value of this kind. One that does not is shown as it is.
    pub fn accepts(self, text: &str) -> bool {
        let graphic = |text: &str| text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_graphic());
        match self {
            Self::ResponseId | Self::RequestId | Self::Secret => graphic(text),
            Self::Uuid => is_uuid(text),
            Self::Port => text.len() > 1 && text.parse::<u16>().is_ok(),
            Self::Version => {
                text.starts_with(|first: char| first.is_ascii_digit())
                    && text.contains('.')
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-!_".contains(&byte))
            }
            Self::Path => text.len() > 1 && (text.starts_with('/') || text.get(1..3) == Some(":\\")),
            Self::Time => is_rfc3339(text) || (text.len() >= 10 && text.bytes().all(|byte| byte.is_ascii_digit())),
            Self::Digest => is_digest(text),
            Self::Client
            | Self::Trace
            | Self::Span
            | Self::Thread
            | Self::Address
            | Self::Duration
            | Self::Stacktrace => false,
        }
    }
}

/// One placeholder: `<response-id 1>`, `<time>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Placeholder {
    kind: PlaceholderKind,
    /// 0 for a kind without numbers.
    pub(super) number: u32,
}

impl Placeholder {
    /// The placeholder of a kind. `number` counts from 1 and is ignored where the kind has no numbers.
    pub fn new(kind: PlaceholderKind, number: u32) -> Self {
        Self { kind, number: if kind.is_numbered() { number } else { 0 } }
    }

    /// What it stands for.
    pub fn kind(self) -> PlaceholderKind {
        self.kind
    }

    /// Which value of its kind, from 1; none where the kind has no numbers.
    pub fn number(self) -> Option<u32> {
        self.kind.is_numbered().then_some(self.number)
    }

    /// Reads the words between the brackets: `response-id 1`, `time`.
    pub(super) fn from_words(words: &str) -> Option<Self> {
        let (name, number) = match words.split_once(' ') {
            Some((name, number)) => (name, Some(parse_number(number)?)),
            None => (words, None),
        };
        let kind = from_word::<PlaceholderKind>(name)?;
        (kind.is_numbered() == number.is_some()).then(|| Self::new(kind, number.unwrap_or(0)))
    }

    /// Reads a placeholder at the start of `text`; gives it and the length it takes.
    pub(super) fn from_start(text: &str) -> Option<(Self, usize)> {
        let inner = text.strip_prefix('<')?;
        // The longest word and number together are shorter than this; it keeps a text full of `<` cheap.
        let end = inner.bytes().take(32).position(|byte| byte == b'>')?;
        Self::from_words(&inner[..end]).map(|placeholder| (placeholder, end + 2))
    }
}

/// A number as we write it: no sign, no leading zero.
fn parse_number(text: &str) -> Option<u32> {
    let number = text.parse::<u32>().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

impl fmt::Display for Placeholder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            Some(number) => write!(formatter, "<{} {number}>", self.kind.as_str()),
            None => write!(formatter, "<{}>", self.kind.as_str()),
        }
    }
}

/// Whether the text is a UUID in its usual form.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether the text is a hash of 128 bits or more, as hexadecimal digits.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether the text looks like `name/1.2.3 other/4 (system)`.
pub(super) fn is_user_agent(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let version = first.split_once('/').filter(|(name, _)| !name.is_empty()).map(|(_, version)| version);
    version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
}

/// Whether the text looks like `2026-11-20T07:11:21…`.
pub(super) fn is_rfc3339(text: &str) -> bool {
    text.len() >= 19
        && text.bytes().take(19).enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            10 => matches!(byte, b'T' | b't' | b' '),
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
        && text[19..].bytes().all(|byte| byte.is_ascii_digit() || b".:+-Zz".contains(&byte))
}
