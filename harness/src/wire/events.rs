//! Server-sent events, split: the one place where an answer that was recorded is cut into them.
//!
//! The reference cuts a stream itself, byte by byte as it arrives: it stands for an application, and is what the wire is
//! held against.

use serde_json::Value;

/// The data of each event. The service sends one line of it per event, however it ends its lines.
pub(super) fn data(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim)
}

/// The JSON of each event that arrived whole, without `[DONE]`.
pub(super) fn documents(text: &str) -> Vec<Value> {
    data(text).filter_map(|data| serde_json::from_str(data).ok()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_cut_however_lines_end() {
        let check = |text: &str, expected: &[Value]| assert_eq!(documents(text), expected, "{text:?}");
        let both = [json!({ "a": 1 }), json!({ "b": 2 })];
        check("data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n", &both);
        check("data: {\"a\":1}\r\n\r\nevent: delta\r\ndata: {\"b\":2}\r\n\r\n", &both);
        check(": comment\n\ndata:{\"a\":1}\n\ndata: {\"b\":", &both[..1]);
        check("", &[]);
    }
}
