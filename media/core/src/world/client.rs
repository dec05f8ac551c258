//! A client: a full str0m endpoint in RTP mode, as independent of the plane as can be had.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::channel::{ChannelConfig, ChannelId, Reliability};
use str0m::config::DtlsVersion;
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::Extension;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use crate::keys::{Tap, provider, with_tap};
use crate::peer::Session;
use crate::port::{Kind, PeerKind};
use crate::rtp::RtpHeader;
use crate::rtp::extensions::transport_sequence;
use crate::srtp::SrtpError;
use crate::twcc::TwccRecorder;

use super::{Doubles, Downlink, ROOM, SERVER};

/// Of the transport-wide sequence number, unless a plan has odd ids.
const TRANSPORT_ID: u8 = 3;

/// What a client is to be.
#[derive(Clone)]
pub struct Plan {
    pub kind: PeerKind,
    pub room: u64,
    pub sends: Vec<Kind>,
    pub receives: Vec<Kind>,
    pub channels: bool,
    pub dtls13: bool,
    pub tcp: bool,
    pub h264: bool,
    pub vp8: bool,
    pub red: bool,
    /// RTP by our own packet layer: any packet can be made, and every byte seen.
    pub raw: bool,
    /// Other extension ids than the others have.
    pub odd_ids: bool,
}

impl Plan {
    /// Sends and receives audio and video, with data channels.
    pub fn wire() -> Plan {
        Plan {
            kind: PeerKind::Wire,
            room: ROOM,
            sends: vec![Kind::Audio, Kind::Video],
            receives: vec![Kind::Audio, Kind::Video],
            channels: true,
            dtls13: false,
            tcp: false,
            h264: false,
            vp8: true,
            red: false,
            raw: false,
            odd_ids: false,
        }
    }

    pub fn only_receiving(self) -> Plan {
        Plan { sends: Vec::new(), channels: false, ..self }
    }

    /// Data channels and nothing else.
    pub fn only_data(self) -> Plan {
        Plan { sends: Vec::new(), receives: Vec::new(), ..self }
    }

    pub fn only_sending(self) -> Plan {
        Plan { receives: Vec::new(), channels: false, ..self }
    }
}

/// A media packet that a client received.
#[derive(Debug, Clone)]
pub struct Got {
    pub at: Instant,
    pub mid: Mid,
    pub ssrc: u32,
    pub sequence: u64,
    pub timestamp: u32,
    pub payload: Vec<u8>,
    /// The sender report that it could be timed by.
    pub reported: Option<(u32, u32)>,
}

pub struct Client {
    pub id: u64,
    pub rtc: Rtc,
    /// Its own address, and as the server sees it.
    pub private: SocketAddr,
    pub public: SocketAddr,
    pub tcp: bool,
    pub online: bool,
    /// How fast its downlink is.
    pub downlink: Option<Downlink>,
    pub alive: bool,
    pub sends: Vec<(Mid, Kind)>,
    pub receives: Vec<(Mid, Kind)>,
    pub answer: String,
    pub got: Vec<Got>,
    pub messages: Vec<(ChannelId, Vec<u8>)>,
    pub channels: Option<(ChannelId, ChannelId)>,
    pub open_channels: usize,
    pub keyframes_asked: Vec<(Mid, Instant)>,
    pub closed: bool,
    pub connected: Option<Instant>,
    pub outbox: Vec<Vec<u8>>,
    pub timeout: Instant,
    /// Of a raw client, once connected.
    pub session: Option<Session>,
    /// Decrypted RTP and RTCP packets of a raw client.
    pub packets: Vec<Vec<u8>>,
    /// When each of them came.
    pub came: Vec<Instant>,
    pub doubles: Doubles,
    /// Says what arrives, as browsers do (str0m's own feedback leaves out much when much is lost).
    recorder: TwccRecorder,
    pub reports: Vec<Vec<u8>>,
    raw: Option<Tap>,
    pending: Option<SdpPendingOffer>,
}

impl Client {
    pub fn new(now: Instant, at: usize, plan: &Plan) -> Client {
        let address = SocketAddr::from(([203, 0, 113, at as u8 + 1], 40_000));
        let (mut rtc, tap) = with_tap(|| config(plan).build(now));
        let proto = if plan.tcp { "tcp" } else { "udp" };
        rtc.add_local_candidate(Candidate::host(address, proto).unwrap());
        let mut client = Client {
            id: at as u64 + 1,
            rtc,
            private: address,
            public: address,
            tcp: plan.tcp,
            online: true,
            downlink: None,
            alive: true,
            sends: Vec::new(),
            receives: Vec::new(),
            answer: String::new(),
            got: Vec::new(),
            messages: Vec::new(),
            channels: None,
            open_channels: 0,
            keyframes_asked: Vec::new(),
            closed: false,
            connected: None,
            outbox: Vec::new(),
            timeout: now,
            session: None,
            packets: Vec::new(),
            came: Vec::new(),
            doubles: Doubles::default(),
            recorder: TwccRecorder::new(now),
            reports: Vec::new(),
            raw: plan.raw.then_some(tap),
            pending: None,
        };
        client.add_sections(plan);
        client
    }

