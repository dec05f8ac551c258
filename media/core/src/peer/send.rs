//! What a peer watches: its slots, and the packets written for them. This is the hot path: one header, one copy, one
//! encryption straight into the arena.

use std::time::{Duration, Instant};

use crate::codec::red;
use crate::egress::{Egress, MAX_DATAGRAM};
use crate::floor::Floor;
use crate::port::Kind;
use crate::route::Route;
use crate::rtcp::build;
use crate::rtp::{HeaderWriter, RtpHeader};
use crate::rtx::{Again, Line, OSN_LEN, Packet, Repeats};
use crate::slot::{Feed, Slot};
use crate::track::Track;
use crate::twcc::{Named, Quiet, SentLog};

use super::{PeerCounters, Session};

/// What a datagram holds besides our header with all its extensions, original sequence number and tag.
const MAX_PAYLOAD: usize = MAX_DATAGRAM - 160;

/// playout-delay, two times 12 bit in 10 ms: from 0 to 100 ms. With the former 0 and the latter ≤ 500 ms Chromium shows a
/// frame when it is decoded instead of holding it until the jitter it has seen would be over; frames that come in a heap
/// (none: every second one would be passed over) it shows in turn, at the screen's pace.
const AT_ONCE: [u8; 3] = [0x00, 0x00, 0x0a];

/// Extension values that pass from publisher to subscriber as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Carried<'a> {
    capture_time: Option<&'a [u8]>,
    pub audio_level: Option<&'a [u8]>,
    playout_delay: Option<&'a [u8]>,
    orientation: Option<&'a [u8]>,
}

impl<'a> Carried<'a> {
    /// What its publisher says of the playout goes before what is said of a prompt track by itself.
    #[inline]
    #[must_use]
    pub fn read(track: &Track, header: &RtpHeader, packet: &'a [u8]) -> Carried<'a> {
        let ids = &track.ids;
        let mut carried = Carried { playout_delay: track.prompt.then_some(&AT_ONCE), ..Carried::default() };
        for (id, value) in header.extensions.iter(packet) {
            if id == ids.audio_level {
                carried.audio_level = Some(value);
            } else if id == ids.abs_capture_time {
                carried.capture_time = Some(value);
            } else if id == ids.playout_delay {
                carried.playout_delay = Some(value);
            } else if id == ids.video_orientation {
                carried.orientation = Some(value);
            }
        }
        carried
    }
}

/// A packet of a track on its way to the subscribers.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    pub index: u64,
    pub header: &'a RtpHeader,
    pub payload: &'a [u8],
    /// It is RED: the payload holds more than one packet's.
    pub red: bool,
    pub carried: Carried<'a>,
    /// abs-send-time of this moment.
    pub sent: [u8; 3],
}

impl<'a> Outgoing<'a> {
    #[must_use]
    pub fn of(packet: &'a Packet<'a>, header: &'a RtpHeader, track: &Track, sent: [u8; 3]) -> Outgoing<'a> {
        let carried = Carried::read(track, header, packet.bytes);
        Outgoing { index: packet.index, header, payload: packet.payload(), red: false, carried, sent }
    }
}

/// What differs between a packet and its retransmission.
#[derive(Clone, Copy)]
struct Frame<'a> {
    payload_type: u8,
    ssrc: u32,
    index: u64,
    original: Option<u16>,
    payload: &'a [u8],
}

#[derive(Debug, Default)]
pub struct Send {
    pub slots: Vec<Slot>,
    pub log: SentLog,
    pub floor: Floor,
    pub line: Line,
    pub quiet: Quiet,
    pub repeats: Repeats,
}

impl Send {
    #[must_use]
    pub fn slot(&self, mid: &str) -> Option<usize> {
        self.slots.iter().position(|slot| slot.mid == mid)
    }

    #[must_use]
    pub fn slot_of(&self, ssrc: u32) -> Option<usize> {
        self.slots.iter().position(|slot| slot.ssrc == ssrc)
    }

