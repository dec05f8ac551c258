//! STUN as an ICE-lite server needs it (RFC 8445 2.5, 8489): check the integrity of binding requests ourselves and
//! answer them. str0m hears of a request only after that, by way of one fixed pair (see `connection.rs`).

use std::hash::Hasher;
use std::net::SocketAddr;

use str0m::IceCreds;
use str0m::ice::StunMessage;

use crate::keys::hmac_sha1;
use crate::route::WordHasher;

/// STUN over UDP stays far below this; the plane refuses to look at more.
pub const MAX_STUN: usize = 1280;

/// A binding request that has not been believed yet.
pub struct BindingRequest<'a>(StunMessage<'a>);

impl<'a> BindingRequest<'a> {
    /// `None` for everything but a well-formed binding request.
    #[must_use]
    pub fn parse(datagram: &'a [u8]) -> Option<BindingRequest<'a>> {
        if !(20..=MAX_STUN).contains(&datagram.len()) {
            return None;
        }
        StunMessage::parse(datagram).ok().filter(StunMessage::is_binding_request).map(BindingRequest)
    }

    /// The user fragment of ours that it names.
    #[must_use]
    pub fn local_ufrag(&self) -> Option<&str> {
        self.0.split_username().map(|(local, _)| local)
    }

    #[must_use]
    pub fn use_candidate(&self) -> bool {
        self.0.use_candidate()
    }

    /// MESSAGE-INTEGRITY under this password (RFC 8489 9.1.3).
    #[must_use]
    pub fn verify(&self, credentials: &IceCreds) -> bool {
        self.0.verify(credentials.pass.as_bytes(), hmac_sha1)
    }

    /// Write the success response. `None` when it does not fit.
    #[must_use]
    pub fn reply(&self, credentials: &IceCreds, mapped: SocketAddr, out: &mut [u8]) -> Option<usize> {
        let mapped = SocketAddr::new(mapped.ip().to_canonical(), mapped.port());
        StunMessage::binding_reply(self.0.trans_id(), mapped)
            .to_bytes(Some(credentials.pass.as_bytes()), out, hmac_sha1)
            .ok()
    }

    /// The same request as one that nominates, for str0m: it has one fixed pair to choose from, so the first check may
    /// decide, and DTLS can begin with it. Chromium nominates towards a lite agent only after an answer, a round trip
    /// later. `None`: it nominates already, or is no request of a controlling side.
    #[must_use]
    pub fn nominating(&self, credentials: &IceCreds, out: &mut [u8]) -> Option<usize> {
        if self.0.use_candidate() {
            return None;
        }
        let (username, breaker, prio) = (self.0.username()?, self.0.ice_controlling()?, self.0.prio()?);
        StunMessage::binding_request(username, self.0.trans_id(), true, breaker, prio, true)
            .to_bytes(Some(credentials.pass.as_bytes()), out, hmac_sha1)
            .ok()
    }
}

/// Names the transaction of a STUN datagram (bytes 8..20), for the replay check.
#[must_use]
pub fn transaction(datagram: &[u8]) -> u64 {
    let mut hasher = WordHasher::default();
    hasher.write(datagram.get(8..20).unwrap_or_default());
    hasher.finish()
}
