//! RTCP: read a decrypted compound packet as borrowed messages, build messages into a caller's buffer, and keep the
//! reception statistics that reports are made of.

pub mod build;
mod feedback;
mod ntp;
mod parse;
mod reception;
mod report;
#[cfg(test)]
mod tests;
mod transport_cc;

pub use feedback::{FirEntry, FirIter, NackIter, SsrcIter};
pub use ntp::{ntp_from_unix, round_trip};
pub use parse::{Compound, Rtcp, parse};
pub use reception::Reception;
pub use report::{ReportBlock, ReportBlocks, SenderReport};
pub use transport_cc::{Feedback, FeedbackIter};

/// Why bytes are not RTCP. The compound packet ends there: lengths can no longer be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtcpError {
    #[error("shorter than it says")]
    TooShort,
    #[error("not RTCP version 2")]
    Version,
    #[error("more padding than packet")]
    Padding,
    #[error("counts and lengths contradict each other")]
    Malformed,
}

/// Packet types (RFC 3550 12.1, RFC 4585 6.1).
pub(crate) mod packet_type {
    pub const SENDER_REPORT: u8 = 200;
    pub const RECEIVER_REPORT: u8 = 201;
    pub const SDES: u8 = 202;
    pub const BYE: u8 = 203;
    pub const TRANSPORT_FEEDBACK: u8 = 205;
    pub const PAYLOAD_FEEDBACK: u8 = 206;
}

/// Feedback formats: RFC 4585 6.2, 6.3; RFC 5104 4.3.1; draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1;
/// draft-alvestrand-rmcat-remb-03 2.2 (application layer feedback).
pub(crate) mod format {
    pub const NACK: u8 = 1;
    pub const TRANSPORT_CC: u8 = 15;
    pub const PLI: u8 = 1;
    pub const FIR: u8 = 4;
    pub const APPLICATION: u8 = 15;
}
