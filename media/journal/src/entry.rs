//! One entry of a chunk: `size varint · kind u8 · dt varint · body`. `size` counts what follows it, `dt` the microseconds
//! since the entry before (or the chunk's beginning).

use serde::{Deserialize, Serialize};

use crate::varint;

/// What an entry is. Readers pass over kinds that they do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Run = 1,
    Rtp = 2,
    Rtcp = 3,
    Fast = 4,
    Dropped = 5,
    End = 6,
}

/// Why packets are not in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Reason {
    /// The disk was slower than what came.
    QueueFull = 1,
    DiskFull = 2,
    /// It refuses to be written: read-only, broken, gone.
    DiskRefuses = 3,
}

impl Reason {
    #[must_use]
    pub fn from_code(code: u8) -> Option<Reason> {
        [Reason::QueueFull, Reason::DiskFull, Reason::DiskRefuses].into_iter().find(|reason| *reason as u8 == code)
    }
}

/// A run: the packets of one track from one SSRC in one codec. A reconnect or another codec is another run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    pub track: u32,
    /// `audio` or `video`.
    pub kind: String,
    /// Its encoding name: `opus`, `VP8`, `H264` …
    pub codec: String,
    pub payload_type: u8,
    /// Packets of this payload type carry the same codec as RED (RFC 2198).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub red: Option<u8>,
    pub clock_rate: u32,
    pub ssrc: u32,
    /// Of a simulcast layer (RFC 8852), else empty.
    pub rid: String,
}

/// An entry as it was read. `t` of each is the session time in microseconds, kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry<'a> {
    Run {
        run: u32,
        info: RunInfo,
    },
    Rtp {
        run: u32,
        packet: &'a [u8],
    },
    Rtcp {
        peer: u64,
        packet: &'a [u8],
    },
    Fast {
        sender: u16,
        message: &'a [u8],
    },
    Dropped(Dropped),
    End {
        run: u32,
    },
    /// Of a kind to come.
    Unknown {
        kind: u8,
        body: &'a [u8],
    },
}

/// Packets that are not in the journal: those of `run` since its entry before this one; 0 = of no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    pub run: u32,
    pub reason: Reason,
    pub packets: u64,
    pub bytes: u64,
}

/// Append an entry whose body begins with a number: all kinds do.
#[inline]
pub(crate) fn put(out: &mut Vec<u8>, kind: Kind, dt: u64, number: u64, rest: &[u8]) {
    // Together first: a vector looks for room at every byte that is pushed.
    let mut head = ([0; OVERHEAD], 0);
    varint::write(&mut head, (1 + varint::size(dt) + varint::size(number) + rest.len()) as u64);
    varint::write(&mut head, kind as u64);
    varint::write(&mut head, dt);
    varint::write(&mut head, number);
    out.extend_from_slice(head.0.get(..head.1).unwrap_or_default());
    out.extend_from_slice(rest);
}

/// The most that an entry adds to its body: the lengths of a size, a kind, a `dt` and a number.
pub(crate) const OVERHEAD: usize = 1 + 3 * varint::MAX;

pub(crate) fn put_dropped(out: &mut Vec<u8>, dt: u64, dropped: Dropped) {
    let mut rest = vec![dropped.reason as u8];
    varint::put(&mut rest, dropped.packets);
    varint::put(&mut rest, dropped.bytes);
    put(out, Kind::Dropped, dt, u64::from(dropped.run), &rest);
}

/// The entry that begins here, its `dt`, and what follows. `None`: these bytes are no entry.
pub(crate) fn take(bytes: &[u8]) -> Option<(u64, Entry<'_>, &[u8])> {
    let (size, rest) = varint::take(bytes)?;
    let (entry, rest) = rest.split_at_checked(usize::try_from(size).ok()?)?;
    let (kind, entry) = entry.split_first()?;
    let (dt, body) = varint::take(entry)?;
    Some((dt, parse(*kind, body)?, rest))
}

fn parse(kind: u8, body: &[u8]) -> Option<Entry<'_>> {
    if !(Kind::Run as u8..=Kind::End as u8).contains(&kind) {
        return Some(Entry::Unknown { kind, body });
    }
    let (number, rest) = varint::take(body)?;
    let run = u32::try_from(number);
    Some(match kind {
        1 => Entry::Run { run: run.ok()?, info: serde_json::from_slice(rest).ok()? },
        2 => Entry::Rtp { run: run.ok()?, packet: rest },
        3 => Entry::Rtcp { peer: number, packet: rest },
        4 => Entry::Fast { sender: u16::try_from(number).ok()?, message: rest },
        5 => Entry::Dropped(parse_dropped(run.ok()?, rest)?),
        _ => Entry::End { run: run.ok().filter(|_| rest.is_empty())? },
    })
}

fn parse_dropped(run: u32, rest: &[u8]) -> Option<Dropped> {
    let (reason, rest) = rest.split_first()?;
    let (packets, rest) = varint::take(rest)?;
    let (bytes, rest) = varint::take(rest)?;
    let reason = Reason::from_code(*reason).filter(|_| rest.is_empty())?;
    Some(Dropped { run, reason, packets, bytes })
}
