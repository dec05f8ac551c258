//! SRTP and SRTCP (RFC 3711, RFC 7714): protect and unprotect packets in place.
//!
//! A sender's index (rollover counter and sequence number) is the caller's: it belongs to (DTLS session, SSRC) and never
//! repeats with another packet, for that would break GCM. A receiver keeps rollover counter and replay window per SSRC,
//! and changes them only after a packet has authenticated.

mod cipher;
mod cm;
mod derive;
mod gcm;
mod keys;
mod profile;
mod receiver;
mod rtcp_indices;
mod rtcp_word;
mod sender;
mod session;
mod streams;
mod window;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub use keys::SrtpKeys;
pub use profile::Profile;
pub use receiver::{SrtpReceiver, Unprotected};
pub use sender::SrtpSender;
pub use session::SrtpSession;

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

impl SrtpError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SrtpError::TooShort => "too_short",
            SrtpError::Authentication => "authentication",
            SrtpError::Replayed => "replayed",
            SrtpError::TooManySsrcs => "too_many_ssrcs",
            SrtpError::Keys => "keys",
            SrtpError::Exhausted => "exhausted",
            SrtpError::NotEncrypted => "not_encrypted",
        }
    }
}

/// The sender's SSRC of a compound RTCP packet: it stays readable under encryption.
fn rtcp_sender(packet: &[u8]) -> Result<u32, SrtpError> {
    let (clear, _) = packet.split_first_chunk::<8>().ok_or(SrtpError::TooShort)?;
    Ok(u32::from_be_bytes([clear[4], clear[5], clear[6], clear[7]]))
}
