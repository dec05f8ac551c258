//! Recording: what the port asks, and the copy of each packet on its way by.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use sefaw_journal::{Account, Chunk, DataKey, Losses, Order, Reason, RunInfo, Setup};

use crate::peer::Arrived;
use crate::port::{Event, JournalStats, Kind, Recording, RoomId, Trouble};
use crate::recorder::{Moment, Recorder, Run, Slow, Tray};
use crate::route::FastMap;
use crate::track::Track;

use super::{SHORTEST_WAIT, Shard};

/// A keyframe so young has come after the loss that is noticed now.
const FRESH: Duration = Duration::from_secs(1);

/// Chunks that are not due yet go with one that is, up to so many bytes: the writer is woken once for all of them, and never
/// gets much more at once than it may keep waiting (`sefaw_journal::writer`).
const TOGETHER: usize = 8 << 20;

#[derive(Default)]
pub(crate) struct Recorders {
    rooms: FastMap<RoomId, Box<Recorder>>,
    tray: Tray,
    /// Not later than the first of all that are due.
    deadline: Option<Instant>,
    serial: u64,
    /// Of recordings that ended, while the writer still has some of them.
    ended: Vec<Arc<Account>>,
    /// Dropped in all that the writer is done with.
    dropped: u64,
}

impl Recorders {
    /// Those that are old take the others with them: then the chunks of all rooms are due together.
    fn close_due(&mut self, now: Instant) {
        let Recorders { rooms, tray, deadline, .. } = self;
        let mut left = TOGETHER;
        for recorder in rooms.values_mut() {
            let bytes = recorder.waiting();
            if bytes <= left || recorder.deadline().is_some_and(|due| due <= now) {
                left = left.saturating_sub(bytes);
                recorder.close(tray);
            }
        }
        *deadline = rooms.values().filter_map(|recorder| recorder.deadline()).min();
    }
}

impl Shard {
    /// A room's journal begins; one that is there goes on as it does, and says so again.
    pub(super) fn record(&mut self, now: Instant, room: RoomId, zero_ns: i64, run: u32, setup: Setup) {
        let Recorders { rooms, tray, serial, .. } = &mut self.recorders;
        if let Some(known) = rooms.get(&room) {
            let (t, run) = (self.config.session(now, known.zero_ns), known.next_run);
            let paused = known.paused;
            tray.orders.push_back(if paused { Order::Pause { room, t, run } } else { Order::Resume { room, t, run } });
            return;
        }
        *serial += 1;
        let recorder = Box::new(Recorder::new(room, *serial, zero_ns, run));
        let (t, account) = (self.config.session(now, zero_ns), recorder.account.clone());
        tray.orders.push_back(Order::Start { room, t, run, setup: Box::new(setup), account });
        rooms.insert(room, recorder);
        self.want_all_keyframes(now, room);
    }

    pub(super) fn pause_recording(&mut self, now: Instant, room: RoomId) {
        let Recorders { rooms, tray, .. } = &mut self.recorders;
        let Some(recorder) = rooms.get_mut(&room) else { return self.not_recorded(room) };
        let t = self.config.session(now, recorder.zero_ns);
        recorder.settle(Moment { now, t }, tray);
        recorder.paused = true;
        let run = recorder.next_run;
        tray.orders.push_back(Order::Pause { room, t, run });
    }

    pub(super) fn resume_recording(&mut self, now: Instant, room: RoomId) {
        let Recorders { rooms, tray, .. } = &mut self.recorders;
        let Some(recorder) = rooms.get_mut(&room) else { return self.not_recorded(room) };
        recorder.paused = false;
        let (t, run) = (self.config.session(now, recorder.zero_ns), recorder.next_run);
        tray.orders.push_back(Order::Resume { room, t, run });
        self.want_all_keyframes(now, room);
    }

    pub(super) fn stop_recording(&mut self, now: Instant, room: RoomId) {
        if !self.end_recording(now, room) {
            self.not_recorded(room);
        }
    }

    /// False if it did not record.
    pub(super) fn end_recording(&mut self, now: Instant, room: RoomId) -> bool {
        let Recorders { rooms, tray, ended, .. } = &mut self.recorders;
        let Some(mut recorder) = rooms.remove(&room) else { return false };
        let t = self.config.session(now, recorder.zero_ns);
        recorder.settle(Moment { now, t }, tray);
        let run = recorder.next_run;
        tray.orders.push_back(Order::Stop { room, t, run });
        ended.push(recorder.account);
        true
    }

    fn not_recorded(&mut self, room: RoomId) {
        self.events.push_back(Event::Recording { room, state: Recording::Off, segment: 0, run: 0 });
    }

    /// Every journal ends; the shard does.
    pub fn finish_journals(&mut self, now: Instant) {
        let rooms: Vec<RoomId> = self.recorders.rooms.keys().copied().collect();
        for room in rooms {
            self.end_recording(now, room);
        }
    }

