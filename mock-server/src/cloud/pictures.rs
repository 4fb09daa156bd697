//! What a picture costs: tokens by its size, as OpenAI publishes the rule for models that look at tiles.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json_borrow::Value;

/// Nobody here fetches pictures, or reads every format: those count as this wide and high.
const USUAL: (u64, u64) = (1024, 1024);
/// A picture is first made to fit a square of this size,
const SQUARE: u64 = 2048;
/// then its shorter side to this,
const SHORTER: u64 = 768;
/// and then it is cut into tiles of this size.
const TILE: u64 = 512;

/// Tokens of all pictures in a message's content.
pub(crate) fn tokens(model: &str, content: &Value) -> u64 {
    content.as_array().into_iter().flatten().filter_map(|part| of_part(model, part)).sum()
}

fn of_part(model: &str, part: &Value) -> Option<u64> {
    // Chat has `image_url = { url, detail }`, Responses `image_url = "…"` with the detail beside it.
    let image = part.get("image_url");
    if image.is_null() {
        return None;
    }
    let url = image.get("url").as_str().or_else(|| image.as_str()).unwrap_or_default();
    let detail = image.get("detail").as_str().or_else(|| part.get("detail").as_str());
    let (base, tile) = price(model);
    if detail == Some("low") {
        return Some(base);
    }
    Some(base + tile * tiles(size(url).unwrap_or(USUAL)))
}

/// Tokens for the whole, and for each tile.
fn price(model: &str) -> (u64, u64) {
    match model {
        mini if mini.starts_with("gpt-4o-mini") => (2833, 5667),
        five if five.starts_with("gpt-5") => (70, 140),
        reasoning if reasoning.starts_with('o') => (75, 150),
        _ => (85, 170),
    }
}

fn tiles((width, height): (u64, u64)) -> u64 {
    let (mut width, mut height) = (width.max(1), height.max(1));
    let longer = width.max(height);
    if longer > SQUARE {
        (width, height) = (width * SQUARE / longer, height * SQUARE / longer);
    }
    let shorter = width.min(height);
    if shorter > SHORTER {
        (width, height) = (width * SHORTER / shorter, height * SHORTER / shorter);
    }
    width.max(1).div_ceil(TILE) * height.max(1).div_ceil(TILE)
}

/// Width and height of a PNG or JPEG inside a `data:` URL.
fn size(url: &str) -> Option<(u64, u64)> {
    let (kind, data) = url.strip_prefix("data:")?.split_once(',')?;
    let bytes = kind.ends_with(";base64").then(|| STANDARD.decode(data.trim()).ok())??;
    png(&bytes).or_else(|| jpeg(&bytes))
}

fn png(bytes: &[u8]) -> Option<(u64, u64)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let number = |at: usize| Some(u64::from(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?)));
    Some((number(8)?, number(12)?))
}

/// Looks for the frame header among the segments before the picture itself.
fn jpeg(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let &[0xff, marker, high, low, ..] = rest else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        // Those between that are no frame headers define tables.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let number = |at: usize| Some(u64::from(u16::from_be_bytes(rest.get(at..at + 2)?.try_into().ok()?)));
            return Some((number(7)?, number(5)?));
        }
        rest = rest.get(2 + length.max(2)..)?;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(model: &str, url: &str, detail: &str, expected: u64) {
        let chat = json!([{ "type": "text", "text": "t" }, { "type": "image_url", "image_url": { "url": url, "detail": detail } }]);
        assert_eq!(tokens(model, &(&chat).into()), expected, "{model} {detail}");
        let responses = json!([{ "type": "input_image", "image_url": url, "detail": detail }]);
        assert_eq!(tokens(model, &(&responses).into()), expected, "{model} {detail}");
    }

    fn data(kind: &str, bytes: &[u8]) -> String {
        format!("data:image/{kind};base64,{}", STANDARD.encode(bytes))
    }

    #[test]
    fn a_picture_costs_what_its_tiles_cost() {
        let png = |width: u32, height: u32| {
            let start = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".as_slice();
            data("png", &[start, &width.to_be_bytes(), &height.to_be_bytes()].concat())
        };
        let jpeg = data("jpeg", b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x04\x00\x04\x00");
        // The published examples.
        check("gpt-4o-2024-11-20", &png(1024, 1024), "high", 765);
        check("gpt-4o-2024-11-20", &png(2048, 4096), "high", 1105);
        check("gpt-4o-2024-11-20", &png(4096, 8192), "low", 85);
        check("gpt-4o-2024-11-20", &jpeg, "auto", 765);
        check("gpt-4o-2024-11-20", &png(20, 20), "auto", 255);
        check("gpt-4o-2024-11-20", "https://example.com/a.png", "auto", 765);
        check("gpt-4o-mini-2024-07-18", &png(1, 1), "low", 2833);
        check("o3-2025-04-16", &png(1, 1), "high", 225);
    }

    #[test]
    fn what_is_no_picture_counts_as_a_usual_one() {
        for url in ["", "data:", "data:image/png;base64,%", "data:image/jpeg;base64,/9j/", "data:image/png,x"] {
            check("gpt-4o-2024-11-20", url, "auto", 765);
        }
        check("gpt-4o-2024-11-20", &data("jpeg", b"\xff\xd8\xff\xe0\x00\x00\xff\xe0\x00\x00"), "auto", 765);
        assert_eq!(
            tokens("gpt-4o", &(&json!("text")).into()) + tokens("gpt-4o", &(&json!([{ "image_url": null }, 1])).into()),
            0
        );
    }
}
