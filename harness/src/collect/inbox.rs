//! Where the telemetry of one worker waits until a flush boundary takes it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::application_insights;
use super::decode::{Decoded, decode};
use super::signal::{Encoding, Signal};
use crate::telemetry::{Payload, Telemetry};

/// Bytes of bodies kept between two flush boundaries.
const RAW_LIMIT: usize = 64 * 1024 * 1024;

/// What arrived since the flush boundary before.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Received {
    /// The telemetry, in the order of arrival.
    pub telemetry: Telemetry,
    /// What was wrong with it: bodies that cannot be read, paths that are none, attributes exported twice.
    pub problems: Vec<String>,
    /// Every body, unpacked, also of those that cannot be read: a secret must not be anywhere in them.
    pub raw_bytes: Vec<Bytes>,
}

/// The receiving end of one worker. Clones are the same inbox.
#[derive(Clone, Debug)]
pub struct Inbox {
    endpoint: Arc<str>,
    contents: Arc<Mutex<Contents>>,
}

#[derive(Debug, Default)]
struct Contents {
    received: Received,
    raw_length: usize,
}

impl Inbox {
    pub(super) fn new(endpoint: String) -> Self {
        Self { endpoint: endpoint.into(), contents: Arc::default() }
    }

    /// The base URL for an OTLP/HTTP exporter, without `/v1/…`.
    pub fn endpoint(&self) -> String {
        self.endpoint.to_string()
    }

    /// Takes everything that arrived since the last call. Complete once the worker's flush has returned: a request is
    /// answered only after its body is in here.
    pub fn take(&self) -> Received {
        std::mem::take(&mut *self.lock()).received
    }

    /// Decodes an unpacked body and stores it.
    pub(super) fn accept(&self, signal: Signal, encoding: Encoding, body: Bytes) -> Result<(), String> {
        // Decoding is done before the lock is taken, so that a big body holds nobody up.
        let result = decode(signal, encoding, &body).map_err(|error| error.to_string());
        let mut contents = self.lock();
        contents.keep(body);
        contents.add(result?);
        Ok(())
    }

    /// Stores what came beside OTLP.
    pub(super) fn accept_payload(&self, request: String, body: Bytes) {
        let text = String::from_utf8_lossy(&body).into_owned();
        let mut contents = self.lock();
        contents.keep(body);
        contents.received.telemetry.payloads.push(Payload { request, body: text });
    }

    /// Drops what came beside OTLP so far.
    pub fn forget_payloads(&self) {
        self.lock().received.telemetry.payloads.clear();
    }

    /// Decodes an unpacked body of envelopes for Application Insights and stores it. Gives how many there were.
    pub(super) fn accept_envelopes(&self, body: Bytes) -> Result<usize, String> {
        let result = application_insights::decode(&body).map_err(|error| error.to_string());
        let mut contents = self.lock();
        contents.keep(body);
        let (decoded, count) = result?;
        contents.add(decoded);
        Ok(count)
    }

    /// Keeps a body that cannot even be unpacked.
    pub(super) fn keep(&self, body: Bytes) {
        self.lock().keep(body);
    }

    pub(super) fn problem(&self, problem: String) {
        self.lock().received.problems.push(problem);
    }

    /// Nothing can panic while the lock is held, so that contents behind a poisoned one are whole.
    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn add(&mut self, decoded: Decoded) {
        let Decoded { telemetry, problems } = decoded;
        let received = &mut self.received;
        received.telemetry.spans.extend(telemetry.spans);
        received.telemetry.logs.extend(telemetry.logs);
        received.telemetry.metrics.extend(telemetry.metrics);
        received.telemetry.flaws.extend(telemetry.flaws);
        received.problems.extend(problems);
    }

    fn keep(&mut self, body: Bytes) {
        let fitted = self.raw_length <= RAW_LIMIT;
        self.raw_length = self.raw_length.saturating_add(body.len());
        if self.raw_length <= RAW_LIMIT {
            self.received.raw_bytes.push(body);
        } else if fitted {
            let problem =
                format!("more than {RAW_LIMIT} bytes arrived between two flush boundaries; the rest was not searched");
            self.received.problems.push(problem);
        }
    }
}
