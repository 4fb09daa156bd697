//! The forms that a text takes on its way into telemetry: as it is, escaped for JSON or a URL, in base64.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Fewer characters of base64 stand somewhere by chance.
const ENOUGH: usize = 12;

/// A text in one of its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    pub(super) text: String,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Json,
    Url,
    Base64,
}

impl Encoding {
    /// How it stands there, for messages; nothing for the text itself.
    pub(super) fn how(&self) -> &'static str {
        match self.form {
            Form::Plain => "",
            Form::Json => ", escaped as JSON",
            Form::Url => ", escaped as in a URL",
            Form::Base64 => ", in base64",
        }
    }
}

/// Every form of a text that differs from the others; none of an empty text.
pub(super) fn encodings(text: &str) -> Vec<Encoding> {
    let mut found: Vec<Encoding> = Vec::new();
    let mut add = |text: String, form| {
        if !text.is_empty() && found.iter().all(|other| other.text != text) {
            found.push(Encoding { text, form });
        }
    };
    add(text.to_owned(), Form::Plain);
    let escaped = serde_json::Value::from(text).to_string();
    add(escaped.trim_matches('"').to_owned(), Form::Json);
    add(url_escaped(text), Form::Url);
    for shift in 0..3 {
        let (standard, url_safe) = base64_within(text, shift);
        // A few characters of base64 could be anything.
        if standard.len() >= ENOUGH {
            add(standard, Form::Base64);
            add(url_safe, Form::Base64);
        }
    }
    found
}

fn url_escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// The characters that a text becomes within a longer one in base64: those that no neighbour has a share in.
fn base64_within(text: &str, shift: usize) -> (String, String) {
    let mut bytes = vec![0; shift];
    bytes.extend_from_slice(text.as_bytes());
    let whole = bytes.len() / 3 * 3;
    let first = if shift == 0 { 0 } else { 4 };
    let inner = |encoded: String| encoded.get(first..).unwrap_or_default().to_owned();
    (inner(STANDARD_NO_PAD.encode(&bytes[..whole])), inner(URL_SAFE_NO_PAD.encode(&bytes[..whole])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_form() {
        let secret = "k\"3141592653/~?>zebra";
        let holds = |text: &str| encodings(secret).iter().any(|form| text.contains(&form.text));
        assert!(holds(secret));
        assert!(holds(&serde_json::Value::from(secret).to_string()));
        assert!(holds("x=k%223141592653%2F~%3F%3Ezebra&y"));
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "z", "zz"] {
                assert!(holds(&STANDARD_NO_PAD.encode(format!("{before}{secret}{after}"))), "{before} {after}");
                assert!(holds(&URL_SAFE_NO_PAD.encode(format!("{before}{secret}{after}"))), "{before} {after}");
            }
        }
        assert!(!holds("k3141592653"));
        assert!(encodings("Oslo").iter().all(|form| form.form != Form::Base64));
    }
}
