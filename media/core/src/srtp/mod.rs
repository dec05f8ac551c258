//! SRTP and SRTCP (RFC 3711, RFC 7714): protect and unprotect packets in place.
//!
//! A sender's index (rollover counter and sequence number) is the caller's: it belongs to (DTLS session, SSRC) and never
//! repeats with another packet, for that would break GCM. A receiver keeps rollover counter and replay window per SSRC,
//! and changes them only after a packet has authenticated.

mod keys;
mod profile;
mod receiver;
mod sender;

pub use keys::SrtpKeys;
pub use profile::Profile;
pub use receiver::{SrtpReceiver, Unprotected};
pub use sender::SrtpSender;

/// Why a packet was refused, or a context could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    #[error("shorter than header and tag")]
    TooShort,
    #[error("authentication failed")]
    Authentication,
    #[error("seen before, or too old to tell")]
    Replayed,
    #[error("too many SSRCs")]
    TooManySsrcs,
    #[error("keys of the wrong length")]
    Keys,
    /// 2^48 SRTP or 2^31 SRTCP packets under one key (RFC 3711 9.2).
    #[error("the key is used up")]
    Exhausted,
    /// SRTCP without encryption is never negotiated here.
    #[error("not encrypted")]
    NotEncrypted,
}
