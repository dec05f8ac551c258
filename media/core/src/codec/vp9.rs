//! VP9 (RFC 9628 4.2): the payload descriptor.

/// What the first bytes of the descriptor say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// P: refers to an earlier picture
    pub inter_predicted: bool,
    /// B, E: a layer frame begins, ends
    pub starts_frame: bool,
    pub ends_frame: bool,
    /// I: 7 or 15 bits
    pub picture_id: Option<u16>,
    /// L
    pub temporal_layer: Option<u8>,
    pub spatial_layer: Option<u8>,
    /// U: nothing above refers to anything before
    pub switching_point: bool,
}

impl Descriptor {
    /// `None` when the bytes end within the part that is read: up to the layer indices.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Descriptor> {
        let mut bytes = payload.iter().copied();
        let flags = bytes.next()?;
        let mut descriptor = Descriptor {
            inter_predicted: flags & 0x40 != 0,
            starts_frame: flags & 0x08 != 0,
            ends_frame: flags & 0x04 != 0,
            ..Descriptor::default()
        };
        if flags & 0x80 != 0 {
            let high = bytes.next()?;
            let id = u16::from(high & 0x7F);
            descriptor.picture_id = Some(if high & 0x80 == 0 { id } else { id << 8 | u16::from(bytes.next()?) });
        }
        if flags & 0x20 != 0 {
            let layer = bytes.next()?;
            descriptor.temporal_layer = Some(layer >> 5);
            descriptor.switching_point = layer & 0x10 != 0;
            descriptor.spatial_layer = Some(layer >> 1 & 0x07);
        }
        Some(descriptor)
    }

    fn base_layer(self) -> bool {
        self.spatial_layer.unwrap_or(0) == 0
    }
}

/// Does a keyframe begin in this packet? (Its lowest spatial layer is not predicted from earlier pictures.)
#[must_use]
pub fn is_keyframe(payload: &[u8]) -> bool {
    Descriptor::parse(payload).is_some_and(|it| !it.inter_predicted && it.starts_frame && it.base_layer())
}

/// Does a picture begin in this packet?
#[must_use]
pub fn starts_frame(payload: &[u8]) -> bool {
    Descriptor::parse(payload).is_some_and(|it| it.starts_frame && it.base_layer())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    #[test]
    fn keyframes() {
        for (payload, keyframe, frame) in [
            ("88 05 00", true, true),      // picture id, start
            ("88 8005 00", true, true),    // 15 bits of it
            ("80 05 00", false, false),    // middle
            ("c8 05 00", false, true),     // predicted
            ("a8 05 00 01", true, true),   // layers: base
            ("a8 05 02 01", false, false), // layers: upper spatial layer of the keyframe
            ("a8 05", false, false),       // cut short
            ("", false, false),
        ] {
            assert_eq!((is_keyframe(&hex(payload)), starts_frame(&hex(payload))), (keyframe, frame), "{payload}");
        }
    }

    #[test]
    fn layers() {
        let parsed = Descriptor::parse(&hex("ac 8105 52")).unwrap();
        assert_eq!((parsed.picture_id, parsed.temporal_layer, parsed.spatial_layer), (Some(0x105), Some(2), Some(1)));
        assert!(parsed.switching_point && parsed.ends_frame);
    }
}
