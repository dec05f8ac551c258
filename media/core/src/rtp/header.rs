//! The RTP header (RFC 3550 5.1) and its extension block (RFC 8285, one- and two-byte form), read in place.

use super::RtpError;

/// Version, flags, payload type, sequence number, timestamp, SSRC.
pub const FIXED_HEADER: usize = 12;
/// RFC 8285 4.2.
const ONE_BYTE_PROFILE: u16 = 0xBEDE;
/// RFC 8285 4.3: the low four bits are for the application.
const TWO_BYTE_PROFILE: u16 = 0x1000;
/// RFC 8285 4.2: processing stops at this id of the one-byte form.
const ONE_BYTE_STOP: u8 = 15;

/// How the elements of an extension block are framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtensionForm {
    /// ids 1–14, values of 1–16 bytes
    OneByte,
    /// ids 1–255, values of 0–255 bytes
    TwoByte,
}

/// A parsed header. Plain numbers: it borrows nothing and can be kept beside the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpHeader {
    pub marker: bool,
    pub padding: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Of the whole header: fixed part, CSRCs and extension block.
    pub len: usize,
    pub extensions: Extensions,
}

impl RtpHeader {
    /// Read the header of a packet, encrypted or not.
    ///
    /// # Errors
    /// [`RtpError`] when the bytes cannot hold the header that they announce.
    pub fn parse(packet: &[u8]) -> Result<RtpHeader, RtpError> {
        let Some((fixed, rest)) = packet.split_first_chunk::<FIXED_HEADER>() else {
            return Err(RtpError::TooShort);
        };
        if fixed[0] >> 6 != 2 {
            return Err(RtpError::Version);
        }
        let csrcs = usize::from(fixed[0] & 0x0F) * 4;
        if rest.len() < csrcs {
            return Err(RtpError::TooShort);
        }
        let base = FIXED_HEADER + csrcs;
        let (extensions, len) =
            if fixed[0] & 0x10 == 0 { (Extensions::default(), base) } else { Extensions::parse(packet, base)? };
        Ok(RtpHeader {
            marker: fixed[1] & 0x80 != 0,
            padding: fixed[0] & 0x20 != 0,
            payload_type: fixed[1] & 0x7F,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            len,
            extensions,
        })
    }

    /// The payload of a *decrypted* packet, without its padding (RFC 3550 5.1: the last byte counts it).
    ///
    /// # Errors
    /// [`RtpError::Padding`] when the padding count is 0 or more than there is.
    pub fn payload<'a>(&self, packet: &'a [u8]) -> Result<&'a [u8], RtpError> {
        let body = packet.get(self.len..).ok_or(RtpError::TooShort)?;
        if !self.padding {
            return Ok(body);
        }
        let pad = usize::from(*body.last().ok_or(RtpError::Padding)?);
        if pad == 0 || pad > body.len() {
            return Err(RtpError::Padding);
        }
        Ok(&body[..body.len() - pad])
    }
}

/// Where a packet's extension elements lie; look them up against the same packet's bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extensions {
    start: u32,
    len: u32,
    form: Option<ExtensionForm>,
}

impl Extensions {
    fn parse(packet: &[u8], base: usize) -> Result<(Extensions, usize), RtpError> {
        let Some((head, rest)) = packet.get(base..).and_then(<[u8]>::split_first_chunk::<4>) else {
            return Err(RtpError::TooShort);
        };
        let len = usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
        if rest.len() < len {
            return Err(RtpError::TooShort);
        }
        let form = match u16::from_be_bytes([head[0], head[1]]) {
            ONE_BYTE_PROFILE => Some(ExtensionForm::OneByte),
            profile if profile & 0xFFF0 == TWO_BYTE_PROFILE => Some(ExtensionForm::TwoByte),
            _ => None, // some other profile's block: skipped as a whole
        };
        let start = base + 4;
        Ok((Extensions { start: start as u32, len: len as u32, form }, start + len))
    }

    /// The form of the block; `None` when there is none (or none that RFC 8285 describes).
    #[must_use]
    pub fn form(&self) -> Option<ExtensionForm> {
        self.form
    }

    /// The first element with this id. `packet` is the packet that was parsed, from its first byte.
    #[inline]
    #[must_use]
    pub fn find<'a>(&self, packet: &'a [u8], id: u8) -> Option<&'a [u8]> {
        self.iter(packet).find(|(found, _)| *found == id).map(|(_, value)| value)
    }

    /// All elements in order. A malformed element ends the iteration.
    #[inline]
    #[must_use]
    pub fn iter<'a>(&self, packet: &'a [u8]) -> ExtensionIter<'a> {
        let (start, len) = (self.start as usize, self.len as usize);
        let block = packet.get(start..start + len).unwrap_or_default();
        ExtensionIter { rest: if self.form.is_some() { block } else { &[] }, form: self.form }
    }
}

/// Walks an extension block: `(id, value)`.
#[derive(Debug, Clone)]
pub struct ExtensionIter<'a> {
    rest: &'a [u8],
    form: Option<ExtensionForm>,
}

impl<'a> Iterator for ExtensionIter<'a> {
    type Item = (u8, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while let Some((&0, rest)) = self.rest.split_first() {
            self.rest = rest; // padding between elements
        }
        let (id, len, body) = match self.form? {
            ExtensionForm::OneByte => {
                let (&first, body) = self.rest.split_first()?;
                (first >> 4, usize::from(first & 0x0F) + 1, body)
            }
            ExtensionForm::TwoByte => {
                let (&[id, len], body) = self.rest.split_first_chunk::<2>()?;
                (id, usize::from(len), body)
            }
        };
        // RFC 8285 4.2: id 15, and id 0 with a length, end the whole block.
        let stop = self.form == Some(ExtensionForm::OneByte) && (id == ONE_BYTE_STOP || id == 0);
        if stop || body.len() < len {
            self.rest = &[];
            return None;
        }
        let (value, rest) = body.split_at(len);
        self.rest = rest;
        Some((id, value))
    }
}