    /// The earliest held-back switch, suspended picture to try again, or repeated retransmission.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let holds = self.slots.iter().filter_map(|slot| slot.wish.filter(|wish| !wish.unsupported)?.hold());
        holds.chain(self.floor.deadline()).chain(self.repeats.deadline()).chain(self.quiet_deadline()).min()
    }

    /// When feedback is overdue: of interest only where much of it is lost.
    fn quiet_deadline(&self) -> Option<Instant> {
        self.quiet.deadline().filter(|_| self.line.is_bad())
    }

    /// What feedback that did not come should have spoken of.
    pub fn unheard(&mut self, now: Instant) -> Vec<Named> {
        let mut missing = Vec::new();
        if self.line.is_bad()
            && let Some(before) = self.quiet.poll(now, self.log.next())
        {
            self.log.give_up(before, &mut missing);
        }
        missing
    }

    /// Write one packet for one slot. True if it went out.
    #[inline]
    pub fn forward(
        &mut self,
        at: usize,
        packet: &Outgoing<'_>,
        session: &Session,
        out: (&mut Egress, Route),
        counters: &mut PeerCounters,
    ) -> bool {
        let (egress, route) = out;
        let Some(slot) = self.slots.get_mut(at) else { return false };
        let Some(feed) = slot.feed else { return false };
        let Some(index) = slot.outgoing(&feed, packet.index) else { return false };
        slot.next = slot.next.max(index + 1);
        let Some((payload_type, payload)) = taken(&feed, packet) else { return false };
        let frame = Frame { payload_type, ssrc: slot.ssrc, index, original: None, payload };
        let out = (&mut *egress, route);
        let Some(len) = write(slot, &mut self.log, frame, packet, session, out) else { return false };
        if slot.kind == Kind::Audio {
            echo(slot, self.line.echoes(), packet.sent, (egress, route), counters);
        }
        slot.packets = slot.packets.wrapping_add(1);
        slot.octets = slot.octets.wrapping_add(payload.len() as u32);
        counters.packets_out += 1;
        counters.bytes_out += len as u64;
        true
    }

    /// Answer a NACK for the track's packet, as RTX (RFC 4588). True if it went out.
    pub fn resend(
        &mut self,
        at: usize,
        packet: &Outgoing<'_>,
        session: &Session,
        out: (&mut Egress, Route),
        counters: &mut PeerCounters,
    ) -> bool {
        let Some(slot) = self.slots.get_mut(at) else { return false };
        let Some((feed, payload_type)) = slot.feed.and_then(|feed| Some((feed, feed.rtx_type?))) else { return false };
        let Some(original) = slot.outgoing(&feed, packet.index) else { return false };
        slot.resent_as(packet.index, self.log.next());
        let (ssrc, index, original) = (slot.rtx_ssrc, slot.rtx_next, Some(original as u16));
        let frame = Frame { payload_type, ssrc, index, original, payload: packet.payload };
        // Used up even if it finds no room: an index is never used twice.
        slot.rtx_next += 1;
        let Some(len) = write(slot, &mut self.log, frame, packet, session, out) else { return false };
        counters.rtx_out += 1;
        counters.bytes_out += len as u64;
        self.line.spent(len);
        true
    }

    /// Sender reports for the slots that show this track, with the sender's own NTP mapping.
    pub fn report(
        &mut self,
        now: Instant,
        at: usize,
        mapping: (u64, u32),
        cname: &str,
        out: (&mut Session, &mut Egress, Route),
    ) -> bool {
        let Some(slot) = self.slots.get_mut(at).filter(|slot| slot.packets > 0) else { return false };
        let (session, egress, route) = out;
        let (ntp, timestamp) = mapping;
        slot.report_sent(now, (ntp >> 16) as u32);
        session.send_rtcp(egress, route, |packet| {
            build::sender_report(packet, slot.ssrc, ntp, timestamp, slot.packets, slot.octets);
            build::sdes_cname(packet, slot.ssrc, cname);
        })
    }

    /// The packet of a slot that a NACK names, if it can be resent.
    #[must_use]
    pub fn named(&self, ssrc: u32, sequence: u16) -> Option<Again> {
        let at = self.slot_of(ssrc)?;
        let slot = self.slots.get(at)?;
        let feed = slot.feed?;
        feed.rtx_type?;
        let index = slot.incoming(&feed, sequence)?;
        Some(Again { slot: at, track: feed.track, generation: feed.generation, index })
    }

    /// May it be resent now? See [`Slot::may_resend`].
    pub fn may_resend(&mut self, now: Instant, packet: Again, pause: Duration) -> bool {
        self.slots.get_mut(packet.slot).is_some_and(|slot| slot.may_resend(now, packet.index, pause))
    }

    /// The packet of a slot that was lost on its way, unless it has gone again since.
    #[must_use]
    pub fn missed(&self, named: Named) -> Option<Again> {
        let packet = self.named(named.ssrc, named.sequence)?;
        let slot = self.slots.get(packet.slot)?;
        (!slot.went_again(packet.index, named.transport)).then_some(packet)
    }
}

