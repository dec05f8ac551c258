//! str0m's answer made ours: configured candidates instead of its own, one codec order with the offer, msids by slot
//! pair, SSRCs only where the receiver needs them, and sections without a common codec rejected properly.

use std::fmt::Write;

use crate::config::AnnouncedAddress;
use crate::port::PeerKind;

use super::section::{attribute, split};
use super::{Section, sections};

/// SSRCs that we will really use on a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnSsrcs {
    pub media: u32,
    pub rtx: Option<u32>,
}

/// What the finished answer is to say.
pub struct AnswerPlan<'a> {
    pub kind: PeerKind,
    pub offer: &'a [Section],
    pub candidates: &'a [AnnouncedAddress],
    /// mid of a slot → number of its pair
    pub pairs: &'a [(String, u8)],
    /// WHEP only: the wire's answers must not name SSRCs, or Chromium would not show a new one (FACTS).
    pub ssrcs: &'a dyn Fn(&str) -> Option<OwnSsrcs>,
}

/// Does this section carry media after the negotiation?
fn is_rejected(answer: &Section, offer: Option<&Section>) -> bool {
    answer.rejected
        || offer.is_none_or(|offer| offer.rejected)
        || (answer.media.kind().is_some() && answer.payloads.is_empty())
}

/// The answer's sections with our directions, and which of them are rejected.
pub fn settle(answer: &str, offer: &[Section], kind: PeerKind) -> Vec<Section> {
    let mut settled = sections(answer);
    for (index, section) in settled.iter_mut().enumerate() {
        section.rejected = is_rejected(section, offer.get(index));
        match kind {
            // A section is a track's or a slot's, never both: what the client could send wins.
            PeerKind::Wire => section.sends &= !section.receives,
            PeerKind::Whip => section.sends = false,
            PeerKind::Whep => section.receives = false,
        }
        if section.rejected {
            (section.sends, section.receives) = (false, false);
        }
    }
    settled
}

