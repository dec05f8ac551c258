//! What a payload type means, and who can decode what another encodes.

use crate::codec::VideoCodec;

/// H264 profiles that browsers name (RFC 6184 8.1, table 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum H264Profile {
    ConstrainedBaseline,
    Baseline,
    Main,
    ConstrainedHigh,
    High,
    Other(u8),
}

impl H264Profile {
    /// By `profile-level-id`, six hex digits: profile_idc, constraint flags, level.
    #[must_use]
    pub fn from_level_id(id: &str) -> Option<H264Profile> {
        let bits = u32::from_str_radix(id, 16).ok().filter(|_| id.len() == 6)?;
        let [_, idc, constraints, _] = bits.to_be_bytes();
        Some(match (idc, constraints) {
            (0x42, flags) if flags & 0x40 != 0 => H264Profile::ConstrainedBaseline,
            (0x4d, flags) if flags & 0x80 != 0 => H264Profile::ConstrainedBaseline,
            (0x42, _) => H264Profile::Baseline,
            (0x4d, _) => H264Profile::Main,
            (0x64, flags) if flags & 0x0c == 0x0c => H264Profile::ConstrainedHigh,
            (0x64, _) => H264Profile::High,
            (other, _) => H264Profile::Other(other),
        })
    }

    /// The higher, the more a decoder must do.
    fn rank(self) -> u8 {
        match self {
            H264Profile::ConstrainedBaseline => 0,
            H264Profile::Baseline => 1,
            H264Profile::Main => 2,
            H264Profile::ConstrainedHigh => 3,
            H264Profile::High => 4,
            H264Profile::Other(_) => 5,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    Opus,
    Vp8,
    H264 { profile: H264Profile, packetization_mode: u8 },
    Vp9 { profile: u8 },
    Av1,
}

impl Codec {
    /// By the encoding name of `a=rtpmap` and the parameters of `a=fmtp`.
    #[must_use]
    pub fn read(name: &str, fmtp: &str) -> Option<Codec> {
        let parameter = |key: &str| {
            fmtp.split(';').filter_map(|part| part.trim().split_once('=')).find(|(k, _)| *k == key).map(|(_, v)| v)
        };
        if name.eq_ignore_ascii_case("opus") {
            return Some(Codec::Opus);
        }
        Some(match VideoCodec::from_name(name)? {
            VideoCodec::Vp8 => Codec::Vp8,
            VideoCodec::Av1 => Codec::Av1,
            VideoCodec::Vp9 => {
                Codec::Vp9 { profile: parameter("profile-id").and_then(|v| v.parse().ok()).unwrap_or(0) }
            }
            VideoCodec::H264 => Codec::H264 {
                // RFC 6184 8.1: without profile-level-id Baseline at level 1; encoders that leave it out send
                // Constrained Baseline.
                profile: parameter("profile-level-id")
                    .and_then(H264Profile::from_level_id)
                    .unwrap_or(H264Profile::ConstrainedBaseline),
                packetization_mode: parameter("packetization-mode").and_then(|v| v.parse().ok()).unwrap_or(0),
            },
        })
    }

    #[must_use]
    pub fn video(self) -> Option<VideoCodec> {
        match self {
            Codec::Opus => None,
            Codec::Vp8 => Some(VideoCodec::Vp8),
            Codec::H264 { .. } => Some(VideoCodec::H264),
            Codec::Vp9 { .. } => Some(VideoCodec::Vp9),
            Codec::Av1 => Some(VideoCodec::Av1),
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::Vp8 => "VP8",
            Codec::H264 { .. } => "H264",
            Codec::Vp9 { .. } => "VP9",
            Codec::Av1 => "AV1",
        }
    }

    /// How well a receiver that negotiated `self` takes a stream of `sent`: smaller is better, `None` not at all.
    /// A decoder of a higher H264 profile takes the lower ones, of packetization mode 1 also mode 0.
    #[must_use]
    pub fn takes(self, sent: Codec) -> Option<u8> {
        if self == sent {
            return Some(0);
        }
        let (Codec::H264 { profile: ours, packetization_mode: mode }, Codec::H264 { profile, packetization_mode }) =
            (self, sent)
        else {
            return None;
        };
        let above = ours.rank().checked_sub(profile.rank())?;
        let extra = mode.checked_sub(packetization_mode)?;
        let comparable = !matches!((ours, profile), (H264Profile::Other(_), _) | (_, H264Profile::Other(_)));
        // Baseline's flexible macroblock order is in no higher profile, but no WebRTC encoder uses it.
        (comparable || ours == profile).then_some(above * 2 + extra)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn h264(id: &str, mode: u8) -> Codec {
        let fmtp = format!("level-asymmetry-allowed=1;packetization-mode={mode};profile-level-id={id}");
        Codec::read("H264", &fmtp).unwrap()
    }

    #[test]
    fn chromium_and_firefox_profiles() {
        for (id, profile) in [
            ("42001f", H264Profile::Baseline),
            ("42e01f", H264Profile::ConstrainedBaseline),
            ("42c02a", H264Profile::ConstrainedBaseline),
            ("4d001f", H264Profile::Main),
            ("64001f", H264Profile::High),
            ("640c1f", H264Profile::ConstrainedHigh),
            ("f4001f", H264Profile::Other(0xf4)),
        ] {
            assert_eq!(H264Profile::from_level_id(id), Some(profile), "{id}");
        }
        assert_eq!(H264Profile::from_level_id("42"), None);
    }

    #[test]
    fn a_higher_decoder_takes_a_lower_stream() {
        assert_eq!(h264("42e01f", 1).takes(h264("42e034", 1)), Some(0), "levels do not matter");
        assert!(h264("4d001f", 1).takes(h264("42e01f", 1)).is_some());
        assert!(h264("42e01f", 1).takes(h264("42e01f", 0)).is_some());
        assert_eq!(h264("42e01f", 0).takes(h264("42e01f", 1)), None, "mode 0 has no fragments");
        assert_eq!(h264("42e01f", 1).takes(h264("64001f", 1)), None);
        assert_eq!(Codec::Vp8.takes(h264("42e01f", 1)), None);
    }
}
