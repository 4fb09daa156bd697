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

pub(crate) use feature::Feature;
pub(crate) use model::{
    AuthMode, AxisName, ClientKind, Expect, ExpectParent, ExpectStatus, Group, Loopback, Parallel, ParameterType,
    ScenarioFile, Tool,
};
pub use model::{Azure, ClientMode, Deployment, Matrix, Operation, Resource};
pub(crate) use name::name_type;
pub(crate) use name::{ScenarioName, StepId};
pub(crate) use operation::{Chat, ChatApi, Embeddings, ThenStop, VectorEncoding, Via};
pub use operation::{Read, Step};
pub(crate) use parallel::{Branch, Part, PlannedParallel};
pub use parse::parse;
pub use plan::Scenario;
pub(crate) use plan::{Call, PlannedStep};
// What the service answers has the words of the mock's files.
pub use azure_openai_mock::replies::{Choice as ChoiceReply, Reply, ToolCall};
pub use azure_openai_mock::{ErrorKind, FilterMode, FinishReason, StreamFaultKind, Usage};
#[cfg(test)]
pub(crate) use sample::{sample, sample_text, sample_with};