/// Write the answer that goes to the client.
#[must_use]
pub fn finish(answer: &str, settled: &[Section], plan: &AnswerPlan<'_>) -> String {
    let (head, lines) = split(answer);
    let mut out = String::with_capacity(answer.len() + 512);
    write_head(&mut out, &head, settled);
    let transport = settled.iter().position(|section| !section.rejected);
    for (index, (lines, section)) in lines.iter().zip(settled).enumerate() {
        let offered = plan.offer.get(index);
        if section.rejected {
            write_rejected(&mut out, lines, section);
            continue;
        }
        write_media_line(&mut out, lines, section, offered);
        // Connection and bandwidth lines come before the attributes (RFC 8866 5).
        for text in lines.iter().skip(1).filter(|text| attribute(text).is_none()) {
            line(&mut out, format_args!("{text}"));
        }
        if Some(index) == transport {
            write_candidates(&mut out, plan.candidates);
        }
        write_attributes(&mut out, lines, section, plan, offered);
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
    out.push_str("\r\n");
}

fn write_head(out: &mut String, head: &[&str], settled: &[Section]) {
    for text in head {
        match attribute(text) {
            Some(("group", _)) => {
                let mids = settled.iter().filter(|section| !section.rejected).map(|section| section.mid.as_str());
                line(out, format_args!("a=group:BUNDLE {}", mids.collect::<Vec<_>>().join(" ")));
            }
            Some(("msid-semantic", _)) => line(out, format_args!("a=msid-semantic:WMS *")),
            _ => match text.strip_prefix("o=str0m").and_then(|origin| origin.split_once(' ')) {
                // Which software made it is nobody's business.
                Some((_, origin)) => line(out, format_args!("o=- {origin}")),
                None => line(out, format_args!("{text}")),
            },
        }
    }
}

/// RFC 8829 5.3.1: port 0, and one format because there must be one; 0 needs no `a=rtpmap`.
fn write_rejected(out: &mut String, lines: &[&str], section: &Section) {
    let words: Vec<&str> = lines.first().map(|first| first.split(' ').collect()).unwrap_or_default();
    let (media, proto) = (words.first().copied().unwrap_or("m=video"), words.get(2).copied().unwrap_or_default());
    let format = if section.media.kind().is_some() { "0" } else { words.get(3).copied().unwrap_or("0") };
    line(out, format_args!("{media} 0 {proto} {format}"));
    line(out, format_args!("c=IN IP4 0.0.0.0"));
    line(out, format_args!("a=mid:{}", section.mid));
    line(out, format_args!("a=inactive"));
}

/// RFC 3264 6.1: the answer's formats in the offer's order, so that the client's codec preferences hold.
fn write_media_line(out: &mut String, lines: &[&str], section: &Section, offered: Option<&Section>) {
    let first = lines.first().copied().unwrap_or_default();
    if section.media.kind().is_none() {
        return line(out, format_args!("{first}"));
    }
    let offered = offered.map(|offer| offer.order.as_slice()).unwrap_or_default();
    let rank = |pt: &u8| offered.iter().position(|known| known == pt).unwrap_or(usize::MAX);
    let mut order = section.order.clone();
    order.sort_by_key(rank);
    let head: Vec<&str> = first.split(' ').take(3).collect();
    let formats: Vec<String> = order.iter().map(u8::to_string).collect();
    line(out, format_args!("{} {}", head.join(" "), formats.join(" ")));
}

/// RFC 8445 5.1.2: host candidates; UDP (type preference 126) before TCP (90), in the configured order.
pub(super) fn write_candidates(out: &mut String, candidates: &[AnnouncedAddress]) {
    for (index, candidate) in candidates.iter().enumerate() {
        let local = 65_535 - (index as u32).min(65_535);
        let (proto, preference, tail) = if candidate.tcp { ("tcp", 90, " tcptype passive") } else { ("udp", 126, "") };
        let priority = preference << 24 | local << 8 | 255;
        let (ip, port) = (candidate.addr.ip(), candidate.addr.port());
        line(out, format_args!("a=candidate:{} 1 {proto} {priority} {ip} {port} typ host{tail}", index + 1));
    }
    line(out, format_args!("a=end-of-candidates"));
}

fn write_attributes(
    out: &mut String,
    lines: &[&str],
    section: &Section,
    plan: &AnswerPlan<'_>,
    offered: Option<&Section>,
) {
    for text in lines.iter().skip(1) {
        let Some((name, _)) = attribute(text) else { continue };
        match name {
            "candidate" | "end-of-candidates" | "ssrc" | "ssrc-group" | "msid" => {}
            "sendrecv" | "sendonly" | "recvonly" | "inactive" => write_direction(out, section, plan),
            "rtcp-mux" => {
                line(out, format_args!("a=rtcp-mux"));
                if offered.is_some_and(|offer| offer.reduced_size) {
                    line(out, format_args!("a=rtcp-rsize"));
                }
            }
            _ => line(out, format_args!("{text}")),
        }
    }
    if section.sends
        && let Some(own) = (plan.ssrcs)(&section.mid)
    {
        write_ssrcs(out, own, section, plan);
    }
}

fn write_direction(out: &mut String, section: &Section, plan: &AnswerPlan<'_>) {
    let direction = match (section.sends, section.receives) {
        (true, true) => "sendrecv",
        (true, false) => "sendonly",
        (false, true) => "recvonly",
        (false, false) => "inactive",
    };
    line(out, format_args!("a={direction}"));
    if section.sends {
        line(out, format_args!("a=msid:{}", msid(&section.mid, plan)));
    }
}

/// Audio and video slots of one pair share a stream: Chromium's lip-sync follows the answer's msid (FACTS).
fn msid(mid: &str, plan: &AnswerPlan<'_>) -> String {
    match stream_pair(mid, plan.pairs) {
        Some(pair) => format!("pair-{pair} track-{mid}"),
        None if plan.kind == PeerKind::Whep => format!("sefaw track-{mid}"),
        None => format!("slot-{mid} track-{mid}"),
    }
}

fn stream_pair(mid: &str, pairs: &[(String, u8)]) -> Option<u8> {
    pairs.iter().find(|(known, _)| known == mid).map(|(_, pair)| *pair)
}

fn write_ssrcs(out: &mut String, own: OwnSsrcs, section: &Section, plan: &AnswerPlan<'_>) {
    if let Some(rtx) = own.rtx {
        line(out, format_args!("a=ssrc-group:FID {} {rtx}", own.media));
    }
    let msid = msid(&section.mid, plan);
    for ssrc in std::iter::once(own.media).chain(own.rtx) {
        line(out, format_args!("a=ssrc:{ssrc} cname:sefaw"));
        line(out, format_args!("a=ssrc:{ssrc} msid:{msid}"));
    }
}
