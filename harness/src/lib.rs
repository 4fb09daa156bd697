//! azmatrix: a compatibility test-matrix harness for Azure OpenAI instrumentation.
//!
//! Start with `ARCHITECTURE.md`. The modules `scenario`, `matrix`, `telemetry`, `convention`, `diagnose`, `live` and `judge`
//! are pure: text in, text out. `flavor`, `drive`, `wire` and `collect` own processes and sockets; only `report` prints.

pub mod cli;
pub mod collect;
pub mod convention;
pub mod diagnose;
pub mod drive;
pub mod flavor;
pub mod judge;
pub mod live;
pub mod matrix;
pub mod reference;
pub mod report;
pub mod run;
pub mod scenario;
pub mod semconv;
pub mod telemetry;
pub mod wire;
pub mod workspace;
