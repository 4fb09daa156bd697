//! Reading and checking `flavor.toml`.

use super::{DeclaredSkip, Exception, FlavorFile, Lock, Runtime, VariantTable};
use crate::convention::Release;
use crate::diagnose::{Alphabet, Diagnostic, DiagnosticKind, Diagnostics, Document, Glob, Place, read};
use crate::scenario::ClientMode;

/// Environment variables that the harness sets itself, or that would let a worker out of its allow-list.
const RESERVED_VARIABLES: &[&str] = &[
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "TZ",
    "PYTHONUTF8",
    "PYTHONHASHSEED",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "PYTHONHOME",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
];

/// Variables with this beginning are the harness's own.
const RESERVED_PREFIX: &str = "AZMATRIX_";

/// Reads `flavor.toml`; `file` is the name to show, `families` the naming families there are. Fails with all mistakes
/// at once. Whether the control and the locks exist is for whoever has all flavors and files to say.
pub fn parse(file: &str, text: &str, families: &[&str]) -> Result<FlavorFile, Diagnostics> {
    let (flavor, document) = read::<FlavorFile>(file, text)?;
    let mut found = document.diagnostics();
    check_head(&flavor, &document, families, &mut found);
    check_control(&flavor, &document, &mut found);
    check_locks(&flavor, &document, &mut found);
    for (name, variant) in &flavor.variant {
        let place = document.key("variant").key(name);
        check_variant(name, variant, place, &mut found);
        if let Some(globs) = &variant.scenarios {
            check_scenarios(globs, flavor.is_control, place.key("scenarios"), &mut found);
        }
        for (index, exception) in variant.except.iter().enumerate() {
            check_exception(exception, flavor.is_control, place.key("except").item(index), &mut found);
        }
    }
    check_exceptions(&flavor, &document, &mut found);
    for (index, skip) in flavor.skip.iter().enumerate() {
        check_skip(&flavor, skip, document.key("skip").item(index), &mut found);
    }
    found.finish(flavor)
}

fn check_head(flavor: &FlavorFile, document: &Document, families: &[&str], found: &mut Diagnostics) {
    found.not_blank("title", &flavor.title, document.key("title").span(), "write the product's name, as people say it");
    let family = document.key("family");
    if !families.contains(&flavor.family.as_str()) {
        found.unknown_name("naming family", &flavor.family, family.span(), families.iter().copied());
    }
    let clients = document.key("clients");
    if flavor.clients.is_empty() {
        found.empty("clients", clients.span(), "write `[\"sync\"]`, `[\"async\"]` or both");
    }
    let items = flavor.clients.iter().enumerate();
    found.duplicates("client", items.map(|(index, client)| (ClientMode::as_str(*client), clients.item(index).span())));
    if let Some(reason) = &flavor.opt_in {
        let place = document.key("opt_in");
        found.not_blank("opt_in", reason, place.span(), "say why it is no part of a plain run, and how large it is");
        if flavor.is_control {
            found.push(
                Diagnostic::new(
                    DiagnosticKind::Control,
                    "a control is part of every run",
                    place.key_span(),
                    "not here",
                )
                .with_help("remove `opt_in`: cells of other flavors are held against the control's"),
            );
        }
    }
    if flavor.variant.is_empty() {
        found.empty("variant", document.key("variant").span(), "write at least `[variant.default]`");
    }
}

fn check_control(flavor: &FlavorFile, document: &Document, found: &mut Diagnostics) {
    if flavor.runtime == Runtime::Python && !flavor.is_control {
        check_controls_are_there(flavor, document, found);
        return;
    }
    let (message, because) = if flavor.is_control {
        ("a control has no control", document.key("is_control"))
    } else {
        ("a flavor in this process has no control", document.key("runtime"))
    };
    let of_variants = flavor.variant.iter().filter(|(_, variant)| variant.control.is_some());
    let of_variants = of_variants.map(|(name, _)| document.key("variant").key(name).key("control"));
    for place in flavor.control.iter().map(|_| document.key("control")).chain(of_variants) {
        found.push(
            Diagnostic::new(DiagnosticKind::Control, message, place.key_span(), "not here")
                .with_secondary(because.span(), "because of this")
                .with_help("remove `control`"),
        );
    }
}

