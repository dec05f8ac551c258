//! Writes an RTP header with extensions (RFC 3550 5.1, RFC 8285) into a caller's buffer. No allocation: this runs once
//! per packet and subscriber.

use super::header::{ExtensionForm, FIXED_HEADER};

/// `new` → any number of `extension` → `finish`.
#[derive(Debug)]
pub struct HeaderWriter<'b> {
    buf: &'b mut [u8],
    form: ExtensionForm,
    /// Bytes written; the extension block's own head counts from the first element on.
    at: usize,
}

impl<'b> HeaderWriter<'b> {
    /// Write the fixed part. `form` is declared up front because elements are written as they come; see
    /// [`ExtensionForm::holds`]. `None` when not even the fixed header fits.
    #[inline]
    pub fn new(
        buf: &'b mut [u8],
        payload_type: u8,
        marker: bool,
        sequence: u16,
        timestamp: u32,
        ssrc: u32,
        form: ExtensionForm,
    ) -> Option<Self> {
        let fixed = buf.first_chunk_mut::<FIXED_HEADER>()?;
        fixed[0] = 0x80;
        fixed[1] = u8::from(marker) << 7 | (payload_type & 0x7F);
        fixed[2..4].copy_from_slice(&sequence.to_be_bytes());
        fixed[4..8].copy_from_slice(&timestamp.to_be_bytes());
        fixed[8..12].copy_from_slice(&ssrc.to_be_bytes());
        Some(HeaderWriter { buf, form, at: FIXED_HEADER })
    }

    /// Say that the payload ends in padding (its last byte counts it).
    pub fn padded(&mut self) {
        self.buf[0] |= 0x20;
    }

    /// Append one element. `false`: it does not fit the buffer or the declared form; nothing was written.
    #[inline]
    pub fn extension(&mut self, id: u8, value: &[u8]) -> bool {
        if !self.form.holds(id, value.len()) {
            return false;
        }
        let start = if self.at == FIXED_HEADER { FIXED_HEADER + 4 } else { self.at };
        let head = if self.form == ExtensionForm::OneByte { 1 } else { 2 };
        let end = start + head + value.len();
        // `finish` may have to pad to the next word.
        if end.next_multiple_of(4) > self.buf.len() {
            return false;
        }
        match self.form {
            ExtensionForm::OneByte => self.buf[start] = id << 4 | (value.len() as u8 - 1),
            ExtensionForm::TwoByte => self.buf[start..start + 2].copy_from_slice(&[id, value.len() as u8]),
        }
        self.buf[start + head..end].copy_from_slice(value);
        self.at = end;
        true
    }

    /// Close the extension block, padded to 32 bits. Returns the length of the whole header.
    #[inline]
    #[must_use]
    pub fn finish(self) -> usize {
        if self.at == FIXED_HEADER {
            return self.at;
        }
        let end = self.at.next_multiple_of(4);
        self.buf[self.at..end].fill(0);
        let profile: u16 = if self.form == ExtensionForm::OneByte { 0xBEDE } else { 0x1000 };
        let words = ((end - FIXED_HEADER - 4) / 4) as u16;
        self.buf[0] |= 0x10;
        self.buf[12..14].copy_from_slice(&profile.to_be_bytes());
        self.buf[14..16].copy_from_slice(&words.to_be_bytes());
        end
    }
}

impl ExtensionForm {
    /// Can an element of this id and length be written in this form? (RFC 8285 4.2, 4.3)
    #[inline]
    #[must_use]
    pub fn holds(self, id: u8, len: usize) -> bool {
        match self {
            ExtensionForm::OneByte => (1..=14).contains(&id) && (1..=16).contains(&len),
            ExtensionForm::TwoByte => id != 0 && len <= 255,
        }
    }
}
