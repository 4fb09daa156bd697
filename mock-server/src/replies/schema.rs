//! What a schema says, and documentation in Rust does not: a schema is read by people who write files, to whom the Rust example
//! of a type says nothing.

use schemars::Schema;
use serde_json::Value;

/// Leaves the example out of a description.
pub(crate) fn without_example(schema: &mut Schema) {
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    if let Some((sentences, _)) = description.split_once("\n\n```") {
        let sentences = sentences.to_owned();
        schema.insert("description".to_owned(), sentences.into());
    }
}
