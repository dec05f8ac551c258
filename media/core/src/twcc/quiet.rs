//! When a receiver's feedback is overdue: it was lost on its way, and with it, on a bad line, maybe the request for what
//! is missing. What it should have spoken of is then as good as lost.

use std::time::{Duration, Instant};

/// Browsers send it every 50 to 250 ms.
const LONGEST: Duration = Duration::from_millis(250);

/// Later than this after the one before, it will not come: its own jitter and the line's.
const SLACK: Duration = Duration::from_millis(25);

#[derive(Debug, Default)]
pub struct Quiet {
    /// When the last one came, and the next transport-wide number then. `None` = none, or found overdue since.
    last: Option<(Instant, u16)>,
    before: Option<Instant>,
    interval: Duration,
}

impl Quiet {
    /// Feedback came; `next`: the transport-wide number of the next packet.
    pub fn on_feedback(&mut self, now: Instant, next: u16) {
        let since = self.before.map(|before| now.saturating_duration_since(before));
        if let Some(since) = since.filter(|since| *since <= LONGEST) {
            self.interval = if self.interval.is_zero() { since } else { (self.interval * 7 + since) / 8 };
        }
        (self.last, self.before) = (Some((now, next)), Some(now));
    }

    /// When it is overdue.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.last.filter(|_| !self.interval.is_zero()).map(|(at, _)| at + self.interval + SLACK)
    }

    /// If it is: all numbers before this one should have been spoken of. Once after each message.
    pub fn poll(&mut self, now: Instant) -> Option<u16> {
        self.deadline().filter(|due| *due <= now)?;
        self.last.take().map(|(_, next)| next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feedback_that_stays_away_is_found_overdue_once() {
        #[allow(clippy::disallowed_methods)] // the zero of a test
        let zero = Instant::now();
        let ms = |ms| zero + Duration::from_millis(ms);
        let mut quiet = Quiet::default();
        assert_eq!(quiet.deadline(), None);
        for n in 0..20 {
            quiet.on_feedback(ms(n * 80), n as u16 * 10);
        }
        assert_eq!(quiet.poll(ms(19 * 80 + 100)), None);
        assert_eq!(quiet.poll(ms(19 * 80 + 105)), Some(190));
        assert_eq!((quiet.poll(ms(9_000)), quiet.deadline()), (None, None));
        quiet.on_feedback(ms(9_000), 7);
        assert_eq!(quiet.deadline(), Some(ms(9_105)), "a pause is no interval");
    }
}
