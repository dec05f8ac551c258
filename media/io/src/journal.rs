//! The journal's writer for all shards, on a thread of its own, and what it says as events.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use sefaw_journal::writer::{Files, Link, Writer, writer};
use sefaw_journal::{News, Order, Reason, State};

use crate::mailbox::Outbox;
use crate::seam::{Core, Event, Recording, Trouble};

/// Start the thread; it ends, every file closed, when the writer and its links are gone. `alive` ends with it.
pub fn start(outbox: Arc<Outbox>, alive: Sender<()>) -> io::Result<Writer> {
    let (writer, work) = writer(Files, move |news| outbox.append(&mut vec![event(news)]));
    std::thread::Builder::new().name("sefaw-journal".to_owned()).spawn(move || {
        work.run();
        drop(alive);
    })?;
    Ok(writer)
}

/// Hand over what a shard has for the writer.
pub fn hand_over<C: Core>(core: &mut C, link: &mut Link) {
    while let Some(order) = core.poll_journal() {
        let room = room_of(&order);
        match link.give(order) {
            Ok(Some(buffer)) => core.handle_taken(room, buffer),
            Err(Order::Chunk { chunk, .. }) => core.handle_refused(room, chunk),
            Ok(None) | Err(_) => {}
        }
    }
}

fn room_of(order: &Order) -> u64 {
    match order {
        Order::Start { room, .. }
        | Order::Chunk { room, .. }
        | Order::Pause { room, .. }
        | Order::Resume { room, .. }
        | Order::Stop { room, .. } => *room,
    }
}

fn event(news: News) -> Event {
    match news {
        News::Recording { room, state, segment, run } => {
            let state = match state {
                State::On => Recording::On,
                State::Paused => Recording::Paused,
                State::Off => Recording::Off,
            };
            Event::Recording { room, state, segment, run }
        }
        News::Trouble { room, reason, packets } => Event::JournalTrouble { room, reason: trouble(reason), packets },
        News::Back { room, reason, packets, t_from, t_to } => {
            Event::JournalBack { room, reason: trouble(reason), packets, t_from, t_to }
        }
    }
}

fn trouble(reason: Reason) -> Trouble {
    match reason {
        Reason::QueueFull => Trouble::Slow,
        Reason::DiskFull => Trouble::Full,
        Reason::DiskRefuses => Trouble::Failed,
    }
}
