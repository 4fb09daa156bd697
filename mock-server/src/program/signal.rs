//! The moment at which somebody wants the program to end.

use std::future::Future;
use std::io;

/// From the call on, Ctrl-C and the signal that service managers and containers send are caught; the future waits for
/// one. Call it before anybody is told that the program is there: an interrupt that comes at once must not kill it.
#[cfg(unix)]
pub(super) fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for Ctrl-C.
#[cfg(windows)]
pub(super) fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
