//! The last second of one published stream, shared by all its subscribers: answers their NACKs and replays what came
//! since the last keyframe. Lazily grown, bounded in packets and in age.

use crate::rtp::RtpHeader;
use crate::serial::unwrap16;
use std::time::{Duration, Instant};

/// A second of video at some Mbit/s; 1.5 MB at most.
const MAX_PACKETS: usize = 1024;
/// Enough for a second of audio; it doubles when a packet younger than [`MAX_AGE`] would be overwritten.
const FIRST_PACKETS: usize = 64;
/// Nobody can use an older packet: playout is past it.
const MAX_AGE: Duration = Duration::from_secs(1);

/// A kept packet, decrypted.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    pub index: u64,
    pub received: Instant,
    pub header: RtpHeader,
    /// header and payload, without RTP padding or SRTP tag
    pub bytes: &'a [u8],
}

impl<'a> Packet<'a> {
    #[inline]
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(self.header.len..).unwrap_or_default()
    }
}

/// One per published stream. In a steady stream nothing is allocated: every slot keeps its memory from lap to lap.
#[derive(Debug, Default)]
pub struct Ring {
    /// a power of two, or none; the packet with index i lies at i mod length
    slots: Vec<Slot>,
    newest: Option<u64>,
}

#[derive(Debug, Default)]
struct Slot {
    stored: Option<Stored>,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Stored {
    index: u64,
    received: Instant,
    header: RtpHeader,
}

impl Ring {
    #[must_use]
    pub fn new() -> Self {
        Ring::default()
    }

    /// Keep a packet. `index` is its extended sequence number; late packets find their place.
    pub fn push(&mut self, now: Instant, index: u64, header: &RtpHeader, bytes: &[u8]) {
        if self.newest.is_some_and(|newest| newest.saturating_sub(index) >= MAX_PACKETS as u64) {
            return; // a lap behind: it would throw out a newer one
        }
        if self.slots.is_empty() {
            self.slots.resize_with(FIRST_PACKETS, Slot::default);
        }
        while self.slots.len() < MAX_PACKETS && self.would_lose(now, index) {
            self.grow();
        }
        self.newest = Some(self.newest.map_or(index, |newest| newest.max(index)));
        let at = self.position(index);
        let slot = &mut self.slots[at];
        if slot.stored.is_some_and(|stored| stored.index > index) {
            return;
        }
        slot.stored = Some(Stored { index, received: now, header: *header });
        slot.bytes.clear();
        slot.bytes.extend_from_slice(bytes);
    }

    /// Is there another packet in this packet's place, of use still?
    fn would_lose(&self, now: Instant, index: u64) -> bool {
        self.slots[self.position(index)]
            .stored
            .is_some_and(|stored| stored.index != index && now.saturating_duration_since(stored.received) < MAX_AGE)
    }

    fn grow(&mut self) {
        let len = self.slots.len() * 2;
        let old = std::mem::take(&mut self.slots);
        self.slots.resize_with(len, Slot::default);
        for slot in old {
            if let Some(stored) = slot.stored {
                let at = self.position(stored.index);
                self.slots[at] = slot;
            }
        }
    }

    #[inline]
    fn position(&self, index: u64) -> usize {
        // the length is a power of two; `& len - 1` would underflow when there is none
        (index % self.slots.len().max(1) as u64) as usize
    }

    /// `None`: never seen, too old, or overwritten.
    #[must_use]
    pub fn get(&self, now: Instant, index: u64) -> Option<Packet<'_>> {
        self.at(index).filter(|packet| now.saturating_duration_since(packet.received) <= MAX_AGE)
    }

