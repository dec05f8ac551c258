//! Doors for the fuzz targets (`media/fuzz`) to parsers that nobody else outside calls. Only with the `fuzzing` feature.

use crate::fast::{self, base64};
use crate::limits::Limits;
use crate::{sdp, stun};

/// Read an offer as `Join` does, and split whatever it is into sections.
pub fn offer(text: &str) {
    let limits = Limits::default();
    if let Ok(offer) = sdp::read_offer(text, &limits) {
        assert!(offer.sections.len() <= limits.sections_per_peer);
        let again = sdp::read_offer(&offer.text, &limits).map(|again| again.sections.len());
        assert!(again.is_ok_and(|sections| sections == offer.sections.len()), "what is left of an offer is an offer");
    }
    let _ = sdp::sections(text);
    let _ = sdp::Fragment::parse(text, &limits);
}

/// Read a datagram as a binding request.
pub fn binding_request(datagram: &[u8]) {
    let _ = stun::transaction(datagram);
    if let Some(request) = stun::BindingRequest::parse(datagram) {
        let _ = (request.local_ufrag(), request.use_candidate());
        let credentials = str0m::IceCreds { ufrag: "ufrag".into(), pass: "password of the fuzz target".into() };
        assert!(!request.verify(&credentials), "a stranger's integrity");
        let mut reply = [0; 1_280];
        let _ = request.reply(&credentials, ([127, 0, 0, 1], 9).into(), &mut reply);
    }
}

/// Read a fast-lane message, and its form on a WebSocket.
pub fn fast_message(message: &[u8]) {
    let header = fast::Header::parse(message);
    assert!(header.is_none() || message.len() >= fast::HEADER);
    assert_eq!(base64::decode(&base64::encode(message)).as_deref(), Some(message));
    if let Ok(text) = std::str::from_utf8(message) {
        let _ = base64::decode(text);
    }
}
