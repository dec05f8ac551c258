//! The protection profiles that DTLS-SRTP can agree on (RFC 5764 4.1.2, RFC 7714 14.2).

/// What the plane speaks. AES_CM_128_HMAC_SHA1_80 is for old encoders; it costs four times as much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    AesCm128HmacSha1_80,
    AeadAes128Gcm,
    AeadAes256Gcm,
}

impl Profile {
    /// By the number of the `use_srtp` DTLS extension.
    #[must_use]
    pub fn from_dtls_id(id: u16) -> Option<Self> {
        match id {
            0x0001 => Some(Profile::AesCm128HmacSha1_80),
            0x0007 => Some(Profile::AeadAes128Gcm),
            0x0008 => Some(Profile::AeadAes256Gcm),
            _ => None,
        }
    }

    /// By the registry's name, as [`Profile::name`] gives it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Profile::AesCm128HmacSha1_80, Profile::AeadAes128Gcm, Profile::AeadAes256Gcm]
            .into_iter()
            .find(|profile| profile.name() == name)
    }

    /// The IANA registry's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Profile::AesCm128HmacSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
            Profile::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            Profile::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
        }
    }

    /// Bytes that `protect_rtp` adds.
    #[inline]
    #[must_use]
    pub fn rtp_overhead(self) -> usize {
        match self {
            Profile::AesCm128HmacSha1_80 => 10,
            Profile::AeadAes128Gcm | Profile::AeadAes256Gcm => 16,
        }
    }

    /// Bytes that `protect_rtcp` adds: tag and the word of E flag and index.
    #[inline]
    #[must_use]
    pub fn rtcp_overhead(self) -> usize {
        self.rtp_overhead() + 4
    }

    #[must_use]
    pub fn key_len(self) -> usize {
        match self {
            Profile::AesCm128HmacSha1_80 | Profile::AeadAes128Gcm => 16,
            Profile::AeadAes256Gcm => 32,
        }
    }

    #[must_use]
    pub fn salt_len(self) -> usize {
        match self {
            Profile::AesCm128HmacSha1_80 => 14,
            Profile::AeadAes128Gcm | Profile::AeadAes256Gcm => 12,
        }
    }

    /// Bytes to ask of the DTLS exporter: two keys and two salts (RFC 5764 4.2).
    #[must_use]
    pub fn keying_material_len(self) -> usize {
        2 * (self.key_len() + self.salt_len())
    }
}
