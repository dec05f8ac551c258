//! One load client: a socket, ICE, DTLS and SRTP of its own, and the streams that it sends or watches. Takes the time
//! as an argument; only its socket is real.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sefaw_core::rtcp::{Rtcp, build, parse};
use sefaw_core::srtp::{SrtpReceiver, SrtpSender};
use sefaw_core::twcc::TwccRecorder;
use socket2::Socket;
use str0m::IceCreds;

use crate::clock;
use crate::dtls::{Certificate, Dtls, DtlsError, Progress, SessionKeys, crypto};
use crate::ice::Ice;
use crate::net::{self, Outbox};
use crate::sdp::{self, Answer, AnswerError, Identity, Kind, Line};
use crate::sink::Sink;
use crate::source::{Source, Writer};
use crate::tally::Tally;

/// What one browser-like client sends and receives: few SSRCs.
const MAX_SSRCS: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Publisher,
    Viewer,
}

#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error(transparent)]
    Dtls(#[from] DtlsError),
    #[error("the server closed the connection")]
    Closed,
    #[error("socket: {0}")]
    Socket(#[from] io::Error),
}

/// Instants of a join, for its report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Milestones {
    pub asked: Option<Instant>,
    pub answered: Option<Instant>,
    pub reachable: Option<Instant>,
    pub keyed: Option<Instant>,
    pub first_packet: Option<Instant>,
}

struct Session {
    send: SrtpSender,
    pub receive: SrtpReceiver,
}

/// One client. Handles datagrams and timers; what it wants sent lies in its outbox until `flush`.
pub struct Peer {
    pub role: Role,
    pub socket: Socket,
    pub milestones: Milestones,
    pub sources: Vec<Source>,
    pub sinks: Vec<Sink>,
    credentials: IceCreds,
    local: SocketAddr,
    server: Option<SocketAddr>,
    lines: Vec<Line>,
    answer: Answer,
    ice: Option<Ice>,
    dtls: Option<Dtls>,
    session: Option<Session>,
    outbox: Outbox,
    transport_sequence: u16,
    arrivals: TwccRecorder,
    rtcp_ssrc: u32,
    scratch: Vec<u8>,
}

impl Peer {
    /// `server` only says which address family to bind.
    pub fn new(role: Role, kinds: &[Kind], server: SocketAddr, now: Instant, seed: u64) -> io::Result<Self> {
        let socket = net::bind(server)?;
        let local = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let send = role == Role::Publisher;
        let mut random = Random(seed);
        let lines =
            kinds.iter().map(|kind| Line { kind: *kind, send, ssrc: random.next(), rtx_ssrc: random.next() }).collect();
        Ok(Self {
            role,
            socket,
            milestones: Milestones::default(),
            sources: Vec::new(),
            sinks: Vec::new(),
            credentials: IceCreds::new(),
            local,
            server: None,
            lines,
            answer: Answer::default(),
            ice: None,
            dtls: None,
            session: None,
            outbox: Outbox::default(),
            transport_sequence: 1,
            arrivals: TwccRecorder::new(now),
            rtcp_ssrc: random.next(),
            scratch: Vec::with_capacity(1500),
        })
    }

    pub fn offer(&self, certificate: &Certificate) -> String {
        let identity = Identity {
            ufrag: &self.credentials.ufrag,
            password: &self.credentials.pass,
            fingerprint: &certificate.fingerprint,
            address: self.local,
        };
        sdp::offer(&identity, &self.lines)
    }

    pub fn is_connected(&self) -> bool {
        self.session.is_some()
    }

    pub fn handle_answer(&mut self, now: Instant, body: &str) -> Result<(), PeerError> {
        self.milestones.answered = Some(now);
        self.answer = sdp::parse_answer(body)?;
        let same_family = |address: &&SocketAddr| address.is_ipv4() == self.local.is_ipv4();
        self.server = Some(*self.answer.candidates.iter().find(same_family).ok_or(AnswerError::Missing("an address"))?);
        let remote = (self.answer.ufrag.as_str(), self.answer.password.as_str());
        let tie_breaker = u64::from(self.rtcp_ssrc) << 32 | u64::from(self.local.port());
        self.ice = Some(Ice::new(crypto(), &self.credentials.ufrag, remote, tie_breaker, now));
        Ok(())
    }

