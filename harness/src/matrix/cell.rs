//! Cell ids: the only place that knows their grammar.
//!
//! `<scenario>::<flavor>::<variant>` and, where the scenario has axes of more than one value for this flavor,
//! `::<axis>=<value>,<axis>=<value>`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::diagnose::from_word;
use crate::flavor::{FlavorName, VariantName};
use crate::scenario::{AuthMode, AxisName, ClientMode, ScenarioName};

/// The values of a cell's axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Axes {
    /// How the application signs in.
    pub auth: AuthMode,
    /// Which client it uses.
    pub client: ClientMode,
}

/// A cell's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId {
    /// The scenario.
    pub scenario: ScenarioName,
    /// The flavor.
    pub flavor: FlavorName,
    /// The variant.
    pub variant: VariantName,
    /// Axis values as they stand in the id, in the order of [`AxisName`]; empty where there is no choice.
    pub axes: Vec<(AxisName, String)>,
}

impl fmt::Display for CellId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}::{}::{}", self.scenario, self.flavor, self.variant)?;
        for (index, (axis, value)) in self.axes.iter().enumerate() {
            formatter.write_str(if index == 0 { "::" } else { "," })?;
            write!(formatter, "{}={value}", axis.as_str())?;
        }
        Ok(())
    }
}

impl Serialize for CellId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a text is no cell id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CellIdError {
    /// Too few or too many parts.
    #[error("a cell id is `scenario::flavor::variant` or `scenario::flavor::variant::axis=value,…`, not `{0}`")]
    Parts(String),
    /// An axis that does not exist.
    #[error("there is no axis `{0}`; the axes are `auth` and `client`")]
    Axis(String),
}

impl FromStr for CellId {
    type Err = CellIdError;

    fn from_str(text: &str) -> Result<Self, CellIdError> {
        let parts: Vec<&str> = text.split("::").collect();
        let (names, axes) = match parts.as_slice() {
            [scenario, flavor, variant] => ([scenario, flavor, variant], ""),
            [scenario, flavor, variant, axes] => ([scenario, flavor, variant], *axes),
            _ => return Err(CellIdError::Parts(text.to_owned())),
        };
        if names.iter().any(|name| name.is_empty()) {
            return Err(CellIdError::Parts(text.to_owned()));
        }
        let axes = axes
            .split(',')
            .filter(|part| !part.is_empty())
            .map(|part| {
                let (name, value) = part.split_once('=').ok_or_else(|| CellIdError::Parts(text.to_owned()))?;
                Ok((from_word(name).ok_or_else(|| CellIdError::Axis(name.to_owned()))?, value.to_owned()))
            })
            .collect::<Result<Vec<_>, CellIdError>>()?;
        Ok(Self {
            scenario: ScenarioName::new(*names[0]),
            flavor: FlavorName::new(*names[1]),
            variant: VariantName::new(*names[2]),
            axes,
        })
    }
}
