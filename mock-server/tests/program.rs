//! The program, as a user starts it.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// The program while it runs; killed when dropped.
struct Running {
    child: Child,
    exports: HashMap<String, String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the program and reads what it prints to be pasted, the last of which is `last`.
fn start(arguments: &[&str], last: &str) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_azure-openai-mock"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let out = child.stdout.take().expect("standard output");
    let mut exports = HashMap::new();
    for line in BufReader::new(out).lines() {
        let line = line.expect("text");
        if line.starts_with('#') || line.starts_with("unset ") {
            continue;
        }
        let (name, value) =
            line.strip_prefix("export ").and_then(|rest| rest.split_once('=')).expect("nothing but exports");
        exports.insert(name.to_owned(), value.trim_matches('\'').to_owned());
        if name == last {
            break;
        }
    }
    Running { child, exports }
}

#[tokio::test]
async fn what_serve_prints_is_enough_to_call_it() {
    let running = start(&["serve", "--port", "0", "--log", "text"], "AZURE_POD_IDENTITY_AUTHORITY_HOST");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let value = |name: &str| running.exports[name].as_str();
    assert!(value("AZURE_OPENAI_ENDPOINT").starts_with("http://127.0.0.1:"));
    let url = format!(
        "{}/openai/deployments/{}/chat/completions?api-version={}",
        value("AZURE_OPENAI_ENDPOINT"),
        value("AZURE_OPENAI_DEPLOYMENT_NAME"),
        value("OPENAI_API_VERSION")
    );
    let request = client.post(url).header("api-key", value("AZURE_OPENAI_API_KEY"));
    let response = request.body(r#"{"messages":[{"role":"user","content":"Hi"}]}"#).send().await.expect("a response");
    assert_eq!(response.status(), 200);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_in_good_order_and_the_log_has_a_line_per_request() {
    let mut running = start(&["serve", "--port", "0", "--log", "text"], "AZURE_POD_IDENTITY_AUTHORITY_HOST");
    let address = running.exports["AZURE_OPENAI_ENDPOINT"].trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    std::io::Write::write_all(&mut stream, b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .expect("sent");
    let answer = std::io::read_to_string(&mut stream).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 404 Resource Not Found\r\n"), "{answer}");
    let interrupted = Command::new("kill").args(["-INT", &running.child.id().to_string()]).status();
    assert!(interrupted.expect("kill runs").success());
    assert!(running.child.wait().expect("it ends").success());
    let log = std::io::read_to_string(running.child.stderr.take().expect("standard error")).expect("text");
    assert!(log.starts_with("ordinal=0 method=GET url=localhost:"), "{log}");
    assert!(log.contains("/x status=404 end=complete bytes=56 microseconds="), "{log}");
    assert!(!log.contains("hint="), "there is nothing to add: {log}");
}

#[tokio::test]
async fn a_configuration_file_says_what_is_served() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/configured.toml");
    let running = start(&["serve", "--config", file, "--quiet"], "AZURE_POD_IDENTITY_AUTHORITY_HOST");
    assert_eq!(running.exports["AZURE_OPENAI_API_KEY"], "one-key");
    assert_eq!(running.exports["AZURE_OPENAI_DEPLOYMENT_NAME"], "talk");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let url = format!(
        "{}/openai/deployments/talk/chat/completions?api-version=2024-10-21",
        running.exports["AZURE_OPENAI_ENDPOINT"]
    );
    let ask = async || {
        let request = client.post(&url).header("api-key", "another-key");
        let body = r#"{"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
        request.body(body).send().await.expect("a response")
    };
    let started = std::time::Instant::now();
    let first = ask().await;
    assert_eq!(first.headers()["x-ratelimit-remaining-requests"], "1");
    assert_eq!(first.headers()["x-ms-region"], "West Europe");
    let text = first.text().await.expect("a body");
    assert!(text.contains("content_filter_offsets"), "{text}");
    assert!(started.elapsed() >= std::time::Duration::from_millis(200), "{:?}", started.elapsed());
    assert_eq!(ask().await.status(), 200);
    let refused = ask().await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["policy-id"], "DeploymentRatelimit-Call");
}

#[test]
fn a_configuration_file_that_cannot_be_used_says_where() {
    let file = std::env::temp_dir().join(format!("azure-openai-mock-{}.toml", std::process::id()));
    for (text, part) in [
        ("seeed = 1", "unknown field `seeed`"),
        (
            "[[deployments]]\nname = 'a'\nresource = 'b'\nmodel = 'c'",
            "a deployment names `b`, which is not in the file",
        ),
    ] {
        std::fs::write(&file, text).expect("written");
        let program = Command::new(env!("CARGO_BIN_EXE_azure-openai-mock"))
            .args(["serve", "--port", "0", "--config"])
            .arg(&file)
            .output()
            .expect("the program runs");
        assert!(!program.status.success());
        let said = String::from_utf8(program.stderr).expect("text");
        assert!(said.starts_with("error: ") && said.matches(part).count() == 1, "{said}");
    }
    std::fs::remove_file(file).expect("removed");
}

#[cfg(unix)]
#[test]
fn a_stop_lets_an_open_stream_finish_and_takes_nothing_new() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/configured.toml");
    let mut running = start(&["serve", "--config", file, "--quiet"], "AZURE_POD_IDENTITY_AUTHORITY_HOST");
    let address = running.exports["AZURE_OPENAI_ENDPOINT"].trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(&address).expect("a connection");
    let body = r#"{"stream":true,"messages":[{"role":"user","content":"one two three four five six seven eight"}]}"#;
    let head = "POST /openai/deployments/talk/chat/completions?api-version=2024-10-21 HTTP/1.1\r\nHost: localhost\r\napi-key: one-key";
    let text = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    std::io::Write::write_all(&mut stream, text.as_bytes()).expect("sent");
    let mut start = [0; 16];
    std::io::Read::read_exact(&mut stream, &mut start).expect("the head");
    let asked = Command::new("kill").args(["-TERM", &running.child.id().to_string()]).status();
    assert!(asked.expect("kill runs").success());
    let rest = std::io::read_to_string(&mut stream).expect("the rest");
    assert!(rest.contains("data: [DONE]"), "{rest}");
    assert!(running.child.wait().expect("it ends").success());
    assert!(std::net::TcpStream::connect(&address).is_err());
}

