//! What requests change: how many there were, what they may use, what was prepared for them, what was made for them.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;

use serde_json_borrow::Value;

use super::errors::{ErrorKind, RateLimit, Refusal};
use super::prepared::{Reserved, Rule, Standing};
use super::quota::{Exceeded, Rates, Usage};
use super::responses::{Store, Stored};
use super::route::Operation;
use super::script::{ErrorReply, ScriptedReply};
use super::served::Served;

/// Beginnings of prompts that are remembered for a deployment.
const MOST_BEGINNINGS: usize = 4096;

/// The books of one cloud. Everything is done in a moment: a lock around it is never held while a reply is made.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// By the deployment's name; what never gets to one stands under the empty name.
    accounts: BTreeMap<String, Account>,
    /// What answers whatever fits, in the order in which it was said.
    rules: Vec<Standing>,
    pub(crate) responses: Store,
    identity_requests: u64,
    tokens_issued: u64,
    /// The highest ordinal of all.
    latest: u64,
}

/// When a request came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Which one it is on its deployment (or, before one is known, on the gateway), from 0.
    pub(crate) ordinal: u64,
    /// The highest ordinal so far, on all of them.
    pub(crate) latest: u64,
}

/// What is known of the deployments with one name.
#[derive(Debug, Default)]
struct Account {
    /// Requests so far, and those that something is reserved for.
    requests: u64,
    scripts: VecDeque<ScriptedReply>,
    reserved: Vec<Reserved>,
    /// What was used of the quota.
    used: Usage,
    /// Beginnings of prompts that were read.
    prompts: Beginnings,
}

/// A request that got as far as the model and was found valid.
pub(crate) struct Asked<'a> {
    pub(crate) served: &'a Served,
    pub(crate) operation: &'a Operation,
    pub(crate) body: &'a Value<'a>,
    /// The response that it goes on from.
    pub(crate) previous: Option<&'a str>,
    /// Hashes of the beginnings of its prompt.
    pub(crate) beginnings: Vec<u64>,
    /// Tokens that are charged at admission.
    pub(crate) charged: u64,
    /// The moment, in seconds since 1970.
    pub(crate) now: u64,
}

impl Asked<'_> {
    /// Whether a reply is of the kind that is asked for.
    fn suits(&self, reply: &ScriptedReply) -> bool {
        match reply {
            ScriptedReply::Error(_) | ScriptedReply::Raw(_) => true,
            ScriptedReply::Embeddings(_) => *self.operation == Operation::Embeddings,
            ScriptedReply::Chat(_) => *self.operation != Operation::Embeddings,
            ScriptedReply::Response(_) => matches!(self.operation, Operation::Responses(_)),
        }
    }
}

/// The turn of a request.
pub(crate) struct Turn {
    pub(crate) place: Place,
    /// Tokens of the conversation that it goes on from.
    pub(crate) carried: u64,
    /// How many of the prompt's first texts were read before.
    pub(crate) known_texts: usize,
    /// What is left of the quota.
    pub(crate) rates: Option<Rates>,
    /// What was prepared for it, if anything was; or why it is refused.
    pub(crate) script: Result<Option<ScriptedReply>, Refusal>,
}

impl Ledger {
    /// Counts a request, and says how many there were before it.
    pub(crate) fn count(&mut self, deployment: &str) -> Place {
        let account = self.account(deployment);
        account.requests += 1;
        let ordinal = account.requests - 1;
        self.place(ordinal)
    }

    fn place(&mut self, ordinal: u64) -> Place {
        self.latest = self.latest.max(ordinal);
        Place { ordinal, latest: self.latest }
    }

    /// Counts a request, and takes for it what it needs of the quota and what was prepared for it.
    pub(crate) fn admit(&mut self, asked: &Asked<'_>) -> Turn {
        let place = self.count(&asked.served.name);
        let mut turn = Turn { place, carried: 0, known_texts: 0, rates: None, script: Ok(None) };
        if let Some(id) = asked.previous {
            let Some(context) = self.responses.context(id) else {
                turn.script = Err(Refusal::unknown_response(id));
                return turn;
            };
            turn.carried = context;
        }
        let account = self.account(&asked.served.name);
        if let Some(quota) = asked.served.quota {
            match account.used.admit(quota, asked.charged, asked.now) {
                Ok(rates) => turn.rates = Some(rates),
                Err((exceeded, rates)) => {
                    turn.script = Err(exhausted(exceeded, rates));
                    return turn;
                }
            }
        }
        turn.known_texts = account.prompts.learn(&asked.beginnings);
        if let Some((ordinal, reply)) = Reserved::take(&mut account.reserved, asked.body) {
            turn.place = self.place(ordinal);
            turn.script = Ok(Some(reply));
        } else if let Some(reply) = account.scripts.pop_front() {
            turn.script = Ok(Some(reply));
        } else if let Some(rule) = self.rule(asked) {
            turn.script = Ok(self.rules[rule].give());
        }
        turn
    }

