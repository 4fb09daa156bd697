//! Strings with volatile parts → [`Text`] with placeholders.

use std::collections::{HashMap, HashSet};

use super::placeholder::{Placeholder, PlaceholderKind};
use super::text::{Piece, Text};

/// Hosts whose ports are those of this run.
const LOOPBACK: [&str; 3] = ["127.0.0.1:", "localhost:", "[::1]:"];

/// What a memory address looks like in the text of an object: `<Stream object at 0x7f0c5a3e1d90>`.
const ADDRESS: &str = " at 0x";

/// Hexadecimal digits of a span id; a trace id has more.
const SHORTEST_ID: usize = 16;

/// Replaces by vocabulary and by look, and remembers which text got which provisional number.
pub(super) struct Replacer<'a> {
    /// Longest first, so that an entry inside another one cannot split it.
    vocabulary: Vec<(&'a str, PlaceholderKind)>,
    numbers: HashMap<(PlaceholderKind, String), u32>,
    given: HashMap<PlaceholderKind, u32>,
    /// Spans whose id was found in some text.
    pub(super) mentioned: HashSet<u32>,
}

impl<'a> Replacer<'a> {
    pub(super) fn new(vocabulary: &'a [(String, PlaceholderKind)]) -> Self {
        let mut vocabulary: Vec<_> = vocabulary
            .iter()
            .filter(|(text, kind)| kind.accepts(text))
            .map(|(text, kind)| (text.as_str(), *kind))
            .collect();
        vocabulary.sort_by(|(left, left_kind), (right, right_kind)| {
            right.len().cmp(&left.len()).then_with(|| left.cmp(right)).then_with(|| left_kind.cmp(right_kind))
        });
        Self { vocabulary, numbers: HashMap::new(), given: HashMap::new(), mentioned: HashSet::new() }
    }

    /// The placeholder of an exact value.
    pub(super) fn placeholder(&mut self, kind: PlaceholderKind, text: &str) -> Placeholder {
        Placeholder::new(kind, if kind.is_numbered() { self.number(kind, text) } else { 0 })
    }

    /// The provisional number of a value: final numbers follow the order of the document.
    pub(super) fn number(&mut self, kind: PlaceholderKind, text: &str) -> u32 {
        let key = (kind, text.to_owned());
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let given = self.given.entry(kind).or_default();
        *given += 1;
        self.numbers.insert(key, *given);
        *given
    }

    /// The kind of a number that the vocabulary holds. Only ports and times travel as numbers.
    pub(super) fn number_kind(&self, text: &str) -> Option<PlaceholderKind> {
        let numeric = |kind| matches!(kind, PlaceholderKind::Port | PlaceholderKind::Time);
        self.vocabulary.iter().find(|(entry, kind)| *entry == text && numeric(*kind)).map(|(_, kind)| *kind)
    }

    /// Replaces everything volatile in a string.
    pub(super) fn text(&mut self, text: &str) -> Text {
        if let Some((_, kind)) = self.vocabulary.iter().find(|(entry, _)| *entry == text) {
            return Text::placeholder(self.placeholder(*kind, text));
        }
        let mut result = Text::literal(text);
        for index in 0..self.vocabulary.len() {
            let (entry, kind) = self.vocabulary[index];
            if entry.len() < text.len() && text.contains(entry) {
                result =
                    self.split(result, |literal| find_entry(literal, entry, kind).map(|at| (kind, at, entry.len())));
            }
        }
        if LOOPBACK.iter().any(|host| text.contains(host)) {
            result = self.split(result, find_port);
        }
        if text.contains(ADDRESS) {
            result = self.split(result, find_address);
        }
        self.split_ids(result)
    }

    /// Replaces every number of seconds, such as `0.02s`; none when there is none.
    pub(super) fn durations(&mut self, text: &str) -> Option<Text> {
        find_seconds(text)?;
        let text = self.text(text);
        Some(self.split(text, find_seconds))
    }

    /// Replaces every part of the literals that `find` finds.
    fn split(&mut self, text: Text, find: impl Fn(&str) -> Option<(PlaceholderKind, usize, usize)>) -> Text {
        let mut result = Text::default();
        for piece in text.pieces {
            match piece {
                Piece::Placeholder(placeholder) => result.push(placeholder),
                Piece::Literal(literal) => {
                    let mut rest = literal.as_str();
                    while let Some((kind, at, length)) = find(rest) {
                        result.push_str(&rest[..at]);
                        let placeholder = self.placeholder(kind, &rest[at..at + length]);
                        result.push(placeholder);
                        rest = &rest[at + length..];
                    }
                    result.push_str(rest);
                }
            }
        }
        result
    }

