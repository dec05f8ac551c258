"""The plane's SRTP against libsrtp, both ways: an independent implementation reads what we write and the reverse.

Packets here are made up; what is checked is keys, counters, windows and framing, in all profiles the plane speaks.
"""

import pylibsrtp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from sefaw_rtc import _media

PROFILES = {
    "SRTP_AES128_CM_HMAC_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16 + 14),
    "SRTP_AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16 + 12),
    "SRTP_AEAD_AES_256_GCM": (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32 + 12),
}
SSRC = 0x5EFA0001

by_profile = pytest.mark.parametrize("profile", PROFILES)


def key_for(profile: str) -> bytes:
    return bytes(range(7, 7 + PROFILES[profile][1]))


def ours(profile: str) -> _media.SrtpSession:
    return _media.SrtpSession(profile, key_for(profile))


def theirs(profile: str, direction: int) -> Session:
    policy = Policy(key=key_for(profile), ssrc_type=direction, srtp_profile=PROFILES[profile][0])
    policy.window_size = 1024
    return Session(policy)


def rtp(sequence: int, payload: bytes = b"ultrasound", ssrc: int = SSRC, *, extension: bytes = b"") -> bytes:
    first = 0x90 if extension else 0x80
    header = bytes([first, 96]) + (sequence & 0xFFFF).to_bytes(2) + bytes(4) + ssrc.to_bytes(4)
    if extension:
        header += b"\xbe\xde" + (len(extension) // 4).to_bytes(2) + extension
    return header + payload


def receiver_report(ssrc: int = SSRC, body: bytes = b"") -> bytes:
    return bytes([0x80, 201]) + (1 + len(body) // 4).to_bytes(2) + ssrc.to_bytes(4) + body


def two_rollovers() -> list[int]:
    """Indices across 65535 → 0 twice, in steps that a sequence number alone can follow."""
    around = [wrap + offset for wrap in (65536, 131072) for offset in range(-4, 5)]
    return sorted({*range(40000, 140000, 8000), *around})


@by_profile
def test_they_read_ours_across_two_rollovers(profile: str) -> None:
    sender, receiver = ours(profile), theirs(profile, Policy.SSRC_ANY_INBOUND)
    # libsrtp takes a stream's first packet for rollover 0 as we do, and must see every round
    for index in two_rollovers():
        packet = rtp(index, b"frame %d" % index)
        assert receiver.unprotect(sender.protect(packet, index)) == packet


@by_profile
def test_we_read_theirs_across_two_rollovers(profile: str) -> None:
    sender, receiver = theirs(profile, Policy.SSRC_ANY_OUTBOUND), ours(profile)
    for index in two_rollovers():
        packet = rtp(index, b"frame %d" % index)
        assert receiver.unprotect(sender.protect(packet)) == packet


@by_profile
def test_ciphertexts_are_the_same_bytes(profile: str) -> None:
    us, them = ours(profile), theirs(profile, Policy.SSRC_ANY_OUTBOUND)
    for index in two_rollovers():
        packet = rtp(index, extension=b"\x10\x01\x22\xaa\xbb\xcc\x00\x00")
        assert us.protect(packet, index) == them.protect(packet)


@by_profile
def test_replayed_and_reordered_packets(profile: str) -> None:
    sender, receiver = theirs(profile, Policy.SSRC_ANY_OUTBOUND), ours(profile)
    packets = [sender.protect(rtp(index)) for index in range(65500, 65600)]
    for packet in [*packets[1::2], *packets[0::2]]:
        receiver.unprotect(packet)
    for packet in packets:
        with pytest.raises(ValueError, match="replayed"):
            receiver.unprotect(packet)


@by_profile
def test_they_refuse_our_replays(profile: str) -> None:
    sender, receiver = ours(profile), theirs(profile, Policy.SSRC_ANY_INBOUND)
    packet = sender.protect(rtp(1), 1)
    receiver.unprotect(packet)
    with pytest.raises(pylibsrtp.Error):
        receiver.unprotect(packet)


@by_profile
def test_forged_packets_are_refused_and_leave_no_trace(profile: str) -> None:
    sender, receiver = theirs(profile, Policy.SSRC_ANY_OUTBOUND), ours(profile)
    first, second, far = (sender.protect(rtp(index)) for index in (100, 101, 30000))
    receiver.unprotect(first)
    for at in range(len(far)):
        forged = bytearray(far)
        forged[at] ^= 1
        with pytest.raises(ValueError, match=r"authentication|too_short|replayed"):
            receiver.unprotect(bytes(forged))
    assert receiver.unprotect(second) == rtp(101)
    assert receiver.unprotect(far) == rtp(30000)


@by_profile
def test_rtcp_both_ways_with_an_index_per_sender(profile: str) -> None:
    us, sender = ours(profile), theirs(profile, Policy.SSRC_ANY_OUTBOUND)
    receiver = theirs(profile, Policy.SSRC_ANY_INBOUND)
    for step in range(200):
        for ssrc in (1, 2, 3)[: 1 + step % 3]:
            packet = receiver_report(ssrc, bytes(4 * (step % 7)))
            assert receiver.unprotect_rtcp(us.protect_rtcp(packet)) == packet
            assert us.unprotect_rtcp(sender.protect_rtcp(packet)) == packet


@by_profile
def test_rtcp_replays_are_refused(profile: str) -> None:
    sender, receiver = theirs(profile, Policy.SSRC_ANY_OUTBOUND), ours(profile)
    sealed = [sender.protect_rtcp(receiver_report()) for _ in range(10)]
    for packet in reversed(sealed):
        receiver.unprotect_rtcp(packet)
    for packet in sealed:
        with pytest.raises(ValueError, match="replayed"):
            receiver.unprotect_rtcp(packet)
    forged = bytearray(sender.protect_rtcp(receiver_report()))
    forged[5] ^= 1
    with pytest.raises(ValueError, match="authentication"):
        receiver.unprotect_rtcp(bytes(forged))


@by_profile
def test_wrong_keys_are_refused(profile: str) -> None:
    with pytest.raises(ValueError, match="keys"):
        _media.SrtpSession(profile, key_for(profile)[:-1])
    with pytest.raises(ValueError, match="profile"):
        _media.SrtpSession("SRTP_NULL", key_for(profile))


@by_profile
@settings(max_examples=50, deadline=None)
@given(
    payload=st.binary(max_size=1400),
    words=st.integers(0, 8),
    index=st.integers(0, 32767),
    ssrc=st.integers(0, 2**32 - 1),
)
def test_any_packet_both_ways(profile: str, payload: bytes, words: int, index: int, ssrc: int) -> None:
    packet = rtp(index, payload, ssrc, extension=bytes(4 * words))
    sealed = ours(profile).protect(packet, index)
    assert theirs(profile, Policy.SSRC_ANY_INBOUND).unprotect(sealed) == packet
    assert ours(profile).unprotect(theirs(profile, Policy.SSRC_ANY_OUTBOUND).protect(packet)) == packet
