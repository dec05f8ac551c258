//! Just enough of each video payload format to know where keyframes and frames begin. Payloads are remote input: every
//! function here takes arbitrary bytes and never panics.

pub mod av1;
pub mod h264;
pub mod red;
pub mod vp8;
pub mod vp9;

/// The video codecs that can be told apart here. Others pass without keyframe detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    Vp8,
    H264,
    Vp9,
    Av1,
}

impl VideoCodec {
    /// By the encoding name of `a=rtpmap`, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [("VP8", Self::Vp8), ("H264", Self::H264), ("VP9", Self::Vp9), ("AV1", Self::Av1)]
            .into_iter()
            .find_map(|(known, codec)| known.eq_ignore_ascii_case(name).then_some(codec))
    }

    /// Does a keyframe begin in this packet? (H264: its parameter sets or its first slice.)
    #[must_use]
    pub fn is_keyframe(self, payload: &[u8]) -> bool {
        match self {
            Self::Vp8 => vp8::is_keyframe(payload),
            Self::H264 => h264::is_keyframe(payload),
            Self::Vp9 => vp9::is_keyframe(payload),
            Self::Av1 => av1::is_keyframe(payload),
        }
    }

    /// Does a frame begin in this packet?
    #[must_use]
    pub fn starts_frame(self, payload: &[u8]) -> bool {
        match self {
            Self::Vp8 => vp8::starts_frame(payload),
            Self::H264 => h264::starts_frame(payload),
            Self::Vp9 => vp9::starts_frame(payload),
            Self::Av1 => av1::starts_frame(payload),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names() {
        assert_eq!(VideoCodec::from_name("h264"), Some(VideoCodec::H264));
        assert_eq!(VideoCodec::from_name("opus"), None);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(payload in prop::collection::vec(any::<u8>(), 0..40)) {
            for codec in [VideoCodec::Vp8, VideoCodec::H264, VideoCodec::Vp9, VideoCodec::Av1] {
                let keyframe = codec.is_keyframe(&payload);
                prop_assert!(!keyframe || codec.starts_frame(&payload), "a keyframe is a frame: {:?}", codec);
            }
        }
    }
}
