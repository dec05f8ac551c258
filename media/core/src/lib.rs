//! The media plane of Sefaw RTC, sans-IO: no socket, no clock, no thread. [`Shard`] is the whole of it to the outside;
//! `port` is what it says to the server. The packet layer (`rtp`, `srtp`, `rtcp`, `nack`, `rtx`, `twcc`, `codec`,
//! `serial`) knows nothing of peers and rooms.

pub mod codec;
pub mod config;
pub mod egress;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
#[cfg(test)]
mod hex;
pub mod limits;
pub mod nack;
pub mod port;
pub mod route;
pub mod rtcp;
pub mod rtp;
pub mod rtx;
pub mod serial;
pub mod srtp;
pub mod twcc;

mod connection;
mod fast;
mod floor;
mod grab;
mod guard;
mod kept;
mod keyframe;
mod keys;
mod path;
mod peer;
mod recorder;
mod room;
mod sdp;
mod shard;
mod slot;
mod stun;
mod timers;
mod track;

pub use config::{AnnouncedAddress, ShardConfig};
pub use egress::{Egress, MAX_DATAGRAM, Span};
pub use limits::Limits;
pub use port::Transport;
pub use route::{FastMap, Route};
pub use shard::{Shard, ShardError};

#[cfg(test)]
mod world;
