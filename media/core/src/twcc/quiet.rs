//! When a receiver's feedback is overdue: it was lost on its way, and with it, on a bad line, maybe the request for what
//! is missing. What it should have spoken of is then as good as lost.

use std::time::{Duration, Instant};

/// Browsers send it every 50 to 250 ms.
const LONGEST: Duration = Duration::from_millis(250);

/// Later than this after the one before, it will not come: its own jitter and the line's.
const SLACK: Duration = Duration::from_millis(25);

/// Reports in a row that may be found overdue: bursts of loss take several, and more is a line that is gone.
const IN_A_ROW: u8 = 6;

#[derive(Debug, Default)]
pub struct Quiet {
    /// When the last one came, or should have come, and the next transport-wide number then. `None` = none yet.
    last: Option<(Instant, u16)>,
    before: Option<Instant>,
    interval: Duration,
    overdue: u8,
}

impl Quiet {
    /// Feedback came; `next`: the transport-wide number of the next packet.
    pub fn on_feedback(&mut self, now: Instant, next: u16) {
        let since = self.before.map(|before| now.saturating_duration_since(before));
        if let Some(since) = since.filter(|since| *since <= LONGEST) {
            self.interval = if self.interval.is_zero() { since } else { (self.interval * 7 + since) / 8 };
        }
        (self.last, self.before, self.overdue) = (Some((now, next)), Some(now), 0);
    }

    /// When the next one is overdue.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let slack = if self.overdue == 0 { SLACK } else { Duration::ZERO };
        let (at, _) = self.last.filter(|_| !self.interval.is_zero() && self.overdue < IN_A_ROW)?;
        Some(at + self.interval + slack)
    }

    /// If it is: all numbers before this one should have been spoken of. Then the next is waited for; `next`: the
    /// transport-wide number of the next packet.
    pub fn poll(&mut self, now: Instant, next: u16) -> Option<u16> {
        self.deadline().filter(|due| *due <= now)?;
        self.overdue += 1;
        self.last.replace((now, next)).map(|(_, before)| before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feedback_that_stays_away_is_found_overdue_as_often_as_it_should_have_come() {
        #[allow(clippy::disallowed_methods)] // the zero of a test
        let zero = Instant::now();
        let ms = |ms| zero + Duration::from_millis(ms);
        let mut quiet = Quiet::default();
        assert_eq!(quiet.deadline(), None);
        for n in 0..20 {
            quiet.on_feedback(ms(n * 80), n as u16 * 10);
        }
        assert_eq!(quiet.poll(ms(19 * 80 + 100), 200), None);
        assert_eq!(quiet.poll(ms(19 * 80 + 105), 200), Some(190));
        assert_eq!(quiet.poll(ms(19 * 80 + 184), 210), None);
        assert_eq!(quiet.poll(ms(19 * 80 + 185), 210), Some(200), "the next one stays away, too");
        let more = (2..100).filter_map(|n| quiet.poll(ms(19 * 80 + 105 + n * 80), 220));
        assert_eq!(more.count(), usize::from(IN_A_ROW) - 2);
        assert_eq!(quiet.deadline(), None, "a line that is gone");
        quiet.on_feedback(ms(9_000), 7);
        assert_eq!(quiet.deadline(), Some(ms(9_105)), "a pause is no interval");
    }
}
