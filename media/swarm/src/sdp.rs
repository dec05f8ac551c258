//! The offer as Chromium words it (less the codecs we never send), and what we need of the answer.

use std::fmt::Write;
use std::net::SocketAddr;

use sefaw_core::rtp::extensions::uri;

pub const OPUS: u8 = 111;
pub const VP8: u8 = 96;
pub const VP8_RTX: u8 = 97;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Audio,
    Video,
}

/// One m-section we offer. A sender names its SSRCs; a receiver leaves them 0.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub kind: Kind,
    pub send: bool,
    pub ssrc: u32,
    pub rtx_ssrc: u32,
}

/// What an offer says about its author.
pub struct Identity<'a> {
    pub ufrag: &'a str,
    pub password: &'a str,
    /// `AB:CD:…`, SHA-256.
    pub fingerprint: &'a str,
    pub address: SocketAddr,
}

/// The header extensions an answer agreed to; 0 = not agreed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExtensionIds {
    pub mid: u8,
    pub transport_cc: u8,
    pub abs_send_time: u8,
    pub audio_level: u8,
}

#[derive(Debug, Clone, Default)]
pub struct AnswerLine {
    pub rejected: bool,
    pub extensions: ExtensionIds,
    /// In the order of the answer: media, then its retransmissions.
    pub ssrcs: Vec<u32>,
}

#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub ufrag: String,
    pub password: String,
    pub fingerprint: String,
    /// The server waits for our ClientHello.
    pub passive: bool,
    pub candidates: Vec<SocketAddr>,
    pub lines: Vec<AnswerLine>,
}

#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error("the answer lacks {0}")]
    Missing(&'static str),
    #[error("the answer rejects m-section {0}")]
    Rejected(usize),
}

pub fn offer(identity: &Identity<'_>, lines: &[Line]) -> String {
    let mut out = String::from("v=0\r\no=- 4611732054 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE");
    for index in 0..lines.len() {
        let _ = write!(out, " {index}");
    }
    out.push_str("\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n");
    for (index, line) in lines.iter().enumerate() {
        section(&mut out, identity, index, *line);
    }
    out
}

fn section(out: &mut String, identity: &Identity<'_>, index: usize, line: Line) {
    let Identity { ufrag, password, fingerprint, address } = identity;
    let (name, formats) = match line.kind {
        Kind::Audio => ("audio", format!("{OPUS}")),
        Kind::Video => ("video", format!("{VP8} {VP8_RTX}")),
    };
    let direction = if line.send { "sendonly" } else { "recvonly" };
    let (ip, port) = (address.ip(), address.port());
    let family = if address.is_ipv4() { "IP4" } else { "IP6" };
    let _ = write!(
        out,
        "m={name} {port} UDP/TLS/RTP/SAVPF {formats}\r\nc=IN {family} {ip}\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
         a=candidate:1 1 udp 2122260223 {ip} {port} typ host generation 0\r\n\
         a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\na=ice-options:trickle\r\n\
         a=fingerprint:sha-256 {fingerprint}\r\na=setup:actpass\r\na=mid:{index}\r\n"
    );
    out.push_str(match line.kind {
        Kind::Audio => AUDIO_EXTENSIONS,
        Kind::Video => VIDEO_EXTENSIONS,
    });
    let _ = write!(out, "a={direction}\r\n");
    if line.send {
        let _ = write!(out, "a=msid:swarm {name}\r\n");
    }
    out.push_str("a=rtcp-mux\r\na=rtcp-rsize\r\n");
    out.push_str(match line.kind {
        Kind::Audio => AUDIO_CODECS,
        Kind::Video => VIDEO_CODECS,
    });
    if line.send {
        sources(out, name, line);
    }
}

fn sources(out: &mut String, name: &str, line: Line) {
    let Line { ssrc, rtx_ssrc, .. } = line;
    if line.kind == Kind::Video {
        let _ = write!(out, "a=ssrc-group:FID {ssrc} {rtx_ssrc}\r\n");
    }
    let _ = write!(out, "a=ssrc:{ssrc} cname:swarm\r\na=ssrc:{ssrc} msid:swarm {name}\r\n");
    if line.kind == Kind::Video {
        let _ = write!(out, "a=ssrc:{rtx_ssrc} cname:swarm\r\na=ssrc:{rtx_ssrc} msid:swarm {name}\r\n");
    }
}

const AUDIO_EXTENSIONS: &str = "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
    a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
    a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n";
const VIDEO_EXTENSIONS: &str = "a=extmap:14 urn:ietf:params:rtp-hdrext:toffset\r\n\
    a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
    a=extmap:13 urn:3gpp:video-orientation\r\n\
    a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
    a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n\
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
    a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
    a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n";
const AUDIO_CODECS: &str = "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n\
    a=fmtp:111 minptime=10;useinbandfec=1\r\n";
const VIDEO_CODECS: &str = "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 transport-cc\r\n\
    a=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n\
    a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";

