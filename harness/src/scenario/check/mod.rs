//! What a scenario may not say although its shape is right: references, contradictions, things that cannot happen.
//!
//! Each file looks at one part; all mistakes are collected. Pure.

mod answer;
mod choices;
mod cloud;
mod context;
mod conversation;
mod expectations;
mod groups;
mod parallel;
mod reply;
mod steps;
mod stream;
mod via;

use context::Context;
pub(super) use context::check;
