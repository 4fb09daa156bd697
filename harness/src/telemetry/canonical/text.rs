//! A string of the document: literal text with placeholders in it, and how it is quoted.

use std::fmt;
use std::fmt::Write;

use super::placeholder::Placeholder;

/// A string in which volatile parts are placeholders.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text {
    pub(super) pieces: Vec<Piece>,
}

/// A part of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Piece {
    /// Text as it was exported. Never empty, never beside another literal.
    Literal(String),
    /// What stands for a volatile part.
    Placeholder(Placeholder),
}

impl Text {
    /// Text without placeholders.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { pieces: if text.is_empty() { Vec::new() } else { vec![Piece::Literal(text)] } }
    }

    /// A single placeholder.
    pub fn placeholder(placeholder: Placeholder) -> Self {
        Self { pieces: vec![Piece::Placeholder(placeholder)] }
    }

    /// Its parts, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The placeholder that it wholly is, if it is one.
    pub fn as_placeholder(&self) -> Option<Placeholder> {
        match self.pieces.as_slice() {
            [Piece::Placeholder(placeholder)] => Some(*placeholder),
            _ => None,
        }
    }

    /// The text, when it has no placeholder.
    pub fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Appends literal text.
    pub fn push_str(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Literal(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Literal(text.to_owned()));
        }
    }

    /// Appends a placeholder.
    pub fn push(&mut self, placeholder: Placeholder) {
        self.pieces.push(Piece::Placeholder(placeholder));
    }
}

/// The text with its placeholders as words, unquoted: for people and for findings.
impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Literal(text) => formatter.write_str(text),
            Piece::Placeholder(placeholder) => placeholder.fmt(formatter),
        })
    }
}

/// Writes literal text between quotes: JSON escapes, everything on one line, readable characters kept.
pub(super) fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    write_escaped(out, text);
    out.push('"');
}

/// The inside of a quoted literal. A `<` that would read as a placeholder is escaped.
pub(super) fn write_escaped(out: &mut String, text: &str) {
    let mut written = 0;
    for (index, character) in text.char_indices() {
        let escape = match character {
            ' '..='~' if !matches!(character, '"' | '\\' | '<') => continue,
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '<' if Placeholder::from_start(&text[index..]).is_some() => "\\u003c",
            _ if is_hidden(character) => "",
            _ => continue,
        };
        out.push_str(&text[written..index]);
        written = index + character.len_utf8();
        if escape.is_empty() {
            write!(out, "\\u{:04x}", u32::from(character)).expect("writing to a string does not fail");
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[written..]);
}

/// Characters that a reviewer cannot see, or that change how the rest of the line looks. All are in the basic plane.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{200b}'..='\u{200c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Why a quoted text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QuoteError {
    /// It does not start with a quote.
    Missing,
    /// It has no closing quote.
    Open,
    /// An escape that does not exist.
    Escape,
}

/// Reads a quoted text at the start of `input`; gives it and what follows.
pub(super) fn read_quoted(input: &str) -> Result<(Text, &str), QuoteError> {
    let mut rest = input.strip_prefix('"').ok_or(QuoteError::Missing)?;
    let mut text = Text::default();
    loop {
        let special = rest.find(['"', '\\', '<']).ok_or(QuoteError::Open)?;
        text.push_str(&rest[..special]);
        rest = &rest[special..];
        match rest.as_bytes()[0] {
            b'"' => return Ok((text, &rest[1..])),
            b'\\' => {
                let (character, length) = read_escape(rest).ok_or(QuoteError::Escape)?;
                text.push_str(character.encode_utf8(&mut [0; 4]));
                rest = &rest[length..];
            }
            _ => {
                if let Some((placeholder, length)) = Placeholder::from_start(rest) {
                    text.push(placeholder);
                    rest = &rest[length..];
                } else {
                    text.push_str("<");
                    rest = &rest[1..];
                }
            }
        }
    }
}

fn read_escape(input: &str) -> Option<(char, usize)> {
    let simple = |character| Some((character, 2));
    match input.as_bytes().get(1)? {
        b'"' => simple('"'),
        b'\\' => simple('\\'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'u' => {
            let digits = input.get(2..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, 6))
        }
        _ => None,
    }
}