/// RED passes untouched to whoever takes it and means the same by the payload types inside; others get the newest block.
#[inline]
fn taken<'a>(feed: &Feed, packet: &Outgoing<'a>) -> Option<(u8, &'a [u8])> {
    if !packet.red {
        return Some((feed.payload_type, packet.payload));
    }
    let (inside, block) = red::newest(packet.payload)?;
    match feed.red_type.filter(|_| inside == feed.payload_type) {
        Some(red) => Some((red, packet.payload)),
        None => Some((feed.payload_type, block)),
    }
}

/// Sound that goes again, byte for byte, over a line that loses.
#[inline]
fn echo(slot: &mut Slot, times: usize, sent: [u8; 3], out: (&mut Egress, Route), counters: &mut PeerCounters) {
    if times == 0 {
        return slot.echo.forget();
    }
    let (egress, route) = out;
    let Some(now) = egress.spans.last().copied() else { return };
    for datagram in slot.echo.due(sent, times) {
        egress.push(route, datagram);
        counters.bytes_out += datagram.len() as u64;
    }
    slot.echo.sent(sent, egress.datagram(&now));
}

fn write(
    slot: &Slot,
    log: &mut SentLog,
    frame: Frame<'_>,
    packet: &Outgoing<'_>,
    session: &Session,
    out: (&mut Egress, Route),
) -> Option<usize> {
    let (egress, route) = out;
    let payload = frame.payload;
    if payload.len() > MAX_PAYLOAD {
        egress.dropped += 1;
        return None;
    }
    let buf = egress.room(MAX_DATAGRAM)?;
    let header_len = write_header(buf, slot, log.next(), frame, packet)?;
    let mut end = header_len;
    if let Some(original) = frame.original {
        buf.get_mut(end..end + OSN_LEN)?.copy_from_slice(&original.to_be_bytes());
        end += OSN_LEN;
    }
    buf.get_mut(end..end + payload.len())?.copy_from_slice(payload);
    end += payload.len();
    let len = session.sender.protect_rtp(buf, header_len, end - header_len, frame.ssrc, frame.index);
    if len == 0 {
        return None;
    }
    if slot.ids.transport_cc != 0 {
        // As a NACK would name it, be it the first sending or another.
        log.sent((slot.ssrc, frame.original.unwrap_or(frame.index as u16)), packet.sent, len);
    }
    egress.commit(route, len);
    Some(len)
}

#[inline]
fn write_header(
    buf: &mut [u8],
    slot: &Slot,
    transport_sequence: u16,
    frame: Frame<'_>,
    packet: &Outgoing<'_>,
) -> Option<usize> {
    let (ids, header) = (&slot.ids, packet.header);
    let sequence = frame.index as u16;
    let mut writer =
        HeaderWriter::new(buf, frame.payload_type, header.marker, sequence, header.timestamp, frame.ssrc, slot.form)?;
    // Chromium finds the m-line of an unsignalled SSRC by MID, on every packet (FACTS: RTX without it is lost).
    put(&mut writer, ids.mid, slot.mid.as_bytes());
    put(&mut writer, ids.transport_cc, &transport_sequence.to_be_bytes());
    put(&mut writer, ids.abs_send_time, &packet.sent);
    for (id, value) in [
        (ids.abs_capture_time, packet.carried.capture_time),
        (ids.audio_level, packet.carried.audio_level),
        (ids.playout_delay, packet.carried.playout_delay),
        (ids.video_orientation, packet.carried.orientation),
    ] {
        if let Some(value) = value {
            put(&mut writer, id, value);
        }
    }
    Some(writer.finish())
}

/// Id 0 is "not negotiated".
#[inline]
fn put(writer: &mut HeaderWriter<'_>, id: u8, value: &[u8]) {
    if id != 0 {
        writer.extension(id, value);
    }
}
