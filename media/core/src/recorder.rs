//! What of a room goes into its journal: packets copied into an open chunk, full chunks handed on. It never waits: a
//! chunk that is not taken is counted, and the next one says what is missing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sefaw_journal::{Account, Chunk, Dropped, Entries, Entry, Losses, Order, Reason, RunInfo, chunk};

use crate::port::RoomId;

/// A chunk is closed when it is so old, also in silence.
const CHUNK: Duration = Duration::from_micros(chunk::MAX_AGE_US);

/// Now, and in session time.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub now: Instant,
    pub t: u64,
}

/// A track's present source, by its number in a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Of the recording: another one numbers anew.
    pub serial: u64,
    pub number: u32,
    pub ssrc: u32,
    pub payload_type: u8,
}

/// On the way to the writer, and the buffers that came back from there.
#[derive(Debug, Default)]
pub struct Tray {
    pub orders: VecDeque<Order>,
    pub spare: Vec<Vec<u8>>,
}

/// The disk does not keep up.
#[derive(Debug, Clone, Copy)]
pub struct Slow {
    pub from: u64,
    pub packets: u64,
}

/// What each packet needs stands first, side by side: it is in no cache when a room's next packet comes.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Recorder {
    open: Option<(Chunk, Instant)>,
    pub zero_ns: i64,
    pub serial: u64,
    pub paused: bool,
    /// The number of the next run.
    pub next_run: u32,
    pub room: RoomId,
    pub account: Arc<Account>,
    pub slow: Option<Slow>,
    owed: Owed,
}

/// What the next chunk begins with: chunks that were not taken said it, or it happened in a pause.
#[derive(Debug, Default)]
struct Owed {
    runs: Vec<(u32, RunInfo)>,
    losses: Losses,
    ends: Vec<u32>,
}

impl Recorder {
    #[must_use]
    pub fn new(room: RoomId, serial: u64, zero_ns: i64, next_run: u32) -> Recorder {
        let (account, owed) = (Arc::new(Account::default()), Owed::default());
        Recorder { room, serial, zero_ns, paused: false, next_run, account, slow: None, open: None, owed }
    }

    /// When [`Recorder::close`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.open.as_ref().map(|(_, opened)| *opened + CHUNK)
    }

    /// Bytes of the open chunk.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.open.as_ref().map_or(0, |(chunk, _)| chunk.bytes().len())
    }

    pub fn begin_run(&mut self, at: Moment, info: &RunInfo, tray: &mut Tray) -> u32 {
        let run = self.next_run;
        self.next_run = run.saturating_add(1);
        self.chunk(at, info.codec.len() + info.rid.len() + RUN_JSON, tray).run(at.t, run, info);
        run
    }

    pub fn end_run(&mut self, at: Moment, run: u32, tray: &mut Tray) {
        if self.paused {
            self.owed.ends.push(run);
        } else {
            self.chunk(at, 0, tray).end(at.t, run);
        }
    }

    #[inline]
    pub fn rtp(&mut self, at: Moment, run: u32, packet: &[u8], tray: &mut Tray) {
        self.chunk(at, packet.len(), tray).rtp(at.t, run, packet);
    }

    pub fn rtcp(&mut self, at: Moment, peer: u64, packet: &[u8], tray: &mut Tray) {
        self.chunk(at, packet.len(), tray).rtcp(at.t, peer, packet);
    }

    pub fn fast(&mut self, at: Moment, sender: u16, message: &[u8], tray: &mut Tray) {
        self.chunk(at, message.len(), tray).fast(at.t, sender, message);
    }

    /// The chunk that takes a body of so many bytes now.
    #[inline]
    fn chunk(&mut self, at: Moment, body: usize, tray: &mut Tray) -> &mut Chunk {
        if self.open.as_ref().is_some_and(|(chunk, _)| chunk.is_full(at.t, body)) {
            self.close(tray);
        }
        let owed = &mut self.owed;
        &mut self.open.get_or_insert_with(|| (owed.begin(at.t, tray.spare.pop().unwrap_or_default()), at.now)).0
    }

    /// Hand the open chunk on.
    pub fn close(&mut self, tray: &mut Tray) {
        if let Some((chunk, opened)) = self.open.take() {
            let (room, account) = (self.room, self.account.clone());
            tray.orders.push_back(Order::Chunk { room, chunk, opened, account });
        }
    }

    /// The last chunk before a pause or the end: it also says what no other has said.
    pub fn settle(&mut self, at: Moment, tray: &mut Tray) {
        if !self.owed.is_empty() {
            self.chunk(at, 0, tray);
        }
        self.close(tray);
    }

    /// The writer has too much to do already. How many packets are lost by it.
    pub fn refused(&mut self, chunk: Chunk, tray: &mut Tray) -> u64 {
        let lost = self.owed.take_over(&chunk);
        self.account.dropped(lost);
        let slow = self.slow.get_or_insert(Slow { from: chunk.t0(), packets: 0 });
        slow.packets += lost;
        tray.spare.push(chunk.into_buffer());
        lost
    }
}

/// The JSON of a run without its names is no longer.
const RUN_JSON: usize = 160;

impl Owed {
    fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.losses.is_empty() && self.ends.is_empty()
    }

    fn begin(&mut self, t: u64, buffer: Vec<u8>) -> Chunk {
        let mut chunk = Chunk::new(buffer, t);
        self.runs.drain(..).for_each(|(run, info)| chunk.run(t, run, &info));
        std::mem::take(&mut self.losses).iter().for_each(|dropped: Dropped| chunk.dropped(t, dropped));
        self.ends.drain(..).for_each(|run| chunk.end(t, run));
        chunk
    }

    fn take_over(&mut self, chunk: &Chunk) -> u64 {
        for (_, entry) in Entries::of(chunk.bytes()).into_iter().flatten().flatten() {
            match entry {
                Entry::Run { run, info } => self.runs.push((run, info)),
                Entry::End { run } => self.ends.push(run),
                _ => {}
            }
        }
        self.losses.add_chunk(chunk.bytes(), Reason::QueueFull)
    }
}
