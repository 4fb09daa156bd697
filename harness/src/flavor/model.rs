//! The shape of `flavor.toml`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::ClientMode;

/// One instrumentation product in one runtime: `harness/flavors/<flavor>/flavor.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlavorFile {
    /// The product's name, as people say it.
    pub title: String,
    /// What it runs in.
    pub runtime: Runtime,
    /// The naming family whose convention reads its attributes; the name of a file in `harness/conventions`.
    pub family: String,
    /// Where the product lives.
    pub homepage: Option<String>,
    /// The same steps without an instrumentor. Absent on a control itself and on the reference.
    pub control: Option<Control>,
    /// This flavor is a control: it has no instrumentor.
    #[serde(default)]
    pub is_control: bool,
    /// Client modes of its runtime. With one only, cells have no `client` axis.
    pub clients: Vec<ClientMode>,
    /// The package that is judged; its locked version is shown in reports.
    pub instruments: Option<String>,
    /// The lock of every variant that does not name its own.
    pub lock: Option<Lock>,
    /// Settings of the switches that change what it emits.
    pub variant: IndexMap<String, VariantTable>,
    /// Attributes whose value differs from run to run, by nature.
    #[serde(default)]
    pub volatile: Vec<Volatile>,
    /// Hosts it contacts by itself, each with the reason why that is accepted.
    #[serde(default)]
    pub egress: Vec<AllowedEgress>,
}

/// What a flavor runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// A Python worker process.
    Python,
    /// In this process, in Rust.
    InProcess,
}

/// The uninstrumented twin of a flavor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// A flavor with `is_control = true`.
    pub flavor: String,
    /// One of its variants.
    pub variant: String,
}

/// What is asked for, and the hash-locked answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The file with the direct requirements, beside `flavor.toml`.
    pub input: String,
    /// The file with every package, version and hash, beside `flavor.toml`.
    pub file: String,
}

/// One setting of the switches.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantTable {
    /// One line for people.
    pub summary: String,
    /// The semantic-convention release it declares, such as `1.37.0`. Without it the family's newest is used.
    pub release: Option<String>,
    /// Whether it records prompts and answers.
    pub content: bool,
    /// Globs over the names of the scenarios that it matters for; absent, all. Never on a control: others are held
    /// against it.
    pub scenarios: Option<Vec<String>>,
    /// Environment variables that make the variant.
    #[serde(default)]
    pub environment: IndexMap<String, String>,
    /// Its own lock, where it needs other packages.
    pub lock: Option<Lock>,
}

/// An attribute whose value cannot be the same twice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volatile {
    /// The attribute's name.
    pub attribute: String,
    /// What it looks like; a value of another shape is shown as it is.
    pub shape: VolatileShape,
    /// Why it differs.
    pub reason: String,
}

/// The look of a volatile value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VolatileShape {
    /// A non-negative number that measures time; in a text, every number of seconds such as `0.02s`.
    Duration,
    /// A point in time, as a number or RFC 3339 text.
    Time,
    /// A UUID.
    Uuid,
    /// Whether the client was asynchronous, as a boolean.
    Client,
    /// A hash: at least 32 hexadecimal digits.
    Digest,
}

/// A host that a package contacts by itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowedEgress {
    /// The host. The call is refused and recorded all the same.
    pub host: String,
    /// Why we accept that it tries.
    pub reason: String,
}