    /// When `handle_timeout` next has something to do: connectivity and handshake only.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let ice = self.ice.as_ref().map(Ice::poll_timeout);
        let dtls = self.dtls.as_ref().and_then(|dtls| dtls.next);
        ice.into_iter().chain(dtls).min()
    }

    pub fn handle_timeout(&mut self, now: Instant, certificate: &Certificate) -> Result<(), PeerError> {
        if let Some(request) = self.ice.as_mut().and_then(|ice| ice.handle_timeout(now)) {
            self.outbox.push_bytes(&request);
        }
        if self.milestones.reachable.is_some() && self.dtls.is_none() {
            let fingerprint = std::mem::take(&mut self.answer.fingerprint);
            self.dtls = Some(Dtls::start(certificate, fingerprint, self.answer.passive, now)?);
        }
        if let Some(dtls) = self.dtls.as_mut().filter(|dtls| dtls.next.is_some_and(|next| next <= now)) {
            let progress = dtls.handle_timeout(now)?;
            self.advance(now, progress)?;
        }
        Ok(())
    }

    fn advance(&mut self, now: Instant, progress: Progress) -> Result<(), PeerError> {
        for packet in &progress.packets {
            self.outbox.push_bytes(packet);
        }
        if let Some(keys) = progress.keys {
            self.milestones.keyed = Some(now);
            self.begin_session(&keys)?;
        }
        if progress.closed { Err(PeerError::Closed) } else { Ok(()) }
    }

    fn begin_session(&mut self, keys: &SessionKeys) -> Result<(), PeerError> {
        let send = SrtpSender::new(&keys.send).map_err(DtlsError::from)?;
        let receive = SrtpReceiver::new(&keys.receive, MAX_SSRCS).map_err(DtlsError::from)?;
        self.session = Some(Session { send, receive });
        if self.role == Role::Publisher {
            let extensions =
                |index: usize| self.answer.lines.get(index).map(|line| line.extensions).unwrap_or_default();
            self.sources =
                (0..).zip(&self.lines).map(|(mid, line)| Source::new(*line, mid, extensions(mid.into()))).collect();
        }
        Ok(())
    }

    pub fn profile(&self) -> Option<&'static str> {
        self.session.as_ref().map(|session| session.send.profile().name())
    }

    /// RFC 7983 by the first byte. `at_ns`: when the kernel took it in.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        at_ns: u64,
        datagram: &mut [u8],
        tally: &mut Tally,
        certificate: &Certificate,
    ) -> Result<(), PeerError> {
        match datagram {
            [0..=3, ..] => {
                if self.ice.as_mut().is_some_and(|ice| ice.handle_packet(now, datagram)) {
                    self.milestones.reachable = Some(now);
                    self.handle_timeout(now, certificate)?;
                }
            }
            [20..=63, ..] => {
                if let Some(dtls) = &mut self.dtls {
                    let progress = dtls.handle_packet(datagram)?;
                    self.advance(now, progress)?;
                }
            }
            [128..=191, 192..=223, ..] => self.handle_rtcp(now, datagram, tally),
            [128..=191, ..] => self.handle_rtp(now, at_ns, datagram, tally),
            _ => tally.foreign += 1,
        }
        Ok(())
    }

    fn handle_rtp(&mut self, now: Instant, at_ns: u64, datagram: &mut [u8], tally: &mut Tally) {
        let Some(session) = &mut self.session else {
            tally.before_keys += 1;
            return;
        };
        let Some(packet) = crate::watch::open(&mut session.receive, datagram, tally) else { return };
        self.milestones.first_packet.get_or_insert(now);
        let line = crate::watch::line_of(&packet.header, &self.lines);
        let id = line.and_then(|index| self.answer.lines.get(index)).map_or(0, |line| line.extensions.transport_cc);
        if let Some(sequence) = packet.transport_sequence(datagram, id) {
            self.arrivals.on_packet(now, sequence);
        }
        crate::watch::note(&mut self.sinks, now, at_ns, &packet, datagram, tally);
    }

    fn handle_rtcp(&mut self, now: Instant, datagram: &mut [u8], tally: &mut Tally) {
        let Some(session) = &mut self.session else { return };
        let Ok(len) = session.receive.unprotect_rtcp(datagram) else {
            tally.rtcp_refused += 1;
            return;
        };
        tally.rtcp_received += 1;
        let Self { sources, sinks, session: Some(session), outbox, transport_sequence, .. } = self else { return };
        let mut writer = Writer { srtp: &session.send, transport_sequence, unix: clock::unix(), outbox };
        for message in parse(&datagram[..len]) {
            let Ok(message) = message else {
                tally.rtcp_malformed += 1;
                return;
            };
            answer_rtcp(now, &message, sources, sinks, &mut writer, tally);
        }
    }

    /// Write the next frame of a source.
    pub fn send_frame(&mut self, source: usize, tally: &mut Tally) {
        let Self { sources, session: Some(session), outbox, transport_sequence, .. } = self else { return };
        let Some(source) = sources.get_mut(source) else { return };
        let mut writer = Writer { srtp: &session.send, transport_sequence, unix: clock::unix(), outbox };
        tally.sent += source.frame(&mut writer);
    }

    /// Transport-wide feedback and NACKs: what a browser sends many times a second.
    pub fn send_feedback(&mut self, now: Instant, tally: &mut Tally) {
        let media_ssrc = self.sinks.first().map_or(0, |sink| sink.ssrc);
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        while self.arrivals.poll(now, self.rtcp_ssrc, media_ssrc, &mut out) {
            tally.transport_feedback += 1;
            self.send_rtcp(&mut out, tally);
        }
        for sink in &mut self.sinks {
            tally.nacked += sink.nack(now, self.rtcp_ssrc, &mut out);
        }
        self.send_rtcp(&mut out, tally);
        self.scratch = out;
    }

    /// Sender reports of a publisher; receiver report and REMB of a viewer.
    pub fn send_report(&mut self, now: Instant, tally: &mut Tally) {
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        let unix = clock::unix();
        for index in 0..self.sources.len() {
            let source = &self.sources[index];
            source.sender_report(unix, &mut out);
            build::sdes_cname(&mut out, source.ssrc(), "swarm");
            self.send_rtcp(&mut out, tally);
        }
        let blocks: Vec<_> = self.sinks.iter_mut().filter_map(|sink| sink.report(now)).collect();
        if !blocks.is_empty() {
            let ssrcs: Vec<u32> = self.sinks.iter().map(|sink| sink.ssrc).collect();
            build::receiver_report(&mut out, self.rtcp_ssrc, &blocks);
            build::sdes_cname(&mut out, self.rtcp_ssrc, "swarm");
            build::remb(&mut out, self.rtcp_ssrc, ESTIMATE_BPS, &ssrcs);
            self.send_rtcp(&mut out, tally);
        }
        self.scratch = out;
    }

    fn send_rtcp(&mut self, compound: &mut Vec<u8>, tally: &mut Tally) {
        let Some(session) = self.session.as_mut().filter(|_| !compound.is_empty()) else { return };
        if session.send.protect_rtcp(compound).is_ok() {
            self.outbox.push_bytes(compound);
            tally.rtcp_sent += 1;
        }
        compound.clear();
    }

    /// Hands the outbox to the kernel.
    pub fn flush(&mut self) {
        if let Some(server) = self.server {
            self.outbox.flush(&self.socket, server);
        }
    }

    pub fn since_asked(&self, milestone: Option<Instant>) -> Option<Duration> {
        Some(milestone?.duration_since(self.milestones.asked?))
    }
}

