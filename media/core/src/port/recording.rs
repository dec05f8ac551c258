//! Words of the journal.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fast::base64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recording {
    On,
    Paused,
    Off,
}

/// Why packets are left out of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The disk is slower than what comes.
    Slow,
    /// The disk is full.
    Full,
    /// The disk refuses: read-only, broken, gone.
    Failed,
}

/// A data key, base64. Never shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret(pub [u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = base64::decode(&String::deserialize(deserializer)?);
        let key = bytes.and_then(|bytes| bytes.try_into().ok());
        key.map(Secret).ok_or_else(|| serde::de::Error::custom("not 32 bytes in base64"))
    }
}
