//! Where a real resource is.

use std::fmt;

/// The address of a resource or gateway: scheme, host, port, and what stands before `/openai`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    secure: bool,
    host: String,
    port: Option<u16>,
    path: String,
}

/// A text that is no endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Neither `https://` nor `http://`, or no host.
    #[error("it is not `https://<host>`")]
    Form,
    /// Something that belongs to a request.
    #[error("it has a query, a fragment or a user, which belong to no endpoint")]
    Extra,
    /// A path of the service, which clients add themselves.
    #[error("it ends with the service's own path; write only what stands before `/openai`")]
    ServicePath,
    /// Plain HTTP to another machine would show the key to the network.
    #[error("plain `http://` is only for this machine: a key would be sent in the clear")]
    Plain,
}

impl Endpoint {
    /// Reads `https://<host>[:<port>][/<path>]`.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(EndpointError::Form)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(EndpointError::Form),
        };
        if rest.contains(['?', '#', '@']) {
            return Err(EndpointError::Extra);
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| EndpointError::Form)?)),
            None => (authority, None),
        };
        let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-');
        if host.is_empty() || !host.chars().all(allowed) {
            return Err(EndpointError::Form);
        }
        let path = path.trim_matches('/');
        if path.split('/').any(|segment| segment == "openai") {
            return Err(EndpointError::ServicePath);
        }
        if !secure && !matches!(host, "127.0.0.1" | "localhost") {
            return Err(EndpointError::Plain);
        }
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Self { secure, host: host.to_ascii_lowercase(), port, path })
    }

    /// The host, without its port.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// Without a slash at the end: a request's path follows.
impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(formatter, "{scheme}://{}", self.host)?;
        if let Some(port) = self.port {
            write!(formatter, ":{port}")?;
        }
        formatter.write_str(&self.path)
    }
}
