//! The user's package index, as pip knows it, in the words uv understands.
//!
//! uv reads its own variables and files, which are inherited, and nothing of pip's. A user who told only pip where
//! packages come from means uv too. The values may hold credentials: they go into the environment of one process, and
//! are neither printed nor written.

use std::collections::BTreeMap;
use std::process::Command;

use super::process;
use super::python::Python;

/// Any of these, and the user has told uv itself where packages come from.
const UV_SOURCES: &[&str] = &[
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
    "UV_CONFIG_FILE",
];

/// pip's option, uv's variable, and what separates several values there.
const SOURCES: &[(&str, &str, &str)] = &[
    ("index-url", "UV_DEFAULT_INDEX", " "),
    ("extra-index-url", "UV_INDEX", " "),
    ("find-links", "UV_FIND_LINKS", ","),
    ("no-index", "UV_NO_INDEX", " "),
];

/// Trust belongs to the network, not to an index: each counts on its own.
const TRUST: &[(&str, &str, &str)] = &[("cert", "SSL_CERT_FILE", " "), ("trusted-host", "UV_INSECURE_HOST", " ")];

/// Variables to add to uv's environment.
pub(super) fn settings(python: &Python) -> BTreeMap<&'static str, String> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    translate(&pip_options(python), &is_set, uv_has_a_file_with_sources())
}

fn translate(
    pip: &BTreeMap<String, String>,
    is_set: &dyn Fn(&str) -> bool,
    uv_file: bool,
) -> BTreeMap<&'static str, String> {
    let mut settings = BTreeMap::new();
    let told = uv_file || UV_SOURCES.iter().any(|name| is_set(name));
    let sources = if told { &[] } else { SOURCES };
    for (option, variable, separator) in sources.iter().chain(TRUST.iter().filter(|row| !is_set(row.1))) {
        if let Some(value) = pip.get(*option) {
            let values: Vec<&str> = value.split_whitespace().collect();
            if !values.is_empty() {
                settings.insert(*variable, values.join(separator));
            }
        }
    }
    settings
}

/// What pip would use: its files and its variables. Without pip, its variables alone.
fn pip_options(python: &Python) -> BTreeMap<String, String> {
    let asked = process::run(Command::new(&python.path).args(["-m", "pip", "config", "list"]), "pip", "ask pip");
    let mut options = asked.map(|list| parse_pip_config(&list)).unwrap_or_default();
    for (option, ..) in SOURCES.iter().chain(TRUST) {
        let variable = format!("PIP_{}", option.replace('-', "_").to_uppercase());
        if let Ok(value) = std::env::var(variable) {
            options.insert((*option).to_owned(), value);
        }
    }
    options
}

/// Lines like `global.index-url='https://…'`. What is said for `install` beats what is said for everything.
fn parse_pip_config(list: &str) -> BTreeMap<String, String> {
    let mut options = BTreeMap::new();
    for wanted in ["global", "install", ":env:"] {
        for line in list.lines() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            if let Some((section, option)) = key.rsplit_once('.')
                && section == wanted
            {
                options.insert(option.to_owned(), unquote(value));
            }
        }
    }
    options
}

/// A Python string literal as `repr` writes it, as far as it matters for lists of URLs and paths.
fn unquote(value: &str) -> String {
    value.trim().trim_matches(['\'', '"']).replace("\\n", "\n").replace("\\\\", "\\")
}

fn uv_has_a_file_with_sources() -> bool {
    let configuration = std::env::var("XDG_CONFIG_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.config")))
        .map(|directory| format!("{directory}/uv/uv.toml"));
    let files = [configuration.ok(), Some("/etc/uv/uv.toml".to_owned())];
    files.into_iter().flatten().any(|file| {
        std::fs::read_to_string(file).is_ok_and(|text| text.contains("index") || text.contains("find-links"))
    })
}

#[cfg(test)]
mod tests {
    use super::{parse_pip_config, translate};

    fn check(list: &str, set: &[&str], uv_file: bool, expected: &[(&str, &str)]) {
        let settings = translate(&parse_pip_config(list), &|name| set.contains(&name), uv_file);
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(settings, expected);
    }

    const LIST: &str = "global.index-url='https://u:p@one.example/simple'\n\
                        global.extra-index-url='\\nhttps://two.example\\nhttps://three.example'\n\
                        global.timeout='60'\n\
                        install.find-links='/wheels /more'\n";

    #[test]
    fn what_pip_was_told_is_told_to_uv() {
        let expected = [
            ("UV_DEFAULT_INDEX", "https://u:p@one.example/simple"),
            ("UV_FIND_LINKS", "/wheels,/more"),
            ("UV_INDEX", "https://two.example https://three.example"),
        ];
        check(LIST, &[], false, &expected);
    }

    #[test]
    fn what_uv_was_told_itself_stands() {
        check(LIST, &["UV_INDEX"], false, &[]);
        check(LIST, &[], true, &[]);
    }

    #[test]
    fn a_certificate_counts_whatever_the_index_is() {
        check("global.cert='/ca.pem'\n", &["UV_INDEX"], false, &[("SSL_CERT_FILE", "/ca.pem")]);
        check("global.cert='/ca.pem'\n", &["SSL_CERT_FILE"], false, &[]);
    }

    #[test]
    fn pips_variables_beat_its_files() {
        let list = ":env:.index-url='https://env.example'\ninstall.index-url='https://install.example'\n";
        check(list, &[], false, &[("UV_DEFAULT_INDEX", "https://env.example")]);
    }
}