#[test]
fn other_machines_are_let_in_only_when_told_in_so_many_words() {
    let program = Command::new(env!("CARGO_BIN_EXE_azure-openai-mock"))
        .args(["serve", "--port", "0", "--bind", "0.0.0.0"])
        .output()
        .expect("the program runs");
    assert!(!program.status.success());
    let said = String::from_utf8(program.stderr).expect("text");
    assert!(said.contains("0.0.0.0 can be reached from other machines: say --expose-to-network"), "{said}");
}

#[test]
fn the_tap_writes_its_certificate_and_names_itself_as_proxy() {
    let file = std::env::temp_dir().join(format!("azure-openai-mock-{}.pem", std::process::id()));
    let path = file.to_str().expect("text").to_owned();
    let running = start(&["tap", "--ca-file", &path], "AZURE_POD_IDENTITY_AUTHORITY_HOST");
    assert_eq!(running.exports["AZURE_OPENAI_ENDPOINT"], "https://contoso-east.openai.azure.com");
    assert_eq!(running.exports["HTTPS_PROXY"], running.exports["AZURE_POD_IDENTITY_AUTHORITY_HOST"]);
    assert_eq!(running.exports["SSL_CERT_FILE"], path);
    assert_eq!(running.exports["NODE_USE_ENV_PROXY"], "1");
    assert!(std::fs::read_to_string(&file).expect("a certificate").starts_with("-----BEGIN CERTIFICATE-----"));
    std::fs::remove_file(file).expect("removed");
}
