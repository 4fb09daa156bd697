//! The head of a `CONNECT` request: text in, host and port out.

/// Heads longer than this are refused.
pub(crate) const LONGEST_HEAD: usize = 8 * 1024;
/// How a tunnel request begins.
pub(crate) const VERB: &[u8] = b"CONNECT ";

/// Where a tunnel is to lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// The length of a head, its blank line included, if it is complete.
pub(crate) fn head_length(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, b"\r\n\r\n").map(|position| position + 4)
}

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

/// `host:port`, with an IPv6 address in brackets.
pub(crate) fn authority_target(authority: &str) -> Option<Target> {
    let (host, port) = authority.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.strip_suffix(']')?,
        None if host.contains(':') => return None,
        None => host,
    };
    let valid = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | ':');
    if host.is_empty() || host.len() > 253 || !host.chars().all(valid) {
        return None;
    }
    let port = port.parse().ok().filter(|port| *port != 0)?;
    Some(Target { host: host.to_ascii_lowercase(), port })
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
