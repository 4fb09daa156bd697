//! Percent-encoding: queries, form bodies and path segments. Never fails; what is not valid stays as it is.

use std::borrow::Cow;

/// The pairs of `a=1&b=two%20words`, decoded, `+` read as a space.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (spaced(name).into_owned(), spaced(value).into_owned())
        })
        .collect()
}

/// The first value of a name in a query, decoded. Nothing else of the query is.
pub(crate) fn find<'a>(text: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| spaced(key) == name).map(|(_, value)| spaced(value))
}

/// Decoded, `+` read as a space.
fn spaced(text: &str) -> Cow<'_, str> {
    if text.contains('+') { Cow::Owned(decode(&text.replace('+', " ")).into_owned()) } else { decode(text) }
}

/// The first value of a name.
pub(crate) fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// `%41` to `A`; bytes that are no UTF-8 become U+FFFD.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while position < bytes.len() {
        let escaped = (bytes[position] == b'%')
            .then(|| Some((hex_digit(*bytes.get(position + 1)?)?, hex_digit(*bytes.get(position + 2)?)?)))
            .flatten();
        if let Some((high, low)) = escaped {
            out.push(high * 16 + low);
            position += 3;
        } else {
            out.push(bytes[position]);
            position += 1;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_broken_ones_stay() {
        let read = pairs("a=1&b=two+words%21&c&bad=%zz%4");
        assert_eq!(value(&read, "b"), Some("two words!"));
        assert_eq!(value(&read, "c"), Some(""));
        assert_eq!(value(&read, "bad"), Some("%zz%4"));
        assert_eq!(value(&read, "none"), None);
        for (name, value) in &read {
            assert_eq!(find("a=1&b=two+words%21&c&bad=%zz%4", name).as_deref(), Some(value.as_str()));
        }
        assert_eq!(find("%61=1&a=2", "a").as_deref(), Some("1"));
    }
}
