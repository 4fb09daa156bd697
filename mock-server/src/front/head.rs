//! Heads of answers as the service writes them: with its names, spelled and ordered as it does. The library below writes
//! every name in lower case and in an order of its own; a client that looks at the bytes can tell. So it is given only
//! what it frames bodies by, and the rest joins its head on the way to the socket.
//!
//! Knows what may stand in a head. Must not know what the headers mean, but for those that frame a body.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::cloud::{HeaderText, ReplyBody};

/// The names that are not written in lower case.
const CAPITALISED: [&str; 6] =
    ["Cache-Control", "Content-Length", "Content-Type", "Date", "Strict-Transport-Security", "Transfer-Encoding"];

/// What the library must know of, since it decides where a body ends and whether the connection does.
const FRAMING: [HeaderName; 3] = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];

/// The length of a head, its blank line included, if it is complete.
pub(crate) fn head_length(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, b"\r\n\r\n").map(|position| position + 4)
}

/// The header lines of an answer, in their order.
#[derive(Debug)]
pub(crate) struct Head {
    lines: Vec<u8>,
    /// Which of [`FRAMING`] are among them.
    framed: [bool; 3],
}

impl Head {
    /// Writes the header lines of an answer, and says which of them the library must be told of: those that frame the
    /// body otherwise than it would frame `body` by itself. A name or value that HTTP does not allow is left out.
    pub(crate) fn new(headers: &[(HeaderText, HeaderText)], body: Option<&ReplyBody>) -> (Self, HeaderMap) {
        let length = headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let mut head = Self { lines: Vec::with_capacity(length), framed: [false; 3] };
        let mut framing = HeaderMap::new();
        for (name, value) in headers {
            let Some(name) = spelled(name).filter(|_| is_value(value)) else { continue };
            if let Some(index) = framing_index(name.as_bytes()) {
                head.framed[index] = true;
                if !goes_without_saying(&FRAMING[index], value, body)
                    && let Ok(value) = HeaderValue::from_str(value)
                {
                    framing.append(FRAMING[index].clone(), value);
                }
            }
            head.lines.extend_from_slice(name.as_bytes());
            head.lines.extend_from_slice(b": ");
            head.lines.extend_from_slice(value.as_bytes());
            head.lines.extend_from_slice(b"\r\n");
        }
        (head, framing)
    }

    /// Writes this head in place of the one with which the library's bytes begin. How long that one is; none when they
    /// do not begin with a whole head. Heads of interim answers (`100 Continue`) before it are kept.
    pub(crate) fn replace(&self, bytes: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        let mut interim = 0;
        while bytes[interim..].starts_with(b"HTTP/1.1 1") {
            interim += head_length(&bytes[interim..])?;
        }
        let (interim, theirs) = bytes.split_at(interim);
        let theirs = theirs.starts_with(b"HTTP/1.").then_some(theirs)?;
        let theirs = &theirs[..head_length(theirs)?];
        let (status, lines) = theirs.split_at(end_of_line(theirs)?);
        out.extend_from_slice(interim);
        out.extend_from_slice(status);
        self.merge(&lines[..lines.len() - 2], out);
        out.extend_from_slice(b"\r\n");
        Some(interim.len() + theirs.len())
    }

    /// Our lines, but those that frame a body only if the library has written them, too; then what it has written and we
    /// have not.
    fn merge(&self, theirs: &[u8], out: &mut Vec<u8>) {
        let mut framed = [false; 3];
        for line in lines(theirs) {
            if let Some(index) = framing_index(name_of(line)) {
                framed[index] = true;
            }
        }
        if framed == self.framed {
            out.extend_from_slice(&self.lines);
        } else {
            let written = |line: &&[u8]| framing_index(name_of(line)).is_none_or(|index| framed[index]);
            lines(&self.lines).filter(written).for_each(|line| out.extend_from_slice(line));
        }
        let theirs = lines(theirs).filter(|line| framing_index(name_of(line)).is_none_or(|index| !self.framed[index]));
        theirs.for_each(|line| out.extend_from_slice(line));
    }
}

/// Whether the library frames this body so when nobody tells it how.
fn goes_without_saying(name: &HeaderName, value: &str, body: Option<&ReplyBody>) -> bool {
    match body {
        Some(ReplyBody::Whole(bytes)) => *name == header::CONTENT_LENGTH && value.parse() == Ok(bytes.len()),
        Some(ReplyBody::Stream { .. }) => *name == header::TRANSFER_ENCODING && value == "chunked",
        None => false,
    }
}

