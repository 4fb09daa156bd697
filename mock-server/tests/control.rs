//! Replies without Rust: from a file, over the control path, and with the helpers for other languages.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_azure-openai-mock");

/// The program while it runs; killed when dropped.
struct Running {
    child: Child,
    lines: Value,
    client: reqwest::Client,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let all = [&["serve", "--port", "0", "--quiet", "--style", "json"], arguments].concat();
        let mut child = Command::new(PROGRAM).args(all).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("a line");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        Self { child, lines: serde_json::from_str(&line).expect("JSON"), client }
    }

    /// A question to a deployment, and what comes back.
    async fn ask(&self, deployment: &str, question: &str) -> (u16, String) {
        let endpoint = self.lines["azure"]["AZURE_OPENAI_ENDPOINT"].as_str().expect("an endpoint");
        let url = format!("{endpoint}/openai/deployments/{deployment}/chat/completions?api-version=2024-10-21");
        let key = self.lines["azure"]["AZURE_OPENAI_API_KEY"].as_str().expect("a key");
        let body = json!({ "messages": [{ "role": "user", "content": question }] }).to_string();
        let response = self.client.post(url).header("api-key", key).body(body).send().await.expect("an answer");
        let (status, text) = (response.status().as_u16(), response.text().await.expect("a body"));
        let content = serde_json::from_str::<Value>(&text).ok();
        let content = content.and_then(|body| Some(body["choices"][0]["message"]["content"].as_str()?.to_owned()));
        (status, content.unwrap_or(text))
    }

    /// A request to the control path.
    async fn control(&self, method: &str, path: &str, token: &str, body: &str) -> (u16, Value) {
        let url = format!("{}{path}", self.lines["common"]["AZURE_OPENAI_MOCK_CONTROL"].as_str().expect("a path"));
        let method = reqwest::Method::try_from(method).expect("a method");
        let request = self.client.request(method, url).header("authorization", format!("Bearer {token}"));
        let response = request.body(body.to_owned()).send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.expect("a body")).expect("JSON"))
    }
}

#[tokio::test]
async fn a_file_says_what_is_answered() {
    let file = std::env::temp_dir().join(format!("azure-openai-mock-replies-{}.toml", std::process::id()));
    let text = r#"
        [[reply]]
        when           = { ordinal = 2 }
        error          = "rate_limit"
        retry_after_ms = 250

        [[reply]]
        when  = { deployment = "chat-prod", text = "weather" }
        times = 1
        text  = "It is 18 °C."

        [[reply]]
        when = { text = "tea" }
        raw  = { status = 418, reason = "Teapot", headers = { "Content-Type" = "text/plain" }, body = "short" }
    "#;
    std::fs::write(&file, text).expect("written");
    let running = Running::start(&["--replies", file.to_str().expect("text")]);
    assert_eq!(running.ask("chat-prod", "the weather?").await, (200, "It is 18 °C.".to_owned()));
    assert_eq!(running.ask("chat-prod", "the weather?").await.0, 429);
    assert_eq!(running.ask("chat-prod", "the weather?").await, (200, "You said: the weather?".to_owned()));
    assert_eq!(running.ask("chat-prod", "tea").await, (418, "short".to_owned()));
    std::fs::write(&file, "[[reply]]\ntext = 'a'\n[[reply]]\ntext = 'a'\nerror = 'timeout'").expect("written");
    let program =
        Command::new(PROGRAM).args(["serve", "--port", "0", "--replies"]).arg(&file).output().expect("it runs");
    let said = String::from_utf8(program.stderr).expect("text");
    assert!(said.ends_with(": reply 2: the reply has `text` and `error`, of which it may have one\n"), "{said}");
    std::fs::remove_file(file).expect("removed");
}

#[tokio::test]
async fn the_control_path_scripts_shows_and_resets() {
    let running = Running::start(&["--control", "open"]);
    let control = async |method, path, body| running.control(method, path, "open", body).await;
    assert_eq!(control("POST", "/replies", r#"{"text":"one","times":1}"#).await, (200, json!({ "added": 1 })));
    assert_eq!(control("POST", "/replies", r#"[{"text":"two"},{"text":"three"}]"#).await.1["added"], 2);
    assert_eq!(running.ask("chat-prod", "Hi").await.1, "one");
    assert_eq!(running.ask("chat-prod", "Hi").await.1, "two");
    let (_, shown) = control("GET", "/requests", "").await;
    assert_eq!(shown["requests"].as_array().map(Vec::len), Some(2), "{shown}");
    let first = &shown["requests"][0];
    assert_eq!(first["body"]["messages"][0]["content"], "Hi");
    assert_eq!((&first["deployment"], &first["headers"]["api-key"]), (&"chat-prod".into(), &"<secret>".into()));
    assert_eq!(control("POST", "/reset", "").await.0, 200);
    assert_eq!(running.ask("chat-prod", "Hi").await.1, "You said: Hi");
    assert_eq!(control("GET", "/requests", "").await.1["requests"].as_array().map(Vec::len), Some(1));
    let (status, said) = control("POST", "/replies", r#"{"txt":"a"}"#).await;
    assert!(status == 400 && said["error"].as_str().is_some_and(|said| said.contains("`txt`")), "{said}");
    assert_eq!(control("GET", "/nothing", "").await.0, 404);
    assert_eq!(running.control("POST", "/reset", "guess", "").await.0, 401);
}

#[tokio::test]
async fn the_control_path_is_off_unless_asked_for_and_never_open_to_others() {
    let running = Running::start(&[]);
    let endpoint = running.lines["azure"]["AZURE_OPENAI_ENDPOINT"].as_str().expect("an endpoint");
    let reset = running.client.post(format!("{endpoint}/_mock/reset")).send().await.expect("an answer");
    assert_eq!(reset.status(), 404);
    let arguments = ["serve", "--port", "0", "--expose-to-network", "--control"];
    let program = Command::new(PROGRAM).args(arguments).output().expect("it runs");
    let said = String::from_utf8(program.stderr).expect("text");
    assert!(said.contains("--control is for this machine alone"), "{said}");
    let running = Running::start(&["--control", "open"]);
    let control = running.lines["common"]["AZURE_OPENAI_MOCK_CONTROL"].as_str().expect("a path");
    let request = running.client.post(format!("{control}/reset")).header("host", "evil.example");
    assert_ne!(request.header("authorization", "Bearer open").send().await.expect("an answer").status(), 200);
}
