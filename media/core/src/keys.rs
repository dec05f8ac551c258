//! The key tap: a crypto provider that does everything through aws-lc-rs, keeps the real SRTP keying material for us
//! and hands str0m random decoys. str0m therefore cannot send anything that re-uses a nonce of ours, whatever it does.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use str0m::config::{DtlsVersion, KeyingMaterial};
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, ProtocolVersion, SrtpProfile,
};
use str0m::crypto::{CryptoError, CryptoProvider};

/// What a finished DTLS handshake gives us.
#[derive(Debug, Clone)]
pub struct Tapped {
    /// The DTLS-SRTP protection profile id (IANA): 1, 7 or 8.
    pub profile: u16,
    /// RFC 5764 order: client key, server key, client salt, server salt.
    pub material: Vec<u8>,
    /// Whether we were the DTLS client.
    pub client: bool,
}

/// Where a DTLS instance leaves its keys. Locked twice per connection, never per packet.
#[derive(Debug, Clone, Default)]
pub struct Tap(Arc<Mutex<Option<Tapped>>>);

impl Tap {
    pub fn take(&self) -> Option<Tapped> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, tapped: Tapped) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(tapped);
    }
}

thread_local! { static NEXT: RefCell<Option<Tap>> = const { RefCell::new(None) }; }

/// Run `build`, which makes exactly one DTLS instance; that instance leaves its keys in the returned tap.
pub fn with_tap<T>(build: impl FnOnce() -> T) -> (T, Tap) {
    let tap = Tap::default();
    NEXT.with(|next| *next.borrow_mut() = Some(tap.clone()));
    let built = build();
    NEXT.with(|next| next.borrow_mut().take());
    (built, tap)
}

/// The provider every connection uses.
pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER.get_or_init(|| Arc::new(CryptoProvider { dtls_provider: &TappedDtls, ..base().clone() })).clone()
}

fn base() -> &'static CryptoProvider {
    static BASE: OnceLock<CryptoProvider> = OnceLock::new();
    BASE.get_or_init(str0m::crypto::from_feature_flags)
}

/// HMAC-SHA1 for STUN message integrity.
pub fn hmac_sha1(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    base().sha1_hmac_provider.sha1_hmac(key, parts)
}

#[derive(Debug)]
struct TappedDtls;

impl DtlsProvider for TappedDtls {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        base().dtls_provider.generate_certificate()
    }

    fn new_dtls(
        &self,
        cert: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let certificate =
            dimpl::DtlsCertificate { certificate: cert.certificate.clone(), private_key: cert.private_key.clone() };
        let config = config(mtu)?;
        let inner = match version {
            DtlsVersion::Dtls12 => dimpl::Dtls::new_12(config, certificate, now),
            DtlsVersion::Dtls13 => dimpl::Dtls::new_13(config, certificate, now),
            DtlsVersion::Auto => dimpl::Dtls::new_auto(config, certificate, now),
            other => return Err(CryptoError::Other(format!("no such DTLS version here: {other}"))),
        };
        let tap = NEXT.with(|next| next.borrow_mut().take()).unwrap_or_default();
        Ok(Box::new(TappedInstance { inner, tap }))
    }
}

/// One configuration for all connections: dimpl checks its crypto provider at every build, with a key exchange in each
/// group and signatures, which cost a join a millisecond (measured). No server cookie: ICE has verified the address.
fn config(mtu: Option<usize>) -> Result<Arc<dimpl::Config>, CryptoError> {
    static CONFIG: Mutex<Option<(Option<usize>, Arc<dimpl::Config>)>> = Mutex::new(None);
    let mut kept = CONFIG.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, config)) = kept.as_ref().filter(|(of, _)| *of == mtu) {
        return Ok(config.clone());
    }
    let builder = dimpl::Config::builder().use_server_cookie(false);
    let builder = if let Some(mtu) = mtu { builder.mtu(mtu) } else { builder };
    let config = Arc::new(builder.build().map_err(|error| CryptoError::Other(error.to_string()))?);
    *kept = Some((mtu, config.clone()));
    Ok(config)
}

struct TappedInstance {
    inner: dimpl::Dtls,
    tap: Tap,
}

impl std::fmt::Debug for TappedInstance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TappedInstance").finish_non_exhaustive()
    }
}

impl DtlsInstance for TappedInstance {
    fn set_active(&mut self, active: bool) {
        self.inner.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.inner.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        let client = self.inner.is_active();
        let output = self.inner.poll_output(buf);
        let DtlsOutput::KeyingMaterial(material, profile) = &output else { return output };
        let profile = *profile;
        self.tap.put(Tapped { profile: profile_id(profile), material: material.as_ref().to_vec(), client });
        DtlsOutput::KeyingMaterial(decoy(material.as_ref().len()), profile)
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.inner.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.inner.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.inner.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.inner.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.inner.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.inner.close()
    }
}

fn decoy(len: usize) -> KeyingMaterial {
    let mut bytes = vec![0; len];
    // Without randomness no handshake would have come this far; zeros are as good a decoy: they are not the keys.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    KeyingMaterial::new(&bytes)
}

fn profile_id(profile: SrtpProfile) -> u16 {
    match profile {
        SrtpProfile::AEAD_AES_128_GCM => 7,
        SrtpProfile::AEAD_AES_256_GCM => 8,
        _ => 1,
    }
}
