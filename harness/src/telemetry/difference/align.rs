//! Which line of the old text is which line of the new one.

use std::collections::{BTreeMap, HashMap};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::change::{Change, FactChange, without_numbers};
use super::outline::Node;

/// Collects what changed below one place.
pub(super) fn compare(old: &[Node<'_>], new: &[Node<'_>], place: &mut Vec<String>, changes: &mut Vec<FactChange>) {
    compare_facts(old, new, place, changes);
    compare_blocks(&blocks(old), &blocks(new), place, changes);
}

fn blocks<'a>(nodes: &[Node<'a>]) -> Vec<Node<'a>> {
    nodes.iter().filter(|node| !node.is_fact()).cloned().collect()
}

fn compare_facts(old: &[Node<'_>], new: &[Node<'_>], place: &mut Vec<String>, changes: &mut Vec<FactChange>) {
    let old = facts(old);
    let new = facts(new);
    let mut removed: Vec<_> = old.iter().filter(|(key, _)| !new.contains_key(*key)).collect();
    let mut added: Vec<_> = new.iter().filter(|(key, _)| !old.contains_key(*key)).collect();
    for (key, was) in &old {
        if let Some(is) = new.get(key) {
            changed(key, was, is, place, changes);
        }
    }
    let mut report =
        |fact: &str, change| changes.push(FactChange { place: place.clone(), fact: fact.to_owned(), change });
    // The same value under one other name, and no third: that is a new name, as package updates bring them.
    removed.retain(|(key, was)| {
        let mut same =
            added.iter().enumerate().filter(|(_, (_, is))| was.value == is.value && was.children == is.children);
        let (Some((index, _)), None) = (same.next(), same.next()) else { return true };
        let others = old.iter().filter(|(_, other)| other.value == was.value && other.children == was.children).count();
        if others > 1 {
            return true;
        }
        report(key, Change::Renamed { to: (*added.remove(index).0).to_owned() });
        false
    });
    for (key, was) in removed {
        report(key, Change::Removed { value: was.value.unwrap_or_default().to_owned(), facts: was.size() });
    }
    for (key, is) in added {
        report(key, Change::Added { value: is.value.unwrap_or_default().to_owned(), facts: is.size() });
    }
}

fn facts<'node, 'text>(nodes: &'node [Node<'text>]) -> BTreeMap<&'text str, &'node Node<'text>> {
    nodes.iter().filter(|node| node.is_fact()).map(|node| (node.key, node)).collect()
}

/// A fact that is on both sides. The facts of an opened string are compared one by one.
fn changed(key: &str, was: &Node<'_>, is: &Node<'_>, place: &mut Vec<String>, changes: &mut Vec<FactChange>) {
    if was.value != is.value {
        let value = |node: &Node<'_>| node.value.unwrap_or_default().to_owned();
        let change = Change::Changed { was: value(was), is: value(is) };
        changes.push(FactChange { place: place.clone(), fact: key.to_owned(), change });
    } else if was.children != is.children {
        let from = changes.len();
        compare(&was.children, &is.children, place, changes);
        for change in &mut changes[from..] {
            change.fact = format!("{key} {}", change.fact);
            if let Change::Renamed { to } = &mut change.change {
                *to = format!("{key} {to}");
            }
        }
    }
}

