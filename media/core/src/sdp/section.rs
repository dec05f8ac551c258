//! One m-section, of an offer or an answer, as far as the plane cares.

use crate::port::{Direction, Kind};
use crate::rtp::extensions::uri;

use super::Codec;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    Audio,
    Video,
    Application,
    Other,
}

impl Media {
    #[must_use]
    pub fn kind(self) -> Option<Kind> {
        match self {
            Media::Audio => Some(Kind::Audio),
            Media::Video => Some(Kind::Video),
            Media::Application | Media::Other => None,
        }
    }
}

/// A payload type with what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    pub pt: u8,
    pub codec: Codec,
    pub clock_rate: u32,
    /// Its retransmissions' payload type.
    pub rtx: Option<u8>,
    /// The payload type of RED (RFC 2198) over nothing but this one.
    pub red: Option<u8>,
    pub nack: bool,
}

impl Payload {
    /// Is this what a packet of payload type `pt` carries, be it within RED?
    #[inline]
    #[must_use]
    pub fn is_named(&self, pt: u8) -> bool {
        self.pt == pt || self.red == Some(pt)
    }
}

/// The header extensions that the plane reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderExtension {
    Mid,
    Rid,
    RepairedRid,
    TransportCc,
    AbsSendTime,
    AbsCaptureTime,
    AudioLevel,
    PlayoutDelay,
    VideoOrientation,
}

impl HeaderExtension {
    fn from_uri(text: &str) -> Option<HeaderExtension> {
        Some(match text {
            uri::MID => HeaderExtension::Mid,
            uri::RID => HeaderExtension::Rid,
            uri::REPAIRED_RID => HeaderExtension::RepairedRid,
            uri::TRANSPORT_CC => HeaderExtension::TransportCc,
            uri::ABS_SEND_TIME => HeaderExtension::AbsSendTime,
            uri::ABS_CAPTURE_TIME => HeaderExtension::AbsCaptureTime,
            uri::AUDIO_LEVEL => HeaderExtension::AudioLevel,
            uri::PLAYOUT_DELAY => HeaderExtension::PlayoutDelay,
            uri::VIDEO_ORIENTATION => HeaderExtension::VideoOrientation,
            _ => return None,
        })
    }
}

/// Negotiated ids; 0 = not negotiated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExtensionIds {
    pub mid: u8,
    pub rid: u8,
    pub repaired_rid: u8,
    pub transport_cc: u8,
    pub abs_send_time: u8,
    pub abs_capture_time: u8,
    pub audio_level: u8,
    pub playout_delay: u8,
    pub video_orientation: u8,
}

impl ExtensionIds {
    fn set(&mut self, extension: HeaderExtension, id: u8) {
        let field = match extension {
            HeaderExtension::Mid => &mut self.mid,
            HeaderExtension::Rid => &mut self.rid,
            HeaderExtension::RepairedRid => &mut self.repaired_rid,
            HeaderExtension::TransportCc => &mut self.transport_cc,
            HeaderExtension::AbsSendTime => &mut self.abs_send_time,
            HeaderExtension::AbsCaptureTime => &mut self.abs_capture_time,
            HeaderExtension::AudioLevel => &mut self.audio_level,
            HeaderExtension::PlayoutDelay => &mut self.playout_delay,
            HeaderExtension::VideoOrientation => &mut self.video_orientation,
        };
        *field = id;
    }

    #[must_use]
    pub fn highest(&self) -> u8 {
        let sent = [self.mid, self.transport_cc, self.abs_send_time, self.abs_capture_time];
        let carried = [self.audio_level, self.playout_delay, self.video_orientation];
        sent.into_iter().chain(carried).max().unwrap_or(0)
    }

    /// Take over what `other` has and we do not: one id means the same in a whole bundle (RFC 8843 10).
    pub fn merge(&mut self, other: &ExtensionIds) {
        let pick = |ours: &mut u8, theirs: u8| *ours = if *ours == 0 { theirs } else { *ours };
        pick(&mut self.mid, other.mid);
        pick(&mut self.rid, other.rid);
        pick(&mut self.repaired_rid, other.repaired_rid);
        pick(&mut self.transport_cc, other.transport_cc);
        pick(&mut self.abs_send_time, other.abs_send_time);
        pick(&mut self.abs_capture_time, other.abs_capture_time);
        pick(&mut self.audio_level, other.audio_level);
        pick(&mut self.playout_delay, other.playout_delay);
        pick(&mut self.video_orientation, other.video_orientation);
    }
}

#[derive(Debug, Clone)]
pub struct Section {
    pub media: Media,
    pub mid: String,
    /// As the text says it, seen from its writer.
    pub sends: bool,
    pub receives: bool,
    /// Port 0 and no `a=bundle-only`.
    pub rejected: bool,
    pub payloads: Vec<Payload>,
    /// Payload types in the order of the m-line, RTX included.
    pub order: Vec<u8>,
    pub extensions: ExtensionIds,
    /// `a=ssrc`, in order of appearance.
    pub ssrcs: Vec<u32>,
    /// `a=rtcp-rsize` (RFC 5506).
    pub reduced_size: bool,
}

impl Section {
    /// Our direction, when the text is an answer of ours.
    #[must_use]
    pub fn direction(&self) -> Direction {
        match (self.sends, self.receives) {
            (true, _) => Direction::Out,
            (false, true) => Direction::In,
            (false, false) => Direction::Inactive,
        }
    }
}

/// Cut a description into its m-sections. What comes before the first one is the first element's text.
pub fn split(sdp: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut head = Vec::new();
    let mut sections: Vec<Vec<&str>> = Vec::new();
    for line in sdp.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        if line.starts_with("m=") {
            sections.push(vec![line]);
        } else if let Some(section) = sections.last_mut() {
            section.push(line);
        } else {
            head.push(line);
        }
    }
    (head, sections)
}

