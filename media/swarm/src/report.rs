//! What a run found, as JSON, and whether the generator was well enough for it to count.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::clock;
use crate::histogram::{Histogram, Percentiles};
use crate::peer::Peer;
use crate::tally::Tally;

/// Above this share of a core the generator's own queueing shows in the delays.
const MAX_CPU_SHARE: f64 = 0.85;
/// A frame later than this is no longer thirty a second.
const MAX_LATE_P99_MS: f64 = 10.0;
/// Loss on loopback is an overrun buffer: the figure would be of another load than the one meant.
const MAX_LOSS: f64 = 0.001;

/// The server process as seen from outside.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Server {
    #[serde(skip)]
    pid: Option<u32>,
    #[serde(skip)]
    edge: Duration,
    #[serde(skip)]
    edges: BTreeMap<String, Duration>,
    /// In the measured window, all threads.
    pub cpu_s: f64,
    /// Of that, each thread's, by name.
    pub threads: BTreeMap<String, f64>,
    /// From the first offer until everybody was connected.
    pub cpu_joining_s: f64,
    pub resident_before: u64,
    pub resident_connected: u64,
    pub resident_after: u64,
}

impl Server {
    pub fn observe(pid: Option<u32>) -> Self {
        let mut server = Self { pid, ..Self::default() };
        server.edge = server.cpu();
        server.resident_before = server.resident();
        server
    }

    pub fn everybody_is_here(&mut self) {
        self.cpu_joining_s = (self.cpu() - self.edge).as_secs_f64();
        self.resident_connected = self.resident();
    }

    pub fn window_begins(&mut self) {
        self.edges = self.pid.map(clock::thread_cpus).unwrap_or_default();
        self.edge = self.cpu();
    }

    pub fn window_ends(&mut self) {
        self.cpu_s = (self.cpu() - self.edge).as_secs_f64();
        let threads = self.pid.map(clock::thread_cpus).unwrap_or_default();
        let spent = |name: &String, now: Duration| now - self.edges.get(name).copied().unwrap_or_default().min(now);
        self.threads = threads.into_iter().map(|(name, now)| (name.clone(), spent(&name, now).as_secs_f64())).collect();
        self.resident_after = self.resident();
    }

    fn cpu(&self) -> Duration {
        self.pid.and_then(clock::process_cpu).unwrap_or_default()
    }

    fn resident(&self) -> u64 {
        self.pid.and_then(clock::resident).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Generator {
    /// CPU time of the swarm, in cores.
    pub cpu_share: f64,
    /// How late frames left.
    pub late: Percentiles,
    pub valid: bool,
    /// Why not.
    pub complaints: Vec<String>,
}

#[derive(Default, Serialize)]
pub struct Report {
    pub publishers: usize,
    pub viewers: usize,
    pub connected: usize,
    pub failures: Vec<String>,
    pub srtp: &'static str,
    pub window_s: f64,
    /// Not received in the window although it should have been, and how much of it RTX brought back.
    pub lost: u64,
    pub recovered: u64,
    pub counts: Tally,
    /// Socket in to socket out, queueing in both kernels' loopback included.
    pub delay: Percentiles,
    pub us_per_forwarded: Option<f64>,
    pub joins: Option<JoinReport>,
    pub server: Server,
    pub generator: Generator,
}

impl Report {
    pub fn of_window(elapsed: Duration, own_cpu: Duration, counts: Tally, server: Server) -> Self {
        let window_s = elapsed.as_secs_f64();
        let measured = counts.received > 0 && server.cpu_s > 0.0;
        Self {
            window_s,
            delay: counts.delay.0.percentiles(),
            us_per_forwarded: measured.then(|| server.cpu_s * 1e6 / counts.received as f64),
            generator: Generator {
                cpu_share: own_cpu.as_secs_f64() / window_s,
                late: counts.lateness.0.percentiles(),
                ..Generator::default()
            },
            counts,
            server,
            ..Self::default()
        }
    }

    /// Says whether the generator kept up.
    pub fn judge(&mut self) {
        let mut complaints = Vec::new();
        if self.generator.cpu_share > MAX_CPU_SHARE {
            complaints.push(format!("the generator used {:.2} of a core", self.generator.cpu_share));
        }
        if self.generator.late.p99_ms > MAX_LATE_P99_MS {
            complaints.push(format!("1 % of frames left {:.1} ms late or more", self.generator.late.p99_ms));
        }
        if self.lost as f64 > self.counts.received as f64 * MAX_LOSS {
            complaints.push(format!("{} packets lost", self.lost));
        }
        if self.counts.refused + self.counts.rtcp_refused > 0 {
            complaints
                .push(format!("{} packets failed authentication", self.counts.refused + self.counts.rtcp_refused));
        }
        complaints.extend(self.failures.first().map(|failure| format!("a peer failed: {failure}")));
        self.generator.valid = complaints.is_empty();
        self.generator.complaints = complaints;
    }
}

/// Each from the offer's being handed to HTTP.
#[derive(Debug, Clone, Serialize)]
pub struct JoinReport {
    pub answered: Percentiles,
    pub reachable: Percentiles,
    pub keyed: Percentiles,
    pub first_packet: Percentiles,
    /// Of the server, less what it used before anybody joined; the leaving is included.
    pub server_cpu_ms: f64,
}

pub struct Joins {
    answered: Histogram,
    reachable: Histogram,
    keyed: Histogram,
    first_packet: Histogram,
}

impl Default for Joins {
    fn default() -> Self {
        Self {
            answered: Histogram::new(),
            reachable: Histogram::new(),
            keyed: Histogram::new(),
            first_packet: Histogram::new(),
        }
    }
}

impl Joins {
    pub fn add(&mut self, peer: &Peer) {
        let milestones = peer.milestones;
        let note = |histogram: &mut Histogram, at| {
            if let Some(took) = peer.since_asked(at) {
                histogram.add(took.as_nanos() as u64);
            }
        };
        note(&mut self.answered, milestones.answered);
        note(&mut self.reachable, milestones.reachable);
        note(&mut self.keyed, milestones.keyed);
        note(&mut self.first_packet, milestones.first_packet);
    }

    pub fn finish(&self, server_cpu_s: f64) -> JoinReport {
        JoinReport {
            answered: self.answered.percentiles(),
            reachable: self.reachable.percentiles(),
            keyed: self.keyed.percentiles(),
            first_packet: self.first_packet.percentiles(),
            server_cpu_ms: server_cpu_s * 1e3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(received: u64, lost: u64, own_cpu_ms: u64) -> Report {
        let counts = Tally { received, ..Tally::default() };
        let mut report = Report::of_window(
            Duration::from_secs(1),
            Duration::from_millis(own_cpu_ms),
            counts,
            Server { cpu_s: 0.01, ..Server::default() },
        );
        report.lost = lost;
        report.judge();
        report
    }

    #[test]
    fn the_cost_of_a_packet_is_cpu_by_packets() {
        let report = report(10_000, 0, 100);
        assert!((report.us_per_forwarded.unwrap() - 1.0).abs() < 1e-9);
        assert!(report.generator.valid, "{:?}", report.generator.complaints);
    }

    #[test]
    fn a_struggling_generator_is_no_measurement() {
        assert!(!report(10_000, 0, 900).generator.valid);
        assert!(!report(10_000, 11, 100).generator.valid);
        assert!(report(10_000, 10, 100).generator.valid);
    }
}
