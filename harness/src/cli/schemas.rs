//! The JSON Schemas that `azmatrix schema` prints and `azmatrix regenerate` writes to `harness/schemas`.

use crate::convention::ConventionFile;
use crate::diagnose::schema_text;
use crate::flavor::FlavorFile;
use crate::judge::known::KnownFile;
use crate::live::LiveFile;
use crate::protocol::WorkerProtocol;
use crate::scenario::ScenarioFile;

/// File name and text of every schema: of the files that people write, and of the lines that workers read and write.
pub fn schemas() -> Vec<(&'static str, String)> {
    vec![
        ("scenario.schema.json", schema_text::<ScenarioFile>()),
        ("flavor.schema.json", schema_text::<FlavorFile>()),
        ("convention.schema.json", schema_text::<ConventionFile>()),
        ("known.schema.json", schema_text::<KnownFile>()),
        ("live.schema.json", schema_text::<LiveFile>()),
        ("protocol.schema.json", schema_text::<WorkerProtocol>()),
    ]
}
