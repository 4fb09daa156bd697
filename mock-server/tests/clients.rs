//! The real clients against the mock: openai-python of both generations, azure-identity, azure-ai-inference, openai for
//! Node.js with @azure/identity, and async-openai. Each program exits with an error when something is not as it is with
//! the service.
//!
//! They need Python 3.11 or newer, Node.js 20 or newer, npm and cargo, and install what they test from the locks beside
//! them. That takes minutes, so they run only when `CI` or `AZURE_OPENAI_MOCK_CLIENTS` is set; then nothing is skipped.

#[path = "clients_support/mod.rs"]
mod support;

use std::process::Command;

use support::{Scene, program, python_environment, run, wanted};

#[test]
fn openai_python_3_cannot_tell_it_from_the_service() {
    python("requirements-openai-3.txt");
}

#[test]
fn openai_python_2_cannot_tell_it_from_the_service() {
    python("requirements-openai-2.txt");
}

fn python(lock: &str) {
    if !wanted() {
        return;
    }
    let environment = python_environment(lock);
    let scene = Scene::start(&environment);
    run(scene.command(&environment.join("bin/python")).arg(program("clients.py")));
}

#[test]
fn node_clients_cannot_tell_it_from_the_service() {
    if !wanted() {
        return;
    }
    let environment = python_environment("requirements-openai-3.txt");
    let scene = Scene::start(&environment);
    let directory = support::copied("node");
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&directory));
    run(scene.command("node".as_ref()).arg("clients.mjs").current_dir(&directory));
}

#[test]
fn async_openai_cannot_tell_it_from_the_service() {
    if !wanted() {
        return;
    }
    let environment = python_environment("requirements-openai-3.txt");
    let scene = Scene::start(&environment);
    let manifest = program("rust/Cargo.toml");
    let mut command = scene.command(env!("CARGO").as_ref());
    command.args(["run", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
    // A build of its own: the packages are others than the workspace's.
    command.env("CARGO_TARGET_DIR", support::directory().join("rust-target"));
    // cargo itself must reach the registry.
    command.env_remove("HTTPS_PROXY").env_remove("HTTP_PROXY").env_remove("SSL_CERT_FILE");
    run(&mut command);
}
