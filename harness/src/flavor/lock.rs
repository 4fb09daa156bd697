//! Lock files of Python flavors: which version of which package. Hashes are the installer's business.

use std::collections::{BTreeMap, BTreeSet};

/// The versions that a `requirements.txt` made by `uv pip compile` allows, by normalised package name.
///
/// A universal lock may name a package twice, for different platforms; one of the versions must be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LockedVersions(BTreeMap<String, BTreeSet<String>>);

/// A package that is not what the lock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LockMismatch {
    /// The package.
    pub package: String,
    /// The version that is there.
    pub found: String,
    /// The versions that the lock names.
    pub locked: String,
}

impl LockedVersions {
    /// Reads the text of a lock file. Lines that name no version are passed over.
    pub(crate) fn parse(text: &str) -> Self {
        let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with([' ', '#', '-'])) {
            let requirement = line.split([';', '\\']).next().unwrap_or(line);
            if let Some((name, version)) = requirement.split_once("==") {
                let name = name.split('[').next().unwrap_or(name);
                versions.entry(normalised(name)).or_default().insert(version.trim().to_owned());
            }
        }
        Self(versions)
    }

    /// Every package that was found and that the lock names must have a version that the lock names.
    pub(crate) fn check<'a>(&self, found: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(), LockMismatch> {
        for (package, version) in found {
            let locked = self.0.get(&normalised(package)).filter(|locked| !locked.contains(version));
            if let Some(locked) = locked {
                return Err(LockMismatch {
                    package: package.to_owned(),
                    found: version.to_owned(),
                    locked: locked.iter().cloned().collect::<Vec<_>>().join(" or "),
                });
            }
        }
        Ok(())
    }
}

/// The name as PEP 503 compares it.
fn normalised(name: &str) -> String {
    let mut text = String::new();
    for character in name.trim().chars() {
        let separator = matches!(character, '-' | '_' | '.');
        if !(separator && text.ends_with('-')) {
            text.push(if separator { '-' } else { character.to_ascii_lowercase() });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "jiter==0.18.0 ; python_full_version < '3.11' \\\n    --hash=sha256:aa\njiter==0.19.0 ; \
                        python_full_version >= '3.11' \\\n    --hash=sha256:bb\nTyping_Extensions==4.16.0 \\\n    # via x\n";

    #[test]
    fn a_lock_names_every_version_it_allows() {
        let lock = LockedVersions::parse(LOCK);
        assert_eq!(lock.check([("jiter", "0.18.0"), ("unknown", "1")]), Ok(()));
        let mismatch = lock.check([("jiter", "0.20.0")]).expect_err("0.20.0 is not locked");
        assert_eq!(mismatch.locked, "0.18.0 or 0.19.0");
    }
}