    /// What the writer is to do, in order. Say what became of each chunk: [`Shard::handle_taken`],
    /// [`Shard::handle_refused`].
    pub fn poll_journal(&mut self) -> Option<Order> {
        self.recorders.tray.orders.pop_front()
    }

    /// The writer took a chunk of this room, and gave back a buffer.
    pub fn handle_taken(&mut self, room: RoomId, buffer: Vec<u8>) {
        let Recorders { rooms, tray, .. } = &mut self.recorders;
        tray.spare.push(buffer);
        let Some(recorder) = rooms.get_mut(&room) else { return };
        let Some(Slow { from: t_from, packets }) = recorder.slow.take() else { return };
        let t_to = self.config.session(self.now, recorder.zero_ns);
        self.events.push_back(Event::JournalBack { room, reason: Trouble::Slow, packets, t_from, t_to });
    }

    /// The writer is too far behind.
    #[cold]
    pub fn handle_refused(&mut self, room: RoomId, chunk: Chunk) {
        let Recorders { rooms, tray, dropped, .. } = &mut self.recorders;
        let Some(recorder) = rooms.get_mut(&room) else {
            // The last of a recording that has ended: counted, and its reader finds it missing.
            *dropped += Losses::default().add_chunk(chunk.bytes(), Reason::QueueFull);
            return;
        };
        let begins = recorder.slow.is_none();
        let packets = recorder.refused(chunk, tray);
        if begins {
            self.events.push_back(Event::JournalTrouble { room, reason: Trouble::Slow, packets });
        }
    }

    #[inline]
    pub(super) fn recording_deadline(&self) -> Option<Instant> {
        self.recorders.deadline
    }

    /// Chunks that are old enough go, before anything else is put into one.
    #[inline]
    pub(super) fn close_chunks(&mut self, now: Instant) {
        if self.recorders.deadline.is_some_and(|due| due <= now) {
            self.recorders.close_due(now);
        }
    }

    /// The packet into the room's journal, if it has one. The first of another source begins another run.
    #[inline]
    pub(super) fn record_rtp(&mut self, now: Instant, arrived: &Arrived, datagram: &[u8]) {
        self.close_chunks(now);
        let Recorders { rooms, tray, deadline, .. } = &mut self.recorders;
        if rooms.is_empty() {
            return;
        }
        let Some(track) = self.tracks.get_mut(arrived.track as usize).and_then(Option::as_deref_mut) else { return };
        let Some(recorder) = rooms.get_mut(&track.room).filter(|recorder| !recorder.paused) else { return };
        let Some(packet) = datagram.get(arrived.range.clone()) else { return };
        let at = Moment { now, t: self.config.session(now, recorder.zero_ns) };
        let Some(run) = run_of(track, arrived, at, (recorder, tray)) else { return };
        recorder.rtp(at, run, packet, tray);
        self.counters.journal_packets += 1;
        remember(deadline, recorder);
    }

    pub(super) fn record_rtcp(&mut self, now: Instant, index: u32, packet: &[u8]) {
        let Some((room, peer)) = self.peer(index).map(|peer| (peer.room, peer.id)) else { return };
        self.tap(now, room, |recorder, at, tray| recorder.rtcp(at, peer, packet, tray));
    }

    /// A message of the fast lane, as it is relayed.
    pub(super) fn record_fast(&mut self, now: Instant, room: RoomId, message: &[u8]) {
        let Some(sender) = crate::fast::sender(message) else { return };
        self.tap(now, room, |recorder, at, tray| recorder.fast(at, sender, message, tray));
    }

    fn tap(&mut self, now: Instant, room: RoomId, put: impl FnOnce(&mut Recorder, Moment, &mut Tray)) {
        self.close_chunks(now);
        let Recorders { rooms, tray, deadline, .. } = &mut self.recorders;
        let Some(recorder) = rooms.get_mut(&room).filter(|recorder| !recorder.paused) else { return };
        let at = Moment { now, t: self.config.session(now, recorder.zero_ns) };
        put(recorder, at, tray);
        self.counters.journal_packets += 1;
        remember(deadline, recorder);
    }

    /// A track is gone, and so is its run.
    pub(super) fn end_run(&mut self, track: &Track) {
        let Recorders { rooms, tray, deadline, .. } = &mut self.recorders;
        let Some(recorder) = rooms.get_mut(&track.room) else { return };
        let Some(run) = track.run.filter(|run| run.serial == recorder.serial) else { return };
        let at = Moment { now: self.now, t: self.config.session(self.now, recorder.zero_ns) };
        recorder.end_run(at, run.number, tray);
        remember(deadline, recorder);
    }

