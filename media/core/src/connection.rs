//! A connection by str0m: SDP, ICE-lite, DTLS and SCTP data channels. RTP and RTCP never enter it.
//!
//! str0m lives behind one fixed pair of addresses: binding requests reach it only after our own check, as if they all
//! came from one place, so its candidate lists cannot grow, a rebinding does not confuse it, and its answers to them
//! are not used. What it sends besides (DTLS, SCTP) goes to the address that `path.rs` chose.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use str0m::change::SdpOffer;
use str0m::channel::{ChannelConfig, ChannelId, Reliability};
use str0m::config::{DtlsCert, DtlsVersion};
use str0m::error::SdpError;
use str0m::net::{Protocol, Receive};
use str0m::rtp::Extension;
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc, RtcConfig, RtcError};

use crate::keys::{Tap, Tapped, provider, with_tap};

/// Documentation addresses (RFC 5737): they never leave this file.
const OUR_END: ([u8; 4], u16) = ([192, 0, 2, 1], 1);
const THEIR_END: ([u8; 4], u16) = ([192, 0, 2, 2], 2);

/// str0m is never to send reports: it has no streams. (A day; there is no "never".)
const NO_REPORTS: Duration = Duration::from_secs(86_400);

/// A connection in trouble is not asked again at once.
const AFTER_ERROR: Duration = Duration::from_millis(250);

/// The two pre-negotiated data channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Unordered, no retransmits: latest wins. Stream 0.
    Fast,
    /// Ordered, reliable. Stream 1.
    State,
}

/// What a connection has to say.
#[derive(Debug)]
pub enum News {
    /// DTLS or SCTP, for the validated path.
    Datagram(Vec<u8>),
    /// DTLS is up; take the keys.
    Connected,
    /// Both data channels are open.
    ChannelsOpen,
    Message {
        lane: Lane,
        data: Vec<u8>,
    },
    /// The other side closed.
    Closed,
}

pub struct Options<'a> {
    pub cert: &'a DtlsCert,
    pub dtls13: bool,
    pub channels: bool,
    pub message_bytes: usize,
    pub backlog: usize,
}

pub struct Connection {
    rtc: Rtc,
    tap: Tap,
    channels: Option<(ChannelId, ChannelId)>,
    open: u8,
    /// Connected, and not yet told.
    connected: bool,
    /// The handshake waits for us, not for the client.
    begins: bool,
    deadline: Instant,
    errors: u32,
}

/// Why str0m would not take an offer.
#[derive(Debug, thiserror::Error)]
pub enum NegotiationError {
    #[error("{0}")]
    Offer(#[from] SdpError),
    #[error("{0}")]
    Rtc(#[from] RtcError),
    #[error("no local candidate")]
    Candidate,
}

impl Connection {
    /// Answer the first offer. Returns str0m's answer, to be finished by `sdp::finish`.
    ///
    /// # Errors
    /// When the offer does not parse or cannot be answered.
    pub fn open(now: Instant, offer: &str, options: &Options<'_>) -> Result<(Connection, String), NegotiationError> {
        let offer = SdpOffer::from_sdp_string(&begun_by_us(offer, options.dtls13))?;
        let (mut rtc, tap) = with_tap(|| config(options).build(now));
        let local = Candidate::host(OUR_END.into(), "udp").map_err(|_| NegotiationError::Candidate)?;
        rtc.add_local_candidate(local);
        let answer = rtc.sdp_api().accept_offer(offer)?.to_sdp_string();
        let channels = options.channels.then(|| open_channels(&mut rtc));
        let begins = options.dtls13;
        Ok((Connection { rtc, tap, channels, open: 0, connected: false, begins, deadline: now, errors: 0 }, answer))
    }

    /// Answer a later offer. DTLS and SCTP go on; after an ICE restart [`Connection::credentials`] are new.
    ///
    /// # Errors
    /// As [`Connection::open`]; the connection stays as it was as far as str0m keeps it so.
    pub fn renegotiate(&mut self, offer: &str, channels: bool) -> Result<String, NegotiationError> {
        let offer = SdpOffer::from_sdp_string(offer)?;
        let answer = self.rtc.sdp_api().accept_offer(offer)?.to_sdp_string();
        if channels && self.channels.is_none() {
            self.channels = Some(open_channels(&mut self.rtc));
        }
        Ok(answer)
    }

    /// An ICE restart without an offer: the other side's new credentials, and new ones of ours. str0m's one pair stays.
    pub fn restart_ice(&mut self, theirs: IceCreds) {
        let mut api = self.rtc.direct_api();
        api.set_remote_ice_credentials(theirs);
        api.set_local_ice_credentials(IceCreds::new());
    }

    /// True where we begin the handshake: then the first check should decide. Where the client begins it, it should
    /// not: media that comes before Chromium nominates makes it estimate its line anew, from 300 kbit/s (a face then
    /// begins at 320×240 and is whole after 11 s).
    pub fn begins(&self) -> bool {
        self.begins
    }

    /// Our ICE user fragment and password.
    pub fn credentials(&mut self) -> IceCreds {
        self.rtc.direct_api().local_ice_credentials()
    }

    /// The DTLS version that was agreed on, for people.
    pub fn dtls_version(&mut self) -> String {
        self.rtc.direct_api().dtls_protocol_version().map_or_else(String::new, |version| format!("{version:?}"))
    }

    /// A binding request that passed our check, or a DTLS record by a validated route.
    ///
    /// # Errors
    /// What str0m found wrong with it. Call [`Connection::poll`] all the same.
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) -> Result<(), RtcError> {
        let received = Receive::new(Protocol::Udp, THEIR_END.into(), OUR_END.into(), datagram)?;
        self.deadline = now;
        self.rtc.handle_input(Input::Receive(now, received)).inspect_err(|_| self.errors += 1)
    }

    /// # Errors
    /// When DTLS gives up.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), RtcError> {
        self.deadline = now;
        self.rtc.handle_input(Input::Timeout(now)).inspect_err(|_| self.errors += 1)
    }

