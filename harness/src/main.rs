//! The `azmatrix` program.
fn main() {}
