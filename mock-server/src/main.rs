//! `azure-openai-mock`: the fake cloud as a program.
fn main() {}
