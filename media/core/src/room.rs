//! A room: a consultation's media half. Peers and tracks by place, and the fast lane's pending messages.

use std::collections::BTreeMap;

use crate::fast::FastLane;
use crate::port::TrackId;

#[derive(Default)]
pub struct Room {
    /// Places in the shard's list of peers.
    pub peers: Vec<u32>,
    /// Places in the shard's list of tracks.
    pub tracks: BTreeMap<TrackId, u32>,
    pub fast: FastLane,
}

impl Room {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty() && self.tracks.is_empty()
    }
}