    /// The first rule that has a reply for a request. All of them count it.
    fn rule(&mut self, asked: &Asked<'_>) -> Option<usize> {
        let suits = |reply: &ScriptedReply| asked.suits(reply);
        let meets = |standing: &mut Standing| standing.meets(&asked.served.name, asked.body, suits);
        let mut found = None;
        for (position, standing) in self.rules.iter_mut().enumerate() {
            if meets(standing) && found.is_none() {
                found = Some(position);
            }
        }
        found
    }

    /// Adds a rule after those that are there.
    pub(crate) fn add(&mut self, rule: Rule) {
        self.rules.push(rule.into());
    }

    /// Writes down what an answer took, where `charged` was taken at admission, and keeps what can be asked for again.
    pub(crate) fn settle(&mut self, served: &Served, charged: u64, used: u64, stored: Option<Stored>) {
        if served.quota.is_some() {
            self.account(&served.name).used.correct(charged, used);
        }
        if let Some(stored) = stored {
            self.responses.keep(stored);
        }
    }

    /// Prepares a reply for whatever request comes next.
    pub(crate) fn script(&mut self, deployment: &str, reply: ScriptedReply) {
        self.account(deployment).scripts.push_back(reply);
    }

    /// Prepares replies for the requests that hold a text, and gives them the ordinals that come next.
    pub(crate) fn reserve(&mut self, deployment: &str, text: &str, replies: Vec<ScriptedReply>) {
        let account = self.account(deployment);
        let first = account.requests;
        account.requests += replies.len() as u64;
        account.reserved.push(Reserved::new(text, first, replies));
    }

    /// How many replies wait for whatever request comes next.
    pub(crate) fn scripts_left(&self, deployment: &str) -> usize {
        self.accounts.get(deployment).map_or(0, |account| account.scripts.len())
    }

    /// Forgets everything that was prepared.
    pub(crate) fn clear_scripts(&mut self) {
        self.rules.clear();
        for account in self.accounts.values_mut() {
            account.scripts.clear();
            account.reserved.clear();
        }
    }

    /// Counts a request for sign-in, and says how many there were before it.
    pub(crate) fn count_sign_in(&mut self) -> Place {
        self.identity_requests += 1;
        self.place(self.identity_requests - 1)
    }

    /// Counts a token that no identity endpoint gave. Counted from the far end, so that it never meets an ordinal of
    /// theirs.
    pub(crate) fn count_token(&mut self) -> u64 {
        self.tokens_issued += 1;
        u64::MAX - self.tokens_issued
    }

    fn account(&mut self, deployment: &str) -> &mut Account {
        // Looked for first: nearly always it is there, and needs no name of its own.
        if !self.accounts.contains_key(deployment) {
            self.accounts.insert(deployment.to_owned(), Account::default());
        }
        self.accounts.get_mut(deployment).expect("it was put there, if it was not there")
    }
}

/// Beginnings of prompts, by their hashes; the oldest are forgotten.
#[derive(Debug, Default)]
struct Beginnings {
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Beginnings {
    /// How many of the beginnings are known, and remembers the others.
    fn learn(&mut self, beginnings: &[u64]) -> usize {
        let known = beginnings.iter().take_while(|beginning| self.known.contains(beginning)).count();
        for beginning in &beginnings[known..] {
            if self.order.len() == MOST_BEGINNINGS
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
            if self.known.insert(*beginning) {
                self.order.push_back(*beginning);
            }
        }
        known
    }
}

fn exhausted(exceeded: Exceeded, rates: Rates) -> Refusal {
    let limit = match exceeded {
        Exceeded::Tokens => RateLimit::Tokens,
        Exceeded::Requests => RateLimit::Requests,
    };
    let wait = Some(Duration::from_secs(rates.reset));
    Refusal::Error(ErrorReply {
        retry_after: wait,
        retry_after_ms: wait,
        ..ErrorReply::new(ErrorKind::RateLimit(limit))
    })
}