/// Blocks are matched whole first, then by their line, then, within a gap, by their word and order: a span with a new
/// name is one change and not the loss of a span.
fn compare_blocks(old: &[Node<'_>], new: &[Node<'_>], place: &mut Vec<String>, changes: &mut Vec<FactChange>) {
    let text = |nodes: &[Node<'_>]| nodes.iter().map(whole).collect::<Vec<_>>();
    let (old_text, new_text) = (text(old), text(new));
    let titles = |nodes: &[Node<'_>]| numbered_titles(nodes);
    let (old_titles, new_titles) = (titles(old), titles(new));
    let mut gap = (Vec::new(), Vec::new());
    let mut gaps = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, &old_text, &new_text) {
        if let DiffOp::Equal { old_index, new_index, len } = operation {
            gaps.push(std::mem::take(&mut gap));
            for offset in 0..len {
                // Equal but for numbers of placeholders.
                gaps.push((vec![old_index + offset], vec![new_index + offset]));
            }
        } else {
            gap.0.extend(operation.old_range());
            gap.1.extend(operation.new_range());
        }
    }
    gaps.push(gap);
    let mut removed = Vec::new();
    let mut added = Vec::new();
    let mut pairs = Vec::new();
    for (old_gap, new_gap) in gaps {
        let (left, right) = match_titles(old, new, old_gap, new_gap, &mut pairs);
        removed.extend(left);
        added.extend(right);
    }
    pairs.sort_unstable();
    for (from, to) in pairs {
        if old[from].key != new[to].key {
            let change = Change::Changed { was: old[from].key.to_owned(), is: new[to].key.to_owned() };
            changes.push(FactChange { place: place.clone(), fact: old[from].word().to_owned(), change });
        }
        if old[from].children != new[to].children {
            place.push(new_titles[to].clone());
            compare(&old[from].children, &new[to].children, place, changes);
            place.pop();
        }
    }
    came_and_went((old, &removed, &old_titles), (new, &added, &new_titles), place, changes);
}

/// What is left: blocks that went, came, or stand somewhere else.
fn came_and_went(
    (old, removed, old_titles): (&[Node<'_>], &[usize], &[String]),
    (new, added, new_titles): (&[Node<'_>], &[usize], &[String]),
    place: &[String],
    changes: &mut Vec<FactChange>,
) {
    let mut report =
        |fact: &str, change| changes.push(FactChange { place: place.to_vec(), fact: fact.to_owned(), change });
    let mut added = added.to_vec();
    for from in removed {
        let moved = added.iter().position(|to| whole(&new[*to]) == whole(&old[*from]));
        if let Some(index) = moved {
            added.remove(index);
            report(&old_titles[*from], Change::Moved);
        } else {
            report(&old_titles[*from], Change::Removed { value: String::new(), facts: old[*from].size() });
        }
    }
    for to in added {
        report(&new_titles[to], Change::Added { value: String::new(), facts: new[to].size() });
    }
}

/// Pairs the blocks of a gap; gives those that have no partner.
fn match_titles(
    old: &[Node<'_>],
    new: &[Node<'_>],
    mut old_gap: Vec<usize>,
    mut new_gap: Vec<usize>,
    pairs: &mut Vec<(usize, usize)>,
) -> (Vec<usize>, Vec<usize>) {
    let by_line = |left: &Node<'_>, right: &Node<'_>| without_numbers(left.key) == without_numbers(right.key);
    take_pairs(&mut old_gap, &mut new_gap, pairs, |from, to| by_line(&old[from], &new[to]));
    // By word only where nothing came or went, else any pairing is a guess.
    if old_gap.len() == new_gap.len() {
        take_pairs(&mut old_gap, &mut new_gap, pairs, |from, to| {
            old[from].word() == new[to].word() && old[from].word() != "step"
        });
    }
    (old_gap, new_gap)
}

fn take_pairs(
    old: &mut Vec<usize>,
    new: &mut Vec<usize>,
    pairs: &mut Vec<(usize, usize)>,
    same: impl Fn(usize, usize) -> bool,
) {
    old.retain(|from| {
        let Some(index) = new.iter().position(|to| same(*from, *to)) else { return true };
        pairs.push((*from, new.remove(index)));
        false
    });
}

/// A block with all that is in it, as one text without the numbers of placeholders.
fn whole(node: &Node<'_>) -> String {
    fn write(node: &Node<'_>, out: &mut String) {
        out.push_str(&without_numbers(node.key));
        out.push(' ');
        out.push_str(&node.value.map(without_numbers).unwrap_or_default());
        out.push('\n');
        node.children.iter().for_each(|child| write(child, out));
        out.push_str("end\n");
    }
    let mut out = String::new();
    write(node, &mut out);
    out
}

/// Lines of blocks, the second of two equal ones with ` #2`.
fn numbered_titles(nodes: &[Node<'_>]) -> Vec<String> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    nodes
        .iter()
        .map(|node| {
            let count = seen.entry(node.key).or_default();
            *count += 1;
            if *count == 1 { node.key.to_owned() } else { format!("{} #{count}", node.key) }
        })
        .collect()
}
