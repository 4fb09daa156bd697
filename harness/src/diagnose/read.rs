//! One reader for every kind of file.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::Deserializer;

use super::shape::check_shape;
use super::{Diagnostic, DiagnosticKind, Diagnostics, Document};

/// Reads TOML text into `T`, and gives the document for the positions of whatever is checked next.
///
/// `file` is the name to show. Fails with all syntax errors, or else with everything that has not the shape of `T`.
pub fn read<T: DeserializeOwned + JsonSchema + 'static>(file: &str, text: &str) -> Result<(T, Document), Diagnostics> {
    let (document, parsed) = Document::parse_once(file, text)?;
    let mut found = document.diagnostics();
    check_shape(&document, &kept_schema_of::<T>(), &mut found);
    found.finish(())?;
    match T::deserialize(Deserializer::from(parsed)) {
        Ok(value) => Ok((value, document)),
        Err(error) => {
            let mut found = document.diagnostics();
            let span = error.span().unwrap_or(0..0);
            found.push(Diagnostic::new(DiagnosticKind::OutOfRange, "a value does not fit", span, error.message()));
            Err(found)
        }
    }
}

/// The JSON Schema of a kind of file, as text that can be committed: sorted keys, two spaces, a newline at the end.
pub(crate) fn schema_text<T: JsonSchema>() -> String {
    let schema: &Value = &schema_of::<T>().to_value();
    // Serialising a JSON value into memory cannot fail.
    let mut text = serde_json::to_string_pretty(schema).unwrap_or_default();
    text.push('\n');
    text
}

/// The schema of a type, made once: a workspace has hundreds of files of the same type.
fn kept_schema_of<T: JsonSchema + 'static>() -> Arc<Value> {
    static KEPT: LazyLock<Mutex<HashMap<TypeId, Arc<Value>>>> = LazyLock::new(Mutex::default);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(schema_of::<T>().to_value())))
}

fn schema_of<T: JsonSchema>() -> schemars::Schema {
    schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}
