//! The head of a `CONNECT` request: text in, host and port out.

use super::authority::{Target, authority_target};

/// Heads longer than this are refused.
pub(crate) const LONGEST_HEAD: usize = 8 * 1024;
/// How a tunnel request begins.
pub(crate) const VERB: &[u8] = b"CONNECT ";

/// The target of a complete head, if it is a well-formed request for a tunnel.
pub(crate) fn target(head: &[u8]) -> Option<Target> {
    let text = std::str::from_utf8(head).ok()?;
    let line = text.split("\r\n").next()?;
    let mut words = line.split(' ');
    let (verb, authority, version) = (words.next()?, words.next()?, words.next()?);
    if verb != "CONNECT" || !matches!(version, "HTTP/1.1" | "HTTP/1.0") || words.next().is_some() {
        return None;
    }
    authority_target(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, expected: Option<(&str, u16)>) {
        let found = target(head.as_bytes());
        assert_eq!(found.as_ref().map(|found| (found.host.as_str(), found.port)), expected, "{head:?}");
    }

    #[test]
    fn a_tunnel_request_names_host_and_port() {
        check("CONNECT A.Openai.Azure.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", Some(("a.openai.azure.com", 443)));
        check("CONNECT [::1]:8443 HTTP/1.0\r\n\r\n", Some(("::1", 8443)));
    }

    #[test]
    fn what_is_no_tunnel_request_has_no_target() {
        check("CONNECT a HTTP/1.1\r\n\r\n", None);
        check("CONNECT a:0 HTTP/1.1\r\n\r\n", None);
        check("CONNECT a:99999 HTTP/1.1\r\n\r\n", None);
        check("CONNECT a/b:443 HTTP/1.1\r\n\r\n", None);
        check("CONNECT ::1:443 HTTP/1.1\r\n\r\n", None);
        check("CONNECT a:443 HTTP/1.1 more\r\n\r\n", None);
        check("CONNECT a:443\r\n\r\n", None);
        check("GET http://a/ HTTP/1.1\r\n\r\n", None);
        assert_eq!(target(b"CONNECT \xff:443 HTTP/1.1\r\n\r\n"), None);
    }
}