    /// By what a NACK names: the packet nearest to the newest one with these 16 bits.
    #[must_use]
    pub fn find(&self, now: Instant, sequence: u16) -> Option<Packet<'_>> {
        self.get(now, unwrap16(self.newest?, sequence))
    }

    /// What is there of `index..=newest`, in order; at most what the ring holds. Ages are the caller's business.
    pub fn iter_from(&self, index: u64) -> impl Iterator<Item = Packet<'_>> {
        let end = self.newest.map_or(0, |newest| newest.saturating_add(1));
        let start = index.max(end.saturating_sub(self.slots.len() as u64));
        (start..end).filter_map(|index| self.at(index))
    }

    fn at(&self, index: u64) -> Option<Packet<'_>> {
        let slot = self.slots.get(self.position(index))?;
        let stored = slot.stored.filter(|stored| stored.index == index)?;
        Some(Packet { index, received: stored.received, header: stored.header, bytes: &slot.bytes })
    }

    /// The newest index so far.
    #[must_use]
    pub fn newest(&self) -> Option<u64> {
        self.newest
    }

    /// The bytes that it holds on to.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>() + self.slots.iter().map(|slot| slot.bytes.capacity()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::{ExtensionForm, HeaderWriter};
    use proptest::prelude::*;

    #[allow(clippy::disallowed_methods, reason = "an arbitrary zero")]
    fn start() -> Instant {
        Instant::now()
    }

    fn packet(index: u64, len: usize) -> (RtpHeader, Vec<u8>) {
        let mut buf = vec![index as u8; 12 + len];
        let writer = HeaderWriter::new(&mut buf, 96, false, index as u16, 0, 1, ExtensionForm::OneByte).unwrap();
        let _ = writer.finish();
        (RtpHeader::parse(&buf).unwrap(), buf)
    }

    fn push(ring: &mut Ring, now: Instant, index: u64, len: usize) {
        let (header, bytes) = packet(index, len);
        ring.push(now, index, &header, &bytes);
    }

    #[test]
    fn answers_nacks_across_the_wrap_and_forgets_with_age() {
        let (zero, mut ring) = (start(), Ring::new());
        for index in 65_500..65_570 {
            push(&mut ring, zero, index, 10);
        }
        assert_eq!(ring.find(zero, 65_535).map(|packet| packet.index), Some(65_535));
        assert_eq!(ring.find(zero, 3).map(|packet| packet.index), Some(65_539));
        assert_eq!(ring.find(zero, 100).map(|packet| packet.index), None);
        assert!(ring.find(zero + MAX_AGE, 3).is_some());
        assert!(ring.find(zero + MAX_AGE + Duration::from_millis(1), 3).is_none());
        assert_eq!(ring.find(zero, 3).unwrap().payload(), [(65_539u64 % 256) as u8; 10]);
    }

    #[test]
    fn audio_stays_small_and_video_is_bounded() {
        let (zero, mut audio, mut video) = (start(), Ring::new(), Ring::new());
        for n in 0..5_000u64 {
            push(&mut audio, zero + Duration::from_millis(20 * n), n, 100);
            push(&mut video, zero + Duration::from_micros(200 * n), n, 1_200);
        }
        assert_eq!((audio.slots.len(), video.slots.len()), (FIRST_PACKETS, MAX_PACKETS));
        assert!(audio.memory() < 20_000 && video.memory() < 1_600_000, "{} {}", audio.memory(), video.memory());
    }

    #[test]
    fn replays_in_order_with_a_late_packet_in_its_place() {
        let (zero, mut ring) = (start(), Ring::new());
        for index in [10, 11, 13, 15, 12, 9] {
            push(&mut ring, zero, index, 1);
        }
        let replayed: Vec<u64> = ring.iter_from(10).map(|packet| packet.index).collect();
        assert_eq!((replayed, ring.newest()), (vec![10, 11, 12, 13, 15], Some(15)));
        assert_eq!(Ring::new().iter_from(0).count(), 0);
    }

    #[test]
    fn a_jump_costs_nothing() {
        let (zero, mut ring) = (start(), Ring::new());
        for index in [0, 1, 40_001, u64::from(u32::MAX) << 15, u64::MAX, 5] {
            push(&mut ring, zero, index, 100);
        }
        assert!(ring.memory() < 200_000);
        assert!(ring.iter_from(0).count() <= MAX_PACKETS);
    }

    proptest! {
        /// Whatever comes, what is found is what was put there, and the newest is there.
        #[test]
        fn finds_what_was_put(first in 0u64..200_000, steps in prop::collection::vec((0u64..400, 0u64..30), 1..300)) {
            let (mut now, mut ring) = (start(), Ring::new());
            let mut newest = 0;
            for (offset, ms) in steps {
                now += Duration::from_millis(ms);
                push(&mut ring, now, first + offset, (offset % 7) as usize);
                newest = newest.max(first + offset);
                prop_assert_eq!(ring.newest(), Some(newest));
                let kept = ring.at(newest).unwrap();
                prop_assert_eq!(kept.payload().len() as u64, (newest - first) % 7);
                prop_assert_eq!(kept.header.sequence, newest as u16);
            }
            prop_assert!(ring.iter_from(0).map(|packet| packet.index).is_sorted());
        }
    }
}
