//! A slot: a receive m-line of a participant, and the track it shows. A track given to a slot gets a new SSRC, so that
//! its timestamps pass untouched; sequence numbers are our own and belong to (DTLS session, SSRC).

use std::time::{Duration, Instant};

use crate::config::Dice;
use crate::port::Kind;
use crate::rtp::ExtensionForm;
use crate::rtx::Echo;
use crate::sdp::{Codec, ExtensionIds, OwnSsrcs, Payload, Section};

/// Chromium holds back a second new SSRC on an m-line within this time (FACTS: 250 ms → shown after 555–813 ms).
pub const BETWEEN_SWITCHES: Duration = Duration::from_millis(500);

/// Retransmissions remembered per slot, to answer each request once. A power of two.
const REMEMBERED: usize = 256;

/// What a slot shows.
#[derive(Debug, Clone, Copy)]
pub struct Feed {
    /// Index into the shard's tracks.
    pub track: u32,
    /// The track's source at the time; another one means new timestamps.
    pub generation: u32,
    /// The track's index that became `first`.
    pub base: u64,
    /// Our index of the packet at `base`.
    pub first: u64,
    pub payload_type: u8,
    pub rtx_type: Option<u8>,
    /// What this receiver takes RED as.
    pub red_type: Option<u8>,
}

/// What a slot is to show as soon as it can.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub track: u32,
    pub since: Instant,
    pub not_before: Instant,
    /// The receiver cannot decode it and has been told so.
    pub unsupported: bool,
    /// `not_before` has passed and been acted on.
    pub released: bool,
    /// The receiver's link is too weak for it, and it has been told so.
    pub suspended: bool,
}

impl Wish {
    /// When the hold ends, while it still does.
    #[must_use]
    pub fn hold(self) -> Option<Instant> {
        (!self.released).then_some(self.not_before)
    }
}

/// A packet that went again: when it was asked for, and its transport-wide number the last time.
#[derive(Debug, Clone, Copy)]
struct Resent {
    index: u64,
    at: Instant,
    transport: u16,
}

#[derive(Debug)]
pub struct Slot {
    pub mid: String,
    pub kind: Kind,
    pub payloads: Vec<Payload>,
    pub ids: ExtensionIds,
    /// Ids above 14 need the two-byte form (RFC 8285 4.3).
    pub form: ExtensionForm,
    /// WHEP: one SSRC for good, named in the answer.
    pub fixed: bool,
    pub ssrc: u32,
    pub rtx_ssrc: u32,
    /// The next unused index of `ssrc`. Never goes back.
    pub next: u64,
    pub rtx_next: u64,
    pub feed: Option<Feed>,
    pub wish: Option<Wish>,
    last_switch: Option<Instant>,
    /// Of the current SSRC, for sender reports.
    pub packets: u32,
    pub octets: u32,
    /// Middle bits and time of the sender reports sent, newest last.
    pub reports: [(u32, Option<Instant>); 4],
    /// Fraction lost in 1/256, of the last receiver report.
    pub lost: Option<u8>,
    pub jitter: u32,
    pub echo: Echo,
    resent: Vec<Resent>,
}

impl Slot {
    #[must_use]
    pub fn new(section: &Section, kind: Kind, fixed: bool, dice: &mut Dice) -> Slot {
        Slot {
            mid: section.mid.clone(),
            kind,
            payloads: section.payloads.clone(),
            ids: section.extensions,
            form: form(&section.extensions),
            fixed,
            ssrc: dice.ssrc(),
            rtx_ssrc: dice.ssrc(),
            next: dice.sequence(),
            rtx_next: dice.sequence(),
            feed: None,
            wish: None,
            last_switch: None,
            packets: 0,
            octets: 0,
            reports: [(0, None); 4],
            lost: None,
            jitter: 0,
            echo: Echo::default(),
            resent: Vec::new(),
        }
    }

    /// A later offer changed the section.
    pub fn renegotiate(&mut self, section: &Section) {
        self.payloads.clone_from(&section.payloads);
        self.ids = section.extensions;
        self.form = form(&section.extensions);
    }

    /// The SSRCs to name in a WHEP answer.
    #[must_use]
    pub fn own_ssrcs(&self) -> OwnSsrcs {
        let rtx = self.payloads.iter().any(|payload| payload.rtx.is_some()).then_some(self.rtx_ssrc);
        OwnSsrcs { media: self.ssrc, rtx }
    }

    /// The payload that this receiver takes `codec` as.
    #[must_use]
    pub fn payload_for(&self, codec: Codec) -> Option<&Payload> {
        let rated = self.payloads.iter().filter_map(|payload| Some((payload.codec.takes(codec)?, payload)));
        rated.min_by_key(|(rating, _)| *rating).map(|(_, payload)| payload)
    }