    fn add_sections(&mut self, plan: &Plan) {
        let mut api = self.rtc.sdp_api();
        let mut add = |kind: &Kind, direction| {
            let media = if *kind == Kind::Audio { MediaKind::Audio } else { MediaKind::Video };
            (api.add_media(media, direction, None, None, None), *kind)
        };
        self.sends = plan.sends.iter().map(|kind| add(kind, Direction::SendOnly)).collect();
        self.receives = plan.receives.iter().map(|kind| add(kind, Direction::RecvOnly)).collect();
        if plan.channels {
            let fast = api.add_channel_with_config(ChannelConfig {
                label: "fast".into(),
                ordered: false,
                reliability: Reliability::MaxRetransmits { retransmits: 0 },
                negotiated: Some(0),
                ..ChannelConfig::default()
            });
            let state = api.add_channel_with_config(ChannelConfig {
                label: "state".into(),
                negotiated: Some(1),
                ..ChannelConfig::default()
            });
            self.channels = Some((fast, state));
        }
        let (offer, pending) = api.apply().expect("an offer");
        self.pending = Some(pending);
        self.answer = offer.to_sdp_string();
    }

    pub fn offer(&mut self) -> String {
        std::mem::take(&mut self.answer)
    }

    /// An offer with two more slots.
    pub fn offer_more(&mut self) -> String {
        let mut api = self.rtc.sdp_api();
        let audio = api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
        let video = api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        self.receives.extend([(audio, Kind::Audio), (video, Kind::Video)]);
        let (offer, pending) = api.apply().expect("an offer");
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    pub fn offer_restart(&mut self) -> String {
        let mut api = self.rtc.sdp_api();
        api.ice_restart(true);
        let (offer, pending) = api.apply().expect("an offer");
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    pub fn accept(&mut self, answer: &str) {
        self.answer = answer.to_owned();
        let parsed = SdpAnswer::from_sdp_string(answer).expect("an answer that parses");
        let pending = self.pending.take().expect("an offer outstanding");
        self.rtc.sdp_api().accept_answer(pending, parsed).expect("an answer that fits");
    }

    /// Audio and video slot of the same position are a pair.
    pub fn pairs(&self) -> Vec<(String, u8)> {
        let number = |index: usize| (index / 2) as u8 + 1;
        self.receives.iter().enumerate().map(|(index, (mid, _))| (mid.to_string(), number(index))).collect()
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
        self.drain(now);
        let mut packet = Vec::new();
        while self.raw.is_some() && self.recorder.poll(now, 1, 1, &mut packet) {
            self.send_rtcp(std::mem::take(&mut packet));
        }
    }

    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        if self.raw.is_some() && datagram.first().is_some_and(|first| (128..192).contains(first)) {
            return self.decrypt(now, datagram);
        }
        let proto = if self.tcp { Protocol::Tcp } else { Protocol::Udp };
        let received = Receive::new(proto, SERVER.into(), self.private, datagram).expect("a datagram for str0m");
        // A client may be told nonsense by the tests; it is not what they are about.
        let _ = self.rtc.handle_input(Input::Receive(now, received));
        self.drain(now);
    }

    pub fn drain(&mut self, now: Instant) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    let told = self.recorder.poll_timeout().unwrap_or(at);
                    self.timeout = at.min(told).max(now + Duration::from_micros(100));
                    return;
                }
                Ok(Output::Transmit(transmit)) => {
                    let datagram = Vec::from(transmit.contents);
                    // A raw client's str0m has decoy keys: its reports are nobody's.
                    if self.raw.is_none() || datagram[0] < 128 {
                        self.outbox.push(datagram);
                    }
                }
                Ok(Output::Event(event)) => self.note(now, event),
                Err(_) => {
                    self.timeout = now + Duration::from_secs(1);
                    return;
                }
            }
        }
    }

    fn note(&mut self, now: Instant, event: Event) {
        match event {
            Event::RtpPacket(packet) => {
                let mid = self.rtc.direct_api().stream_rx(&packet.header.ssrc).map(|stream| stream.mid());
                self.got.push(Got {
                    at: now,
                    mid: mid.unwrap_or_else(|| "?".into()),
                    ssrc: *packet.header.ssrc,
                    sequence: *packet.seq_no,
                    timestamp: packet.header.timestamp,
                    payload: packet.payload.to_vec(),
                    reported: packet
                        .last_sender_info
                        .map(|info| (info.sender_packet_count, info.rtp_time.numer() as u32)),
                });
            }
            Event::ChannelOpen(..) => self.open_channels += 1,
            Event::ChannelData(data) => self.messages.push((data.id, data.data)),
            Event::KeyframeRequest(request) => self.keyframes_asked.push((request.mid, now)),
            Event::Connected => {
                self.connected = Some(now);
                let tapped = self.raw.as_ref().and_then(Tap::take);
                self.session = tapped.map(|tapped| Session::new(&tapped, 64).unwrap());
            }
            Event::Closed => self.closed = true,
            _ => {}
        }
    }

    /// Ask for a keyframe of what a slot shows.
    pub fn ask_for_keyframe(&mut self, slot: usize) {
        let mid = self.receives[slot].0;
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(mid, None) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    pub fn send_message(&mut self, fast: bool, data: &[u8]) {
        let (fast_id, state_id) = self.channels.unwrap();
        let id = if fast { fast_id } else { state_id };
        assert!(self.rtc.channel(id).expect("an open channel").write(true, data).unwrap());
    }

    fn decrypt(&mut self, now: Instant, datagram: &[u8]) {
        let (mut packet, session) = (datagram.to_vec(), self.session.as_mut().expect("connected"));
        if (192..=223).contains(&packet[1]) {
            let len = session.receiver.unprotect_rtcp(&mut packet).expect("authentic, and no index twice");
            packet.truncate(len);
            self.reports.push(packet);
        } else {
            let header = RtpHeader::parse(&packet).unwrap();
            let plain = match session.receiver.unprotect_rtp(&mut packet, &header) {
                Err(SrtpError::Replayed) => return self.doubles.replayed(datagram),
                plain => plain.expect("authentic"),
            };
            self.doubles.keep(datagram);
            packet.truncate(header.len + plain.payload_len);
            if let Some(sequence) = header.extensions.find(&packet, TRANSPORT_ID).and_then(transport_sequence) {
                self.recorder.on_packet(now, sequence);
                self.timeout = self.timeout.min(self.recorder.poll_timeout().expect("something to tell"));
            }
            self.packets.push(packet);
            self.came.push(now);
        }
    }

    /// Send a packet of one's own making: header and payload in the clear, and its index.
    pub fn send_rtp(&mut self, header: &[u8], payload: &[u8], ssrc: u32, index: u64) {
        let mut packet = [header, payload, &[0; 16]].concat();
        let session = self.session.as_ref().expect("connected");
        let len = session.sender.protect_rtp(&mut packet, header.len(), payload.len(), ssrc, index);
        packet.truncate(len);
        self.outbox.push(packet);
    }

    pub fn send_rtcp(&mut self, mut packet: Vec<u8>) {
        self.session.as_mut().expect("connected").sender.protect_rtcp(&mut packet).unwrap();
        self.outbox.push(packet);
    }

    /// What arrived in a slot.
    pub fn slot(&self, slot: usize) -> impl Iterator<Item = &Got> {
        let mid = self.receives[slot].0;
        self.got.iter().filter(move |got| got.mid == mid)
    }
}

