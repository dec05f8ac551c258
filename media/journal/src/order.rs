//! What a shard tells the writer, and what the writer has to say.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use crate::chunk::Chunk;
use crate::entry::Reason;
use crate::keys::DataKey;

/// How a room's journal begins.
#[derive(Debug, Clone)]
pub struct Setup {
    pub folder: PathBuf,
    pub consultation: String,
    pub key: DataKey,
    /// The number of the first segment.
    pub segment: u32,
    /// The wall clock at session time 0, µs since 1970.
    pub started_unix_us: i64,
}

/// In order, for each room. `t`: session time, µs; `run`: the number that the next run will have.
#[derive(Debug)]
pub enum Order {
    Start { room: u64, t: u64, run: u32, setup: Box<Setup>, account: Arc<Account> },
    Chunk { room: u64, chunk: Chunk, opened: Instant, account: Arc<Account> },
    Pause { room: u64, t: u64, run: u32 },
    Resume { room: u64, t: u64, run: u32 },
    Stop { room: u64, t: u64, run: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    On,
    Paused,
    Off,
}

/// What has become true, on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// `segment`: the one that is written, or the next.
    Recording { room: u64, state: State, segment: u32, run: u32 },
    /// Packets begin to be left out.
    Trouble { room: u64, reason: Reason, packets: u64 },
    /// It is written again; so many were left out between these times.
    Back { room: u64, reason: Reason, packets: u64, t_from: u64, t_to: u64 },
}

/// A room's figures, shared by its shard and the writer.
#[derive(Debug, Default)]
pub struct Account {
    /// Bytes on the way to the writer.
    pub queued: AtomicUsize,
    pub segment: AtomicU32,
    /// Written.
    pub packets: AtomicU64,
    /// Of the files.
    pub bytes: AtomicU64,
    /// Left out.
    pub dropped: AtomicU64,
    /// Everything up to this session time is on the disk, µs.
    pub synced_t: AtomicU64,
}

impl Account {
    pub fn dropped(&self, packets: u64) {
        self.dropped.fetch_add(packets, Ordering::Relaxed);
    }
}
