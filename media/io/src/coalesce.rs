//! When to look for datagrams: at once while there are few, once per [`TICK`] while there are many. Pure.
//!
//! Under load the wake-ups are the cost, not the packets (measured: datagrams came in batches of 1.9, and 60–68 % of
//! the CPU was the kernel's). Waiting a little gathers the packets of one frame into one GSO run per receiver, and
//! those of many peers into one system call.

use std::time::{Duration, Instant};

/// How long datagrams may lie in the socket under load. TICK_REASON
pub const TICK: Duration = Duration::from_millis(2);
/// Datagrams a second, in and out, from which waiting pays. RATE_REASON
const LOADED: u32 = 1_500;
/// The rate is taken over this long: three video frames, so that one keyframe is not a load.
const WINDOW: Duration = Duration::from_millis(100);

/// How the next wait is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until a datagram comes.
    ForDatagram,
    /// Until this instant, letting datagrams lie; then receive.
    Tick(Instant),
}

#[derive(Debug)]
pub struct Coalesce {
    window: Instant,
    datagrams: u32,
    loaded: bool,
    next: Wait,
}

impl Coalesce {
    pub fn new(now: Instant) -> Self {
        Self { window: now, datagrams: 0, loaded: false, next: Wait::ForDatagram }
    }

    pub fn wait(&self) -> Wait {
        self.next
    }

    /// A datagram woke us: receive now (true), or let its companions arrive first?
    pub fn arrived(&mut self, now: Instant) -> bool {
        if self.loaded {
            self.next = Wait::Tick(now + TICK);
        }
        !self.loaded
    }

    /// We `looked` for datagrams (or were woken for something else), took and sent so many.
    pub fn worked(&mut self, now: Instant, looked: bool, taken: Taken, sent: usize) {
        self.datagrams = self.datagrams.saturating_add(u32::try_from(taken.count + sent).unwrap_or(u32::MAX));
        let elapsed = now.saturating_duration_since(self.window);
        if elapsed >= WINDOW {
            self.loaded = f64::from(self.datagrams) >= f64::from(LOADED) * elapsed.as_secs_f64();
            (self.window, self.datagrams) = (now, 0);
        }
        if looked {
            self.next = match taken {
                Taken { count: 0, .. } => Wait::ForDatagram, // an empty tick ends the ticking: a silent server sleeps
                _ if !self.loaded => Wait::ForDatagram,
                Taken { more: true, .. } => Wait::Tick(now),
                _ => Wait::Tick(now + TICK),
            };
        }
    }
}

/// What one look at the sockets brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    pub count: usize,
    /// Some still lie there: the next look is at once.
    pub more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn took(count: usize) -> Taken {
        Taken { count, more: false }
    }

    /// `per_ms` datagrams every millisecond for a while; then what the policy says.
    fn under(per_ms: usize) -> (Coalesce, Instant) {
        let mut now = Instant::now();
        let mut policy = Coalesce::new(now);
        for _ in 0..300 {
            now += Duration::from_millis(1);
            policy.worked(now, true, took(per_ms), 0);
        }
        (policy, now)
    }

    #[test]
    fn few_datagrams_are_never_delayed() {
        let (mut policy, now) = under(1);
        assert_eq!(policy.wait(), Wait::ForDatagram);
        assert!(policy.arrived(now));
    }

    #[test]
    fn many_datagrams_are_taken_once_per_tick() {
        let (policy, now) = under(4);
        assert_eq!(policy.wait(), Wait::Tick(now + TICK));
    }

    #[test]
    fn after_an_empty_tick_the_next_frame_waits_for_its_companions() {
        let (mut policy, now) = under(4);
        policy.worked(now, true, took(0), 0);
        assert_eq!(policy.wait(), Wait::ForDatagram);
        let frame = now + Duration::from_millis(20);
        assert!(!policy.arrived(frame));
        assert_eq!(policy.wait(), Wait::Tick(frame + TICK));
    }

    #[test]
    fn when_the_load_ends_the_delay_ends() {
        let (mut policy, now) = under(4);
        policy.worked(now + Duration::from_secs(1), true, took(1), 0);
        assert_eq!(policy.wait(), Wait::ForDatagram);
        assert!(policy.arrived(now + Duration::from_secs(2)));
    }

    #[test]
    fn a_command_does_not_move_the_tick() {
        let (mut policy, now) = under(4);
        policy.worked(now + Duration::from_micros(100), false, took(0), 1);
        assert_eq!(policy.wait(), Wait::Tick(now + TICK));
    }

    #[test]
    fn what_is_left_in_the_socket_is_taken_at_once() {
        let (mut policy, now) = under(4);
        policy.worked(now, true, Taken { count: 256, more: true }, 0);
        assert_eq!(policy.wait(), Wait::Tick(now));
    }
}
