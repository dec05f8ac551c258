//! Trickle fragments (RFC 8840, RFC 9725 4.3): candidates that a lite agent has no use for, or an ICE restart.

use std::fmt::Write;

use str0m::IceCreds;

use crate::config::AnnouncedAddress;
use crate::limits::Limits;
use crate::port::{Kind, RefuseCode};

use super::OfferError;
use super::answer::write_candidates;

/// What a client's fragment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    pub ufrag: Option<String>,
    pub pass: Option<String>,
}

impl Fragment {
    /// # Errors
    /// When it is too much, or its credentials are none (RFC 8839 5.4).
    pub fn parse(text: &str, limits: &Limits) -> Result<Fragment, OfferError> {
        let candidates = text.lines().filter(|line| line.starts_with("a=candidate")).count();
        if text.len() > limits.sdp_bytes || candidates > limits.candidates {
            return Err(OfferError { code: RefuseCode::TooMany, detail: "too many candidates" });
        }
        let value = |name: &str| text.lines().find_map(|line| line.trim_end().strip_prefix(name)).map(str::to_owned);
        let fragment = Fragment { ufrag: value("a=ice-ufrag:"), pass: value("a=ice-pwd:") };
        let sound = |value: &Option<String>, least: usize| value.as_deref().is_none_or(|value| is_ice(value, least));
        if !sound(&fragment.ufrag, 4) || !sound(&fragment.pass, 22) {
            return Err(OfferError { code: RefuseCode::SdpMalformed, detail: "these are no ICE credentials" });
        }
        Ok(fragment)
    }
}

/// RFC 8839 5.4: ice-char, at least so many, at most 256.
fn is_ice(value: &str, least: usize) -> bool {
    let ice_char = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    (least..=256).contains(&value.len()) && value.bytes().all(ice_char)
}

/// The answer to an ICE restart: our new credentials and where we are, at the bundle's first section `tag`.
#[must_use]
pub fn restarted(own: &IceCreds, tag: (Kind, &str), mids: &[&str], candidates: &[AnnouncedAddress]) -> String {
    let (kind, mid) = tag;
    let media = if kind == Kind::Audio { "audio" } else { "video" };
    let mut out = format!("a=ice-lite\r\na=group:BUNDLE {}\r\n", mids.join(" "));
    // RFC 8840 9.2: a pseudo media line.
    let _ = write!(out, "m={media} 9 RTP/AVP 0\r\na=mid:{mid}\r\n");
    let _ = write!(out, "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", own.ufrag, own.pass);
    write_candidates(&mut out, candidates);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_and_nonsense_is_refused() {
        let read = |text: &str| Fragment::parse(text, &Limits::default());
        let both = read("m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n");
        let both = both.expect("a fragment");
        assert_eq!((both.ufrag.as_deref(), both.pass.is_some()), (Some("ysXw"), true));
        assert_eq!(read("").map(|none| none.ufrag), Ok(None));
        for bad in ["a=ice-ufrag:abc", "a=ice-ufrag:ab cd", "a=ice-pwd:short", "a=ice-ufrag:ä8öü"] {
            assert_eq!(read(bad).map_err(|error| error.code), Err(RefuseCode::SdpMalformed), "{bad}");
        }
        let long = format!("a=ice-pwd:{}", "x".repeat(257));
        assert!(read(&long).is_err());
        assert_eq!(read(&"a=candidate:1\r\n".repeat(65)).map_err(|error| error.code), Err(RefuseCode::TooMany));
    }
}
