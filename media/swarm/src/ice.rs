//! The client half of ICE against an ICE-lite server (RFC 8445): checks that nominate from the first one, as Chromium
//! does when the other side is lite, and keep-alives at Chromium's pace. Sans-IO.

use std::time::{Duration, Instant};

use str0m::crypto::CryptoProvider;

const COOKIE: u32 = 0x2112_A442;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
/// Type preference host, one component.
const PRIORITY: u32 = 1_853_824_767;
/// Until the first answer.
const RETRY: Duration = Duration::from_millis(50);
/// libwebrtc's interval for a strong, stable pair.
const KEEP_ALIVE: Duration = Duration::from_millis(2500);

pub struct Ice {
    crypto: &'static CryptoProvider,
    username: String,
    remote_password: Vec<u8>,
    tie_breaker: u64,
    transaction: u64,
    next: Instant,
    connected: bool,
}

impl Ice {
    pub fn new(
        crypto: &'static CryptoProvider,
        local_ufrag: &str,
        remote: (&str, &str),
        tie_breaker: u64,
        now: Instant,
    ) -> Self {
        let (remote_ufrag, remote_password) = remote;
        Self {
            crypto,
            username: format!("{remote_ufrag}:{local_ufrag}"),
            remote_password: remote_password.as_bytes().to_vec(),
            tie_breaker,
            transaction: tie_breaker,
            next: now,
            connected: false,
        }
    }

    pub fn poll_timeout(&self) -> Instant {
        self.next
    }

    /// The next binding request, when one is due.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Vec<u8>> {
        if now < self.next {
            return None;
        }
        self.next = now + if self.connected { KEEP_ALIVE } else { RETRY };
        self.transaction = self.transaction.wrapping_add(1);
        Some(self.request())
    }

    /// True when this answer is the one that connects us.
    pub fn handle_packet(&mut self, now: Instant, packet: &[u8]) -> bool {
        if self.connected || !self.is_our_success(packet) {
            return false;
        }
        self.connected = true;
        self.next = now + KEEP_ALIVE;
        true
    }

    fn is_our_success(&self, packet: &[u8]) -> bool {
        let Some(header) = packet.get(..20) else { return false };
        header[..2] == BINDING_SUCCESS.to_be_bytes()
            && header[4..8] == COOKIE.to_be_bytes()
            && header[8..20] == self.transaction_id()
    }

    fn transaction_id(&self) -> [u8; 12] {
        let mut id = [0x5e; 12];
        id[4..].copy_from_slice(&self.transaction.to_be_bytes());
        id
    }

    fn request(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        out.extend_from_slice(&BINDING_REQUEST.to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&COOKIE.to_be_bytes());
        out.extend_from_slice(&self.transaction_id());
        attribute(&mut out, 0x0006, self.username.as_bytes());
        attribute(&mut out, 0x802a, &self.tie_breaker.to_be_bytes()); // ICE-CONTROLLING
        attribute(&mut out, 0x0025, &[]); // USE-CANDIDATE
        attribute(&mut out, 0x0024, &PRIORITY.to_be_bytes());
        // MESSAGE-INTEGRITY and FINGERPRINT each cover a length that already counts them (RFC 8489, 14.5 and 14.7).
        set_length(&mut out, 24);
        let integrity = self.crypto.sha1_hmac_provider.sha1_hmac(&self.remote_password, &[&out]);
        attribute(&mut out, 0x0008, &integrity);
        set_length(&mut out, 8);
        let fingerprint = crc32(&out) ^ 0x5354_554e;
        attribute(&mut out, 0x8028, &fingerprint.to_be_bytes());
        out
    }
}

fn attribute(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&(value.len() as u16).to_be_bytes());
    out.extend_from_slice(value);
    out.resize(out.len().next_multiple_of(4), 0);
}

fn set_length(out: &mut [u8], still_to_come: usize) {
    let length = (out.len() - 20 + still_to_come) as u16;
    out[2..4].copy_from_slice(&length.to_be_bytes());
}

/// ISO 3309, bit by bit: one short message every 2.5 s per peer.
fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crypto() -> &'static CryptoProvider {
        crate::dtls::crypto()
    }

    #[test]
    fn crc32_of_the_check_string() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_request_is_well_formed_and_an_answer_to_it_connects_once() {
        let now = Instant::now();
        let mut ice = Ice::new(crypto(), "mine", ("theirs", "password"), 7, now);
        let request = ice.handle_timeout(now).unwrap();
        assert_eq!(usize::from(u16::from_be_bytes([request[2], request[3]])), request.len() - 20);
        assert!(ice.handle_timeout(now).is_none());
        let mut answer = request[..20].to_vec();
        answer[..2].copy_from_slice(&BINDING_SUCCESS.to_be_bytes());
        let mut foreign = answer.clone();
        foreign[19] ^= 1;
        assert!(!ice.handle_packet(now, &foreign));
        assert!(ice.handle_packet(now, &answer));
        assert!(!ice.handle_packet(now, &answer));
        assert_eq!(ice.poll_timeout(), now + KEEP_ALIVE);
    }

    #[test]
    fn retries_until_answered() {
        let now = Instant::now();
        let mut ice = Ice::new(crypto(), "mine", ("theirs", "password"), 7, now);
        let first = ice.handle_timeout(now).unwrap();
        let second = ice.handle_timeout(now + RETRY).unwrap();
        assert_ne!(first[8..20], second[8..20]);
    }
}
