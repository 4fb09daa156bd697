//! What changed between two snapshots, as facts first and as a unified diff second.
//!
//! Works on the blocks and lines of the text, so that it also tells about a snapshot that does not parse. Pure.

mod align;
mod change;
mod outline;

#[cfg(test)]
mod tests;

use similar::TextDiff;

pub use change::{Change, FactChange};

/// The difference of two snapshot texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What changed, fact by fact, in the order of the text. Numbers of placeholders that moved only because something
    /// else did are left out.
    pub facts: Vec<FactChange>,
    /// The same as a unified diff, for tools and for context.
    pub unified: String,
}

/// Compares two snapshot texts; `None` when they are equal.
pub fn difference(old: &str, new: &str) -> Option<Difference> {
    if old == new {
        return None;
    }
    let mut facts = Vec::new();
    align::compare(&outline::outline(old), &outline::outline(new), &mut Vec::new(), &mut facts);
    if facts.iter().any(|fact| !fact.is_renumbering()) {
        facts.retain(|fact| !fact.is_renumbering());
    }
    let diff = TextDiff::from_lines(old, new);
    let unified = diff.unified_diff().context_radius(3).header("reviewed", "this run").to_string();
    Some(Difference { facts, unified })
}

impl Difference {
    /// The facts for people, grouped by place, one per line.
    pub fn facts_text(&self) -> String {
        let mut text = String::new();
        let mut place: &[String] = &[];
        for (index, fact) in self.facts.iter().enumerate() {
            if index == 0 || fact.place != place {
                place = &fact.place;
                if !place.is_empty() {
                    text.push_str(&place.join(" / "));
                    text.push('\n');
                }
            }
            text.push_str("  ");
            text.push_str(&fact.to_string());
            text.push('\n');
        }
        text
    }
}
