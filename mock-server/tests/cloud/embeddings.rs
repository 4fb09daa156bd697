//! Embeddings.

use azure_openai_mock::{EmbeddingsReply, ScriptedReply, Usage};
use base64::Engine as _;

use crate::support::{EMBED, cloud, names, post, text};

fn floats(body: &str) -> Vec<f32> {
    let json: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let list = json["data"][0]["embedding"].as_array().expect("floats").clone();
    list.iter().map(|value| serde_json::from_value(value.clone()).expect("a float")).collect()
}

#[test]
fn the_body_is_pretty_and_has_its_own_order() {
    let cloud = cloud();
    let script = EmbeddingsReply {
        dimensions: Some(1),
        usage: Some(Usage { input: 2, ..Usage::default() }),
        ..EmbeddingsReply::default()
    };
    cloud.script("embed-prod", ScriptedReply::Embeddings(script));
    let reply = cloud.reply(&post(EMBED, r#"{"input":"a","encoding_format":"base64"}"#));
    let body = text(&reply);
    let vector = body.split("\"embedding\": \"").nth(1).and_then(|rest| rest.get(..8)).expect("base64");
    assert_eq!(
        body,
        format!(
            "{{\n  \"object\": \"list\",\n  \"data\": [\n    {{\n      \"object\": \"embedding\",\n      \"index\": 0,\n      \"embedding\": \"{vector}\"\n    }}\n  ],\n  \"model\": \"text-embedding-3-small\",\n  \"usage\": {{\n    \"prompt_tokens\": 2,\n    \"total_tokens\": 2\n  }}\n}}\n"
        )
    );
    assert!(!names(&reply).contains(&"x-ms-rai-invoked"));
}

#[test]
fn base64_holds_the_same_floats() {
    let plain = floats(&text(&cloud().reply(&post(EMBED, r#"{"input":"a"}"#))));
    let coded = text(&cloud().reply(&post(EMBED, r#"{"input":"a","encoding_format":"base64"}"#)));
    let json: serde_json::Value = serde_json::from_str(&coded).expect("JSON");
    let coded = json["data"][0]["embedding"].as_str().expect("base64");
    assert_eq!(coded.len(), 8192);
    let bytes = base64::engine::general_purpose::STANDARD.decode(coded).expect("base64");
    let decoded: Vec<f32> =
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four bytes"))).collect();
    assert_eq!(plain, decoded);
    let length: f32 = plain.iter().map(|value| value * value).sum();
    assert!((length - 1.0).abs() < 1e-3, "{length}");
}

#[test]
fn inputs_and_dimensions_are_checked() {
    let check = |body: &str, status: u16, part: &str| {
        let reply = cloud().reply(&post(EMBED, body));
        assert_eq!(reply.status.as_u16(), status, "{body}");
        assert!(text(&reply).contains(part), "{body}");
    };
    check(r#"{"input":["a","b"],"dimensions":2}"#, 200, "\"index\": 1");
    check(r#"{"input":[1,2,3],"dimensions":2}"#, 200, "\"prompt_tokens\": 3");
    check(r#"{"input":[[1,2],[3]],"dimensions":2}"#, 200, "\"prompt_tokens\": 3");
    check(r#"{"input":"a","dimensions":4000}"#, 400, "less than or equal to 1536");
    check(r#"{"input":[]}"#, 400, "'$.input' is invalid");
    check(r#"{"input":[{}]}"#, 400, "'$.input' is invalid");
    check("{}", 400, "Missing required parameter: 'input'.");
    check(
        &format!(r#"{{"input":[{}"x"]}}"#, r#""x","#.repeat(2048)),
        400,
        "Too many inputs. The max number of inputs is 2048.",
    );
}
