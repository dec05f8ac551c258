//! How bad a watcher's line is, and what may be spent on mending it: more repair than this would be the next loss.
//! Nothing here costs anything while nothing is lost.

use std::time::{Duration, Instant};

use crate::twcc::Measured;

/// Packets after which older ones count half: two seconds of a picture and a voice.
const WINDOW: u32 = 512;
/// What is lost of fewer packets is chance.
const FEWEST: u32 = 50;

/// Packets of a thousand lost, from which a retransmission goes twice, and three times: a second round for a packet
/// is rare below, and above it the copies cost little more than the loss does.
const TWICE: u32 = 20;
const THRICE: u32 = 60;

/// From which sound goes twice (one Opus packet in a hundred is heard), and three times.
const ECHO: u32 = 10;
const SECOND_ECHO: u32 = 50;
/// The doubles themselves hide loss: what was found bad is taken as bad for so long.
const HOLD: Duration = Duration::from_secs(20);

/// All packets of a report waited so long: the line is full, and what it loses it loses by that.
const QUEUE_US: u64 = 100_000;

/// Unasked repair of all that is sent, in percent: 43 % of what is not repair. Three copies of a tenth are 30.
const SHARE: u64 = 30;
/// Bytes saved up at most: a lost keyframe of 480p.
const SAVED: u64 = 30_000;

/// One per peer that watches.
#[derive(Debug, Default)]
pub struct Line {
    arrived: u32,
    lost: u32,
    /// There is transport-wide feedback: it says more than receiver reports do.
    measured: bool,
    full: bool,
    echoes: usize,
    echoed: Option<Instant>,
    credit: u64,
    sent_before: u64,
}

impl Line {
    /// What transport-wide feedback told.
    pub fn on_measured(&mut self, now: Instant, measured: &Measured) {
        self.measured = true;
        self.count(measured.arrived, measured.lost);
        if let Some(wait) = measured.wait_us {
            self.full = wait >= QUEUE_US;
        }
        self.listen(now);
    }

    /// A receiver report's fraction lost, in 1/256. Stands in for transport-wide feedback where there is none.
    pub fn on_report(&mut self, now: Instant, lost: u8) {
        if !self.measured {
            (self.arrived, self.lost) = (256 - u32::from(lost), u32::from(lost));
            self.listen(now);
        }
    }

    fn count(&mut self, arrived: u32, lost: u32) {
        self.arrived += arrived;
        self.lost += lost;
        if self.arrived + self.lost >= WINDOW {
            (self.arrived, self.lost) = (self.arrived / 2, self.lost / 2);
        }
    }

    fn listen(&mut self, now: Instant) {
        let lost = self.lost_per_mille();
        let wanted = usize::from(lost >= ECHO) + usize::from(lost >= SECOND_ECHO);
        let held = self.echoed.is_some_and(|last| now.saturating_duration_since(last) < HOLD);
        if wanted > 0 && wanted >= self.echoes || !held {
            self.echoes = wanted;
            self.echoed = Some(now).filter(|_| wanted > 0);
        }
    }

    fn lost_per_mille(&self) -> u32 {
        let all = self.arrived + self.lost;
        if all < FEWEST { 0 } else { self.lost * 1000 / all }
    }

    /// How often a retransmission is repeated.
    #[must_use]
    pub fn repeats(&self) -> u8 {
        let lost = self.lost_per_mille();
        u8::from(lost >= TWICE) + u8::from(lost >= THRICE)
    }

    /// Is so much lost that requests and reports are, too?
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.lost_per_mille() >= THRICE
    }

    /// How often a packet of sound is repeated.
    #[inline]
    #[must_use]
    pub fn echoes(&self) -> usize {
        if self.full { 0 } else { self.echoes }
    }

    /// May `len` bytes be sent that nobody asked for? `sent`: bytes sent to the peer since it joined.
    #[must_use]
    pub fn affords(&mut self, sent: u64, len: usize) -> bool {
        let earned = sent.saturating_sub(self.sent_before) * SHARE / 100;
        self.sent_before = sent;
        self.credit = (self.credit + earned).min(SAVED);
        !self.full && self.credit >= len as u64
    }

    /// A repair went out, asked for or not.
    pub fn spent(&mut self, len: usize) {
        self.credit = self.credit.saturating_sub(len as u64);
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // a start for made-up times
mod tests {
    use super::*;

    fn told(arrived: u32, lost: u32, wait_us: u64) -> Measured {
        Measured { arrived, lost, bytes: 0, wait_us: Some(wait_us) }
    }

    #[test]
    fn the_more_is_lost_the_more_often_things_go() {
        let now = Instant::now();
        for (lost, repeats, echoes) in [(0, 0, 0), (5, 0, 0), (15, 0, 1), (30, 1, 1), (100, 2, 2)] {
            let mut line = Line::default();
            for _ in 0..5 {
                line.on_measured(now, &told(1000 - lost, lost, 0));
            }
            assert_eq!((line.repeats(), line.echoes()), (repeats, echoes), "{lost}");
        }
        let mut line = Line::default();
        line.on_measured(now, &told(8, 2, 0));
        assert_eq!((line.repeats(), line.echoes()), (0, 0), "two packets are chance");
        line = Line::default();
        line.on_report(now, 26);
        assert_eq!((line.repeats(), line.echoes()), (2, 2), "by receiver reports alone");
    }

    #[test]
    fn echoes_go_on_a_while_after_the_loss() {
        let (mut line, now) = (Line::default(), Instant::now());
        line.on_measured(now, &told(450, 50, 0));
        for step in 1..20 {
            line.on_measured(now + Duration::from_secs(step), &told(5000, 0, 0));
            assert_eq!(line.echoes(), 2);
        }
        line.on_measured(now + HOLD, &told(5000, 0, 0));
        assert_eq!(line.echoes(), 0);
    }

    #[test]
    fn a_full_line_gets_nothing_unasked() {
        let (mut line, now) = (Line::default(), Instant::now());
        line.on_measured(now, &told(450, 50, QUEUE_US));
        assert!(!line.affords(1_000_000, 1000));
        assert_eq!(line.echoes(), 0);
        line.on_measured(now, &told(450, 50, 0));
        assert!(line.affords(1_000_000, 1000));
    }

    #[test]
    fn repair_stays_a_share_of_what_is_sent() {
        let (mut line, mut sent, mut repair) = (Line::default(), 0, 0);
        for _ in 0..10_000 {
            sent += 1000;
            while line.affords(sent, 1000) {
                line.spent(1000);
                (sent, repair) = (sent + 1000, repair + 1000);
            }
        }
        let percent = repair * 100 / sent;
        assert!((28..=30).contains(&percent), "{percent}");
        assert!(line.affords(sent + 100_000_000, 0));
        let saved =
            (0..1000).take_while(|_| line.affords(sent + 100_000_000, 1000).then(|| line.spent(1000)).is_some());
        assert_eq!(saved.count(), 30);
    }
}
