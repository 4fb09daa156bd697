//! The time that flavors add to calls, as text.

use std::fmt::Write as _;

use crate::results::AddedTime;

/// The times as lines for a terminal; nothing when there are none.
pub(super) fn added_lines(times: &[AddedTime]) -> String {
    let names: Vec<String> = times.iter().map(|time| format!("{} {}", time.flavor, time.variant)).collect();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    if !times.is_empty() {
        text += "time added to a call (median, against the control in this run)\n";
    }
    for (name, time) in names.iter().zip(times) {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "  {name:width$}  {:>8.2} ms  {} calls", time.median_ms, time.calls);
    }
    text
}

/// The times as a table of the page; nothing when there are none.
pub(super) fn added_html(times: &[AddedTime], escaped: impl Fn(&str) -> String) -> String {
    if times.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "<h2>Time added to a call</h2><p class=\"reason\">The median over all calls, against the control in the same run; \
         never a verdict.</p><table><thead><tr><th>flavor</th><th>added</th><th>calls</th></tr></thead><tbody>",
    );
    for time in times {
        let name = escaped(&format!("{} {}", time.flavor, time.variant));
        // Writing into a text cannot fail.
        let _ = write!(text, "<tr><td>{name}</td><td>{:.2} ms</td><td>{}</td></tr>", time.median_ms, time.calls);
    }
    text + "</tbody></table>"
}
