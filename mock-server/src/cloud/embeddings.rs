//! Embeddings: vectors made from the input, as floats or base64, in a body with the service's own order of keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use serde_json_borrow::Value;

use super::call::Call;
use super::errors::Refusal;
use super::headers::{self, Content};
use super::json::{Json, object};
use super::model::{Model, Vocabulary};
use super::reply::{Reply, ReplyBody};
use super::script::EmbeddingsReply;
use super::target::Target;
use super::tokenizer;

/// Inputs that one request may have.
const MOST_INPUTS: usize = 2048;

/// One input to embed. A picture may come with words, and counts as they do.
enum Input<'a> {
    Text(&'a str),
    Tokens(&'a [Value<'a>]),
    Picture { image: &'a str, words: &'a str },
}

impl Input<'_> {
    /// What the vector is made from.
    fn content(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Tokens(tokens) => tokens.iter().filter_map(Value::as_u64).flat_map(u64::to_le_bytes).collect(),
            Self::Picture { image, words } => [words.as_bytes(), image.as_bytes()].concat(),
        }
    }

    fn tokens(&self, vocabulary: Vocabulary) -> u64 {
        match self {
            Self::Text(text) | Self::Picture { words: text, .. } => tokenizer::count(vocabulary, text).max(1),
            Self::Tokens(tokens) => tokens.len() as u64,
        }
    }
}

/// What matters of an embeddings request.
pub(crate) struct EmbeddingsRequest<'a> {
    inputs: Vec<Input<'a>>,
    /// Length of the vectors.
    dimensions: usize,
    base64: bool,
}

impl<'a> EmbeddingsRequest<'a> {
    /// Reads a body, or refuses it as the back end does.
    pub(crate) fn parse(target: &Target, body: &'a Value<'a>) -> Result<Self, Refusal> {
        let inputs = inputs(target, body)?;
        let asked = body.get("dimensions").as_u64().and_then(|asked| usize::try_from(asked).ok());
        if asked.is_some() && !target.model().takes_dimensions() {
            return Err(Refusal::invalid("This model does not support specifying dimensions.", None, None));
        }
        let most = target.model().default_dimensions();
        if let Some(asked) = asked.filter(|asked| !(1..=most).contains(asked)) {
            let message = format!(
                "Invalid value for 'dimensions' = {asked}. Must be greater than or equal to 1 and less than or equal to {most}."
            );
            return Err(Refusal::invalid(message, None, None));
        }
        let base64 = body.get("encoding_format").as_str() == Some("base64");
        Ok(Self { inputs, dimensions: asked.unwrap_or(most), base64 })
    }

    /// Tokens of all inputs, which is what the service charges for them.
    pub(crate) fn tokens(&self, model: &Model) -> u64 {
        self.inputs.iter().map(|input| input.tokens(model.vocabulary)).sum()
    }
}

/// Answers an embeddings request. Also says how many tokens it took.
pub(crate) fn reply(call: &Call, request: &EmbeddingsRequest<'_>, script: Option<EmbeddingsReply>) -> (Reply, u64) {
    let script = script.unwrap_or_default();
    let tokens = script.usage.map_or_else(|| request.tokens(call.model()), |usage| usage.input);
    let text = text(call, request, script.dimensions.unwrap_or(request.dimensions), tokens);
    let reply = Reply {
        status: StatusCode::OK,
        reason: None,
        headers: headers::back_end(call, Content::Json(text.len()), tokens),
        body: ReplyBody::Whole(Bytes::from(text)),
        delay: script.delay,
    };
    (reply, tokens)
}

fn text(call: &Call, request: &EmbeddingsRequest<'_>, dimensions: usize, tokens: u64) -> String {
    let data = request
        .inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector(call, &input.content(), dimensions);
            let embedding = if request.base64 {
                encode(&vector).into()
            } else {
                Json::List(vector.into_iter().map(Json::Float).collect())
            };
            object([("object", "embedding".into()), ("index", index.into()), ("embedding", embedding)])
        })
        .collect();
    let body = object([
        ("object", "list".into()),
        ("data", Json::List(data)),
        ("model", call.model_name().into()),
        ("usage", object([("prompt_tokens", tokens.into()), ("total_tokens", tokens.into())])),
    ]);
    body.pretty() + "\n"
}

fn inputs<'a>(target: &Target, body: &'a Value<'a>) -> Result<Vec<Input<'a>>, Refusal> {
    let refuse = |message: &str| Err(Refusal::invalid(message, Some("input"), None));
    let list = match body.get("input") {
        Value::Str(text) => return Ok(vec![Input::Text(text)]),
        Value::Array(list) if !list.is_empty() => list,
        Value::Array(_) => {
            return refuse(
                "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
            );
        }
        _ => return refuse("Missing required parameter: 'input'."),
    };
    if list.iter().all(Value::is_u64) {
        return Ok(vec![Input::Tokens(list)]);
    }
    if list.len() > MOST_INPUTS {
        return refuse(&format!("Too many inputs. The max number of inputs is {MOST_INPUTS}."));
    }
    let read = |item: &'a Value<'a>| match item {
        Value::Str(text) => Some(Input::Text(text)),
        Value::Array(tokens) if tokens.iter().all(Value::is_u64) => Some(Input::Tokens(tokens)),
        Value::Object(_) if target.inference && !target.model().is_openai => of_picture(item),
        _ => None,
    };
    list.iter().map(read).collect::<Option<Vec<_>>>().map_or_else(
        || {
            refuse(
                "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
            )
        },
        Ok,
    )
}

/// A picture, with words or without, which only models of other makers embed.
fn of_picture<'a>(item: &'a Value<'a>) -> Option<Input<'a>> {
    let image = item.get("image").as_str().filter(|image| image.starts_with("data:image/"))?;
    Some(Input::Picture { image, words: item.get("text").as_str().unwrap_or_default() })
}

/// A vector of length one that depends on the input and nothing else.
fn vector(call: &Call, content: &[u8], dimensions: usize) -> Vec<f32> {
    let mut state = content.iter().fold(0xcbf2_9ce4_8422_2325 ^ call.target.seed.0, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let raw: Vec<f32> = (0..dimensions)
        .map(|_| {
            // SplitMix64: every state gives a well-mixed number.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = mixed.to_be_bytes();
            f32::from(i16::from_be_bytes([bytes[0], bytes[1]])) / 32_768.0
        })
        .collect();
    let length = raw.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    raw.into_iter().map(|value| value / length).collect()
}

/// Little-endian float32 in base64.
fn encode(vector: &[f32]) -> String {
    STANDARD.encode(vector.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
}
