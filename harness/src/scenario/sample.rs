//! What the tests of this crate put around the steps that they are about.

use super::{Scenario, parse};

/// A cloud with deployments for chats and for vectors, one that does not exist, and a tool.
const CLOUD: &str = r#"
    title = "t"
    intent = "i"
    [azure.resources.east]
    region = "eastus2"
    [azure.deployments.chat-prod]
    resource = "east"
    model = "gpt-4o-2024-11-20"
    [azure.deployments.gone]
    resource = "east"
    model = "gpt-4o-2024-11-20"
    exists = false
    [azure.deployments.vectors]
    resource = "east"
    model = "text-embedding-3-small"
    [tools.get_weather]
    description = "Current weather in one city"
    parameters = { city = "string", days = "integer" }
"#;

/// The text of a scenario of these steps, and of whatever else a file may have.
pub(crate) fn sample_text(steps: &str) -> String {
    format!("{CLOUD}{steps}")
}

/// The scenario itself.
pub(crate) fn sample(steps: &str) -> Scenario {
    sample_with(steps, &[])
}

/// The same, whose expectations may name these concepts.
pub(crate) fn sample_with(steps: &str, concepts: &[&str]) -> Scenario {
    parse("scenarios/chat/test.toml", &sample_text(steps), concepts).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}
