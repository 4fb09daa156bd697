//! A workspace with a flavor whose worker is a fake: plain Python, nothing to install.

use std::fmt::Write;

use azmatrix::convention::Concept;

use super::workspace::TestWorkspace;

/// A switch of the fake worker that makes it misbehave in one way; see `fakes/worker.py`.
pub(crate) type Fake = &'static str;

/// A workspace with the scenarios `chat/first`, `chat/second` and the flavors `control` and `fake`, which has a variant for
/// each of `fakes`. `more` is added to the flavor's file, `environment` to each variant's environment, and
/// `asked` to each step, such as that it asks for a stream.
pub(crate) fn workspace(fakes: &[Fake], more: &str, environment: &[(&str, &str)], asked: &str) -> TestWorkspace {
    let workspace = TestWorkspace::empty();
    for (name, question) in [("first", "Which river runs through Prague?"), ("second", "Which lake lies by Geneva?")] {
        workspace.write(&format!("scenarios/chat/{name}.toml"), &scenario(question, asked));
    }
    for file in ["worker.py", "parent.py"] {
        workspace.copy(&format!("harness/tests/fakes/{file}"), &format!("harness/workers/python/{file}"));
    }
    let environment: String =
        environment.iter().fold(String::new(), |text, (name, value)| text + &format!("{name} = \"{value}\"\n"));
    workspace.write("harness/conventions/fake.toml", &convention());
    workspace.write("harness/flavors/control/flavor.toml", &control(&environment));
    workspace.write("harness/flavors/fake/flavor.toml", &fake(fakes, more, &environment));
    for flavor in ["control", "fake"] {
        workspace.write(&format!("harness/flavors/{flavor}/requirements.in"), "");
        workspace.write(&format!("harness/flavors/{flavor}/requirements.txt"), PACKAGES);
    }
    workspace
}

/// Names a package, for workers that claim to have another version of it, and installs none.
const PACKAGES: &str = "locked==1.0.0 ; sys_platform == 'no such platform' \\\n    \
    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n";

fn scenario(question: &str, asked: &str) -> String {
    format!(
        r#"title  = "One question"
intent = "The least that a worker can be asked."

[azure.resources.east]
region = "eastus2"
[azure.deployments.chat-prod]
resource = "east"
model    = "gpt-4o-2024-11-20"

[matrix]
client = ["sync"]

[[step]]
id = "ask"
[step.chat]
deployment = "chat-prod"
user       = "{question}"
{asked}
[step.reply]
text  = "I would have to look at a map."
usage = {{ input = 12, output = 8 }}

[[expect]]
id    = "one-span-per-call"
spans = {{ operation = "chat", count = 1 }}
"#
    )
}

/// What a fake says of a call, and that it says nothing else: truth is not what these tests are about.
fn convention() -> String {
    let mut text = "title = \"Fakes\"\n".to_owned();
    for concept in Concept::ALL {
        let attribute = match concept {
            Concept::Operation => "gen_ai.operation.name",
            Concept::RequestModel => "gen_ai.request.model",
            _ => {
                let absent = format!("[concept.\"{concept}\"]\nabsent = \"a fake says nothing of it\"\n");
                text.push_str(&absent);
                continue;
            }
        };
        let spelled = format!("[[concept.\"{concept}\".spelling]]\nattribute = \"{attribute}\"\ntype = \"string\"\n");
        text.push_str(&spelled);
    }
    text
}

const LOCK: &str = r#"[lock]
input = "requirements.in"
file  = "requirements.txt"
"#;

fn control(environment: &str) -> String {
    format!(
        r#"title      = "A control that needs no package"
runtime    = "python"
family     = "none"
is_control = true
clients    = ["sync"]

{LOCK}
[variant.plain]
summary = "no telemetry"
content = false
[variant.plain.environment]
{environment}"#
    )
}

fn fake(fakes: &[Fake], more: &str, environment: &str) -> String {
    let mut text = format!(
        r#"title   = "A fake"
runtime = "python"
family  = "fake"
control = {{ flavor = "control", variant = "plain" }}
clients = ["sync"]

{LOCK}
{more}
"#
    );
    for fake in fakes {
        let table = format!(
            "[variant.{fake}]\nsummary = \"one way to be a worker\"\ncontent = false\n\
             [variant.{fake}.environment]\nFAKE = \"{fake}\"\n{environment}\n"
        );
        text.write_str(&table).expect("writing to a string cannot fail");
    }
    text
}