    /// Replaces ids of known traces and spans, which only this run's ids are.
    fn split_ids(&mut self, text: Text) -> Text {
        let mut found = Vec::new();
        let numbers = &self.numbers;
        let result = split_hex(text, |run| {
            let kind = match run.len() {
                16 => PlaceholderKind::Span,
                32 => PlaceholderKind::Trace,
                _ => return None,
            };
            let number = *numbers.get(&(kind, run.to_owned()))?;
            found.push((kind, number));
            Some(Placeholder::new(kind, number))
        });
        let spans = found.into_iter().filter(|(kind, _)| *kind == PlaceholderKind::Span);
        self.mentioned.extend(spans.map(|(_, number)| number));
        result
    }
}

/// Replaces whole runs of lowercase hexadecimal digits.
fn split_hex(text: Text, mut replace: impl FnMut(&str) -> Option<Placeholder>) -> Text {
    let mut result = Text::default();
    for piece in text.pieces {
        let literal = match piece {
            Piece::Literal(literal) if literal.len() >= SHORTEST_ID => literal,
            other => {
                result.pieces.push(other);
                continue;
            }
        };
        let is_other = |character| !matches!(character, '0'..='9' | 'a'..='f');
        let (mut start, mut written) = (0, 0);
        for part in literal.split_inclusive(is_other) {
            let run = part.trim_end_matches(is_other);
            if run.len() >= SHORTEST_ID
                && let Some(placeholder) = replace(run)
            {
                result.push_str(&literal[written..start]);
                result.push(placeholder);
                written = start + run.len();
            }
            start += part.len();
        }
        result.push_str(&literal[written..]);
    }
    result
}

/// Where an entry of the vocabulary stands on its own in a text.
fn find_entry(text: &str, entry: &str, kind: PlaceholderKind) -> Option<usize> {
    text.match_indices(entry).map(|(at, _)| at).find(|at| {
        let (before, after) = (&text[..*at], &text[at + entry.len()..]);
        match kind {
            PlaceholderKind::Port => before.ends_with(':') && !after.starts_with(|next: char| next.is_ascii_digit()),
            PlaceholderKind::Version => {
                is_edge(before, after)
                    && !before.ends_with('.')
                    && !after
                        .strip_prefix('.')
                        .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_alphanumeric()))
            }
            _ => is_edge(before, after),
        }
    })
}

fn is_edge(before: &str, after: &str) -> bool {
    !before.ends_with(|last: char| last.is_ascii_alphanumeric())
        && !after.starts_with(|next: char| next.is_ascii_alphanumeric())
}

/// The port after a loopback host.
fn find_port(text: &str) -> Option<(PlaceholderKind, usize, usize)> {
    let starts = LOOPBACK.iter().flat_map(|host| text.match_indices(host).map(|(at, _)| at + host.len()));
    starts
        .filter_map(|at| {
            let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
            text[at..at + digits].parse::<u16>().is_ok().then_some((PlaceholderKind::Port, at, digits))
        })
        .min_by_key(|(_, at, _)| *at)
}

/// The address in the text of an object.
/// A number with a fraction and an `s`: the number.
fn find_seconds(text: &str) -> Option<(PlaceholderKind, usize, usize)> {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    text.match_indices('.').find_map(|(point, _)| {
        let (before, after) = (&text.as_bytes()[..point], &text.as_bytes()[point + 1..]);
        let whole = before.iter().rev().take_while(|byte| is_digit(byte)).count();
        let fraction = after.iter().take_while(|byte| is_digit(byte)).count();
        let ends = |unit: &[u8]| unit.first() == Some(&b's') && !unit.get(1).is_some_and(u8::is_ascii_alphanumeric);
        let is_seconds = whole > 0 && fraction > 0 && ends(&after[fraction..]);
        is_seconds.then_some((PlaceholderKind::Duration, point - whole, whole + 1 + fraction))
    })
}

/// A scope that is named after an object in memory, by its decimal address, without it.
pub(crate) fn without_address(scope: &str) -> String {
    let is_address = |digits: &str| digits.len() >= 10 && digits.bytes().all(|byte| byte.is_ascii_digit());
    match scope.rsplit_once('.') {
        Some((name, digits)) if is_address(digits) => format!("{name}.$address"),
        _ => scope.to_owned(),
    }
}

/// Whether a text tells where in memory an object is, which no two runs agree about.
pub(crate) fn has_address(text: &str) -> bool {
    find_address(text).is_some()
}

fn find_address(text: &str) -> Option<(PlaceholderKind, usize, usize)> {
    text.match_indices(ADDRESS).find_map(|(at, _)| {
        let digits = text[at + ADDRESS.len()..].bytes().take_while(u8::is_ascii_hexdigit).count();
        (digits >= 6).then_some((PlaceholderKind::Address, at + " at ".len(), digits + "0x".len()))
    })
}
