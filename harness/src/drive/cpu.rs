//! How much of the machine a run has used.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

/// CPU time of this process and of all that it has started and that have ended, theirs among them: Linux and macOS count a
/// process when its parent has waited for it.
pub fn cpu_time() -> Duration {
    let of = |who| {
        // Neither of the two can fail.
        getrusage(who).map_or(Duration::ZERO, |usage| {
            let times = [usage.user_time(), usage.system_time()];
            let micros = times.map(|time| time.tv_sec() * 1_000_000 + i64::from(time.tv_usec()));
            Duration::from_micros(micros.iter().sum::<i64>().unsigned_abs())
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
