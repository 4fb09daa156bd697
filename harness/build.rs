//! Lists the registry files of `semconv/`, so that a new release is a new file and nothing else.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("semconv");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .filter(|path| path.as_ref().map_or(true, |path| path.extension().is_some_and(|kind| kind == "json")))
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    let mut lines = String::from("&[\n");
    for (name, path) in files.iter().filter_map(|path| Some((path.file_name()?.to_str()?, path.to_str()?))) {
        writeln!(lines, "({name:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    lines.push_str("]\n");
    let list = Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("semconv_files.rs");
    fs::write(list, lines)
}
