//! The edges: real clients over real sockets.

mod listener;
mod support;
mod tap;
mod wiremock;
