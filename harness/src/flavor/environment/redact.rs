//! Credentials out of text that a person will read.

/// `text` with the user and password of every URL replaced by `***`.
///
/// Index URLs carry credentials, and pip and uv quote them in their errors.
pub(crate) fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + "://".len());
        clean.push_str(before);
        let end = after.find(ends_authority).unwrap_or(after.len());
        let (authority, remaining) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                clean.push_str("***@");
                clean.push_str(host);
            }
            None => clean.push_str(authority),
        }
        rest = remaining;
    }
    clean.push_str(rest);
    clean
}

fn ends_authority(character: char) -> bool {
    character.is_whitespace() || matches!(character, '/' | '?' | '#' | '"' | '\'' | '`' | '<' | '>' | ')')
}

#[cfg(test)]
mod tests {
    use super::redact;

    fn check(text: &str, expected: &str) {
        assert_eq!(redact(text), expected);
    }

    #[test]
    fn credentials_in_a_url_are_not_shown() {
        check("https://user:secret@index.example/simple", "https://***@index.example/simple");
        check("at `https://token@index.example`, then", "at `https://***@index.example`, then");
        check("https://user:p@ss@index.example/x", "https://***@index.example/x");
        check("a http://a:b@c/d b https://e:f@g", "a http://***@c/d b https://***@g");
    }

    #[test]
    fn other_text_is_left_alone() {
        check("https://index.example/@scope/name", "https://index.example/@scope/name");
        check("someone@example.org", "someone@example.org");
        check("no url ://", "no url ://");
    }
}
