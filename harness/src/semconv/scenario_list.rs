//! The scenarios of a roll-up's line, in as few words as they need. Knows names only.

use std::collections::{BTreeMap, BTreeSet};

/// What is longer is broken into lines.
const LONGEST: usize = 100;
/// Before each of these lines.
const INDENT: &str = "\n      ";

/// `every scenario`, `every scenario but …`, or their names, whichever is shortest; `auth/*` is every scenario of a
/// folder. A long list has a line for each folder, so that one scenario more changes one line. The text begins with a space
/// or a line break.
pub(super) fn scenario_list<'n>(scenarios: impl IntoIterator<Item = &'n str>, all: &BTreeSet<&'n str>) -> String {
    let mine: BTreeSet<&str> = scenarios.into_iter().collect();
    let others: BTreeSet<&str> = all.difference(&mine).copied().collect();
    if others.is_empty() {
        return " every scenario".to_owned();
    }
    let (with, without) = (Folders::of(&mine, all), Folders::of(&others, all));
    let but = " every scenario but";
    if but.len() + without.in_one_line().len() < with.in_one_line().len() {
        format!("{but}{}", without.text())
    } else {
        with.text()
    }
}

/// Names by folder.
struct Folders<'n> {
    /// All of whose scenarios are meant, if they are several.
    whole: Vec<&'n str>,
    parts: BTreeMap<&'n str, Vec<&'n str>>,
}

impl<'n> Folders<'n> {
    fn of(names: &BTreeSet<&'n str>, all: &BTreeSet<&'n str>) -> Self {
        let existing = by_folder(all);
        let is_whole = |folder: &str, names: &[&str]| names.len() > 1 && names.len() == existing[folder].len();
        let (whole, parts): (Vec<_>, Vec<_>) =
            by_folder(names).into_iter().partition(|(folder, names)| is_whole(folder, names));
        Self { whole: whole.into_iter().map(|(folder, _)| folder).collect(), parts: parts.into_iter().collect() }
    }

    fn words(&self) -> impl Iterator<Item = String> {
        self.whole.iter().map(|folder| format!("{folder}/*"))
    }

    fn in_one_line(&self) -> String {
        let names = self.parts.iter().flat_map(|(folder, names)| names.iter().map(move |name| joined(folder, name)));
        let words: BTreeSet<String> = self.words().chain(names).collect();
        words.into_iter().collect::<Vec<_>>().join(" ")
    }

    /// After a space, or in lines of their own.
    fn text(&self) -> String {
        let line = self.in_one_line();
        if line.len() <= LONGEST {
            return format!(" {line}");
        }
        let whole = self.words().collect::<Vec<_>>().join(" ");
        let whole = (!whole.is_empty()).then_some(whole);
        let parts = self.parts.iter().map(|(folder, names)| match names.as_slice() {
            [only] => joined(folder, only),
            names => format!("{folder}: {}", names.join(" ")),
        });
        whole.into_iter().chain(parts).flat_map(|line| [INDENT.to_owned(), line]).collect()
    }
}

fn by_folder<'n>(names: &BTreeSet<&'n str>) -> BTreeMap<&'n str, Vec<&'n str>> {
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in names {
        let (folder, name) = name.split_once('/').unwrap_or(("", name));
        folders.entry(folder).or_default().push(name);
    }
    folders
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 8] = ["auth/key", "auth/token", "chat/a", "chat/b", "chat/c", "chat/d", "tools/one", "tools/two"];

    #[track_caller]
    fn check(names: &[&str], all: &[&str], expected: &str) {
        let all: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(scenario_list(names.iter().copied(), &all).trim_start_matches(' '), expected);
    }

    #[test]
    fn the_shortest_words_are_taken() {
        check(&ALL, &ALL, "every scenario");
        check(&["chat/a"], &ALL, "chat/a");
        check(&["auth/key", "auth/token", "chat/a"], &ALL, "auth/* chat/a");
        check(&ALL[1..], &ALL, "auth/token chat/* tools/*");
        let but = [&ALL[..2], &ALL[3..]].concat();
        check(&but, &ALL, "every scenario but chat/a");
        check(&["alone"], &["alone", "auth/key"], "alone");
    }

    #[test]
    fn a_long_list_has_a_line_for_each_folder() {
        let long = ["chat/with-a-long-name-that-says-all", "chat/with-another-name-that-says-all"];
        let names = [&long[..], &["auth/key", "auth/token", "tools/with-a-name-as-long-as-that"]].concat();
        let others =
            ["chat", "tools", "hosts", "errors"].map(|folder| format!("{folder}/another-with-quite-a-long-name"));
        let all: Vec<&str> = names.iter().copied().chain(others.iter().map(String::as_str)).collect();
        check(
            &names,
            &all,
            "\n      auth/*\n      chat: with-a-long-name-that-says-all with-another-name-that-says-all\n      tools/with-a-name-as-long-as-that",
        );
    }
}
