//! Writing a file so that nobody ever sees half of it.

use std::io::{self, Write};

use camino::Utf8Path;
use tempfile::{Builder, NamedTempFile};

/// Writes a file whole or not at all, with the permissions that any new file has.
pub(crate) fn write_whole(path: &Utf8Path, text: &str) -> io::Result<()> {
    let mut file = new_file(path.parent().unwrap_or(Utf8Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn new_file(folder: &Utf8Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;

    // A temporary file is its owner's alone; a file of a workspace is everybody's that the umask lets.
    Builder::new().permissions(std::fs::Permissions::from_mode(0o666)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn new_file(folder: &Utf8Path) -> io::Result<NamedTempFile> {
    Builder::new().tempfile_in(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_written_file_may_be_read_by_whom_a_new_file_may_be_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = Utf8Path::from_path(folder.path()).expect("UTF-8");
        let mode = |path: &Utf8Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
        let (usual, ours) = (folder.join("usual"), folder.join("ours"));
        std::fs::write(&usual, "").expect("a file is written");
        write_whole(&ours, "text").expect("a file is written");
        assert_eq!(mode(&ours), mode(&usual));
        assert_eq!(std::fs::read_to_string(&ours).expect("a file"), "text");
    }
}