fn config(plan: &Plan) -> RtcConfig {
    let version = if plan.dtls13 { DtlsVersion::Dtls13 } else { DtlsVersion::Dtls12 };
    let mut config = RtcConfig::new()
        .set_rtp_mode(true)
        .set_dtls_version(version)
        .clear_codecs()
        .enable_opus(true, plan.red)
        .enable_vp8(plan.vp8)
        .enable_h264(plan.h264)
        .set_extension(9, Extension::AbsoluteCaptureTime)
        .set_extension(12, Extension::PlayoutDelay)
        .set_rtcp_report_interval_video(Duration::from_millis(500))
        .set_rtcp_report_interval_audio(Duration::from_millis(500));
    if plan.raw {
        config = config.set_crypto_provider(provider());
    }
    if plan.odd_ids {
        config = odd_ids(config);
    }
    config.set_initial_stun_rto(Duration::from_millis(200));
    config
}

fn odd_ids(config: RtcConfig) -> RtcConfig {
    config
        .clear_extension_map()
        .set_extension(14, Extension::RtpMid)
        .set_extension(13, Extension::TransportSequenceNumber)
        .set_extension(11, Extension::AbsoluteSendTime)
        .set_extension(8, Extension::AbsoluteCaptureTime)
        .set_extension(7, Extension::AudioLevel)
        .set_extension(6, Extension::PlayoutDelay)
        .set_extension(5, Extension::VideoOrientation)
}
