//! The engine port: typed commands down, typed events up. The twin of `sefaw_rtc/media/port.py`; both are held
//! together by `tests/golden/engine_port.json`. JSON, because it runs per join and per second, never per packet.
//!
//! Python owns who and why: it numbers rooms, peers and tracks, and decides which track a slot shows.

mod recording;
mod stats;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fast::base64;

pub use recording::{Recording, Secret, Trouble};
pub use stats::{Counters, JournalStats, PeerStats, Stats, TrackStats};

/// A Room is a consultation's media half.
pub type RoomId = u64;
/// A Peer is a participant's media half: one PeerConnection. Never reused.
pub type PeerId = u64;
/// Unique within its room; half of a frame key.
pub type TrackId = u32;
/// Repeated in the event that answers a command.
pub type RequestId = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerKind {
    /// Slots are re-used: no `a=ssrc` in the answer, MID on every packet, a new SSRC per assignment.
    Wire,
    /// RFC 9725, publishes only.
    Whip,
    /// Watches only; the answer carries `a=ssrc`, a slot keeps its track for good.
    Whep,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Answered by `Joined` or `Refused`. `pairs`: mid of a receive slot → number of the pair whose audio and video
    /// share a msid in the answer. `dtls13`: the client measured a long round trip (FACTS: one constant).
    Join {
        request: RequestId,
        room: RoomId,
        peer: PeerId,
        kind: PeerKind,
        offer: String,
        pairs: Vec<(String, u8)>,
        dtls13: bool,
    },
    /// A new offer of a joined peer: more m-sections or an ICE restart. Answered by `Joined` or `Refused`.
    Offer {
        request: RequestId,
        peer: PeerId,
        offer: String,
        pairs: Vec<(String, u8)>,
    },
    /// Trickled candidates (RFC 8840). Answered by `Done` or `Refused`.
    Trickle {
        request: RequestId,
        peer: PeerId,
        fragment: String,
    },
    /// An ICE restart by fragment (RFC 9725 4.3). Answered by `Restarted` or `Refused`; the same again gets the same answer.
    Restart {
        request: RequestId,
        peer: PeerId,
        fragment: String,
    },
    /// What arrives on this m-section of the peer is this track. `rank`: where a link is too weak for all pictures, the
    /// highest is given up first. `keep`: what has come since the last keyframe is kept for `Grab`. `prompt`: whoever
    /// watches it wants each picture as soon as it can be had, rather than evenly.
    Publish {
        peer: PeerId,
        mid: String,
        track: TrackId,
        rank: u8,
        keep: bool,
        prompt: bool,
    },
    Unpublish {
        room: RoomId,
        track: TrackId,
    },
    /// Give a track to a slot, or take it away. Last request wins; at most one switch per 500 ms and slot.
    Assign {
        peer: PeerId,
        mid: String,
        track: Option<TrackId>,
    },
    /// Who may send on the fast lane (views, pointers); everybody in the room receives it. Default: nobody. `sender` is
    /// what others know the peer by (its participant's number); the plane writes it into every message it relays.
    /// `lead`: the epoch of the lead it holds, 0 = none: only under that epoch may it move what the leader shows.
    FastRights {
        peer: PeerId,
        send: bool,
        sender: u16,
        lead: u16,
    },
    /// A fast-lane message that came over a WebSocket, base64.
    Fast {
        peer: PeerId,
        body: String,
    },
    /// The frame with this RTP timestamp as it was transmitted. Answered by `Grabbed` or `Refused`. A track that is not
    /// kept answers only for a second, and only if a keyframe lies in it.
    Grab {
        request: RequestId,
        room: RoomId,
        track: TrackId,
        rtp: u32,
    },
    /// Close one peer: DTLS close-notify, then forget it.
    Leave {
        peer: PeerId,
        reason: String,
    },
    CloseRoom {
        room: RoomId,
        reason: String,
    },
    /// Write the room's packets to `folder` (`docs/journal.md`). `segment`, `run`: the first numbers. `zero_ns`: what
    /// CLOCK_MONOTONIC showed at session time 0; `started_unix_us` the wall clock then. This and the three that follow are
    /// answered by `Recording` once it is true on disk. A room that records goes on as it does.
    Record {
        room: RoomId,
        folder: String,
        consultation: String,
        key: Secret,
        segment: u32,
        run: u32,
        started_unix_us: i64,
        zero_ns: i64,
    },
    PauseRecording {
        room: RoomId,
    },
    ResumeRecording {
        room: RoomId,
    },
    /// `CloseRoom` does so too.
    StopRecording {
        room: RoomId,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefuseCode {
    SdpMalformed,
    NoCommonCodec,
    /// A limit of the plane: peers, rooms, m-sections.
    TooMany,
    UnknownPeer,
    UnknownTrack,
    /// The frame to grab is not there any more, or never was whole.
    NotKept,
    Internal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// `Leave` or `CloseRoom`.
    Closed,
    /// The other side sent a DTLS close-notify or an SCTP abort.
    Left,
    /// No authenticated packet of any kind for the liveness time.
    ConnectionLost,
    /// Never became connected in the time allowed for it.
    NetworkBlocked,
    /// DTLS failed or the fingerprint did not match.
    SecurityFailed,
    /// A limit per peer was passed (TCP backlog, data channel flood).
    TooSlow,
    ProtocolViolation,
    /// The peer's own code path panicked; nobody else noticed.
    InternalError,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Audio,
    Video,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The peer sends, we receive.
    In,
    /// We send, the peer receives.
    Out,
    Inactive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    Udp,
    Tcp,
}

/// One m-section of an answer, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLine {
    pub mid: String,
    pub kind: Kind,
    pub direction: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    Live,
    Silent,
    NoKeyframes,
    CodecUnsupported,
    /// This receiver's link is too weak for pictures: its sound goes on.
    Suspended,
}

/// Bytes; base64 only when they are written, which a shard does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        base64::decode(&text).map(Blob).ok_or_else(|| serde::de::Error::custom("not base64"))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    Joined {
        request: RequestId,
        peer: PeerId,
        answer: String,
        media: Vec<MediaLine>,
    },
    Refused {
        request: RequestId,
        code: RefuseCode,
        detail: String,
    },
    Done {
        request: RequestId,
    },
    /// Our new credentials; the old ones serve until the first check under these.
    Restarted {
        request: RequestId,
        fragment: String,
    },
    /// The frame `rtp` (the one that was asked for, or the nearest earlier one that is whole): all packets from the last
    /// keyframe on up to its end, in order, each with its frame's timestamp; payloads as RTP carries them, base64.
    Grabbed {
        request: RequestId,
        codec: String,
        rtp: u32,
        packets: Vec<(u32, Blob)>,
    },
    /// The first authenticated check has come: there is a way to the peer. `ms` since the join command.
    IceConnected {
        peer: PeerId,
        transport: Transport,
        ms: u32,
    },
    /// ICE and DTLS are up. `ms` since the join command.
    Connected {
        peer: PeerId,
        transport: Transport,
        dtls: String,
        srtp: String,
        ms: u32,
    },
    /// The peer's packets now come another way (NAT rebinding, Wi-Fi to mobile, UDP to TCP).
    PathChanged {
        peer: PeerId,
        transport: Transport,
    },
    /// Both data channels are open.
    ChannelsOpen {
        peer: PeerId,
    },
    /// A track's notice for the room (`peer` None) or for one receiver (`codec_unsupported`, `suspended` and its end).
    Track {
        room: RoomId,
        track: TrackId,
        notice: Notice,
        peer: Option<PeerId>,
    },
    /// The first packet of a published track has come; `ms` since `Publish`.
    FirstPacket {
        room: RoomId,
        track: TrackId,
        ms: u32,
    },
    /// The first keyframe of a published track has come; `ms` since `Publish`.
    FirstKeyframe {
        room: RoomId,
        track: TrackId,
        ms: u32,
    },
    /// The first packet of this track left for this slot; `ms` since the assignment.
    Shown {
        peer: PeerId,
        mid: String,
        track: TrackId,
        ms: u32,
    },
    /// The link to this peer carried no more than `kbps`, too little for its pictures beside the sound: one or all of
    /// them wait (`Track` says which).
    VideoSuspended {
        peer: PeerId,
        kbps: u32,
    },
    /// A picture is tried again.
    VideoResumed {
        peer: PeerId,
        kbps: u32,
    },
    /// A fast-lane message for a peer without open data channels, base64.
    FastFor {
        peer: PeerId,
        from: PeerId,
        body: String,
    },
    /// What is true of a room's journal, on disk. `segment`: the one that is written, or would be next; `run` likewise.
    Recording {
        room: RoomId,
        state: Recording,
        segment: u32,
        run: u32,
    },
    /// Packets begin to be left out of the journal: `packets` so far.
    JournalTrouble {
        room: RoomId,
        reason: Trouble,
        packets: u64,
    },
    /// It is over: what was left out, between these session times in µs. A pause or an end of recording ends it too.
    JournalBack {
        room: RoomId,
        reason: Trouble,
        packets: u64,
        t_from: u64,
        t_to: u64,
    },
    /// The peer is gone. Always the last event of a peer, also of one that was told to leave.
    Ended {
        peer: PeerId,
        reason: EndReason,
        detail: String,
    },
    /// Once a second and shard.
    Stats(Box<Stats>),
}