/// A name as the service spells it; none when it is no name. What is known when the mock is compiled is right as it is.
fn spelled(name: &HeaderText) -> Option<&str> {
    match name {
        HeaderText::Borrowed(name) => Some(name),
        HeaderText::Owned(name) => {
            HeaderName::try_from(name.as_str()).ok()?;
            let known = CAPITALISED.iter().find(|known| known.eq_ignore_ascii_case(name));
            Some(known.map_or(name, |known| known))
        }
    }
}

/// Whether HTTP allows a value. What is known when the mock is compiled is right as it is.
fn is_value(value: &HeaderText) -> bool {
    let bad = |byte: u8| (byte < b' ' && byte != b'\t') || byte == 0x7f;
    // Every byte is looked at, without an end in between: that is several at once.
    matches!(value, HeaderText::Borrowed(_)) || !value.bytes().fold(false, |found, byte| found | bad(byte))
}

fn framing_index(name: &[u8]) -> Option<usize> {
    // Asked for every line: most say by their length that they are none of these.
    if !matches!(name.len(), 10 | 14 | 17) {
        return None;
    }
    FRAMING.iter().position(|known| name.eq_ignore_ascii_case(known.as_str().as_bytes()))
}

fn name_of(line: &[u8]) -> &[u8] {
    &line[..line.iter().position(|byte| *byte == b':').unwrap_or(0)]
}

fn end_of_line(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', bytes).map(|position| position + 1)
}

/// Lines, each with its end.
fn lines(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (line, rest) = bytes.split_at(end_of_line(bytes)?);
        bytes = rest;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &[(&'static str, &'static str)]) -> (Head, HeaderMap) {
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Head::new(&headers, None)
    }

    /// What becomes of the library's bytes when ours has these headers.
    fn check(headers: &[(&'static str, &'static str)], theirs: &str, expected: &str) {
        let mut out = Vec::new();
        let length = head(headers).0.replace(theirs.as_bytes(), &mut out).expect("a head");
        out.extend_from_slice(&theirs.as_bytes()[length..]);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn a_head_takes_the_place_of_the_librarys() {
        let ours = [("Content-Length", "2"), ("Date", "x"), ("x-b", "1"), ("x-a", "2")];
        check(
            &ours,
            "HTTP/1.1 429 Slow Down\r\ncontent-length: 2\r\n\r\ndate: y\r\n\r\n",
            "HTTP/1.1 429 Slow Down\r\nContent-Length: 2\r\nDate: x\r\nx-b: 1\r\nx-a: 2\r\n\r\ndate: y\r\n\r\n",
        );
        let interim = "HTTP/1.1 100 Continue\r\n\r\n";
        check(
            &ours[..2],
            &format!("{interim}HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n"),
            &format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: x\r\nconnection: close\r\n\r\n"),
        );
    }

    #[test]
    fn a_body_is_framed_as_the_library_says() {
        check(
            &[("Date", "x"), ("Transfer-Encoding", "chunked"), ("x-a", "1")],
            "HTTP/1.0 200 OK\r\n\r\n",
            "HTTP/1.0 200 OK\r\nDate: x\r\nx-a: 1\r\n\r\n",
        );
        let (_, framing) = head(&[("Connection", "close"), ("Date", "x"), ("Transfer-Encoding", "chunked")]);
        assert_eq!(framing.len(), 2);
        let told = |length: &'static str| {
            let body = ReplyBody::Whole(bytes::Bytes::from_static(b"{}"));
            Head::new(&[("Content-Length".into(), length.into())], Some(&body)).1.len()
        };
        assert_eq!([told("2"), told("3")], [0, 1]);
    }

    #[test]
    fn what_http_does_not_allow_is_left_out() {
        let name = || HeaderText::Owned("content-type".to_owned());
        let bad = [
            (HeaderText::Owned("a b".to_owned()), "x".into()),
            ("x-a".into(), HeaderText::Owned("x\r\ny: z".to_owned())),
        ];
        let (head, _) = Head::new(&[&[(name(), "a/b".into())], &bad[..]].concat(), None);
        assert_eq!(String::from_utf8_lossy(&head.lines), "Content-Type: a/b\r\n");
    }

    #[test]
    fn bytes_that_are_no_whole_head_stay_as_they_are() {
        for bytes in ["data: {}\r\n\r\n", "HTTP/1.1 200 OK\r\ndate", "HTTP/1.1 100 Continue\r\n\r\n", ""] {
            let mut out = Vec::new();
            assert_eq!(head(&[("Date", "x")]).0.replace(bytes.as_bytes(), &mut out), None, "{bytes:?}");
            assert!(out.is_empty(), "{bytes:?}");
        }
    }
}
