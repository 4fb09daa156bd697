//! The server of one test.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use super::expectation::{Expectation, Unmet};
use super::received::Received;
use crate::cloud::{Cloud, CloudConfig, CloudOptions, ScriptedReply};
use crate::front::{Listener, SharedCloud};

/// Exchanges that are remembered.
const REMEMBERED: usize = 10_000;
/// A free port of this machine alone.
const LOCALHOST: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A fake cloud on a free port of 127.0.0.1. Dropping it closes its connections, and panics when expectations were not
/// met and nobody called [`MockServer::verify`].
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use azure_openai_mock::testing::MockServer;
///
/// let server = MockServer::start().await;
/// println!("AZURE_OPENAI_ENDPOINT={} AZURE_OPENAI_API_KEY={}", server.endpoint(), server.key());
/// assert!(server.received().await.is_empty());
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct MockServer {
    listener: Listener,
    cloud: Arc<SharedCloud>,
    expectations: Mutex<Vec<Expectation>>,
}

impl MockServer {
    /// Serves [`CloudConfig::sample`].
    ///
    /// # Panics
    /// When this machine has no port to give.
    pub async fn start() -> Self {
        Self::with(CloudConfig::sample(), CloudOptions::default()).await
    }

    /// Serves another cloud.
    ///
    /// # Panics
    /// When this machine has no port to give.
    pub async fn with(config: CloudConfig, options: CloudOptions) -> Self {
        let cloud = Cloud::with_options(config, options);
        let cloud = Arc::new(SharedCloud::with_bounded_journal(cloud, REMEMBERED));
        let listener = Listener::start(LOCALHOST, Arc::clone(&cloud) as _).await.expect("a free port on 127.0.0.1");
        Self { listener, cloud, expectations: Mutex::default() }
    }

    /// The endpoint to give to a client: `http://127.0.0.1:40123`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.listener.address())
    }

    /// The base URL of the v1 surface.
    pub fn v1(&self) -> String {
        format!("{}/openai/v1/", self.endpoint())
    }

    /// A key that opens the first resource.
    pub fn key(&self) -> String {
        let first = self.cloud.cloud().config().resources.first();
        first.and_then(|resource| resource.keys.first()).cloned().unwrap_or_default()
    }

    /// What a deployment answers next. Several of them are answered in order.
    pub fn script(&self, deployment: &str, reply: impl Into<ScriptedReply>) {
        self.cloud.cloud().script(deployment, reply.into());
    }

    /// How many scripted replies nobody has asked for.
    pub fn scripts_left(&self, deployment: &str) -> usize {
        self.cloud.cloud().scripts_left(deployment)
    }

    /// Adds an expectation, to be checked when [`MockServer::verify`] is called or the server is dropped.
    pub fn expect(&self, expectation: Expectation) {
        self.expectations.lock().unwrap_or_else(PoisonError::into_inner).push(expectation);
    }

    /// Every request so far, in the order in which they came; waits for those that are being answered.
    pub async fn received(&self) -> Vec<Received> {
        self.listener.quiesce().await;
        self.remembered()
    }

    /// Checks all expectations and forgets them.
    pub async fn verify(&self) -> Result<(), Unmet> {
        self.listener.quiesce().await;
        self.check()
    }

    fn remembered(&self) -> Vec<Received> {
        self.cloud.journal().into_iter().map(Received::from).collect()
    }

    fn check(&self) -> Result<(), Unmet> {
        let expectations = std::mem::take(&mut *self.expectations.lock().unwrap_or_else(PoisonError::into_inner));
        let received = self.remembered();
        let unmet: Vec<String> = expectations.iter().filter_map(|one| one.check(&received)).collect();
        if unmet.is_empty() { Ok(()) } else { Err(Unmet { unmet, all: expectations.len() }) }
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Err(unmet) = self.check() {
            panic!("{unmet}");
        }
    }
}
