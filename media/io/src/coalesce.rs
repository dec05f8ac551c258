//! When to look for datagrams: whenever one comes, or once per [`TICK`] when that means fewer wake-ups. Pure.
//!
//! At a small server's load the wake-ups are the cost, not the packets: the wait alone takes about 18 µs of CPU each
//! time (profiled on a virtual machine). Gathering also puts a frame's packets into one GSO run per receiver. But a
//! tick is a wake-up too: it pays only when more than one would have come in its time. So this counts wake-ups, not
//! packets: a frame for forty viewers is one.

use std::time::{Duration, Instant};

/// How long datagrams may lie in the socket while we gather: 2 ms are nothing in a call. Measured (means of two noisy
/// runs, µs a forwarded packet) without / 1 ms / 2 ms: 20 consultations 13 / 11 / 8.2, 50 consultations 11 / 7.7 / 6.9.
pub const TICK: Duration = Duration::from_millis(2);
/// Fruitful wake-ups a second from which gathering pays. By arithmetic from 500; at 640 (one speaker, 50 listeners) the
/// cost was the same with and without, so the shorter delay decides.
const BEGIN: f64 = 800.0;
/// Share of fruitful ticks below which it does not pay any more: random arrivals at 690 a second, so that a load in
/// between does not flutter.
const GO_ON: f64 = 0.75;
/// Both are taken over this long: three video frames.
const WINDOW: Duration = Duration::from_millis(100);

/// How the next wait is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until a datagram comes.
    ForDatagram,
    /// Until this instant, letting datagrams lie; then look.
    Tick(Instant),
}

#[derive(Debug)]
pub struct Coalesce {
    window: Instant,
    looks: u32,
    fruitful: u32,
    gathering: bool,
    next: Wait,
}

impl Coalesce {
    pub fn new(now: Instant) -> Self {
        Self { window: now, looks: 0, fruitful: 0, gathering: false, next: Wait::ForDatagram }
    }

    pub fn wait(&self) -> Wait {
        self.next
    }

    /// We looked into the sockets.
    pub fn looked(&mut self, now: Instant, taken: Taken) {
        self.looks += 1;
        self.fruitful += u32::from(taken.count > 0);
        let elapsed = now.saturating_duration_since(self.window);
        if elapsed >= WINDOW {
            self.gathering = self.pays(elapsed);
            (self.window, self.looks, self.fruitful) = (now, 0, 0);
        }
        self.next = match taken {
            // An empty tick ends the ticking until something comes: a silent server sleeps.
            Taken { count: 0, .. } => Wait::ForDatagram,
            Taken { more: true, .. } => Wait::Tick(now),
            _ if self.gathering => Wait::Tick(now + TICK),
            _ => Wait::ForDatagram,
        };
    }

    fn pays(&self, elapsed: Duration) -> bool {
        let fruitful = f64::from(self.fruitful);
        if self.gathering {
            fruitful >= GO_ON * f64::from(self.looks)
        } else {
            fruitful >= BEGIN * elapsed.as_secs_f64()
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

    /// A look every `every` µs for a second, each bringing so many.
    fn under(every: u64, count: usize) -> (Coalesce, Instant) {
        let mut now = Instant::now();
        let mut policy = Coalesce::new(now);
        for _ in 0..1_000_000 / every {
            now += Duration::from_micros(every);
            policy.looked(now, took(count));
        }
        (policy, now)
    }

    #[test]
    fn few_wakeups_are_never_delayed_however_much_each_brings() {
        let (policy, _) = under(2000, 50);
        assert_eq!(policy.wait(), Wait::ForDatagram);
    }

    #[test]
    fn many_wakeups_become_ticks() {
        let (policy, now) = under(500, 1);
        assert_eq!(policy.wait(), Wait::Tick(now + TICK));
    }

    #[test]
    fn ticks_go_on_while_they_are_fruitful() {
        let (mut policy, mut now) = under(500, 1);
        for _ in 0..500 {
            now += TICK;
            policy.looked(now, took(1));
        }
        assert_eq!(policy.wait(), Wait::Tick(now + TICK));
    }

    #[test]
    fn after_an_empty_tick_the_next_datagram_is_not_delayed() {
        let (mut policy, now) = under(500, 1);
        policy.looked(now, took(0));
        assert_eq!(policy.wait(), Wait::ForDatagram);
    }

    #[test]
    fn when_ticks_are_often_in_vain_they_end() {
        let (mut policy, mut now) = under(500, 1);
        for round in 0..100 {
            now += TICK;
            policy.looked(now, took(round % 2));
        }
        policy.looked(now, took(1));
        assert_eq!(policy.wait(), Wait::ForDatagram);
    }

    #[test]
    fn what_is_left_in_the_socket_is_taken_at_once() {
        let now = Instant::now();
        let mut policy = Coalesce::new(now);
        policy.looked(now, Taken { count: 256, more: true });
        assert_eq!(policy.wait(), Wait::Tick(now));
    }
}
