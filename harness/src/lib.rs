//! azmatrix: a compatibility test-matrix harness for Azure OpenAI instrumentation.
//!
//! Start with `ARCHITECTURE.md`, which has the order of the modules and walks one cell through them. Most are pure: text in,
//! text out. `flavor`, `drive`, `wire` and `collect` own processes and sockets; only `report` and `cli` print.

pub mod cli;
pub mod collect;
pub mod convention;
pub mod diagnose;
pub mod drive;
pub mod flavor;
pub mod judge;
pub mod live;
pub mod matrix;
pub mod protocol;
pub mod reference;
pub mod report;
pub mod results;
pub mod run;
pub mod scenario;
pub mod semconv;
pub mod telemetry;
pub mod wire;
pub mod workspace;
