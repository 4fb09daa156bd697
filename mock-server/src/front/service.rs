//! What stands behind an edge.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::exchange::Exchange;
use super::relay::Relay;
use crate::cloud::{Cloud, Reply, Request};

/// Something that answers requests and is told what became of them.
///
/// ```
/// use azure_openai_mock::{Exchange, Reply, Request, Service, SharedCloud};
///
/// /// A cloud that nobody hears of.
/// struct Quiet(SharedCloud);
///
/// impl Service for Quiet {
///     fn owns(&self, host: &str, port: u16) -> bool {
///         self.0.owns(host, port)
///     }
///
///     fn reply(&self, request: &Request) -> Reply {
///         self.0.reply(request)
///     }
///
///     fn record(&self, _: Exchange) {}
///
///     fn keeps_bodies(&self) -> bool {
///         false
///     }
/// }
/// ```
pub trait Service: Send + Sync + 'static {
    /// Whether the service answers for this host; anything else is refused and recorded as egress.
    fn owns(&self, host: &str, port: u16) -> bool;

    /// The reply to a request.
    fn reply(&self, request: &Request) -> Reply;

    /// An answer from elsewhere, for services that do not make every answer themselves; none means [`Service::reply`].
    fn relay(&self, _request: &Request) -> Option<Relay> {
        None
    }

    /// Called once for each exchange, before the client can have seen the end of the response.
    fn record(&self, exchange: Exchange);

    /// Whether exchanges are recorded with the bodies that were sent. Servers that run long say no.
    fn keeps_bodies(&self) -> bool {
        true
    }
}

/// A [`Cloud`] on the real clock, with a journal of exchanges.
///
/// ```
/// use std::sync::Arc;
///
/// use azure_openai_mock::{ChatReply, Cloud, CloudConfig, Service, SharedCloud};
///
/// let shared = Arc::new(SharedCloud::with_bounded_journal(Cloud::new(CloudConfig::sample()), 100));
/// shared.cloud().script("chat-prod", ChatReply::text("Hello.").into());
/// assert!(shared.owns("contoso-east.openai.azure.com", 443));
/// ```
#[derive(Debug)]
pub struct SharedCloud {
    cloud: Cloud,
    journal: Option<Mutex<VecDeque<Exchange>>>,
    /// Exchanges that are kept; the oldest goes when one more comes.
    most: usize,
}

impl SharedCloud {
    /// Shares a cloud and keeps every exchange until [`SharedCloud::take_journal`].
    pub fn new(cloud: Cloud) -> Self {
        Self { cloud, journal: Some(Mutex::default()), most: usize::MAX }
    }

    /// Shares a cloud and keeps the last so many exchanges.
    pub fn with_bounded_journal(cloud: Cloud, most: usize) -> Self {
        Self { cloud, journal: Some(Mutex::default()), most }
    }

    /// Shares a cloud and keeps nothing, for servers that run long.
    pub fn without_journal(cloud: Cloud) -> Self {
        Self { cloud, journal: None, most: 0 }
    }

    /// The cloud, for example to queue a script.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// The exchanges recorded since the last call, by ordinal.
    pub fn take_journal(&self) -> Vec<Exchange> {
        let taken = self.journal.as_ref().map(|journal| std::mem::take(&mut *lock(journal)));
        ordered(taken.unwrap_or_default())
    }

    /// The exchanges that are kept, by ordinal.
    pub fn journal(&self) -> Vec<Exchange> {
        ordered(self.journal.as_ref().map(|journal| lock(journal).clone()).unwrap_or_default())
    }
}

impl Service for SharedCloud {
    fn owns(&self, host: &str, port: u16) -> bool {
        self.cloud.owns(host, port)
    }

    fn reply(&self, request: &Request) -> Reply {
        // Identity libraries compare a token's expiry with the real clock.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        self.cloud.set_now(now);
        self.cloud.reply(request)
    }

    fn record(&self, exchange: Exchange) {
        if let Some(journal) = &self.journal {
            let mut journal = lock(journal);
            if journal.len() >= self.most {
                journal.pop_front();
            }
            journal.push_back(exchange);
        }
    }

    fn keeps_bodies(&self) -> bool {
        self.journal.is_some()
    }
}

fn ordered(exchanges: VecDeque<Exchange>) -> Vec<Exchange> {
    let mut exchanges = Vec::from(exchanges);
    exchanges.sort_by_key(|exchange| exchange.ordinal);
    exchanges
}

/// A panic elsewhere leaves no half-written state here worth dying for.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