    /// The last request wins, at most one switch in [`BETWEEN_SWITCHES`].
    pub fn ask(&mut self, now: Instant, track: u32) {
        let settled = self.last_switch.map_or(now, |last| last + BETWEEN_SWITCHES);
        // WHEP slots never change their SSRC: nothing to hold back.
        let not_before = if self.fixed { now } else { settled.max(now) };
        self.wish = Some(Wish { track, since: now, not_before, unsupported: false, released: false, suspended: false });
    }

    /// Wait for `track` until the link carries it. True if that is news.
    pub fn suspend(&mut self, now: Instant, track: u32) -> bool {
        let wish = self.wish.filter(|wish| wish.track == track);
        let told = wish.is_some_and(|wish| wish.suspended);
        let wish = wish.unwrap_or(Wish {
            track,
            since: now,
            not_before: now,
            unsupported: false,
            released: true,
            suspended: true,
        });
        self.wish = Some(Wish { released: true, suspended: true, ..wish });
        !told
    }

    /// The link carries it again. True if that is news.
    pub fn resume(&mut self) -> bool {
        let Some(wish) = self.wish.as_mut().filter(|wish| wish.suspended) else { return false };
        (wish.suspended, wish.released) = (false, false);
        true
    }

    /// Show `track` from its packet `base` on. `None`: this receiver has no codec for it.
    pub fn start(&mut self, now: Instant, source: (u32, u32), base: u64, codec: Codec, dice: &mut Dice) -> Option<()> {
        let payload = *self.payload_for(codec)?;
        if !self.fixed && self.last_switch.is_some() {
            (self.ssrc, self.rtx_ssrc) = (dice.ssrc(), dice.ssrc());
            (self.next, self.rtx_next) = (dice.sequence(), dice.sequence());
            (self.packets, self.octets) = (0, 0);
        }
        self.resent.clear();
        self.echo.forget();
        self.reports = [(0, None); 4];
        self.last_switch = Some(now);
        self.feed = Some(Feed {
            track: source.0,
            generation: source.1,
            base,
            first: self.next,
            payload_type: payload.pt,
            rtx_type: payload.rtx,
            red_type: payload.red,
        });
        Some(())
    }

    /// Our index for the track's packet `index`; `None` if it came before the start.
    #[inline]
    #[must_use]
    pub fn outgoing(&self, feed: &Feed, index: u64) -> Option<u64> {
        index.checked_sub(feed.base).map(|offset| feed.first + offset)
    }

    /// The track's index of our packet with these 16 bits.
    #[must_use]
    pub fn incoming(&self, feed: &Feed, sequence: u16) -> Option<u64> {
        let ours = crate::serial::unwrap16(self.next.saturating_sub(1), sequence);
        ours.checked_sub(feed.first).map(|offset| feed.base + offset)
    }

    /// May this packet be resent now? At most once in this pause.
    pub fn may_resend(&mut self, now: Instant, index: u64, pause: Duration) -> bool {
        if self.resent.is_empty() {
            self.resent = vec![Resent { index: u64::MAX, at: now, transport: 0 }; REMEMBERED];
        }
        let entry = &mut self.resent[index as usize % REMEMBERED];
        if entry.index == index && now.saturating_duration_since(entry.at) < pause {
            return false;
        }
        (entry.index, entry.at) = (index, now);
        true
    }

    /// It goes again now, under this transport-wide number.
    pub fn resent_as(&mut self, index: u64, transport: u16) {
        if let Some(entry) = self.resent.get_mut(index as usize % REMEMBERED).filter(|entry| entry.index == index) {
            entry.transport = transport;
        }
    }

    /// Has it gone again since it went under this number?
    #[must_use]
    pub fn went_again(&self, index: u64, transport: u16) -> bool {
        let entry = self.resent.get(index as usize % REMEMBERED);
        entry.is_some_and(|entry| entry.index == index && entry.transport != transport)
    }

    pub fn report_sent(&mut self, now: Instant, middle: u32) {
        self.reports.rotate_left(1);
        self.reports[3] = (middle, Some(now));
    }

    /// Round trip by a report block on our SSRC: when did we send the report that it names?
    #[must_use]
    pub fn round_trip(&self, now: Instant, last_report: u32, delay: u32) -> Option<Duration> {
        let sent = self.reports.iter().rev().find(|(middle, _)| *middle == last_report && last_report != 0)?.1?;
        let held = Duration::from_nanos((u64::from(delay) * 1_000_000_000) >> 16);
        now.checked_duration_since(sent)?.checked_sub(held)
    }
}

fn form(ids: &ExtensionIds) -> ExtensionForm {
    if ids.highest() > 14 { ExtensionForm::TwoByte } else { ExtensionForm::OneByte }
}
