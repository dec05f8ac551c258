//! A track: one published source, who watches it, and what is kept of it.

use std::time::{Duration, Instant};

use crate::grab::{Grabbed, Piece, grab};
use crate::kept::Kept;
use crate::keyframe::Keyframes;
use crate::port::{Kind, Notice, RefuseCode, RoomId, TrackId};
use crate::recorder::Run;
use crate::rtx::Ring;
use crate::sdp::{Codec, ExtensionIds};
use crate::timers::PeerKey;

/// No packet for so long, and people are told that the track is silent.
const SILENT: Duration = Duration::from_secs(3);

/// A slot that watches, by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscriber {
    pub peer: u32,
    pub slot: u16,
}

/// What the sender said its clock shows.
#[derive(Debug, Clone, Copy)]
pub struct Mapping {
    pub ntp: u64,
    pub timestamp: u32,
}

#[derive(Debug, Default)]
pub struct TrackCounters {
    pub packets: u64,
    pub bytes: u64,
    pub keyframes: u64,
    pub frames: u64,
    pub recovered: u64,
    pub level_sum: u64,
    pub level_count: u64,
}

/// How the server wants a track to be treated (`Command::Publish`).
#[derive(Debug, Clone, Copy)]
pub struct Treatment {
    pub rank: u8,
    pub keep: bool,
    pub prompt: bool,
}

pub struct Track {
    pub id: TrackId,
    pub room: RoomId,
    pub kind: Kind,
    /// Where pictures must give way, the highest goes first.
    pub rank: u8,
    /// Whoever watches wants each picture as soon as it can be had.
    pub prompt: bool,
    pub publisher: PeerKey,
    pub section: usize,
    /// The publisher's extension ids.
    pub ids: ExtensionIds,
    /// Slots that show it: written to for every packet.
    pub live: Vec<Subscriber>,
    /// Slots that wait for a keyframe or for their turn.
    pub waiting: Vec<Subscriber>,
    /// Changes when another SSRC becomes the source.
    pub generation: u32,
    pub codec: Option<Codec>,
    /// Video only.
    pub ring: Ring,
    /// What frames are grabbed from, if this track's are to be kept.
    pub kept: Option<Kept>,
    pub keyframes: Keyframes,
    pub mapping: Option<Mapping>,
    pub published: Instant,
    /// The last packet, or the publication.
    pub heard: Instant,
    pub notice: Option<Notice>,
    pub last_timestamp: Option<u32>,
    pub counters: TrackCounters,
    /// What its packets are called in the room's journal.
    pub run: Option<Run>,
    /// Packets of it that were asked for in vain, when somebody last looked.
    pub given_up: u64,
}

impl Track {
    #[must_use]
    pub fn new(
        now: Instant,
        (id, room, kind): (TrackId, RoomId, Kind),
        how: Treatment,
        publisher: PeerKey,
        section: usize,
        ids: ExtensionIds,
    ) -> Track {
        Track {
            id,
            room,
            kind,
            rank: how.rank,
            prompt: how.prompt && kind == Kind::Video,
            publisher,
            section,
            ids,
            live: Vec::new(),
            waiting: Vec::new(),
            generation: 0,
            codec: None,
            ring: Ring::new(),
            kept: (how.keep && kind == Kind::Video).then(Kept::default),
            keyframes: Keyframes::default(),
            mapping: None,
            published: now,
            heard: now,
            notice: None,
            last_timestamp: None,
            counters: TrackCounters::default(),
            run: None,
            given_up: 0,
        }
    }

    /// Another SSRC, another time base: nothing kept is of use.
    pub fn change_source(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.ring = Ring::new();
        if let Some(kept) = &mut self.kept {
            kept.clear();
        }
        self.keyframes.forget();
        self.mapping = None;
        let live = std::mem::take(&mut self.live);
        self.waiting.extend(live);
    }

    /// The frame with this timestamp as it was transmitted.
    ///
    /// # Errors
    /// `NotKept`.
    pub fn grab(&self, wanted: u32) -> Result<Grabbed, RefuseCode> {
        if let Some(kept) = &self.kept {
            return kept.grab(wanted);
        }
        let keyframe = self.keyframes.last().ok_or(RefuseCode::NotKept)?;
        let mut packets = self.ring.iter_from(keyframe.index).peekable();
        if packets.peek().is_none_or(|packet| packet.index != keyframe.index) {
            return Err(RefuseCode::NotKept); // the keyframe's beginning is overwritten
        }
        grab(packets.map(Piece::from), wanted)
    }

    pub fn unsubscribe(&mut self, who: Subscriber) {
        self.live.retain(|known| *known != who);
        self.waiting.retain(|known| *known != who);
        if self.waiting.is_empty() && self.live.is_empty() {
            self.keyframes.cancel();
        }
    }

    /// The notice to give now, if it is another than before.
    pub fn notice(&mut self, notice: Notice) -> Option<Notice> {
        let changed = self.notice != Some(notice);
        self.notice = Some(notice);
        changed.then_some(notice)
    }

    /// Milliseconds since it was published.
    #[must_use]
    pub fn age_ms(&self, now: Instant) -> u32 {
        now.saturating_duration_since(self.published).as_millis() as u32
    }

    /// Has it become silent?
    #[must_use]
    pub fn is_silent(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.heard) >= SILENT
    }
}
