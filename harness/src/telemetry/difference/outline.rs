//! Snapshot text → lines with what is below them. Every text has an outline.

/// A line and what is indented below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node<'a> {
    /// The name of a fact, or the whole line of a block.
    pub(super) key: &'a str,
    /// What follows the name of a fact: `= 57`, `: json`.
    pub(super) value: Option<&'a str>,
    pub(super) children: Vec<Node<'a>>,
}

impl Node<'_> {
    /// Whether it is a fact, which has one place in its block, rather than a block such as `span "chat"`.
    pub(super) fn is_fact(&self) -> bool {
        self.value.is_some()
    }

    /// `span` of `span "chat"`.
    pub(super) fn word(&self) -> &str {
        self.key.split(' ').next().unwrap_or_default()
    }

    /// How many facts it holds.
    pub(super) fn size(&self) -> usize {
        self.children.iter().map(|child| child.size() + usize::from(child.is_fact())).sum()
    }
}

/// The outline of a text.
pub(super) fn outline(text: &str) -> Vec<Node<'_>> {
    let mut open: Vec<(usize, Node<'_>)> = Vec::new();
    let mut roots = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        close(&mut open, &mut roots, indent);
        let (key, value) = split_fact(content);
        open.push((indent, Node { key, value, children: Vec::new() }));
    }
    close(&mut open, &mut roots, 0);
    roots
}

/// Ends every line that is indented at least as far.
fn close<'a>(open: &mut Vec<(usize, Node<'a>)>, roots: &mut Vec<Node<'a>>, indent: usize) {
    while open.last().is_some_and(|(last, _)| *last >= indent) {
        if let Some((_, node)) = open.pop() {
            open.last_mut().map_or(&mut *roots, |(_, parent)| &mut parent.children).push(node);
        }
    }
}

/// The name of a fact and the rest; a line that is no fact is all name.
fn split_fact(line: &str) -> (&str, Option<&str>) {
    let bytes = line.as_bytes();
    let (mut in_quotes, mut index) = (false, 0);
    while index < bytes.len() {
        match bytes[index] {
            b'\\' if in_quotes => index += 1,
            b'"' => in_quotes = !in_quotes,
            b' ' if !in_quotes => {
                let rest = &line[index + 1..];
                let is_fact = rest.starts_with("= ") || rest.starts_with(": ");
                return if is_fact { (&line[..index], Some(rest)) } else { (line, None) };
            }
            _ => {}
        }
        index += 1;
    }
    (line, None)
}