    /// A recording can be looked at from a keyframe on.
    fn want_all_keyframes(&mut self, now: Instant, room: RoomId) {
        let tracks: Vec<u32> =
            self.rooms.get(&room).map(|room| room.tracks.values().copied().collect()).unwrap_or_default();
        tracks.into_iter().for_each(|track| self.want_for_journal(now, track));
    }

    fn want_for_journal(&mut self, now: Instant, index: u32) {
        let Some(track) = self.track_mut(index).filter(|track| track.kind == Kind::Video) else { return };
        track.keyframes.request(now);
        let publisher = track.publisher.index;
        // Timers had their turn already when this is done once a second.
        self.schedule_after(publisher, Some(now + SHORTEST_WAIT));
    }

    /// Once a second: what a recorded picture lost for good ends with a keyframe, also if nobody watches.
    pub(super) fn mend_journals(&mut self, now: Instant) {
        if self.recorders.rooms.is_empty() {
            return;
        }
        let recorded = |track: &Track| self.recorders.rooms.get(&track.room).is_some_and(|known| !known.paused);
        let mut damaged = Vec::new();
        for (index, track) in (0..).zip(&self.tracks) {
            let Some(track) = track.as_deref().filter(|track| track.kind == Kind::Video && recorded(track)) else {
                continue;
            };
            let given_up = self.given_up(track);
            if given_up != track.given_up {
                let last = track.keyframes.last();
                let mended = last.is_some_and(|last| now.saturating_duration_since(last.received) < FRESH);
                damaged.push((index, given_up, mended));
            }
        }
        for (index, given_up, mended) in damaged {
            if let Some(track) = self.track_mut(index) {
                track.given_up = given_up;
            }
            if !mended {
                self.want_for_journal(now, index);
            }
        }
    }

    fn given_up(&self, track: &Track) -> u64 {
        let publisher = self.peer(track.publisher.index).filter(|peer| peer.key == track.publisher);
        let stream = publisher.and_then(|peer| peer.receive.primary(track.section));
        stream.and_then(|stream| stream.nack.as_ref()).map_or(0, crate::nack::NackQueue::given_up)
    }

    pub(super) fn journal_stats(&mut self) -> Vec<JournalStats> {
        let Recorders { rooms, ended, dropped, .. } = &mut self.recorders;
        ended.retain(|account| {
            let over = Arc::strong_count(account) == 1;
            *dropped += if over { account.dropped.load(Relaxed) } else { 0 };
            !over
        });
        let accounts = rooms.values().map(|recorder| &recorder.account).chain(ended.iter());
        self.counters.journal_dropped = *dropped + accounts.map(|account| account.dropped.load(Relaxed)).sum::<u64>();
        let mut stats: Vec<_> = rooms.values().map(|recorder| figures(recorder.room, &recorder.account)).collect();
        stats.sort_by_key(|stats| stats.room);
        stats
    }
}

/// The number of a packet's run; begun with it if it is the first. Not with a retransmission: that is of the source before.
#[inline]
fn run_of(
    track: &mut Track,
    arrived: &Arrived,
    at: Moment,
    (recorder, tray): (&mut Recorder, &mut Tray),
) -> Option<u32> {
    let (ssrc, payload_type) = (arrived.header.ssrc, arrived.payload.pt);
    let known = track.run.filter(|run| run.serial == recorder.serial);
    if let Some(run) = known.filter(|run| (run.ssrc, run.payload_type) == (ssrc, payload_type)) {
        return Some(run.number);
    }
    if arrived.recovered {
        return None;
    }
    if let Some(old) = known {
        recorder.end_run(at, old.number, tray);
    }
    let kind = if track.kind == Kind::Audio { "audio" } else { "video" };
    let info = RunInfo {
        track: track.id,
        kind: kind.to_owned(),
        codec: arrived.payload.codec.name().to_owned(),
        payload_type,
        red: arrived.payload.red,
        clock_rate: arrived.payload.clock_rate,
        ssrc,
        rid: String::new(),
    };
    let number = recorder.begin_run(at, &info, tray);
    track.run = Some(Run { serial: recorder.serial, number, ssrc, payload_type });
    Some(number)
}

/// A chunk that was opened later is due later.
#[inline]
fn remember(deadline: &mut Option<Instant>, recorder: &Recorder) {
    if deadline.is_none() {
        *deadline = recorder.deadline();
    }
}

fn figures(room: RoomId, account: &Account) -> JournalStats {
    JournalStats {
        room,
        segment: account.segment.load(Relaxed),
        packets: account.packets.load(Relaxed),
        bytes: account.bytes.load(Relaxed),
        dropped: account.dropped.load(Relaxed),
        synced_t: account.synced_t.load(Relaxed),
    }
}

/// What a `Record` command asks.
pub(super) fn setup(folder: String, consultation: String, key: [u8; 32], segment: u32, started_unix_us: i64) -> Setup {
    Setup { folder: folder.into(), consultation, key: DataKey(key), segment, started_unix_us }
}
