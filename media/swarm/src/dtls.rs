//! DTLS through str0m's public crypto-provider interface, without the rest of str0m: the keys come out of the
//! instance itself, and no RTP ever goes in. Sans-IO.

use std::sync::OnceLock;
use std::time::Instant;

use sefaw_core::srtp::{Profile, SrtpError, SrtpKeys};
use str0m::crypto::dtls::{DtlsCert, DtlsInstance, DtlsOutput, DtlsVersion, SrtpProfile};
use str0m::crypto::{CryptoError, CryptoProvider};

pub fn crypto() -> &'static CryptoProvider {
    static PROVIDER: OnceLock<CryptoProvider> = OnceLock::new();
    PROVIDER.get_or_init(str0m::crypto::from_feature_flags)
}

#[derive(Debug, thiserror::Error)]
pub enum DtlsError {
    #[error("no certificate: {0}")]
    Certificate(String),
    #[error("handshake: {0}")]
    Handshake(String),
    #[error("the server's certificate does not match its fingerprint")]
    Fingerprint,
    #[error("keys: {0}")]
    Keys(#[from] SrtpError),
    #[error("the provider offers SRTP profile {0}, which we do not know")]
    Profile(String),
}

impl From<CryptoError> for DtlsError {
    fn from(error: CryptoError) -> Self {
        Self::Handshake(error.to_string())
    }
}

/// One certificate for all peers of the swarm: making one per peer would only cost the generator time.
pub struct Certificate {
    certificate: DtlsCert,
    pub fingerprint: String,
}

impl Certificate {
    pub fn generate() -> Result<Self, DtlsError> {
        let certificate = crypto()
            .dtls_provider
            .generate_certificate()
            .ok_or_else(|| DtlsError::Certificate("the provider makes none".into()))?;
        let fingerprint = fingerprint(&certificate.certificate);
        Ok(Self { certificate, fingerprint })
    }
}

fn fingerprint(der: &[u8]) -> String {
    let hash = crypto().sha256_provider.sha256(der);
    hash.map(|byte| format!("{byte:02X}")).join(":")
}

/// Keys of one session.
pub struct SessionKeys {
    pub send: SrtpKeys,
    pub receive: SrtpKeys,
}

pub struct Dtls {
    instance: Box<dyn DtlsInstance>,
    active: bool,
    remote_fingerprint: String,
    pub next: Option<Instant>,
}

/// What the instance wants done; `keys` at most once.
#[derive(Default)]
pub struct Progress {
    pub packets: Vec<Vec<u8>>,
    pub keys: Option<SessionKeys>,
    pub closed: bool,
}

impl Dtls {
    pub fn start(
        certificate: &Certificate,
        remote_fingerprint: String,
        active: bool,
        now: Instant,
    ) -> Result<Self, DtlsError> {
        let provider = crypto().dtls_provider;
        let mut instance = provider.new_dtls(&certificate.certificate, now, DtlsVersion::Dtls12, None)?;
        instance.set_active(active);
        Ok(Self { instance, active, remote_fingerprint, next: Some(now) })
    }

    pub fn handle_packet(&mut self, packet: &[u8]) -> Result<Progress, DtlsError> {
        self.instance.handle_packet(packet).map_err(|error| DtlsError::Handshake(error.to_string()))?;
        self.drain()
    }

    pub fn handle_timeout(&mut self, now: Instant) -> Result<Progress, DtlsError> {
        self.instance.handle_timeout(now).map_err(|error| DtlsError::Handshake(error.to_string()))?;
        self.drain()
    }

    fn drain(&mut self) -> Result<Progress, DtlsError> {
        let mut progress = Progress::default();
        let mut buffer = [0_u8; 2048];
        loop {
            match self.instance.poll_output(&mut buffer) {
                DtlsOutput::Packet(packet) => progress.packets.push(packet.to_vec()),
                DtlsOutput::PeerCert(der) if fingerprint(der) != self.remote_fingerprint => {
                    return Err(DtlsError::Fingerprint);
                }
                DtlsOutput::KeyingMaterial(material, profile) => {
                    progress.keys = Some(session_keys(profile, &material, self.active)?);
                }
                DtlsOutput::CloseNotify => progress.closed = true,
                DtlsOutput::Timeout(at) => {
                    self.next = Some(at);
                    return Ok(progress);
                }
                DtlsOutput::BufferTooSmall { .. } => return Err(DtlsError::Handshake("record too large".into())),
                _ => {}
            }
        }
    }
}

fn session_keys(profile: SrtpProfile, material: &[u8], we_are_client: bool) -> Result<SessionKeys, DtlsError> {
    let profile = match profile {
        SrtpProfile::AEAD_AES_256_GCM => Profile::AeadAes256Gcm,
        SrtpProfile::AEAD_AES_128_GCM => Profile::AeadAes128Gcm,
        SrtpProfile::AES128_CM_SHA1_80 => Profile::AesCm128HmacSha1_80,
        other => return Err(DtlsError::Profile(other.to_string())),
    };
    let (send, receive) = SrtpKeys::from_exporter(profile, material, we_are_client)?;
    Ok(SessionKeys { send, receive })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands packets to and fro until nobody has any, and returns the keys of both.
    fn shake(client: &mut Dtls, server: &mut Dtls, now: Instant) -> (Option<SessionKeys>, Option<SessionKeys>) {
        let (mut ours, mut theirs) = (None, None);
        server.handle_timeout(now).unwrap(); // it wants to know the time before its first packet
        let mut to_server = client.handle_timeout(now).unwrap().packets;
        for _ in 0..8 {
            let mut to_client = Vec::new();
            for packet in to_server.drain(..) {
                let progress = server.handle_packet(&packet).unwrap();
                to_client.extend(progress.packets);
                theirs = theirs.or(progress.keys);
            }
            for packet in to_client {
                let progress = client.handle_packet(&packet).unwrap();
                to_server.extend(progress.packets);
                ours = ours.or(progress.keys);
            }
        }
        (ours, theirs)
    }

    #[test]
    fn two_ends_agree_on_gcm_256() {
        let now = Instant::now();
        let (a, b) = (Certificate::generate().unwrap(), Certificate::generate().unwrap());
        let mut client = Dtls::start(&a, b.fingerprint.clone(), true, now).unwrap();
        let mut server = Dtls::start(&b, a.fingerprint.clone(), false, now).unwrap();
        let (ours, theirs) = shake(&mut client, &mut server, now);
        assert_eq!(ours.unwrap().send.profile(), Profile::AeadAes256Gcm);
        assert!(theirs.is_some());
    }
}
