//! The shape of `flavor.toml`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::convention::Release;
use crate::diagnose::{Glob, words};
use crate::scenario::{ClientMode, Feature};

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
    /// The same steps without an instrumentor; a variant may name its own. Absent on a control itself and on the reference.
    pub control: Option<Control>,
    /// This flavor is a control: it has no instrumentor.
    #[serde(default)]
    pub is_control: bool,
    /// Client modes of its runtime. With one only, cells have no `client` axis.
    pub clients: Vec<ClientMode>,
    /// The client library that its application uses; a variant may name its own.
    #[serde(default)]
    pub library: ClientLibrary,
    /// Why it is no part of a plain run, with its size: its cells run only where `--flavor` names it in full.
    pub opt_in: Option<String>,
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
    /// What it cannot do. A flavor need not repeat what its control says: both have the same client.
    #[serde(default)]
    pub skip: Vec<DeclaredSkip>,
}

impl FlavorFile {
    /// The client library of a variant.
    pub fn library_of(&self, variant: &str) -> ClientLibrary {
        self.variant.get(variant).and_then(|variant| variant.library).unwrap_or(self.library)
    }

    /// The control of a variant.
    pub fn control_of(&self, variant: &str) -> Option<&Control> {
        self.variant.get(variant).and_then(|variant| variant.control.as_ref()).or(self.control.as_ref())
    }

    /// The lock of a variant.
    pub fn lock_of(&self, variant: &str) -> Option<&Lock> {
        self.variant.get(variant).and_then(|variant| variant.lock.as_ref()).or(self.lock.as_ref())
    }
}

/// The client library that an application uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientLibrary {
    /// `openai`.
    #[default]
    Openai,
    /// `azure-ai-inference`: the deployment endpoint, and `/models` of a Foundry resource.
    AzureAiInference,
    /// `azure-ai-projects`: the OpenAI client that a Foundry project gives.
    AzureAiProjects,
}

words!(ClientLibrary);

impl ClientLibrary {
    /// Whether an application can sign in with a key. Where it cannot, it performs scenarios for keys with a token.
    pub fn takes_keys(self) -> bool {
        self != Self::AzureAiProjects
    }
}

/// How an application hands the settings of a call over, where its client library has several ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CallStyle {
    /// Keyword arguments of the call.
    #[default]
    Keywords,
    /// The whole request as one body, `stream` included.
    Body,
    /// The model and its settings once, in the client's constructor.
    Constructor,
}

words!(CallStyle);

/// Something that a flavor cannot do: scenarios that ask for one of the features, or that one of the globs names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclaredSkip {
    /// What is missing.
    #[serde(default)]
    pub features: Vec<Feature>,
    /// Globs over the names of scenarios, for what no feature says.
    #[serde(default)]
    pub scenarios: Vec<Glob>,
    /// The variants it holds for; absent, all.
    pub variants: Option<Vec<String>>,
    /// Why, in words that a maintainer of the package would accept.
    pub reason: String,
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
    /// What its switches leave of the telemetry.
    #[serde(default)]
    pub exports: Exports,
    /// Globs over the names of the scenarios that it matters for; absent, all. Never on a control: others are held
    /// against it.
    pub scenarios: Option<Vec<Glob>>,
    /// Scenarios among these that it leaves out, although its client could perform them.
    #[serde(default)]
    pub except: Vec<Exception>,
    /// Environment variables that make the variant.
    #[serde(default)]
    pub environment: IndexMap<String, String>,
    /// Its own control, where its client is another than that of the flavor's.
    pub control: Option<Control>,
    /// Its own lock, where it needs other packages.
    pub lock: Option<Lock>,
    /// Its own client library, where that is another.
    pub library: Option<ClientLibrary>,
    /// How its application hands the settings of a call over.
    #[serde(default)]
    pub calls: CallStyle,
}

impl VariantTable {
    /// The release it declares. That the text is one was checked with the rest of the file.
    pub fn release(&self) -> Option<Release> {
        self.release.as_deref()?.parse().ok()
    }
}

/// Scenarios that a variant leaves out. Their cells are planned all the same, so that nothing is missing silently.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Globs over the names of scenarios.
    pub scenarios: Vec<Glob>,
    /// What they are left out of.
    #[serde(default)]
    pub from: LeftOutOf,
    /// Why, in words that a maintainer of the package would accept.
    pub reason: String,
}

/// What a variant leaves scenarios out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOutOf {
    /// Of the run: their cells are skipped.
    #[default]
    Run,
    /// Of the reviewed files: their cells are run and judged, and only their snapshots are not kept.
    Snapshots,
}

words!(LeftOutOf);

/// What the switches of a variant leave of the telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Exports {
    /// Whatever the package has.
    #[default]
    Everything,
    /// No metrics: none is missing.
    NoMetrics,
    /// Nothing: whatever comes is a finding, and nothing is missing.
    Nothing,
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
    /// A point in time, as a number or RFC 3339 text, which may be a JSON string.
    Time,
    /// A UUID.
    Uuid,
    /// Whether the client was asynchronous, as a boolean.
    Client,
    /// A hash: at least 32 hexadecimal digits.
    Digest,
    /// Names and versions of programs, as in a `User-Agent` header.
    UserAgent,
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

#[cfg(test)]
mod tests {
    use crate::flavor::parse;

    const TEXT: &str = r#"
        title = "Acme instrumentation"
        runtime = "python"
        family = "otel"
        clients = ["sync"]
        instruments = "acme"
        control = { flavor = "none", variant = "new" }
        lock = { input = "new.in", file = "new.txt" }
        [variant.default]
        summary = "As installed."
        content = true
        [variant.older]
        summary = "With an older client."
        content = true
        control = { flavor = "none", variant = "old" }
        lock = { input = "old.in", file = "old.txt" }
    "#;

    #[test]
    fn a_flavor_gives_what_its_variant_does_not_name() {
        let flavor = parse("flavors/acme/flavor.toml", TEXT, &["otel"]).expect("there are no mistakes");
        let check = |variant: &str, control: &str, lock: &str| {
            assert_eq!(flavor.control_of(variant).map(|control| control.variant.as_str()), Some(control));
            assert_eq!(flavor.lock_of(variant).map(|lock| lock.file.as_str()), Some(lock));
        };
        check("default", "new", "new.txt");
        check("older", "old", "old.txt");
    }
}
