//! What we tell a publisher of its sending: receiver reports, transport-wide arrival times, requests for what is
//! missing. Nothing is sent, and no timer runs, while nothing arrives.

use std::time::{Duration, Instant};

use crate::egress::Egress;
use crate::route::Route;
use crate::rtcp::{ReportBlock, build};

use super::{PeerCounters, Receive, Session};

/// Often enough for the sender's round trip and loss figures.
const REPORTS: Duration = Duration::from_millis(1000);

/// RFC 3550 6.4.2: header and SSRC.
const EMPTY_REPORT: usize = 8;

/// RTCP packets in one go: the recorder's bound divided by a message's, and some.
const MAX_PACKETS: u64 = 8;

/// RFC 3550 6.4.2: five bits of count.
const MAX_BLOCKS: usize = 31;

#[derive(Debug)]
pub struct Feedback {
    /// Our SSRC toward this peer for everything that is no sender report.
    pub ssrc: u32,
    next_report: Option<Instant>,
}

impl Feedback {
    #[must_use]
    pub fn new(ssrc: u32) -> Feedback {
        Feedback { ssrc, next_report: None }
    }

    /// A packet arrived: a report will be due.
    #[inline]
    pub fn arrived(&mut self, now: Instant) {
        if self.next_report.is_none() {
            self.next_report = Some(now + REPORTS);
        }
    }

    #[must_use]
    pub fn deadline(&self, receive: &Receive, rtt: Duration) -> Option<Instant> {
        let twcc = receive.twcc.as_ref().and_then(|twcc| twcc.poll_timeout());
        let nacks = receive.streams.iter().filter_map(|stream| stream.nack.as_ref()?.poll_timeout(rtt));
        nacks.chain(twcc).chain(self.next_report).min()
    }

    /// Send what is due. Returns the number of RTCP packets.
    pub fn service(
        &mut self,
        now: Instant,
        receive: &mut Receive,
        rtt: Duration,
        out: (&mut Session, &mut Egress, Route),
        counters: &mut PeerCounters,
    ) -> u64 {
        let (session, egress, route) = out;
        let ssrc = self.ssrc;
        let blocks = self.take_blocks(now, receive);
        let reduced = receive.sections.iter().all(|section| section.reduced_size);
        let mut sent = u64::from(session.send_rtcp(egress, route, |packet| {
            write_report(packet, ssrc, blocks.as_deref(), reduced);
            write_nacks(now, receive, rtt, ssrc, packet, counters);
            write_transport(now, receive, ssrc, packet);
            drop_lone_report(packet, blocks.is_some());
        }));
        // Much news takes several messages, each its own datagram.
        while sent < MAX_PACKETS {
            let more = session.send_rtcp(egress, route, |packet| {
                write_report(packet, ssrc, None, reduced);
                write_transport(now, receive, ssrc, packet);
                drop_lone_report(packet, false);
            });
            if !more {
                break;
            }
            sent += 1;
        }
        sent
    }

    fn take_blocks(&mut self, now: Instant, receive: &mut Receive) -> Option<Vec<ReportBlock>> {
        self.next_report.filter(|due| *due <= now)?;
        self.next_report = None;
        let sections = &receive.sections;
        let reported = receive.streams.iter_mut().filter(|stream| {
            sections.get(usize::from(stream.section)).is_some_and(|section| section.primary == Some(stream.ssrc))
        });
        Some(reported.filter_map(|stream| stream.reception.report(now, stream.ssrc)).take(MAX_BLOCKS).collect())
    }
}

/// RFC 3550 6.1: without rtcp-rsize a compound packet begins with a report, be it empty.
fn write_report(packet: &mut Vec<u8>, ssrc: u32, blocks: Option<&[ReportBlock]>, reduced: bool) {
    if blocks.is_some() || !reduced {
        build::receiver_report(packet, ssrc, blocks.unwrap_or_default());
    }
}

/// An empty report alone says nothing.
fn drop_lone_report(packet: &mut Vec<u8>, meant: bool) {
    if packet.len() <= EMPTY_REPORT && !meant {
        packet.clear();
    }
}

fn write_transport(now: Instant, receive: &mut Receive, ssrc: u32, packet: &mut Vec<u8>) {
    let media = receive.sections.iter().find_map(|section| section.primary).unwrap_or(0);
    if let Some(twcc) = &mut receive.twcc {
        twcc.poll(now, ssrc, media, packet);
    }
}

fn write_nacks(
    now: Instant,
    receive: &mut Receive,
    rtt: Duration,
    ssrc: u32,
    packet: &mut Vec<u8>,
    counters: &mut PeerCounters,
) {
    for stream in &mut receive.streams {
        let Some(nack) = &mut stream.nack else { continue };
        let lost = nack.poll(now, rtt);
        if !lost.is_empty() {
            build::nack(packet, ssrc, stream.ssrc, lost);
            counters.nacks_out += lost.len() as u64;
        }
    }
}
