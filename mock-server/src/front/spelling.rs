//! Header names as the service spells them. The library below writes every name in lower case; the service capitalises
//! some, and a client that looks at the bytes can tell.

use std::io::IoSlice;

use memchr::memchr_iter;

/// The names that are not written in lower case.
const CAPITALISED: [&str; 6] =
    ["Cache-Control", "Content-Length", "Content-Type", "Date", "Strict-Transport-Security", "Transfer-Encoding"];

/// A head on its way to the socket, respelled. No length changes.
#[derive(Debug, Default)]
pub(crate) struct Spelling {
    head: Vec<u8>,
    /// How much of it has left.
    written: usize,
}

impl Spelling {
    /// Takes the head with which these bytes begin; says whether there was one.
    pub(crate) fn begin(&mut self, bytes: &[u8]) -> bool {
        if !bytes.starts_with(b"HTTP/1.") {
            return false;
        }
        self.head.clear();
        self.head.extend_from_slice(bytes);
        self.written = 0;
        for line in memchr_iter(b'\n', bytes) {
            if bytes[line + 1..].starts_with(b"\r\n") {
                self.head.truncate(line + 3);
                return true;
            }
            respell(&mut self.head[line + 1..]);
        }
        self.head.clear();
        false
    }

    /// What is to be written in place of the beginning of the bytes that the library has; empty when no head is left.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.head[self.written..]
    }

    /// So many bytes have left, of the head or of what comes after it.
    pub(crate) fn advance(&mut self, count: usize) {
        self.written = self.head.len().min(self.written + count);
    }
}

/// Spells the name with which these bytes begin as the service does.
fn respell(line: &mut [u8]) {
    let spelled = CAPITALISED.iter().find(|spelled| {
        line.get(spelled.len()) == Some(&b':') && line[..spelled.len()].eq_ignore_ascii_case(spelled.as_bytes())
    });
    if let Some(spelled) = spelled {
        line[..spelled.len()].copy_from_slice(spelled.as_bytes());
    }
}

/// The slices with other bytes in place of as many at the beginning of the first of them.
pub(crate) fn replaced<'a>(rest: &'a [u8], slices: &'a [IoSlice<'a>]) -> Vec<IoSlice<'a>> {
    let mut replaced = Vec::with_capacity(slices.len() + 1);
    if let [first, others @ ..] = slices {
        let count = rest.len().min(first.len());
        replaced.push(IoSlice::new(&rest[..count]));
        replaced.push(IoSlice::new(&first[count..]));
        replaced.extend(others.iter().map(|slice| IoSlice::new(slice)));
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: a/b\r\ndate: x\r\nx-date: date: y\r\napim-request-id: z\r\n\r\n";

    #[test]
    fn six_names_are_capitalised_and_nothing_else_changes() {
        let mut spelling = Spelling::default();
        assert!(spelling.begin(&[HEAD, b"\xffdate: body\r\ndate: 1\r\n\r\n"].concat()));
        let expected =
            b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nDate: x\r\nx-date: date: y\r\napim-request-id: z\r\n\r\n";
        assert_eq!(spelling.rest(), expected);
        for bytes in [&b"data: {}\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\ndate"] {
            assert!(!Spelling::default().begin(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn a_head_that_leaves_in_parts_stays_respelled() {
        let mut spelling = Spelling::default();
        let all = [HEAD, b"body"].concat();
        assert!(spelling.begin(&all));
        let (mut sent, mut left) = (Vec::new(), all.as_slice());
        while !spelling.rest().is_empty() {
            let slices = [IoSlice::new(left), IoSlice::new(b"more")];
            let written: Vec<u8> = replaced(spelling.rest(), &slices).iter().flat_map(|slice| slice.to_vec()).collect();
            assert_eq!(written.len(), left.len() + 4);
            let count = 7.min(left.len());
            sent.extend_from_slice(&written[..count]);
            left = &left[count..];
            spelling.advance(count);
        }
        sent.extend_from_slice(left);
        assert_eq!(sent.to_ascii_lowercase(), all.to_ascii_lowercase());
        assert!(sent.windows(6).any(|window| window == b"\nDate:"), "{}", String::from_utf8_lossy(&sent));
    }
}
