//! Scenarios: what an application does with Azure OpenAI, and what the service answers.
//!
//! Knows the TOML shape, its meaning and its mistakes. Must not know flavors, files or how a step is performed. Pure.

mod check;
mod expand;
mod feature;
mod model;
mod name;
mod operation;
mod parallel;
mod parse;
mod plan;
#[cfg(test)]
mod sample;
mod words;

pub use feature::Feature;
pub use model::{
    Application, AuthMode, AxisName, Azure, ClientKind, ClientMode, Deployment, Expect, ExpectParent, ExpectSpans,
    ExpectStatus, Group, Loopback, Matrix, Operation, Parallel, ParameterType, Resource, ScenarioFile, Tool,
};
pub(crate) use name::name_type;
pub use name::{ScenarioName, StepId};
pub use operation::{Chat, ChatApi, Embeddings, Read, ResponseSchema, Step, ThenStop, VectorEncoding, Via};
pub use parallel::{Branch, Part, PlannedParallel};
pub use parse::parse;
pub use plan::{Call, PlannedStep, Scenario};
// What the service answers has the words of the mock's files.
pub use azure_openai_mock::replies::{Choice as ChoiceReply, Reply, ToolCall};
pub use azure_openai_mock::{ErrorKind, FilterMode, FinishReason, StreamFaultKind, Usage};
#[cfg(test)]
pub(crate) use sample::{sample, sample_text, sample_with};
