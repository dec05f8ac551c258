//! What a peer publishes: which section and track an SSRC belongs to, RTX turned back into what it repeats, duplicates
//! dropped, statistics kept.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::nack::NackQueue;
use crate::port::Kind;
use crate::rtcp::Reception;
use crate::rtp::RtpHeader;
use crate::rtp::extensions::{text, transport_sequence};
use crate::rtx::unwrap_in_place;
use crate::sdp::{ExtensionIds, Payload, Section};
use crate::serial::unwrap16;
use crate::srtp::{SrtpError, Unprotected};
use crate::twcc::TwccRecorder;

use super::Session;
use super::window::Window;

/// Another SSRC of the same section takes over when the first has been silent for so long (an encoder was restarted).
const TAKE_OVER: Duration = Duration::from_millis(500);

/// A receiving section: at most one track comes by it.
#[derive(Debug)]
pub struct InSection {
    pub mid: String,
    pub kind: Kind,
    pub payloads: Vec<Payload>,
    pub signalled: Vec<u32>,
    /// Index into the shard's tracks.
    pub track: Option<u32>,
    /// The SSRC whose packets are the track's.
    pub primary: Option<u32>,
    pub reduced_size: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Media,
    Rtx,
}

/// One incoming SSRC.
#[derive(Debug)]
pub struct InStream {
    pub ssrc: u32,
    pub section: u16,
    role: Role,
    pub reception: Reception,
    pub nack: Option<NackQueue>,
    window: Window,
    heard: Instant,
    pub recovered: u64,
}

/// A packet of a track, new and in the clear.
#[derive(Debug)]
pub struct Arrived {
    pub track: u32,
    pub header: RtpHeader,
    /// Where it lies in the datagram: header and payload, no padding, no tag.
    pub range: Range<usize>,
    pub index: u64,
    pub payload: Payload,
    /// It is the first of another SSRC than before.
    pub new_source: bool,
    pub recovered: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Malformed,
    Srtp(SrtpError),
    /// Authentic, but of no section of the offer.
    Unmapped,
}

/// Everything a peer sends us.
#[derive(Debug)]
pub struct Receive {
    pub sections: Vec<InSection>,
    pub streams: Vec<InStream>,
    pub ids: ExtensionIds,
    pub twcc: Option<TwccRecorder>,
    limit: usize,
}

impl Receive {
    #[must_use]
    pub fn new(limit: usize) -> Receive {
        Receive { sections: Vec::new(), streams: Vec::new(), ids: ExtensionIds::default(), twcc: None, limit }
    }

    /// Take over what was negotiated: `settled` are the answer's sections, `offered` the offer's.
    pub fn negotiate(&mut self, now: Instant, settled: &[Section], offered: &[Section]) {
        for (section, offer) in settled.iter().zip(offered) {
            let Some(kind) = section.media.kind().filter(|_| section.receives) else { continue };
            self.ids.merge(&section.extensions);
            if section.extensions.transport_cc != 0 && self.twcc.is_none() {
                self.twcc = Some(TwccRecorder::new(now));
            }
            let known = self.sections.iter_mut().find(|known| known.mid == section.mid);
            let fresh = InSection {
                mid: section.mid.clone(),
                kind,
                payloads: section.payloads.clone(),
                signalled: offer.ssrcs.clone(),
                track: known.as_ref().and_then(|known| known.track),
                primary: known.as_ref().and_then(|known| known.primary),
                reduced_size: offer.reduced_size,
            };
            match known {
                Some(known) => *known = fresh,
                None => self.sections.push(fresh),
            }
        }
    }

    #[must_use]
    pub fn section(&self, mid: &str) -> Option<usize> {
        self.sections.iter().position(|section| section.mid == mid)
    }

    /// The stream that is a section's track.
    #[must_use]
    pub fn primary(&self, section: usize) -> Option<&InStream> {
        let ssrc = self.sections.get(section)?.primary?;
        self.streams.iter().find(|stream| stream.ssrc == ssrc)
    }

    pub fn stream_mut(&mut self, ssrc: u32) -> Option<&mut InStream> {
        self.streams.iter_mut().find(|stream| stream.ssrc == ssrc)
    }

    /// Decrypt a packet and find out what it is. `Ok(None)`: authentic, but nothing to forward (padding, a duplicate, a
    /// section without a track).
    ///
    /// # Errors
    /// [`Refusal`]; only [`Refusal::Unmapped`] packets have authenticated.
    pub fn handle(
        &mut self,
        now: Instant,
        packet: &mut [u8],
        session: &mut Session,
    ) -> Result<Option<Arrived>, Refusal> {
        let header = RtpHeader::parse(packet).map_err(|_| Refusal::Malformed)?;
        let plain = session.receiver.unprotect_rtp(packet, &header).map_err(Refusal::Srtp)?;
        self.record_transport(now, packet, &header);
        let at = self.stream_of(now, packet, &header).ok_or(Refusal::Unmapped)?;
        self.streams[at].heard = now;
        match self.streams[at].role {
            Role::Media => self.handle_media(now, at, packet, header, plain),
            Role::Rtx => self.handle_rtx(now, at, packet, &header, plain),
        }
    }

    fn record_transport(&mut self, now: Instant, packet: &[u8], header: &RtpHeader) {
        let Some(twcc) = &mut self.twcc else { return };
        if let Some(sequence) = header.extensions.find(packet, self.ids.transport_cc).and_then(transport_sequence) {
            twcc.on_packet(now, sequence);
        }
    }

