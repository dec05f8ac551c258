//! Published vectors: RFC 7714 16 and 17 (session keys given), and libsrtp's reference packets for AES-CM (master key
//! and salt of RFC 3711 B.3).

use super::derive::SessionKeys;
use super::gcm::{Gcm, TAG};
use super::{Profile, SrtpSession};
use crate::hex::hex;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const SALT: &str = "517569642070726f2071756f";
const RTP_SSRC: u32 = 0x5501_a0b2;
const RTP_INDEX: u64 = 0xf17b;
const RTCP_SSRC: u32 = 0x4d61_7273;
const RTCP_INDEX: u32 = 0x5d4;
const RTP_PLAIN: &str = "8040f17b8041f8d35501a0b2
    47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
const RTCP_PLAIN: &str = "81c8000d4d617273
    4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

fn gcm(key_len: usize) -> Gcm {
    Gcm::from_session(&SessionKeys::given(&hex(KEY)[..key_len], &hex(SALT))).unwrap()
}

fn check_rtp(key_len: usize, protected: &str) {
    let (plain, protected) = (hex(RTP_PLAIN), hex(protected));
    let mut buf = plain.clone();
    buf.resize(plain.len() + TAG, 0);
    gcm(key_len).seal_rtp(&mut buf, 12, RTP_SSRC, RTP_INDEX).unwrap();
    assert_eq!(buf, protected);
    let len = gcm(key_len).open_rtp(&mut buf, 12, RTP_SSRC, RTP_INDEX).unwrap();
    assert_eq!(buf[..12 + len], plain);
}

fn check_rtcp(key_len: usize, protected: &str) {
    let (plain, protected) = (hex(RTCP_PLAIN), hex(protected));
    let mut buf = plain.clone();
    gcm(key_len).seal_rtcp(&mut buf, RTCP_SSRC, RTCP_INDEX).unwrap();
    assert_eq!(buf, protected);
    let len = gcm(key_len).open_rtcp(&mut buf, RTCP_SSRC).unwrap();
    assert_eq!(buf[..len], plain);
}

#[test]
fn rfc7714_16_1_rtp_gcm_128() {
    check_rtp(
        16,
        "8040f17b8041f8d35501a0b2
         f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833
         899d7f27beb16a9152cf765ee4390cce",
    );
}

#[test]
fn rfc7714_16_2_rtp_gcm_256() {
    check_rtp(
        32,
        "8040f17b8041f8d35501a0b2
         32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b
         7aa3db36dfffd6b0f9bb7878d7a76c13",
    );
}

#[test]
fn rfc7714_17_1_rtcp_gcm_128() {
    check_rtcp(
        16,
        "81c8000d4d617273
         63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b
         c84aa45896cf4d2fc5abf87245d9eade800005d4",
    );
}

#[test]
fn rfc7714_17_2_rtcp_gcm_256() {
    check_rtcp(
        32,
        "81c8000d4d617273
         d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad
         1d1eb30c4446839f57ff6f6cb26ac3be800005d4",
    );
}

#[test]
fn libsrtp_reference_packets() {
    let key_and_salt = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
    let session = || SrtpSession::new(Profile::AesCm128HmacSha1_80, &key_and_salt).unwrap();

    let rtp = hex("800f1234decafbadcafebabe abababababababababababababababab");
    let protected = hex("800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb");
    assert_eq!(session().protect(&rtp, 0x1234).unwrap(), protected);
    assert_eq!(session().unprotect(&protected).unwrap(), rtp);

    // libsrtp counts SRTCP from 1.
    let rtcp = hex("81c8000bcafebabe abababababababababababababababab");
    let protected = hex("81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798");
    let mut sender = session();
    let _ = sender.protect_rtcp(&rtcp).unwrap();
    assert_eq!(sender.protect_rtcp(&rtcp).unwrap(), protected);
    assert_eq!(session().unprotect_rtcp(&protected).unwrap(), rtcp);
}
