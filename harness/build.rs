//! Lists the files of `semconv/` and `conventions/`, so that a new release or naming family is a new file and nothing else.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    list("semconv", "json", Path::file_name)?;
    list("conventions", "toml", Path::file_stem)
}

/// Writes `<folder>_files.rs`: the name and text of each file of the folder.
fn list(folder: &str, extension: &str, name: fn(&Path) -> Option<&OsStr>) -> io::Result<()> {
    let place = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join(folder);
    println!("cargo::rerun-if-changed={}", place.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(&place)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|kind| kind == extension));
    files.sort();
    let mut lines = String::from("&[\n");
    for (name, path) in files.iter().filter_map(|path| Some((name(path)?.to_str()?, path.to_str()?))) {
        writeln!(lines, "({name:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    lines.push_str("]\n");
    let out = Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join(format!("{folder}_files.rs"));
    fs::write(out, lines)
}
