//! The tests that libtest runs, in one program: it is linked once. Those with a main function of their own stand beside it.

mod architecture;
mod complaints;
mod diagnostics;
mod live_upstream;
mod made_files;
mod program;
mod semconv_cases;
mod semconv_cli;
mod semconv_outputs;
mod semconv_reference;
mod semconv_registry;
mod semconv_rollup;
mod semconv_rules;
mod semconv_weaver;
#[path = "../support/workspace.rs"]
mod workspace;
