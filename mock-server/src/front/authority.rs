//! A host and a port, as `Host` and `CONNECT` name them.

/// Where a request, or a tunnel, is to lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
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
