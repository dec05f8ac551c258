//! The SRTP half of a DTLS session: contexts both ways, and RTCP out.

use crate::egress::Egress;
use crate::keys::Tapped;
use crate::route::Route;
use crate::srtp::{Profile, SrtpError, SrtpKeys, SrtpReceiver, SrtpSender};

pub struct Session {
    pub sender: SrtpSender,
    pub receiver: SrtpReceiver,
    scratch: Vec<u8>,
}

impl Session {
    /// # Errors
    /// When the profile is none of ours or the keys do not fit it.
    pub fn new(tapped: &Tapped, max_ssrcs: usize) -> Result<Session, SrtpError> {
        let profile = Profile::from_dtls_id(tapped.profile).ok_or(SrtpError::Keys)?;
        let (ours, theirs) = SrtpKeys::from_exporter(profile, &tapped.material, tapped.client)?;
        Ok(Session {
            sender: SrtpSender::new(&ours)?,
            receiver: SrtpReceiver::new(&theirs, max_ssrcs)?,
            scratch: Vec::with_capacity(512),
        })
    }

    #[must_use]
    pub fn profile(&self) -> Profile {
        self.sender.profile()
    }

    /// Let `write` build a compound packet, and send it if it wrote anything. True if something went out.
    pub fn send_rtcp(&mut self, egress: &mut Egress, route: Route, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        self.scratch.clear();
        write(&mut self.scratch);
        if self.scratch.is_empty() || self.sender.protect_rtcp(&mut self.scratch).is_err() {
            return false;
        }
        egress.push(route, &self.scratch);
        true
    }
}
