//! Texts of a live service without what tells whose it is: hosts, ids, keys.

/// Hosts end so, and what stands before is somebody's resource.
const DOMAINS: [&str; 6] = [
    "openai.azure.com",
    "cognitiveservices.azure.com",
    "services.ai.azure.com",
    "openai.azure.us",
    "openai.azure.cn",
    "models.ai.azure.com",
];

/// What stands for any GUID.
const GUID: &str = "00000000-0000-0000-0000-000000000000";

/// The text with hosts, GUIDs, ids of answers and everything that looks like a key replaced.
pub(super) fn scrubbed(text: &str) -> String {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "-_.~+/=".contains(character);
    let mut clean = String::with_capacity(text.len());
    let mut word = String::new();
    for character in text.chars().chain(['\0']) {
        if is_part(character) {
            word.push(character);
            continue;
        }
        clean.push_str(&scrubbed_word(&word));
        word.clear();
        if character != '\0' {
            clean.push(character);
        }
    }
    clean
}

fn scrubbed_word(word: &str) -> String {
    let bare = word.trim_end_matches('.');
    let dots = &word[bare.len()..];
    // A path follows a host, and hosts stand in URLs.
    let pieces: Vec<String> = bare.split('/').map(scrubbed_piece).collect();
    format!("{}{dots}", pieces.join("/"))
}

fn scrubbed_piece(piece: &str) -> String {
    let host = piece.to_ascii_lowercase();
    if let Some(domain) = DOMAINS.iter().find(|domain| host.ends_with(&format!(".{domain}"))) {
        return format!("contoso.{domain}");
    }
    if is_guid(piece) {
        return GUID.to_owned();
    }
    for prefix in ["chatcmpl-", "cmpl-", "resp_", "msg_", "call_", "fc_", "rs_", "req_"] {
        if piece.strip_prefix(prefix).is_some_and(|id| id.len() >= 16) {
            return format!("{prefix}id");
        }
    }
    let parts = piece.split(['-', '_', '.', '~', '+', '=']);
    if parts.into_iter().any(looks_secret) { "secret".to_owned() } else { piece.to_owned() }
}

fn is_guid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Long, in one piece, letters and digits mixed.
fn looks_secret(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let plain = word.chars().all(|character| character.is_ascii_alphanumeric());
    plain && word.len() >= 24 && digits >= 4 && digits < word.len()
}

#[cfg(test)]
mod tests {
    use super::scrubbed;

    #[test]
    fn whose_a_text_is_cannot_be_told_any_more() {
        let check = |text: &str, expected: &str| assert_eq!(scrubbed(text), expected);
        check("Ask https://fabrikam-7.openai.azure.com/openai/v1.", "Ask https://contoso.openai.azure.com/openai/v1.");
        check("id 7c9e6679-7425-40de-944b-e07fc1f90ae7!", "id 00000000-0000-0000-0000-000000000000!");
        check("key=4d2f8b1e7a9c3605f1e8d7c6b5a49382x", "secret");
        check("(call_AbCdEfGhIjKlMnOpQrSt)", "(call_id)");
        check("It is 18 °C in Oslo, 2026-11-20. ", "It is 18 °C in Oslo, 2026-11-20. ");
        check("gpt-4o-2024-11-20 text-embedding-3-large", "gpt-4o-2024-11-20 text-embedding-3-large");
    }
}
