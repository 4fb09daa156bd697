//! Percent-encoding: queries, form bodies and path segments. Never fails; what is not valid stays as it is.

/// The pairs of `a=1&b=two%20words`, decoded, `+` read as a space.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// The first value of a name.
pub(crate) fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// `%41` to `A`; bytes that are no UTF-8 become U+FFFD.
pub(crate) fn decode(text: &str) -> String {
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
    String::from_utf8_lossy(&out).into_owned()
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
    }
}