fn check_controls_are_there(flavor: &FlavorFile, document: &Document, found: &mut Diagnostics) {
    if flavor.control.is_some() {
        return;
    }
    let mut missing = Vec::new();
    if flavor.variant.values().any(|variant| variant.control.is_some()) {
        for (name, _) in flavor.variant.iter().filter(|(_, variant)| variant.control.is_none()) {
            let span = document.key("variant").key(name).span();
            missing.push((format!("variant `{name}` has no control"), span, "needs a control"));
        }
    } else {
        let span = document.key("runtime").span();
        missing.push(("this flavor names no control".to_owned(), span, "runs in a worker of its own"));
    }
    for (message, span, label) in missing {
        found.push(Diagnostic::new(DiagnosticKind::Control, message, span, label).with_help(
            "write `control = { flavor = \"…\", variant = \"…\" }`: the same steps without an instrumentor",
        ));
    }
}

fn check_locks(flavor: &FlavorFile, document: &Document, found: &mut Diagnostics) {
    let own = flavor.lock.iter().map(|lock| (lock, document.key("lock")));
    let variants = flavor.variant.iter();
    let of_variants = variants.filter_map(|(name, variant)| {
        variant.lock.as_ref().map(|lock| (lock, document.key("variant").key(name).key("lock")))
    });
    for (lock, place) in own.chain(of_variants) {
        if flavor.runtime == Runtime::InProcess {
            let message = "a flavor in this process installs nothing";
            found.push(
                Diagnostic::new(DiagnosticKind::Lock, message, place.key_span(), "not here")
                    .with_secondary(document.key("runtime").span(), "because of this")
                    .with_help("remove `lock`"),
            );
        }
        check_lock_files(lock, place, found);
    }
    if flavor.runtime == Runtime::Python && flavor.lock.is_none() {
        for (name, _) in flavor.variant.iter().filter(|(_, variant)| variant.lock.is_none()) {
            let span = document.key("variant").key(name).span();
            let message = format!("variant `{name}` has no lock");
            let help = "write `lock = { input = \"requirements.in\", file = \"requirements.txt\" }` here or at the top";
            found.push(Diagnostic::new(DiagnosticKind::Lock, message, span, "needs a lock").with_help(help));
        }
    }
}

fn check_lock_files(lock: &Lock, place: Place<'_>, found: &mut Diagnostics) {
    for (key, name) in [("input", &lock.input), ("file", &lock.file)] {
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            let message = format!("`{name}` is not the name of a file beside this one");
            found.push(
                Diagnostic::new(DiagnosticKind::FilePath, message, place.key(key).span(), "not a plain file name")
                    .with_help("the file lies in the flavor's folder; write its name only"),
            );
        }
    }
    if lock.input == lock.file {
        let message = "the requirements and their lock are the same file";
        found.push(
            Diagnostic::new(DiagnosticKind::FilePath, message, place.key("file").span(), "the lock")
                .with_secondary(place.key("input").span(), "what is asked for")
                .with_help("`input` holds the direct requirements, `file` every package, version and hash"),
        );
    }
}

fn check_variant(name: &str, variant: &VariantTable, place: Place<'_>, found: &mut Diagnostics) {
    found.well_named("variant", name, place.key_span(), Alphabet::Dotted);
    found.not_blank("summary", &variant.summary, place.key("summary").span(), "say in one line what the variant is");
    if let Some(release) = &variant.release
        && release.parse::<Release>().is_err()
    {
        let message = format!("`{release}` is no release of the semantic conventions");
        found.push(
            Diagnostic::new(DiagnosticKind::Version, message, place.key("release").span(), "not a version")
                .with_help("write three numbers, such as `1.37.0`, or a registry state such as `genai-main-20260803`"),
        );
    }
    for variable in variant.environment.keys() {
        let span = place.key("environment").key(variable).key_span();
        if RESERVED_VARIABLES.contains(&variable.to_uppercase().as_str()) || variable.starts_with(RESERVED_PREFIX) {
            let message = format!("a variant may not set `{variable}`");
            found.push(
                Diagnostic::new(DiagnosticKind::ReservedVariable, message, span, "set by the harness").with_help(
                    "a worker's environment is the harness's; a variant sets the switches of its package only",
                ),
            );
        } else {
            found.well_named("environment variable", variable, span, Alphabet::Word);
        }
    }
}

