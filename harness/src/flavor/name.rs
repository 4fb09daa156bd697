//! Names of flavors and variants.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::scenario::name_type;

name_type! {
    /// A flavor's name: its folder.
    FlavorName
}
name_type! {
    /// A variant's name within its flavor.
    VariantName
}
