//! The words of what scenario files choose from.

use super::{
    AuthMode, AxisName, ClientKind, ClientMode, Loopback, Operation, ParameterType, ThenStop, VectorEncoding, Via,
};
use crate::diagnose::words;

words!(AuthMode, AxisName, ClientKind, ClientMode, Loopback, Operation, ParameterType, ThenStop, VectorEncoding, Via);

impl AuthMode {
    /// Whether the service refuses whoever signs in like this.
    pub fn is_refused(self) -> bool {
        matches!(self, Self::WrongKey | Self::ExpiredToken | Self::WrongAudience | Self::NoRole)
    }
}
