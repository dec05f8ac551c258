//! What an offer must be before str0m sees it, and what str0m need not see.

use crate::limits::Limits;
use crate::port::RefuseCode;

use super::section::{attribute, split};
use super::{Media, Section, sections};

/// Why an offer is refused. `detail` is ours, never a piece of the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct OfferError {
    pub code: RefuseCode,
    pub detail: &'static str,
}

const fn malformed(detail: &'static str) -> OfferError {
    OfferError { code: RefuseCode::SdpMalformed, detail }
}

const fn too_many(detail: &'static str) -> OfferError {
    OfferError { code: RefuseCode::TooMany, detail }
}

/// An offer that may be given to str0m.
#[derive(Debug)]
pub struct Offer {
    pub sections: Vec<Section>,
    /// Without candidates (we never check them), simulcast (one layer for now) and SSRCs (RTP is ours).
    pub text: String,
}

/// Check bounds and the things that everything later relies on.
///
/// # Errors
/// [`OfferError`]: malformed, too big, not bundled, or nothing of it is ours.
pub fn read_offer(offer: &str, limits: &Limits) -> Result<Offer, OfferError> {
    if offer.len() > limits.sdp_bytes {
        return Err(too_many("offer too long"));
    }
    if !offer.starts_with("v=0") {
        return Err(malformed("not a session description"));
    }
    let (_, lines) = split(offer);
    if lines.len() > limits.sections_per_peer {
        return Err(too_many("too many m-sections"));
    }
    let candidates = offer.lines().filter(|line| line.starts_with("a=candidate")).count();
    if candidates > limits.candidates * limits.sections_per_peer {
        return Err(too_many("too many candidates"));
    }
    let sections = sections(offer);
    check(&sections, offer)?;
    Ok(Offer { text: strip(offer), sections })
}

fn check(sections: &[Section], offer: &str) -> Result<(), OfferError> {
    if sections.is_empty() {
        return Err(malformed("no m-section"));
    }
    if !offer.lines().any(|line| line.starts_with("a=group:BUNDLE")) && sections.len() > 1 {
        return Err(malformed("not bundled"));
    }
    for (index, section) in sections.iter().enumerate() {
        let text_ok = |mid: &str| (1..=16).contains(&mid.len()) && mid.bytes().all(|b| b.is_ascii_graphic());
        if !text_ok(&section.mid) {
            return Err(malformed("a mid is missing or unusable"));
        }
        if sections[..index].iter().any(|earlier| earlier.mid == section.mid) {
            return Err(malformed("a mid is used twice"));
        }
    }
    if !payload_types_agree(sections) {
        return Err(malformed("a payload type means two things in one bundle"));
    }
    let mut media = sections.iter().filter(|section| section.media.kind().is_some()).peekable();
    let has_media = media.peek().is_some();
    if has_media && media.all(|section| section.payloads.is_empty()) {
        return Err(OfferError { code: RefuseCode::NoCommonCodec, detail: "none of the offered codecs is ours" });
    }
    if !has_media && !sections.iter().any(|section| section.media == Media::Application) {
        return Err(malformed("nothing to negotiate"));
    }
    Ok(())
}

/// A payload type means one codec throughout a bundle (RFC 9143 section 9.1), and is not also a retransmission's.
fn payload_types_agree(sections: &[Section]) -> bool {
    let mut meanings = [None; 128];
    let mut agree = |pt: u8, meaning| {
        let Some(known) = meanings.get_mut(usize::from(pt)) else { return false };
        *known.get_or_insert(meaning) == meaning
    };
    sections.iter().flat_map(|section| &section.payloads).all(|payload| {
        let main = (Some((payload.codec, payload.clock_rate)), payload.pt);
        agree(payload.pt, main)
            && payload.rtx.into_iter().chain(payload.red).all(|other| agree(other, (None, payload.pt)))
    })
}

fn strip(offer: &str) -> String {
    let mut text = String::with_capacity(offer.len() + 64);
    for line in offer.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let name = attribute(line).map_or("", |(name, _)| name);
        if !matches!(name, "candidate" | "end-of-candidates" | "rid" | "simulcast" | "ssrc" | "ssrc-group") {
            text.push_str(line);
            text.push_str("\r\n");
        }
    }
    text
}
