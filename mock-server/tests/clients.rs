//! The real clients against the mock: openai-python of both generations, azure-identity, azure-ai-inference, openai for
//! Node.js with @azure/identity, and async-openai; and the helpers for tests in Python and Node.js. Each program exits with an
//! error when something is not as it is with the service.
//!
//! They need Python 3.11 or newer, Node.js 20 or newer, npm and cargo, and install what they test from the locks beside
//! them. That takes minutes, so they are ignored, which is said, unless `CI` or `AZURE_OPENAI_MOCK_CLIENTS` is set; then
//! nothing is.

#[path = "clients_support/mod.rs"]
mod support;

use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Trial};
use support::{Scene, program, python_environment, run, wanted};

/// Why a test is ignored.
const UNASKED: &str = "takes minutes: asked for with CI or AZURE_OPENAI_MOCK_CLIENTS set";

fn main() -> ExitCode {
    let tests: [(&str, fn()); 6] = [
        ("openai_python_3_cannot_tell_it_from_the_service", openai_python_3_cannot_tell_it_from_the_service),
        ("openai_python_2_cannot_tell_it_from_the_service", openai_python_2_cannot_tell_it_from_the_service),
        ("node_clients_cannot_tell_it_from_the_service", node_clients_cannot_tell_it_from_the_service),
        ("async_openai_cannot_tell_it_from_the_service", async_openai_cannot_tell_it_from_the_service),
        ("a_pytest_fixture_scripts_it", a_pytest_fixture_scripts_it),
        ("a_helper_for_node_scripts_it", a_helper_for_node_scripts_it),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        Trial::ignorable_test(name, move || {
            if !wanted() {
                return Ok(Completion::ignored_with(UNASKED));
            }
            test();
            Ok(Completion::Completed)
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn openai_python_3_cannot_tell_it_from_the_service() {
    python("requirements-openai-3.txt");
}

fn openai_python_2_cannot_tell_it_from_the_service() {
    python("requirements-openai-2.txt");
}

fn python(lock: &str) {
    let environment = python_environment(lock);
    let scene = Scene::start(&environment);
    run(scene.command(&environment.join("bin/python")).arg(program("clients.py")));
}

fn node_clients_cannot_tell_it_from_the_service() {
    let environment = python_environment("requirements-openai-3.txt");
    let scene = Scene::start(&environment);
    let directory = support::copied("node");
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&directory));
    run(scene.command("node".as_ref()).arg("clients.mjs").current_dir(&directory));
}

fn async_openai_cannot_tell_it_from_the_service() {
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

/// Runs the example of a helper in `clients/`.
fn example(program: &std::ffi::OsStr, arguments: &[&str], directory: &str) {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(directory);
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).env("AZURE_OPENAI_MOCK", env!("CARGO_BIN_EXE_azure-openai-mock"));
    run(&mut command);
}

fn a_pytest_fixture_scripts_it() {
    let python = python_environment("requirements-pytest.txt").join("bin/python");
    let plugins = ["-p", "pytest_azure_openai_mock", "-p", "no:cacheprovider"];
    let arguments = [&["-B", "-m", "pytest", "-q"][..], &plugins, &["test_example.py"]].concat();
    example(python.as_os_str(), &arguments, "python");
}

fn a_helper_for_node_scripts_it() {
    example("node".as_ref(), &["--test", "example.test.mjs"], "node");
}
