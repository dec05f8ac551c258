//! The panic guard: whatever a peer's bytes trip over ends that peer, and nobody else notices.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Run `work`; `None` if it panicked. The caller then removes the peer at whose work it happened: state reached through
/// `work` may be half changed, so nothing of that peer is used again but to forget it.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
