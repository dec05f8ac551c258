//! Asking a publisher for keyframes: coalesced, repeated with back-off, and given up visibly (some encoders ignore PLI).

use std::time::{Duration, Instant};

/// Between two requests for one track: encoders throttle, and a keyframe is expensive for a weak uplink.
const COALESCE: Duration = Duration::from_millis(300);

/// Until the watchdog asks again, after the first, second … request.
const BACK_OFF: [u64; 6] = [500, 700, 1000, 1500, 2000, 3000];

/// After this many unanswered requests people are told.
const GIVE_UP: usize = BACK_OFF.len();

/// Asked now and then for good: the encoder may have been restarted.
const LATER: Duration = Duration::from_secs(5);

/// The start of the last keyframe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyframe {
    pub index: u64,
    pub timestamp: u32,
    pub received: Instant,
}

#[derive(Debug, Default)]
pub struct Keyframes {
    last: Option<Keyframe>,
    asked: Option<Instant>,
    due: Option<Instant>,
    unanswered: usize,
    /// "No keyframes" has been said.
    said: bool,
    /// One would be welcome: asked once, and nobody waits for it.
    suggested: Option<Instant>,
}

/// What to do about a due request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Nothing,
    Ask,
    /// Ask, and tell people that none comes.
    AskAndSay,
}

impl Keyframes {
    #[must_use]
    pub fn last(&self) -> Option<Keyframe> {
        self.last
    }

    /// Somebody needs one.
    pub fn request(&mut self, now: Instant) {
        let earliest = self.asked.map_or(now, |asked| (asked + COALESCE).max(now));
        self.due = Some(self.due.map_or(earliest, |due| due.min(earliest)));
    }

    /// Nobody needs one now, but one would be of use.
    pub fn suggest(&mut self, now: Instant) {
        self.suggested = Some(self.asked.map_or(now, |asked| (asked + COALESCE).max(now)));
    }

    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        [self.due, self.suggested].into_iter().flatten().min()
    }

    /// Somebody waits for one.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.due.is_some()
    }

    pub fn poll(&mut self, now: Instant) -> Due {
        let suggested = self.suggested.take_if(|at| *at <= now).is_some();
        if self.due.is_none_or(|due| due > now) {
            if suggested {
                self.asked = Some(now);
                return Due::Ask;
            }
            return Due::Nothing;
        }
        let wait = BACK_OFF.get(self.unanswered).map_or(LATER, |ms| Duration::from_millis(*ms));
        self.asked = Some(now);
        self.due = Some(now + wait);
        self.unanswered = self.unanswered.saturating_add(1);
        if self.unanswered > GIVE_UP && !self.said {
            self.said = true;
            return Due::AskAndSay;
        }
        Due::Ask
    }

    /// One begins with this packet. True if "no keyframes" had been said and is over.
    pub fn arrived(&mut self, keyframe: Keyframe) -> bool {
        if self.last.is_none_or(|last| last.timestamp != keyframe.timestamp || keyframe.index < last.index) {
            self.last = Some(keyframe);
        }
        (self.due, self.suggested) = (None, None);
        self.unanswered = 0;
        std::mem::take(&mut self.said)
    }

    /// The source changed: what came before cannot be replayed.
    pub fn forget(&mut self) {
        self.last = None;
    }

    /// Nobody watches any more.
    pub fn cancel(&mut self) {
        self.due = None;
        self.unanswered = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> impl Fn(u64) -> Instant {
        #[allow(clippy::disallowed_methods)] // the zero of a test
        let zero = Instant::now();
        move |ms| zero + Duration::from_millis(ms)
    }

    #[test]
    fn requests_are_coalesced() {
        let at = clock();
        let mut keyframes = Keyframes::default();
        keyframes.request(at(0));
        assert_eq!(keyframes.poll(at(0)), Due::Ask);
        keyframes.request(at(10));
        keyframes.request(at(20));
        assert_eq!(keyframes.poll(at(299)), Due::Nothing);
        assert_eq!(keyframes.poll(at(300)), Due::Ask);
    }

    #[test]
    fn the_watchdog_backs_off_and_says_so_once() {
        let at = clock();
        let mut keyframes = Keyframes::default();
        keyframes.request(at(0));
        let mut asked = Vec::new();
        for ms in 0..30_000 {
            match keyframes.poll(at(ms)) {
                Due::Nothing => {}
                due => asked.push((ms, due == Due::AskAndSay)),
            }
        }
        let times: Vec<u64> = asked.iter().map(|(ms, _)| *ms).collect();
        assert_eq!(times[..8], [0, 500, 1200, 2200, 3700, 5700, 8700, 13_700]);
        assert_eq!(asked.iter().filter(|(_, said)| *said).count(), 1);
        assert!(keyframes.arrived(Keyframe { index: 1, timestamp: 1, received: at(30_000) }));
        assert_eq!(keyframes.deadline(), None);
        assert!(!keyframes.arrived(Keyframe { index: 2, timestamp: 2, received: at(30_001) }));
    }

    #[test]
    fn a_suggestion_asks_once_and_nobody_is_told() {
        let at = clock();
        let mut keyframes = Keyframes::default();
        keyframes.suggest(at(0));
        assert_eq!((keyframes.deadline(), keyframes.is_wanted()), (Some(at(0)), false));
        assert_eq!(keyframes.poll(at(0)), Due::Ask);
        keyframes.suggest(at(100));
        assert_eq!(keyframes.deadline(), Some(at(300)), "not twice within the time that encoders throttle");
        let asked = (0..20_000).filter(|ms| keyframes.poll(at(*ms)) != Due::Nothing).count();
        assert_eq!(asked, 1);
        keyframes.suggest(at(20_000));
        keyframes.arrived(Keyframe { index: 1, timestamp: 1, received: at(20_000) });
        assert_eq!(keyframes.deadline(), None);
    }
}
