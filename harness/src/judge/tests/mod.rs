//! The judge on one good cell and its mutations: the good one gives no finding, each mutation exactly the one it should.

mod checks;
mod form;
mod parallel;
mod truth;
mod verdicts;
mod world;