/// What a viewer's REMB claims: more than any shape sends, so that no server holds back.
const ESTIMATE_BPS: u64 = 8_000_000;

fn answer_rtcp(
    now: Instant,
    message: &Rtcp<'_>,
    sources: &mut [Source],
    sinks: &mut [Sink],
    writer: &mut Writer<'_>,
    tally: &mut Tally,
) {
    match message {
        Rtcp::Nack { media_ssrc, lost, .. } => {
            if let Some(source) = sources.iter_mut().find(|source| source.ssrc() == *media_ssrc) {
                tally.retransmitted += lost.clone().filter(|lost| source.retransmit(writer, *lost)).count() as u64;
            }
        }
        Rtcp::Pli { media_ssrc, .. } => {
            tally.keyframe_requests += 1;
            sources.iter_mut().filter(|source| source.ssrc() == *media_ssrc).for_each(Source::want_keyframe);
        }
        Rtcp::Fir { .. } => {
            tally.keyframe_requests += 1;
            sources.iter_mut().for_each(Source::want_keyframe);
        }
        Rtcp::SenderReport { report, .. } => {
            if let Some(sink) = sinks.iter_mut().find(|sink| sink.ssrc == report.ssrc) {
                sink.on_sender_report(now, report.ntp);
            }
        }
        _ => {}
    }
}

/// SplitMix64: SSRCs need to differ, not to surprise.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((value ^ (value >> 31)) >> 32) as u32
    }
}
