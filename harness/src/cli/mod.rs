//! The command line: one file per subcommand.
//!
//! Knows what people type and what they see. Must not know how anything is done. The only place for `anyhow`.

mod accept;
mod arguments;
mod dispatch;
mod doctor;
mod exit;
mod explain;
mod files;
mod known;
mod list;
mod live;
mod record;
mod report;
mod run;
mod schema;
mod semconv;
mod serve;
mod skips;
mod translate;

pub use arguments::*;
pub use dispatch::*;
pub use exit::*;
pub use live::LiveArguments;
pub use record::RecordArguments;
pub use run::require;
pub use semconv::*;
pub use translate::*;
