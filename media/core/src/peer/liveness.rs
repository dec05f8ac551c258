//! Is the peer still there? Our own clock: ICE's is a constant of str0m's, and counts only checks.

use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Alive,
    /// Was connected, and then silent too long.
    Lost,
    /// Never connected in the time allowed.
    NeverConnected,
}

#[derive(Debug)]
pub struct Liveness {
    joined: Instant,
    heard: Instant,
    reached: bool,
    connected: bool,
    silence: Duration,
    patience: Duration,
}

impl Liveness {
    #[must_use]
    pub fn new(now: Instant, silence: Duration, patience: Duration) -> Liveness {
        Liveness { joined: now, heard: now, reached: false, connected: false, silence, patience }
    }

    /// Any authenticated packet: STUN with integrity, SRTP, SRTCP, DTLS by a validated route.
    #[inline]
    pub fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    /// A first check has come. True the first time.
    pub fn reached(&mut self) -> bool {
        !std::mem::replace(&mut self.reached, true)
    }

    /// Milliseconds since the join.
    #[must_use]
    pub fn age_ms(&self, now: Instant) -> u32 {
        now.saturating_duration_since(self.joined).as_millis() as u32
    }

    pub fn connected(&mut self, now: Instant) {
        self.connected = true;
        self.heard = now;
    }

    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connected
    }

    #[must_use]
    pub fn deadline(&self) -> Instant {
        if self.connected { self.heard + self.silence } else { self.joined + self.patience }
    }

    #[must_use]
    pub fn verdict(&self, now: Instant) -> Verdict {
        match (now >= self.deadline(), self.connected) {
            (false, _) => Verdict::Alive,
            (true, true) => Verdict::Lost,
            (true, false) => Verdict::NeverConnected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_patience() {
        #[allow(clippy::disallowed_methods)] // the zero of a test
        let zero = Instant::now();
        let at = |s| zero + Duration::from_secs(s);
        let mut liveness = Liveness::new(zero, Duration::from_secs(12), Duration::from_secs(15));
        assert_eq!(liveness.verdict(at(14)), Verdict::Alive);
        assert_eq!(liveness.verdict(at(15)), Verdict::NeverConnected);
        liveness.connected(at(1));
        liveness.heard(at(20));
        assert_eq!(liveness.verdict(at(31)), Verdict::Alive);
        assert_eq!(liveness.verdict(at(32)), Verdict::Lost);
    }
}
