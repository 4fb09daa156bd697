//! Reading a stream of server-sent events.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;

use super::failure::Failure;

/// What a stream gives next.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    Chunk(Value),
    End,
}

/// A stream that is being read.
#[derive(Debug)]
pub(super) struct Stream {
    response: Response,
    buffer: Vec<u8>,
    /// How long to wait for the next bytes.
    patience: Duration,
}

impl Stream {
    pub(super) fn new(response: Response, patience: Duration) -> Self {
        Self { response, buffer: Vec::new(), patience }
    }

    /// The next chunk. A stream that ends without `[DONE]` just ends, as in the service's own clients.
    pub(super) async fn next(&mut self) -> Result<Frame, Failure> {
        loop {
            while let Some(line) = take_line(&mut self.buffer) {
                if let Some(frame) = parse_line(&line)? {
                    return Ok(frame);
                }
            }
            let arrived = tokio::time::timeout(self.patience, self.response.chunk()).await;
            let arrived = arrived.map_err(|_| Failure::timed_out())?;
            match arrived.map_err(|error| Failure::of_transport(&error))? {
                Some(bytes) => self.buffer.extend_from_slice(&bytes),
                None => return self.rest(),
            }
        }
    }

    fn rest(&mut self) -> Result<Frame, Failure> {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.buffer)).into_owned();
        Ok(parse_line(&line)?.unwrap_or(Frame::End))
    }
}

fn take_line(buffer: &mut Vec<u8>) -> Option<String> {
    let end = buffer.iter().position(|byte| *byte == b'\n')?;
    let line: Vec<u8> = buffer.drain(..=end).collect();
    Some(String::from_utf8_lossy(&line).into_owned())
}

fn parse_line(line: &str) -> Result<Option<Frame>, Failure> {
    let Some(data) = line.trim_end().strip_prefix("data:") else { return Ok(None) };
    let data = data.trim_start();
    if data == "[DONE]" {
        return Ok(Some(Frame::End));
    }
    let chunk: Value = serde_json::from_str(data).map_err(|_| Failure::malformed_frame())?;
    match chunk.get("error").filter(|error| !error.is_null()) {
        Some(error) => Err(Failure::of_frame(error)),
        None if chunk.get("type").is_some_and(|kind| kind == "error") => Err(Failure::of_frame(&chunk)),
        None => Ok(Some(Frame::Chunk(chunk))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_a_chunk_the_end_an_error_or_nothing() {
        assert_eq!(parse_line("data: {\"a\":1}\r\n"), Ok(Some(Frame::Chunk(json!({"a": 1})))));
        assert_eq!(parse_line("data: [DONE]\n"), Ok(Some(Frame::End)));
        assert_eq!(parse_line("\n"), Ok(None));
        assert_eq!(parse_line("event: x\n"), Ok(None));
        assert_eq!(parse_line("data: {\"a\":\n"), Err(Failure::malformed_frame()));
        let error =
            parse_line("data: {\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}\n").expect_err("an error");
        assert_eq!((error.class.as_str(), error.error.message.as_str()), ("server_error", "no"));
    }

    #[test]
    fn lines_are_cut_wherever_bytes_arrive() {
        let mut buffer = b"data: 1\nda".to_vec();
        assert_eq!(take_line(&mut buffer).as_deref(), Some("data: 1\n"));
        assert_eq!(take_line(&mut buffer), None);
        buffer.extend_from_slice("ta: ü\n".as_bytes());
        assert_eq!(take_line(&mut buffer).as_deref(), Some("data: ü\n"));
    }
}
