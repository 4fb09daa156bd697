//! The edges: real clients over real sockets.

mod listener;
mod slow;
mod support;
mod tap;
mod wiremock;
