//! Retransmission: the ring of sent packets that NACKs and keyframe replay are answered from, the RTX payload
//! (RFC 4588), how bad the line is, and what goes again over a bad one.

mod echo;
mod line;
mod payload;
mod repeat;
mod ring;

pub use echo::Echo;
pub use line::Line;
pub use payload::{OSN_LEN, Unwrapped, original_sequence, unwrap_in_place};
pub use repeat::{Again, Repeats};
pub use ring::{Packet, Ring};