/// An answer that takes every m-section, or the reason why it does not.
pub fn parse_answer(sdp: &str) -> Result<Answer, AnswerError> {
    let mut answer = Answer::default();
    for line in sdp.lines() {
        let line = line.trim_end();
        if let Some(rest) = line.strip_prefix("m=") {
            let rejected = rest.split(' ').nth(1) == Some("0");
            answer.lines.push(AnswerLine { rejected, ..Default::default() });
        } else if let Some(attribute) = line.strip_prefix("a=") {
            let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
            transport_attribute(&mut answer, name, value);
            if let Some(section) = answer.lines.last_mut() {
                media_attribute(section, name, value);
            }
        }
    }
    complete(answer)
}

fn complete(answer: Answer) -> Result<Answer, AnswerError> {
    if let Some(index) = answer.lines.iter().position(|line| line.rejected) {
        return Err(AnswerError::Rejected(index));
    }
    let present = [
        (!answer.ufrag.is_empty() && !answer.password.is_empty(), "ICE credentials"),
        (!answer.fingerprint.is_empty(), "a fingerprint"),
        (!answer.candidates.is_empty(), "a UDP candidate"),
        (!answer.lines.is_empty(), "m-sections"),
    ];
    match present.iter().find(|(there, _)| !there) {
        Some((_, what)) => Err(AnswerError::Missing(what)),
        None => Ok(answer),
    }
}

fn transport_attribute(answer: &mut Answer, name: &str, value: &str) {
    match name {
        "ice-ufrag" => answer.ufrag = value.to_string(),
        "ice-pwd" => answer.password = value.to_string(),
        "fingerprint" => answer.fingerprint = value.rsplit(' ').next().unwrap_or("").to_ascii_uppercase(),
        "setup" => answer.passive = value == "passive",
        "candidate" => {
            let address = udp_candidate(value).filter(|address| !answer.candidates.contains(address));
            answer.candidates.extend(address);
        }
        _ => {}
    }
}

fn udp_candidate(value: &str) -> Option<SocketAddr> {
    let fields: Vec<&str> = value.split(' ').collect();
    if !fields.get(2)?.eq_ignore_ascii_case("udp") {
        return None;
    }
    Some(SocketAddr::new(fields.get(4)?.parse().ok()?, fields.get(5)?.parse().ok()?))
}

fn media_attribute(section: &mut AnswerLine, name: &str, value: &str) {
    match name {
        "extmap" => {
            let (id, uri) = value.split_once(' ').unwrap_or((value, ""));
            let id = id.split('/').next().and_then(|id| id.parse().ok()).unwrap_or(0);
            match uri.split(' ').next().unwrap_or("") {
                uri::MID => section.extensions.mid = id,
                uri::TRANSPORT_CC => section.extensions.transport_cc = id,
                uri::ABS_SEND_TIME => section.extensions.abs_send_time = id,
                uri::AUDIO_LEVEL => section.extensions.audio_level = id,
                _ => {}
            }
        }
        "ssrc" => {
            let ssrc = value.split(' ').next().and_then(|ssrc| ssrc.parse().ok());
            section.ssrcs.extend(ssrc.filter(|ssrc| !section.ssrcs.contains(ssrc)));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=group:BUNDLE 0\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:secretsecretsecretsecre\r\n\
        a=fingerprint:sha-256 aa:BB\r\na=setup:passive\r\na=candidate:1 1 TCP 1 127.0.0.1 7000 typ host tcptype passive\r\n\
        a=candidate:2 1 UDP 2 127.0.0.1 7001 typ host\r\na=mid:0\r\na=sendonly\r\n\
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
        a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid\r\na=ssrc:77 cname:x\r\na=ssrc:77 msid:a b\r\na=ssrc:78 cname:x\r\n";

    #[test]
    fn an_answer_gives_transport_extensions_and_sources() {
        let answer = parse_answer(ANSWER).unwrap();
        assert!(answer.passive);
        assert_eq!(answer.fingerprint, "AA:BB");
        assert_eq!(answer.candidates, vec!["127.0.0.1:7001".parse().unwrap()]);
        let line = &answer.lines[0];
        assert_eq!(line.ssrcs, vec![77, 78]);
        assert_eq!((line.extensions.transport_cc, line.extensions.mid, line.extensions.abs_send_time), (3, 4, 0));
    }

    #[test]
    fn a_rejected_or_bare_answer_is_an_error() {
        assert!(matches!(parse_answer(&ANSWER.replace("m=video 9", "m=video 0")), Err(AnswerError::Rejected(0))));
        assert!(matches!(parse_answer(&ANSWER.replace("a=ice-pwd", "a=x")), Err(AnswerError::Missing(_))));
        assert!(parse_answer("").is_err());
    }

    #[test]
    fn str0m_accepts_the_offer() {
        let identity = Identity {
            ufrag: "abcd",
            password: "0123456789012345678901",
            fingerprint: &["AB"; 32].join(":"),
            address: "127.0.0.1:5000".parse().unwrap(),
        };
        let lines = [
            Line { kind: Kind::Audio, send: true, ssrc: 1, rtx_ssrc: 0 },
            Line { kind: Kind::Video, send: true, ssrc: 2, rtx_ssrc: 3 },
        ];
        let text = offer(&identity, &lines);
        str0m::change::SdpOffer::from_sdp_string(&text).unwrap();
    }
}
