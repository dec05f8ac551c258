//! Retransmission: the ring of sent packets that NACKs and keyframe replay are answered from, and the RTX payload
//! (RFC 4588).

mod payload;
mod repeat;
mod ring;

pub use payload::{OSN_LEN, Unwrapped, original_sequence, unwrap_in_place};
pub use repeat::{Again, Repeats};
pub use ring::{Packet, Ring};