/// Whether a glob matches any scenario is for whoever has all scenarios to say.
fn check_scenarios(globs: &[Glob], is_control: bool, list: Place<'_>, found: &mut Diagnostics) {
    if is_control {
        let message = "a control runs every scenario";
        found.push(
            Diagnostic::new(DiagnosticKind::Control, message, list.key_span(), "not here")
                .with_help("remove `scenarios`: cells of other flavors are held against the control's"),
        );
    }
    if globs.is_empty() {
        found.empty("scenarios", list.span(), "write at least one glob, such as `streaming/*`, or remove it");
    }
    found.globs(globs, list);
}

/// Whether an exception leaves anything out is for whoever has all scenarios to say.
fn check_exception(exception: &Exception, is_control: bool, place: Place<'_>, found: &mut Diagnostics) {
    if is_control {
        found.push(
            Diagnostic::new(DiagnosticKind::Control, "a control leaves nothing out", place.span(), "not here")
                .with_help("remove it: cells of other flavors are held against the control's"),
        );
    }
    if exception.scenarios.is_empty() {
        let span = place.key("scenarios").span();
        found.empty("scenarios", span, "write the scenarios that are left out, such as `concurrency/at-once`");
    }
    found.globs(&exception.scenarios, place.key("scenarios"));
    let help = "say why they are left out, in words that a maintainer of the package would accept";
    found.not_blank("reason", &exception.reason, place.key("reason").span(), help);
}

/// Whether an entry skips any cell is for whoever has all scenarios to say.
fn check_skip(flavor: &FlavorFile, skip: &DeclaredSkip, place: Place<'_>, found: &mut Diagnostics) {
    if skip.features.is_empty() && skip.scenarios.is_empty() {
        let message = "this entry skips nothing";
        found.push(
            Diagnostic::new(DiagnosticKind::Empty, message, place.key("reason").span(), "of what?")
                .with_help("write `features = [\"responses\"]`, or `scenarios` with a glob such as `streaming/*`"),
        );
    }
    found.globs(&skip.scenarios, place.key("scenarios"));
    for (index, variant) in skip.variants.iter().flatten().enumerate() {
        if !flavor.variant.contains_key(variant) {
            let span = place.key("variants").item(index).span();
            found.unknown_name("variant", variant, span, flavor.variant.keys().map(String::as_str));
        }
    }
    let help = "say what the client has not, in words that a maintainer of the package would accept";
    found.not_blank("reason", &skip.reason, place.key("reason").span(), help);
}

fn check_exceptions(flavor: &FlavorFile, document: &Document, found: &mut Diagnostics) {
    let help = "say why, in words that a maintainer of the package would accept";
    for (index, volatile) in flavor.volatile.iter().enumerate() {
        let place = document.key("volatile").item(index);
        found.not_blank("attribute", &volatile.attribute, place.key("attribute").span(), "write the attribute's name");
        found.not_blank("reason", &volatile.reason, place.key("reason").span(), help);
    }
    let attributes = flavor.volatile.iter().enumerate().map(|(index, volatile)| {
        (volatile.attribute.as_str(), document.key("volatile").item(index).key("attribute").span())
    });
    found.duplicates("attribute", attributes);
    for (index, egress) in flavor.egress.iter().enumerate() {
        let place = document.key("egress").item(index);
        found.well_named("host", &egress.host, place.key("host").span(), Alphabet::Dotted);
        found.not_blank("reason", &egress.reason, place.key("reason").span(), help);
    }
    let hosts = flavor.egress.iter().enumerate();
    found.duplicates(
        "host",
        hosts.map(|(index, egress)| (egress.host.as_str(), document.key("egress").item(index).key("host").span())),
    );
}
