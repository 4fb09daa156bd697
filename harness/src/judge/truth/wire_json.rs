//! Small readings of the wire's JSON that requests and conversations share.

use serde_json::Value as Json;

use super::value::Truth;

/// The calls or tools of a list, if there is one.
pub(super) fn tools(tools: Option<&Json>) -> impl Iterator<Item = &Json> {
    tools.and_then(Json::as_array).into_iter().flatten()
}

/// A list that is nothing when it is empty.
pub(super) fn list(values: Vec<Json>, place: &str) -> Truth {
    if values.is_empty() { Truth::nothing(place) } else { Truth::is(values, place) }
}

/// The JSON that a text is, or the text.
pub(super) fn opened(value: &Json) -> Json {
    let parsed = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    parsed.unwrap_or_else(|| value.clone())
}