    /// Drain after every other call. `None`: nothing until [`Connection::deadline`].
    ///
    /// # Errors
    /// When the connection cannot go on.
    pub fn poll(&mut self) -> Result<Option<News>, RtcError> {
        loop {
            let output = self.rtc.poll_output().inspect_err(|_| {
                self.errors += 1;
                self.deadline += AFTER_ERROR;
            })?;
            match output {
                Output::Timeout(at) => {
                    self.deadline = at;
                    // Told last: media must not overtake the handshake's final flight, or the other side drops it.
                    return Ok(std::mem::take(&mut self.connected).then_some(News::Connected));
                }
                Output::Transmit(transmit) => {
                    let datagram = Vec::from(transmit.contents);
                    // 0..4: answers to binding requests, ours are out already. 128..192: str0m must not speak RTP.
                    if datagram.first().is_some_and(|first| (20..64).contains(first)) {
                        return Ok(Some(News::Datagram(datagram)));
                    }
                }
                Output::Event(event) => {
                    if let Some(news) = self.translate(event) {
                        return Ok(Some(news));
                    }
                }
            }
        }
    }

    /// When [`Connection::handle_timeout`] is to be called.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The keys of a finished handshake, once.
    pub fn take_keys(&mut self) -> Option<Tapped> {
        self.tap.take()
    }

    /// Has anything gone wrong in the handshake or later?
    #[must_use]
    pub fn has_erred(&self) -> bool {
        self.errors > 0
    }

    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.rtc.is_alive()
    }

    #[must_use]
    pub fn channels_open(&self) -> bool {
        self.open >= 2
    }

    /// Queue a message. `false`: the channel is not open or has too much waiting.
    pub fn send(&mut self, lane: Lane, data: &[u8]) -> bool {
        let Some((fast, state)) = self.channels else { return false };
        let id = if lane == Lane::Fast { fast } else { state };
        self.rtc.channel(id).is_some_and(|mut channel| channel.write(true, data).unwrap_or(false))
    }

    /// Bytes waiting in a channel.
    pub fn backlog(&mut self, lane: Lane) -> usize {
        let Some((fast, state)) = self.channels else { return 0 };
        let id = if lane == Lane::Fast { fast } else { state };
        self.rtc.channel(id).map_or(0, |mut channel| channel.buffered_amount())
    }

    /// DTLS close-notify; drain with [`Connection::poll`].
    pub fn close(&mut self) {
        // An error here means that there is nothing left to close.
        let _ = self.rtc.close();
    }

    fn translate(&mut self, event: Event) -> Option<News> {
        match event {
            Event::Connected => {
                self.connected = true;
                None
            }
            Event::ChannelOpen(..) => {
                self.open = self.open.saturating_add(1);
                (self.open == 2).then_some(News::ChannelsOpen)
            }
            Event::ChannelClose(_) => {
                self.open = 0;
                None
            }
            Event::ChannelData(message) => {
                let (fast, state) = self.channels?;
                let lane = if message.id == fast {
                    Lane::Fast
                } else if message.id == state {
                    Lane::State
                } else {
                    return None;
                };
                Some(News::Message { lane, data: message.data })
            }
            Event::Closed => Some(News::Closed),
            _ => None,
        }
    }
}

