//! Queues between Python's thread and the shards': commands down, events up. Each has a bell that can be waited for.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::eventfd::Bell;
use crate::seam::{Command, Event};

/// Commands a shard may be behind: some for each of the peers it may have.
const COMMANDS: usize = 16_384;
/// Events Python may be behind before those are dropped that say nothing lasting (statistics, pointers). The others
/// are bounded by the commands and by the peers.
const EVENTS: usize = 16_384;

/// A queue of commands to one shard.
#[derive(Debug)]
pub struct Inbox {
    commands: Mutex<VecDeque<Command>>,
    stopping: AtomicBool,
    pub bell: Bell,
}

/// The shard is too far behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Inbox {
    pub fn new() -> io::Result<Self> {
        Ok(Self { commands: Mutex::default(), stopping: AtomicBool::new(false), bell: Bell::new()? })
    }

    pub fn push(&self, command: Command) -> Result<(), Full> {
        let mut commands = lock(&self.commands);
        if commands.len() >= COMMANDS {
            return Err(Full);
        }
        commands.push_back(command);
        drop(commands);
        self.bell.ring();
        Ok(())
    }

    pub fn pop(&self) -> Option<Command> {
        lock(&self.commands).pop_front()
    }

    /// Ask the shard to close its peers and end.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.bell.ring();
    }

    pub fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}

/// The queue of events of all shards.
#[derive(Debug)]
pub struct Outbox {
    events: Mutex<Vec<Event>>,
    pub bell: Bell,
}

impl Outbox {
    pub fn new() -> io::Result<Self> {
        Ok(Self { events: Mutex::default(), bell: Bell::new()? })
    }

    /// Hand up everything in `new`, which is empty afterwards.
    pub fn append(&self, new: &mut Vec<Event>) {
        if new.is_empty() {
            return;
        }
        let mut events = lock(&self.events);
        for event in new.drain(..) {
            if events.len() < EVENTS || !matches!(event, Event::Stats(_) | Event::FastFor { .. }) {
                events.push(event);
            }
        }
        drop(events);
        self.bell.ring();
    }

    /// All events so far.
    pub fn take(&self) -> Vec<Event> {
        self.bell.silence();
        std::mem::take(&mut *lock(&self.events))
    }
}

/// A panic elsewhere leaves a queue whole: nothing is half done in it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_that_is_too_far_behind_refuses() {
        let inbox = Inbox::new().unwrap();
        for peer in 0..COMMANDS as u64 {
            inbox.push(Command::FastRights { peer, send: true, sender: 1, lead: 0 }).unwrap();
        }
        assert_eq!(inbox.push(Command::FastRights { peer: 0, send: true, sender: 1, lead: 0 }), Err(Full));
        assert_eq!(inbox.pop(), Some(Command::FastRights { peer: 0, send: true, sender: 1, lead: 0 }));
    }

    #[test]
    fn a_sleeping_reader_loses_statistics_but_no_endings() {
        let outbox = Outbox::new().unwrap();
        for request in 0..2 * EVENTS as u64 {
            outbox.append(&mut vec![Event::Stats(Default::default()), Event::Done { request }]);
        }
        let events = outbox.take();
        assert_eq!(events.iter().filter(|e| matches!(e, Event::Done { .. })).count(), 2 * EVENTS);
        assert!(events.len() < 3 * EVENTS);
        assert!(outbox.take().is_empty());
    }
}
