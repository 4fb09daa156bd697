//! Hosts that were contacted although they are neither the scenario's nor accepted.

use std::collections::BTreeSet;

use super::{Finding, JudgeInput};
use crate::wire::WireKind;

pub(super) fn check(input: &JudgeInput<'_>) -> Vec<Finding> {
    let exchanges = input.capture.sections.iter().flat_map(|section| &section.exchanges);
    let hosts: BTreeSet<_> = exchanges
        .filter(|exchange| exchange.kind == WireKind::Egress)
        .filter(|exchange| !input.flavor.egress.iter().any(|allowed| allowed.host == exchange.host))
        .map(|exchange| (exchange.host.as_str(), exchange.port))
        .collect();
    hosts
        .into_iter()
        .map(|(host, port)| {
            Finding::new("egress.contacted", host, format!("tried to reach {host}:{port}; the call was refused"))
        })
        .collect()
}