/// Read all m-sections. Never fails: what is not understood is left out, and str0m judges the syntax.
#[must_use]
pub fn sections(sdp: &str) -> Vec<Section> {
    split(sdp).1.iter().map(|lines| read(lines)).collect()
}

/// `a=name:value` → (name, value); `a=name` → (name, "").
pub fn attribute(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("a=").map(|rest| rest.split_once(':').unwrap_or((rest, "")))
}

fn read(lines: &[&str]) -> Section {
    let mut section = read_media_line(lines.first().copied().unwrap_or_default());
    let mut maps = PayloadLines::default();
    let mut bundle_only = false;
    for (name, value) in lines.iter().filter_map(|line| attribute(line)) {
        match name {
            "mid" => section.mid = value.to_owned(),
            "sendrecv" => (section.sends, section.receives) = (true, true),
            "sendonly" => (section.sends, section.receives) = (true, false),
            "recvonly" => (section.sends, section.receives) = (false, true),
            "inactive" => (section.sends, section.receives) = (false, false),
            "bundle-only" => bundle_only = true,
            "rtcp-rsize" => section.reduced_size = true,
            "extmap" => read_extension(value, &mut section.extensions),
            "ssrc" => read_ssrc(value, &mut section.ssrcs),
            _ => maps.read(name, value),
        }
    }
    section.rejected &= !bundle_only;
    section.payloads = maps.payloads(&section.order);
    section
}

fn read_media_line(line: &str) -> Section {
    let mut words = line.strip_prefix("m=").unwrap_or_default().split(' ');
    let media = match words.next() {
        Some("audio") => Media::Audio,
        Some("video") => Media::Video,
        Some("application") => Media::Application,
        _ => Media::Other,
    };
    let rejected = words.next() == Some("0");
    Section {
        media,
        mid: String::new(),
        sends: true,
        receives: true,
        rejected,
        payloads: Vec::new(),
        order: words.skip(1).filter_map(|word| word.parse().ok()).filter(|pt| *pt < 128).take(128).collect(),
        extensions: ExtensionIds::default(),
        ssrcs: Vec::new(),
        reduced_size: false,
    }
}

fn read_extension(value: &str, ids: &mut ExtensionIds) {
    let Some((id, rest)) = value.split_once(' ') else { return };
    let id = id.split('/').next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let uri = rest.split(' ').next().unwrap_or_default();
    if let Some(extension) = HeaderExtension::from_uri(uri) {
        ids.set(extension, id);
    }
}

/// More `a=ssrc` lines than any client writes into one section are not read.
const MAX_SSRCS: usize = 16;

fn read_ssrc(value: &str, ssrcs: &mut Vec<u32>) {
    let ssrc = value.split(' ').next().and_then(|text| text.parse().ok());
    if let Some(ssrc) = ssrc.filter(|ssrc| ssrcs.len() < MAX_SSRCS && !ssrcs.contains(ssrc)) {
        ssrcs.push(ssrc);
    }
}

/// The payload-type lines of a section, gathered before they can be joined.
#[derive(Default)]
struct PayloadLines<'a> {
    rtpmap: Vec<(u8, &'a str)>,
    fmtp: Vec<(u8, &'a str)>,
    nack: Vec<u8>,
}

/// More payload types than there are cannot be.
const MAX_PAYLOADS: usize = 128;

impl<'a> PayloadLines<'a> {
    fn read(&mut self, name: &str, value: &'a str) {
        let Some((pt, rest)) = value.split_once(' ') else { return };
        let Ok(pt) = pt.parse::<u8>() else { return };
        match name {
            "rtpmap" if self.rtpmap.len() < MAX_PAYLOADS => self.rtpmap.push((pt, rest)),
            "fmtp" if self.fmtp.len() < MAX_PAYLOADS => self.fmtp.push((pt, rest)),
            "rtcp-fb" if rest == "nack" && self.nack.len() < MAX_PAYLOADS => self.nack.push(pt),
            _ => {}
        }
    }

    fn payloads(&self, order: &[u8]) -> Vec<Payload> {
        order.iter().filter_map(|pt| self.payload(*pt)).collect()
    }

    fn payload(&self, pt: u8) -> Option<Payload> {
        let find = |list: &[(u8, &'a str)]| list.iter().find(|(found, _)| *found == pt).map(|(_, text)| *text);
        let (name, rate) = find(&self.rtpmap)?.split_once('/')?;
        let codec = Codec::read(name, find(&self.fmtp).unwrap_or_default())?;
        let clock_rate = rate.split('/').next()?.parse().ok().filter(|rate| *rate > 0)?;
        Some(Payload {
            pt,
            codec,
            clock_rate,
            rtx: self.rtx_of(pt),
            red: self.red_of(pt),
            nack: self.nack.contains(&pt),
        })
    }

    /// RFC 2198 5: `a=fmtp` lists the payload types of the blocks.
    fn red_of(&self, pt: u8) -> Option<u8> {
        let is_red = |red: u8| self.rtpmap.iter().any(|(found, name)| *found == red && name.starts_with("red/"));
        let repeats = |text: &str| text.split('/').all(|block| block.trim().parse() == Ok(pt));
        self.fmtp.iter().find(|(red, text)| is_red(*red) && repeats(text)).map(|(red, _)| *red)
    }

    fn rtx_of(&self, pt: u8) -> Option<u8> {
        let repeats = |text: &str| {
            text.split(';').find_map(|part| part.trim().strip_prefix("apt=")).and_then(|apt| apt.parse::<u8>().ok())
        };
        self.fmtp.iter().find(|(_, text)| repeats(text) == Some(pt)).map(|(rtx, _)| *rtx)
    }
}
