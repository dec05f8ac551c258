//! VP8 (RFC 7741 4.2, 4.3): the payload descriptor, and the frame header's first byte behind it.

/// What the descriptor says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// S: a partition begins here
    pub starts_partition: bool,
    /// PID
    pub partition: u8,
    /// N: nothing refers to this frame
    pub non_reference: bool,
    /// 7 or 15 bits
    pub picture_id: Option<u16>,
    pub tl0_picture_index: Option<u8>,
    pub temporal_layer: Option<u8>,
    /// Y: depends on the base layer only
    pub layer_sync: bool,
    /// bytes before the VP8 data
    pub len: usize,
}

impl Descriptor {
    /// `None` when the bytes end within it.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Descriptor> {
        let mut bytes = payload.iter().copied();
        let first = bytes.next()?;
        let mut descriptor = Descriptor {
            starts_partition: first & 0x10 != 0,
            partition: first & 0x07,
            non_reference: first & 0x20 != 0,
            ..Descriptor::default()
        };
        if first & 0x80 != 0 {
            descriptor.extended(&mut bytes)?;
        }
        descriptor.len = payload.len() - bytes.len();
        Some(descriptor)
    }

    fn extended(&mut self, bytes: &mut impl Iterator<Item = u8>) -> Option<()> {
        let flags = bytes.next()?;
        if flags & 0x80 != 0 {
            let high = bytes.next()?;
            let id = u16::from(high & 0x7F);
            self.picture_id = Some(if high & 0x80 == 0 { id } else { id << 8 | u16::from(bytes.next()?) });
        }
        if flags & 0x40 != 0 {
            self.tl0_picture_index = Some(bytes.next()?);
        }
        if flags & 0x30 != 0 {
            let layer = bytes.next()?;
            if flags & 0x20 != 0 {
                self.temporal_layer = Some(layer >> 6);
                self.layer_sync = layer & 0x20 != 0;
            }
        }
        Some(())
    }
}

/// Does a keyframe begin in this packet? (RFC 7741 4.3: the inverse key frame flag of the first partition.)
#[must_use]
pub fn is_keyframe(payload: &[u8]) -> bool {
    Descriptor::parse(payload).is_some_and(|descriptor| {
        let data = payload.get(descriptor.len).copied();
        descriptor.starts_partition && descriptor.partition == 0 && data.is_some_and(|first| first & 1 == 0)
    })
}

/// Does a frame begin in this packet?
#[must_use]
pub fn starts_frame(payload: &[u8]) -> bool {
    Descriptor::parse(payload).is_some_and(|descriptor| {
        descriptor.starts_partition && descriptor.partition == 0 && payload.len() > descriptor.len
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    #[test]
    fn descriptors_of_every_length() {
        let parsed = |bytes: &str| Descriptor::parse(&hex(bytes)).unwrap();
        assert_eq!(parsed("10 00").len, 1);
        let short = parsed("90 80 11 00");
        assert_eq!((short.picture_id, short.len), (Some(0x11), 3));
        let full = parsed("b3 f0 8123 07 60 00");
        assert_eq!((full.picture_id, full.tl0_picture_index, full.len), (Some(0x123), Some(7), 6));
        assert_eq!((full.temporal_layer, full.layer_sync, full.non_reference), (Some(1), true, true));
        assert_eq!((full.partition, parsed("90 10 05").temporal_layer), (3, None));
        for cut in ["", "90", "90 80", "90 f0 8123", "90 f0 8123 07"] {
            assert_eq!(Descriptor::parse(&hex(cut)), None, "{cut}");
        }
    }

    #[test]
    fn keyframes() {
        // as Chromium sends them: 15-bit picture id, then the frame tag
        assert!(is_keyframe(&hex("90 80 8001 500a00 9d012a 8002e001")));
        assert!(!is_keyframe(&hex("90 80 8002 310500")));
        assert!(!is_keyframe(&hex("80 80 8001 500a00")), "the middle of a frame");
        assert!(!is_keyframe(&hex("91 80 8001 500a00")), "a later partition");
        assert!(!is_keyframe(&hex("90 80 8001")), "no data");
        assert!(starts_frame(&hex("90 80 8002 310500")) && !starts_frame(&hex("80 80 8002 310500")));
    }
}