    fn handle_media(
        &mut self,
        now: Instant,
        at: usize,
        packet: &[u8],
        header: RtpHeader,
        plain: Unprotected,
    ) -> Result<Option<Arrived>, Refusal> {
        let stream = &mut self.streams[at];
        stream.reception.on_packet(now, plain.index, header.timestamp);
        if let Some(nack) = &mut stream.nack {
            nack.on_packet(now, plain.index);
        }
        let section = &mut self.sections[usize::from(stream.section)];
        let end = header.len + plain.payload_len;
        let body = header.payload(&packet[..end]).map_err(|_| Refusal::Malformed)?;
        let range = 0..header.len + body.len();
        if !stream.window.first_time(plain.index) {
            return Ok(None);
        }
        let Some(payload) = section.payloads.iter().find(|payload| payload.is_named(header.payload_type)) else {
            return Err(Refusal::Unmapped);
        };
        let payload = *payload;
        let Some(new_source) = self.claim(now, at) else { return Ok(None) };
        let Some(track) = self.sections[usize::from(self.streams[at].section)].track else { return Ok(None) };
        Ok(Some(Arrived { track, header, range, index: plain.index, payload, new_source, recovered: false }))
    }

    fn handle_rtx(
        &mut self,
        now: Instant,
        at: usize,
        packet: &mut [u8],
        header: &RtpHeader,
        plain: Unprotected,
    ) -> Result<Option<Arrived>, Refusal> {
        let section = &self.sections[usize::from(self.streams[at].section)];
        let payload = section.payloads.iter().find(|payload| payload.rtx == Some(header.payload_type)).copied();
        let (Some(payload), Some(ssrc), Some(track)) = (payload, section.primary, section.track) else {
            return Ok(None);
        };
        let end = header.len + plain.payload_len;
        let Some(original) = unwrap_in_place(&mut packet[..end], header, ssrc, payload.pt) else { return Ok(None) };
        let Some(main) = self.stream_mut(ssrc) else { return Ok(None) };
        let index = unwrap16(main.window.highest(), original.header.sequence);
        if !main.window.first_time(index) {
            return Ok(None);
        }
        main.recovered += 1;
        if let Some(nack) = &mut main.nack {
            nack.on_packet(now, index);
        }
        let (header, range) = (original.header, original.range);
        Ok(Some(Arrived { track, header, range, index, payload, new_source: false, recovered: true }))
    }

    /// May this stream's packets be its section's track? `Some(true)`: from now on, and not before.
    fn claim(&mut self, now: Instant, at: usize) -> Option<bool> {
        let (ssrc, section) = (self.streams[at].ssrc, usize::from(self.streams[at].section));
        match self.sections[section].primary {
            Some(primary) if primary == ssrc => return Some(false),
            Some(primary) => {
                let heard = self.streams.iter().find(|stream| stream.ssrc == primary).map(|stream| stream.heard);
                if heard.is_some_and(|heard| now.saturating_duration_since(heard) < TAKE_OVER) {
                    return None;
                }
            }
            None => {}
        }
        self.sections[section].primary = Some(ssrc);
        Some(true)
    }

    #[inline]
    fn stream_of(&mut self, now: Instant, packet: &[u8], header: &RtpHeader) -> Option<usize> {
        match self.streams.iter().position(|stream| stream.ssrc == header.ssrc) {
            Some(at) => Some(at),
            None => self.new_stream(now, packet, header),
        }
    }

    /// By signalled SSRC, else by MID, else by a payload type that only one section has.
    #[cold]
    fn new_stream(&mut self, now: Instant, packet: &[u8], header: &RtpHeader) -> Option<usize> {
        if self.streams.len() >= self.limit && !self.forget_oldest(now) {
            return None;
        }
        let by_ssrc = |section: &InSection| section.signalled.contains(&header.ssrc);
        let mid = header.extensions.find(packet, self.ids.mid).and_then(text);
        let section = self
            .sections
            .iter()
            .position(by_ssrc)
            .or_else(|| self.sections.iter().position(|section| Some(section.mid.as_str()) == mid))
            .or_else(|| self.only_section_with(header.payload_type))?;
        let (role, payload) = role_in(&self.sections[section], header.payload_type)?;
        self.streams.push(InStream {
            ssrc: header.ssrc,
            section: section as u16,
            role,
            reception: Reception::new(payload.clock_rate),
            nack: (payload.nack && role == Role::Media).then(NackQueue::new),
            window: Window::default(),
            heard: now,
            recovered: 0,
        });
        Some(self.streams.len() - 1)
    }

    fn only_section_with(&self, pt: u8) -> Option<usize> {
        let mut found = (0..self.sections.len()).filter(|index| role_in(&self.sections[*index], pt).is_some());
        found.next().filter(|_| found.next().is_none())
    }

    fn forget_oldest(&mut self, now: Instant) -> bool {
        let sections = &self.sections;
        let idle = |stream: &InStream| {
            let primary = sections[usize::from(stream.section)].primary == Some(stream.ssrc);
            !primary && now.saturating_duration_since(stream.heard) > Duration::from_secs(10)
        };
        let oldest = (0..self.streams.len())
            .filter(|index| idle(&self.streams[*index]))
            .min_by_key(|index| self.streams[*index].heard);
        oldest.map(|index| self.streams.swap_remove(index)).is_some()
    }
}

fn role_in(section: &InSection, pt: u8) -> Option<(Role, Payload)> {
    section.payloads.iter().find_map(|payload| {
        if payload.is_named(pt) {
            Some((Role::Media, *payload))
        } else if payload.rtx == Some(pt) {
            Some((Role::Rtx, *payload))
        } else {
            None
        }
    })
}
