//! A shard's end of the queue. It never waits: what does not fit comes back.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use crate::order::Order;

/// Bytes of one room that may wait: at 2 Mbit/s sixteen seconds in which the disk does nothing.
pub const ROOM_BYTES: usize = 4 << 20;

/// Bytes of all rooms that may wait.
pub const ALL_BYTES: usize = 64 << 20;

/// Empty buffers kept for the next chunks.
const SPARE: usize = 64;

/// Buffers that go round, one lock for a chunk.
#[derive(Debug, Default)]
pub struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    pub(super) fn put(&self, buffer: Vec<u8>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE {
            spare.push(buffer);
        }
    }

    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }
}

#[derive(Debug)]
pub struct Link {
    orders: Sender<Order>,
    queued: Arc<AtomicUsize>,
    pool: Arc<Pool>,
    /// Whose journals go this way.
    rooms: BTreeSet<u64>,
}

impl Link {
    pub(super) fn new(orders: Sender<Order>, queued: Arc<AtomicUsize>, pool: Arc<Pool>) -> Link {
        Link { orders, queued, pool, rooms: BTreeSet::new() }
    }

    /// Hand an order over. For a chunk a buffer comes back: an empty one, or, if the disk is too far behind, the
    /// chunk's own with the order. What waits behind others waits in memory of its own size.
    ///
    /// # Errors
    /// A chunk that does not fit. Other orders always do.
    pub fn give(&mut self, mut order: Order) -> Result<Option<Vec<u8>>, Order> {
        let Order::Chunk { ref mut chunk, ref account, .. } = order else {
            self.note(&order);
            return self.orders.send(order).map(|()| None).map_err(|unsent| unsent.0);
        };
        let bytes = chunk.bytes().len();
        let account = account.clone();
        let others = account.queued.fetch_add(bytes, Ordering::Relaxed);
        let all = self.queued.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if others + bytes <= ROOM_BYTES && all <= ALL_BYTES {
            let buffer = if others > 0 { chunk.fit() } else { self.pool.take() };
            return self.orders.send(order).map(|()| Some(buffer)).map_err(|unsent| unsent.0);
        }
        account.queued.fetch_sub(bytes, Ordering::Relaxed);
        self.queued.fetch_sub(bytes, Ordering::Relaxed);
        Err(order)
    }

    /// The shard starts anew and knows nothing any more: its journals end here.
    pub fn stop_all(&mut self) {
        for room in std::mem::take(&mut self.rooms) {
            // Without a writer there is nothing to end.
            let _ = self.orders.send(Order::Stop { room, t: 0, run: 0 });
        }
    }

    fn note(&mut self, order: &Order) {
        match order {
            Order::Start { room, .. } => self.rooms.insert(*room),
            Order::Stop { room, .. } => self.rooms.remove(room),
            _ => false,
        };
    }
}
