//! The reference against the mock cloud, through the tap and TLS; and its emission alone, release by release.

mod bench;
mod emission;
mod end_to_end;
