//! RTP (RFC 3550) headers and header extensions (RFC 8285): parsed in place, written into a caller's buffer. Nothing
//! here allocates, nothing here knows what a payload is.

pub mod extensions;
mod header;
#[cfg(test)]
mod tests;
mod write;

pub use header::{ExtensionForm, ExtensionIter, Extensions, FIXED_HEADER, RtpHeader};
pub use write::HeaderWriter;

/// Why bytes are not an RTP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtpError {
    #[error("shorter than its header says")]
    TooShort,
    #[error("not RTP version 2")]
    Version,
    #[error("more padding than payload")]
    Padding,
}
