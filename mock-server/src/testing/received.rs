//! A request as a test wants to look at it.

use std::fmt;

use serde_json::Value;

use crate::front::Exchange;

/// A request that the mock got, with the status it answered.
///
/// ```
/// use azure_openai_mock::testing::Received;
///
/// fn temperature(request: &Received) -> Option<f64> {
///     request.body.pointer("/temperature")?.as_f64()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Received {
    /// `POST`.
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query, without the question mark.
    pub query: Option<String>,
    /// The deployment that was called: from the path, or from the body's `model`.
    pub deployment: Option<String>,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The body; null when it is not JSON.
    pub body: Value,
    /// The status of the answer; none when the client left before.
    pub status: Option<u16>,
    /// Everything that was recorded.
    pub exchange: Exchange,
}

impl Received {
    /// The first value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl From<Exchange> for Received {
    fn from(exchange: Exchange) -> Self {
        let request = &exchange.request;
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let in_path = request.path.split("/deployments/").nth(1).and_then(|rest| rest.split('/').next());
        let in_body = body.get("model").and_then(Value::as_str);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.query.clone(),
            deployment: in_path.or(in_body).map(str::to_owned),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
                .collect(),
            status: exchange.status,
            body,
            exchange,
        }
    }
}

impl fmt::Display for Received {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let status = self.status.map_or_else(|| "client left".to_owned(), |status| status.to_string());
        write!(formatter, "{} {}{query} -> {status}", self.method, self.path)
    }
}
