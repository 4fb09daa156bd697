//! One change, and how it reads.

use std::fmt;
use std::ops::Range;

/// One fact that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactChange {
    /// The blocks it stands in, from the outside: `step ask`, `span "openai.chat"`. Equal blocks are told apart by
    /// ` #2`.
    pub place: Vec<String>,
    /// The fact's name, such as `gen_ai.usage.input_tokens` or `gen_ai.input.messages [0].role`; or the line of a
    /// block that came or went as a whole.
    pub fact: String,
    /// What happened.
    pub change: Change,
}

/// What happened to a fact or block. Values are as in the text, with their `=` or `:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has another value.
    Changed {
        /// Before.
        was: String,
        /// Now.
        is: String,
    },
    /// The same value now has another name.
    Renamed {
        /// The name now.
        to: String,
    },
    /// The same things in another order.
    Moved,
    /// It is new.
    Added {
        /// Its value, empty for a block.
        value: String,
        /// How many facts a block or opened string holds.
        facts: usize,
    },
    /// It is gone.
    Removed {
        /// Its value, empty for a block.
        value: String,
        /// How many facts a block or opened string held.
        facts: usize,
    },
}

impl FactChange {
    /// Whether nothing but the numbers of placeholders differ.
    pub(super) fn is_renumbering(&self) -> bool {
        matches!(&self.change, Change::Changed { was, is } if was != is && without_numbers(was) == without_numbers(is))
    }
}

/// A value with `<span 2>` as `<span >`.
pub(super) fn without_numbers(value: &str) -> String {
    let mut result = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find('<') {
        let number = number_of_placeholder(&rest[start..]).unwrap_or(1..1);
        result.push_str(&rest[..start + number.start]);
        rest = &rest[start + number.end..];
    }
    result.push_str(rest);
    result
}

/// Where the number of a placeholder is, when the text starts with one.
fn number_of_placeholder(text: &str) -> Option<Range<usize>> {
    let length = |from: usize, is_part: fn(u8) -> bool| text[from..].bytes().take_while(|byte| is_part(*byte)).count();
    let start = 2 + length(1, |byte| byte.is_ascii_lowercase() || byte == b'-');
    if text.as_bytes().get(start - 1) != Some(&b' ') {
        return None;
    }
    let end = start + length(start, |byte| byte.is_ascii_digit());
    let is_closed = [">", " int>", " double>"].iter().any(|close| text[end..].starts_with(close));
    (is_closed && end > start).then_some(start..end)
}

impl fmt::Display for FactChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fact, change, .. } = self;
        match change {
            Change::Changed { was, is } => {
                let (was_value, is_value) = (plain(was), plain(is));
                write!(formatter, "{fact}: was {was_value}, is {is_value}")
            }
            Change::Renamed { to } => write!(formatter, "{fact}: renamed to {to}"),
            Change::Moved => write!(formatter, "{fact}: the same, in another order"),
            Change::Added { value, facts } => write!(formatter, "added {fact}{}", tail(value, *facts)),
            Change::Removed { value, facts } => write!(formatter, "removed {fact}{}", tail(value, *facts)),
        }
    }
}

fn plain(value: &str) -> &str {
    value.strip_prefix("= ").unwrap_or(value)
}

fn tail(value: &str, facts: usize) -> String {
    let gap = if value.is_empty() { "" } else { " " };
    match facts {
        0 => format!("{gap}{value}"),
        1 => format!("{gap}{value} (1 fact)"),
        _ => format!("{gap}{value} ({facts} facts)"),
    }
}
