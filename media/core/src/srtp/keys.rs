//! Master keys and salts (RFC 3711 3.2.1), and how DTLS exports them (RFC 5764 4.2).

use super::{Profile, SrtpError};

/// Key of the longest profile.
pub(super) const MAX_KEY: usize = 32;
/// Salt of the longest profile.
pub(super) const MAX_SALT: usize = 14;

/// One direction's master key and salt. Never printed.
#[derive(Clone)]
pub struct SrtpKeys {
    profile: Profile,
    key: [u8; MAX_KEY],
    salt: [u8; MAX_SALT],
}

impl SrtpKeys {
    /// Split the exported material: client key, server key, client salt, server salt. Returns (send, receive).
    ///
    /// # Errors
    /// [`SrtpError::Keys`] when the length is not [`Profile::keying_material_len`].
    pub fn from_exporter(
        profile: Profile,
        material: &[u8],
        we_are_client: bool,
    ) -> Result<(SrtpKeys, SrtpKeys), SrtpError> {
        if material.len() != profile.keying_material_len() {
            return Err(SrtpError::Keys);
        }
        let (keys, salts) = material.split_at(2 * profile.key_len());
        let (client_key, server_key) = keys.split_at(profile.key_len());
        let (client_salt, server_salt) = salts.split_at(profile.salt_len());
        let client = SrtpKeys::from_master(profile, client_key, client_salt)?;
        let server = SrtpKeys::from_master(profile, server_key, server_salt)?;
        Ok(if we_are_client { (client, server) } else { (server, client) })
    }

    /// # Errors
    /// [`SrtpError::Keys`] when a length is not the profile's.
    pub fn from_master(profile: Profile, key: &[u8], salt: &[u8]) -> Result<SrtpKeys, SrtpError> {
        if key.len() != profile.key_len() || salt.len() != profile.salt_len() {
            return Err(SrtpError::Keys);
        }
        let mut keys = SrtpKeys { profile, key: [0; MAX_KEY], salt: [0; MAX_SALT] };
        keys.key[..key.len()].copy_from_slice(key);
        keys.salt[..salt.len()].copy_from_slice(salt);
        Ok(keys)
    }

    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key[..self.profile.key_len()]
    }

    /// The salt on the left of 14 bytes, zeros after it: RFC 7714 11 derives from a 96-bit salt in this way.
    pub(super) fn padded_salt(&self) -> [u8; MAX_SALT] {
        self.salt
    }
}
