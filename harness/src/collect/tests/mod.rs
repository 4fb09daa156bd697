//! Tests of `collect`: bodies and requests in, telemetry out.

mod bodies;
mod encode;
mod requests;
mod sdk;
