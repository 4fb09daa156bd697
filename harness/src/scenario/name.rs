//! Names of scenarios and steps.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares a name of one kind, which no other kind can be taken for.
macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}
pub(crate) use name_type;

name_type! {
    /// A scenario's name: its path below `scenarios/`, without `.toml`.
    ScenarioName
}
name_type! {
    /// A step's id within its scenario.
    StepId
}

impl ScenarioName {
    /// The category, which is its folder: `tools` of `tools/round-trip`.
    pub fn category(&self) -> &str {
        self.0.split_once('/').map_or("", |(category, _)| category)
    }
}
