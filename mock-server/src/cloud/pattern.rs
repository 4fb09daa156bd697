//! The shortest text that a regular expression matches.

use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind};

/// Repetitions that nobody would want to read.
const MOST: u32 = 256;

/// A text that a pattern matches; none when the pattern is of a kind that cannot be read.
pub(crate) fn text(pattern: &str) -> Option<String> {
    // JSON Schema's classes are those of JavaScript: digits and letters are ASCII. A class in brackets is one within
    // brackets, too.
    let ascii = pattern.replace("\\d", "[0-9]").replace("\\w", "[0-9A-Za-z_]");
    let hir = regex_syntax::parse(&ascii).ok()?;
    let mut text = String::new();
    append(&hir, &mut text).then_some(text)
}

/// Writes a text that matches, or says that there is none.
fn append(hir: &Hir, text: &mut String) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).is_ok_and(|literal| {
            text.push_str(literal);
            true
        }),
        HirKind::Class(class) => character(class).is_some_and(|character| {
            text.push(character);
            true
        }),
        HirKind::Repetition(repetition) => (0..repetition.min.min(MOST)).all(|_| append(&repetition.sub, text)),
        HirKind::Capture(capture) => append(&capture.sub, text),
        HirKind::Concat(parts) => parts.iter().all(|part| append(part, text)),
        HirKind::Alternation(parts) => parts.first().is_some_and(|part| append(part, text)),
    }
}

/// A character of a class: a letter or digit if there is one.
fn character(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let has = |wanted: char| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&wanted));
    let usual = ('a'..='z').chain('A'..='Z').chain('0'..='9').find(|wanted| has(*wanted));
    usual.or_else(|| class.ranges().first().map(ClassUnicodeRange::start))
}
