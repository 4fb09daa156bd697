//! What must be so of every row of the table.

use std::collections::HashSet;

use super::table::TABLE;
use super::{ErrorKind, RateLimit, scripted};
use crate::cloud::call::Call;
use crate::cloud::config::{CloudConfig, Deployment};
use crate::cloud::ids::Seed;
use crate::cloud::ledger::Place;
use crate::cloud::options::CloudOptions;
use crate::cloud::route::{Operation, Surface};
use crate::cloud::script::ErrorReply;
use crate::cloud::served::Served;
use crate::cloud::target::Target;
use crate::cloud::topology::Topology;
use crate::cloud::{Request, Scheme};

/// Numbers the kinds. A kind that is added does not compile until it is here, and not pass until it has a row.
fn number(kind: ErrorKind) -> usize {
    match kind {
        ErrorKind::Unauthorized => 0,
        ErrorKind::TokenRejected => 1,
        ErrorKind::PermissionDenied => 2,
        ErrorKind::KeyAuthenticationDisabled => 3,
        ErrorKind::Firewall => 4,
        ErrorKind::PrivateEndpoint => 5,
        ErrorKind::DeploymentNotFound => 6,
        ErrorKind::ResourceNotFound => 7,
        ErrorKind::UnsupportedApiVersion => 8,
        ErrorKind::ContentFilter => 9,
        ErrorKind::ContextLength => 10,
        ErrorKind::UnsupportedParameter => 11,
        ErrorKind::BadRequest => 12,
        ErrorKind::InvalidPrompt => 13,
        ErrorKind::Timeout => 14,
        ErrorKind::Conflict => 15,
        ErrorKind::RateLimit(RateLimit::Tokens) => 16,
        ErrorKind::RateLimit(RateLimit::Requests) => 17,
        ErrorKind::PeakLoad => 18,
        ErrorKind::InternalServerError => 19,
        ErrorKind::BadBackEnd => 20,
        ErrorKind::ServiceUnavailable => 21,
        ErrorKind::FrontDoor => 22,
        ErrorKind::DataActionDenied => 23,
        ErrorKind::MissingApiVersion => 24,
        ErrorKind::ModelNeedsNewerVersion => 25,
        ErrorKind::ResponsesNeedNewerVersion => 26,
        ErrorKind::SchemaNeedsNewerVersion => 27,
        ErrorKind::OperationNotSupported => 28,
        ErrorKind::ContentPolicy => 29,
        ErrorKind::ExtraParameter => 30,
        ErrorKind::ModelContainer => 31,
        ErrorKind::OldRateLimit(RateLimit::Tokens) => 32,
        ErrorKind::OldRateLimit(RateLimit::Requests) => 33,
        ErrorKind::FirstRateLimit => 34,
        ErrorKind::GatewayFailure => 35,
    }
}

/// A call of a deployment, through which errors see everything that they may need.
fn call() -> Call {
    let topology = Topology::new(CloudConfig::sample(), CloudOptions::default());
    let request = Request {
        method: http::Method::POST,
        scheme: Scheme::Https,
        host: "contoso-east.openai.azure.com".to_owned(),
        port: 443,
        path: "/openai/deployments/chat-prod/chat/completions".to_owned(),
        query: Some("api-version=2024-10-21".to_owned()),
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
    };
    let deployment = Deployment::new("chat-prod", "contoso-east", "gpt-4o-2024-11-20");
    let served = Served::new(Seed(1), &deployment, "eastus2");
    let surface = Surface::Deployment("chat-prod".to_owned());
    Call::new(Target::new(&topology, &request, Operation::Chat, served, &surface), Place { ordinal: 0, latest: 0 })
}

#[test]
fn every_kind_has_one_row() {
    let mut rows: Vec<usize> = TABLE.iter().map(|row| number(row.kind)).collect();
    rows.sort_unstable();
    assert_eq!(rows, (0..TABLE.len()).collect::<Vec<_>>());
}

#[test]
fn no_name_means_two_kinds() {
    let mut seen = HashSet::new();
    for row in &TABLE {
        assert!(!row.names.is_empty(), "{:?}", row.kind);
        for name in row.names {
            assert!(seen.insert(name), "{name}");
            assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{name}");
            assert_eq!(name.parse(), Ok(row.kind));
        }
    }
}

#[test]
fn every_row_is_what_its_reply_says() {
    for row in &TABLE {
        let reply = scripted(&call(), &ErrorReply::new(row.kind));
        let body = String::from_utf8(reply.bytes().to_vec()).expect("text");
        assert_eq!((reply.status.as_u16(), reply.reason.as_deref()), (row.status, row.reason), "{:?}", row.kind);
        for (name, _) in row.headers {
            assert!(reply.header(name).is_some_and(|value| !value.contains('{')), "{:?}: {name}", row.kind);
        }
        assert!(body.contains(row.code.unwrap_or_default()), "{:?}: {body}", row.kind);
        // The two words that the service itself leaves as they are.
        let left = row.message.replace("{modelName}", "").replace("{deployment-id}", "").contains('{');
        assert!(!left || !body.contains(row.message), "{:?}: {body}", row.kind);
    }
}

#[test]
fn what_somebody_else_says_stands_wherever_there_is_a_message() {
    for row in &TABLE {
        let error = ErrorReply { message: Some("Not now.".to_owned()), ..ErrorReply::new(row.kind) };
        let body = String::from_utf8(scripted(&call(), &error).bytes().to_vec()).expect("text");
        assert_eq!(body.contains("Not now."), row.kind != ErrorKind::FrontDoor, "{:?}: {body}", row.kind);
    }
}