/// On a long way the handshake is ours to begin: our first flight leaves with the answer to the client's first check,
/// and our media with our last one, a whole round trip earlier than if the client began. Chromium then chooses the SRTP
/// profile, the same one that dimpl's 1.3 server would take. str0m takes the passive role unless the offer leaves it
/// none, so that is what it is told.
fn begun_by_us(offer: &str, long_way: bool) -> Cow<'_, str> {
    if long_way { offer.replace("a=setup:actpass", "a=setup:passive").into() } else { offer.into() }
}

fn config(options: &Options<'_>) -> RtcConfig {
    // dimpl's 1.3 server takes the client's first SRTP profile and Chromium lists CM-SHA1 first, so 1.3 is only for
    // long round trips (FACTS). `Auto`: a client without 1.3 still gets through.
    let version = if options.dtls13 { DtlsVersion::Auto } else { DtlsVersion::Dtls12 };
    let config = RtcConfig::new()
        .set_crypto_provider(provider())
        .set_dtls_cert(options.cert.clone())
        .set_dtls_version(version)
        .set_local_ice_credentials(IceCreds::new())
        .set_ice_lite(true)
        .set_rtp_mode(true)
        .set_rtcp_report_interval_video(NO_REPORTS)
        .set_rtcp_report_interval_audio(NO_REPORTS)
        .set_sctp_max_message_size(options.message_bytes as u32)
        .set_sctp_max_buffered_amount(options.backlog)
        .clear_codecs()
        .enable_opus(true, true)
        .enable_vp8(true)
        .enable_h264(true)
        .enable_vp9(true)
        .enable_av1(true);
    set_extensions(add_h264_profiles(config))
}

/// str0m's list lacks High in packetization mode 0, 4:4:4 (Chromium) and Constrained High (Safari, Chromium on macOS).
fn add_h264_profiles(mut config: RtcConfig) -> RtcConfig {
    let more: [(u8, u8, bool, u32); 5] = [
        (37, 38, false, 0x64_001f),
        (39, 40, true, 0xf4_001f),
        (41, 42, false, 0xf4_001f),
        (43, 44, true, 0x64_0c1f),
        (45, 46, false, 0x64_0c1f),
    ];
    for (pt, rtx, mode1, profile) in more {
        config.codec_config().add_h264(pt.into(), Some(rtx.into()), mode1, profile);
    }
    config
}

fn set_extensions(config: RtcConfig) -> RtcConfig {
    config
        .clear_extension_map()
        .set_extension(1, Extension::AudioLevel)
        .set_extension(2, Extension::AbsoluteSendTime)
        .set_extension(3, Extension::TransportSequenceNumber)
        .set_extension(4, Extension::RtpMid)
        .set_extension(5, Extension::AbsoluteCaptureTime)
        .set_extension(6, Extension::PlayoutDelay)
        .set_extension(7, Extension::VideoOrientation)
        .set_extension(8, Extension::RtpStreamId)
        .set_extension(9, Extension::RepairedRtpStreamId)
}

fn open_channels(rtc: &mut Rtc) -> (ChannelId, ChannelId) {
    let mut api = rtc.direct_api();
    let fast = api.create_data_channel(ChannelConfig {
        label: "fast".into(),
        ordered: false,
        reliability: Reliability::MaxRetransmits { retransmits: 0 },
        negotiated: Some(0),
        ..ChannelConfig::default()
    });
    let state = api.create_data_channel(ChannelConfig {
        label: "state".into(),
        negotiated: Some(1),
        ..ChannelConfig::default()
    });
    (fast, state)
}
