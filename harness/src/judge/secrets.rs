//! Secrets that turn up in telemetry or in a log. Never excused.

use super::encodings::encodings;
use super::texts::texts;
use super::{Finding, JudgeInput, Secret};

/// The id of the finding that no known issue can excuse.
pub(super) const LEAKED: &str = "secrets.leaked";

/// Puts the name of every secret in its place, whatever form it takes there.
pub(crate) fn redactor(secrets: &[Secret]) -> impl Fn(&str) -> String {
    let forms: Vec<_> = secrets.iter().map(|secret| (format!("<{}>", secret.name), encodings(&secret.value))).collect();
    move |text| {
        let mut redacted = text.to_owned();
        for (name, forms) in &forms {
            for form in forms.iter().filter(|form| text.contains(&form.text)) {
                redacted = redacted.replace(&form.text, name);
            }
        }
        redacted
    }
}

pub(super) fn check(input: &JudgeInput<'_>) -> Vec<Finding> {
    let placed = texts(input.capture);
    let in_telemetry = placed.iter().map(|placed| (placed.place.as_str(), placed.text.as_ref()));
    let in_texts = input.texts.iter().map(|text| (text.name.as_str(), text.text.as_str()));
    let forms: Vec<_> = input.secrets.iter().map(|secret| (secret, encodings(&secret.value))).collect();
    in_telemetry
        .chain(in_texts)
        .flat_map(|(place, text)| {
            let leaked = forms.iter().filter_map(move |(secret, forms)| {
                let form = forms.iter().find(|form| text.contains(&form.text))?;
                Some(Finding::new(LEAKED, place, format!("holds the {}{}", secret.name, form.how())))
            });
            leaked.collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn no_form_of_a_secret_is_left() {
        let secrets = [Secret { name: "key of east".to_owned(), value: "k-31415926535897".to_owned() }];
        let inside = STANDARD.encode("api:k-31415926535897!");
        let redacted = redactor(&secrets)(&format!("plain k-31415926535897, basic {inside}"));
        assert!(redacted.starts_with("plain <key of east>, basic "), "{redacted}");
        assert_eq!(redacted.matches("<key of east>").count(), 2, "{redacted}");
    }
}
