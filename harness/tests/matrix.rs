//! `cargo test`: one trial per cell.
fn main() {}
