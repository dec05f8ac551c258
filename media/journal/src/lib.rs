//! The media journal: a room's packets as they came, with their times, on disk (`docs/journal.md` has the format byte by
//! byte).
//!
//! Sans-IO: `varint`, `entry`, `chunk` what a shard fills while packets come · `frame`, `keys`, `segment` what becomes of
//! chunks on disk · `read` the way back · `order` what a shard says to the writer.
//!
//! With files and a thread: `writer`.

pub mod chunk;
pub mod entry;
pub mod frame;
pub mod keys;
pub mod order;
pub mod read;
pub mod segment;
pub mod varint;
pub mod writer;

pub use chunk::{Chunk, Entries, Losses};
pub use entry::{Dropped, Entry, Kind, Reason, RunInfo};
pub use keys::DataKey;
pub use order::{Account, News, Order, Setup, State};
pub use segment::{Sealer, SegmentHeader};
