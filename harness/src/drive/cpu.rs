//! How much of the machine a run has used.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// CPU time of this process and of all that it has started and that have ended, theirs among them: Linux and macOS count a
/// process when its parent has waited for it.
pub(crate) fn cpu_time() -> Duration {
    let of = |who| {
        // Neither of the two can fail.
        getrusage(who).map_or(Duration::ZERO, |usage| {
            let micros = (usage.user_time() + usage.system_time()).num_microseconds();
            Duration::from_micros(micros.unsigned_abs())
        })
    };
    of(UsageWho::RUSAGE_SELF) + of(UsageWho::RUSAGE_CHILDREN)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_child_counts_when_it_has_ended() {
        let before = cpu_time();
        let busy = Command::new("sh").args(["-c", "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done"]).status();
        assert!(busy.expect("a shell").success());
        assert!(cpu_time() > before);
    }
}
