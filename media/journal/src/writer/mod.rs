//! The thread that puts journals on the disk: one for a process, fed by its shards over a queue that is bounded in
//! bytes. `room` one consultation's segments · `disk` the files, and the seam at which tests break them · `link` a
//! shard's end of the queue.

mod disk;
mod link;
mod room;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

pub use disk::{Disk, Files};
pub use link::{Link, Pool};
use room::Room;

use crate::order::{News, Order, State};

/// How long the thread sleeps when nothing is recorded.
const IDLE: Duration = Duration::from_secs(3600);

/// A sync waits for orders, which are cheap and lost with the process; if they never end, for so long.
const ORDERS_FIRST: Duration = Duration::from_millis(50);

/// Where shards get their [`Link`]s.
#[derive(Debug)]
pub struct Writer {
    orders: Sender<Order>,
    queued: Arc<AtomicUsize>,
    pool: Arc<Pool>,
}

/// The thread's work, to be run on one.
#[derive(Debug)]
pub struct Work<D: Disk, S> {
    disk: D,
    say: S,
    orders: Receiver<Order>,
    rooms: BTreeMap<u64, Room<D::File>>,
    queued: Arc<AtomicUsize>,
    pool: Arc<Pool>,
    scratch: Vec<u8>,
}

/// Both halves. `say` is called on the thread, for every piece of news. The work ends when the writer and all its links
/// are gone; every journal is closed then.
pub fn writer<D: Disk, S: FnMut(News)>(disk: D, say: S) -> (Writer, Work<D, S>) {
    let (sender, orders) = channel();
    let (queued, pool) = (Arc::new(AtomicUsize::new(0)), Arc::new(Pool::default()));
    let work = Work {
        disk,
        say,
        orders,
        rooms: BTreeMap::new(),
        queued: queued.clone(),
        pool: pool.clone(),
        scratch: Vec::new(),
    };
    (Writer { orders: sender, queued, pool }, work)
}

impl Writer {
    #[must_use]
    pub fn link(&self) -> Link {
        Link::new(self.orders.clone(), self.queued.clone(), self.pool.clone())
    }
}

impl<D: Disk, S: FnMut(News)> Work<D, S> {
    pub fn run(mut self) {
        let mut minded = Instant::now();
        loop {
            let now = Instant::now();
            let due = self.rooms.values().filter_map(Room::deadline).min();
            let wait = due.map_or(IDLE, |due| due.saturating_duration_since(now));
            match self.orders.recv_timeout(wait) {
                Ok(order) => {
                    self.carry_out(Instant::now(), order);
                    if minded.elapsed() < ORDERS_FIRST {
                        continue;
                    }
                    self.mind(Room::latest);
                }
                Err(RecvTimeoutError::Timeout) => self.mind(Room::deadline),
                Err(RecvTimeoutError::Disconnected) => return self.close(),
            }
            minded = Instant::now();
        }
    }

    fn carry_out(&mut self, now: Instant, order: Order) {
        let (disk, scratch) = (&mut self.disk, &mut self.scratch);
        match order {
            Order::Start { room, t, run, setup, account } => {
                let known = self.rooms.entry(room).or_insert_with(|| Room::new(room, *setup, account));
                known.start(now, t, run, (disk, scratch));
            }
            Order::Chunk { room, mut chunk, opened, account } => {
                let bytes = chunk.bytes().len();
                if let Some(known) = self.rooms.get_mut(&room) {
                    known.chunk(now, &mut chunk, opened, (disk, scratch));
                }
                account.queued.fetch_sub(bytes, Ordering::Relaxed);
                self.queued.fetch_sub(bytes, Ordering::Relaxed);
                self.pool.put(chunk.into_buffer());
            }
            Order::Pause { room, t, run } => self.halt(now, room, (State::Paused, t, run)),
            Order::Resume { room, t, run } => {
                if let Some(known) = self.rooms.get_mut(&room) {
                    known.start(now, t, run, (disk, scratch));
                }
            }
            Order::Stop { room, t, run } => self.halt(now, room, (State::Off, t, run)),
        }
        self.tell();
    }

    fn halt(&mut self, now: Instant, room: u64, (state, t, run): (State, u64, u32)) {
        if let Some(known) = self.rooms.get_mut(&room) {
            known.halt(now, (state, t, run), (&mut self.disk, &mut self.scratch));
        }
        self.tell();
        if state == State::Off {
            self.rooms.remove(&room);
        }
    }

    /// What time alone makes due, by `when`. Between two rooms all orders that wait have their turn: a disk whose answers
    /// are slow must not keep the queue from being emptied for longer than one of them takes, and works on what all rooms
    /// wrote at once.
    fn mind(&mut self, when: fn(&Room<D::File>) -> Option<Instant>) {
        let now = Instant::now();
        let due = self.rooms.values_mut().filter(|room| when(room).is_some_and(|due| due <= now));
        if let Some(room) = due.min_by_key(|room| when(room)) {
            room.mind(now, (&mut self.disk, &mut self.scratch));
        }
        self.tell();
    }

    fn tell(&mut self) {
        for room in self.rooms.values_mut() {
            room.news.drain(..).for_each(&mut self.say);
        }
    }

    fn close(&mut self) {
        let rooms: Vec<u64> = self.rooms.keys().copied().collect();
        for room in rooms {
            let now = Instant::now();
            let (t, run) = self.rooms.get(&room).map_or((0, 0), Room::place);
            self.halt(now, room, (State::Off, t, run));
        }
    }
}
