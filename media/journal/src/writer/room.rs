//! One consultation's journal on its way to the disk: which segment, when it is synced, and what becomes of packets when
//! the disk fails. The clock and the disk are arguments.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::disk::Disk;
use crate::chunk::{Chunk, Entries, Losses};
use crate::entry::{Entry, Reason, RunInfo};
use crate::keys::fresh_salt;
use crate::order::{Account, News, Setup, State};
use crate::segment::{self, Sealer, SegmentHeader, file_name};

/// What is written is synced once the oldest of it came so long ago: with the second chunk of a second.
/// What is left of the second is the disk's.
const SYNC: Duration = Duration::from_millis(750);

/// And at the latest then, if no second chunk comes.
const SYNC_LATEST: Duration = Duration::from_millis(850);

/// Between two tries to write to a disk that refused.
const RETRY: Duration = Duration::from_secs(1);

/// A segment ends with a sync once it is nearly as long as it may be: no chunk has to wait for the sync that its end takes.
const ENDS_US: u64 = segment::MAX_AGE_US * 9 / 10;
const ENDS_BYTES: u64 = segment::MAX_BYTES * 3 / 4;

/// Numbers that are taken are passed over, so many at once: files are never written over.
const TAKEN: u32 = 1000;

/// The disk, and a buffer for what goes there at once.
type Tools<'a, D> = (&'a mut D, &'a mut Vec<u8>);

#[derive(Debug)]
struct Open<F> {
    number: u32,
    file: F,
    sealer: Sealer,
    length: u64,
    t0: u64,
    /// When the oldest entry that is not synced came.
    unsynced: Option<Instant>,
    /// It is to be synced as soon as no chunk waits.
    due: bool,
    /// The file's name is on the disk.
    named: bool,
}

/// Packets are being left out.
#[derive(Debug)]
struct Trouble {
    reason: Reason,
    from: u64,
    packets: u64,
    retry: Instant,
}

#[derive(Debug)]
pub struct Room<F> {
    id: u64,
    setup: Setup,
    account: Arc<Account>,
    state: State,
    next: u32,
    /// Begun and not ended: repeated at the beginning of each segment.
    runs: BTreeMap<u32, RunInfo>,
    open: Option<Open<F>>,
    losses: Losses,
    trouble: Option<Trouble>,
    /// The run number to be told once a segment is on the disk.
    answer: Option<u32>,
    /// The latest session time.
    last: u64,
    run: u32,
    pub news: Vec<News>,
}

impl<F> Room<F> {
    pub fn new(id: u64, setup: Setup, account: Arc<Account>) -> Room<F> {
        Room {
            id,
            next: setup.segment,
            setup,
            account,
            state: State::Paused,
            runs: BTreeMap::new(),
            open: None,
            losses: Losses::default(),
            trouble: None,
            answer: None,
            last: 0,
            run: 0,
            news: Vec::new(),
        }
    }

    /// The latest session time and run number.
    pub fn place(&self) -> (u64, u32) {
        (self.last, self.run)
    }

    /// When to call [`Room::mind`].
    pub fn deadline(&self) -> Option<Instant> {
        let due = self.open.as_ref().filter(|open| open.due).and_then(|open| open.unsynced);
        [due.map(|oldest| oldest + SYNC), self.latest()].into_iter().flatten().min()
    }

    /// When to call it, whatever else there is to do.
    pub fn latest(&self) -> Option<Instant> {
        let sync = self.open.as_ref().and_then(|open| open.unsynced).map(|oldest| oldest + SYNC_LATEST);
        let retry = self.trouble.as_ref().map(|trouble| trouble.retry);
        [sync, retry].into_iter().flatten().min()
    }

    /// It begins, or goes on after a pause; or it is asked for while it goes on.
    pub fn start<D: Disk<File = F>>(&mut self, now: Instant, t: u64, run: u32, tools: Tools<'_, D>) {
        (self.state, self.run) = (State::On, run);
        self.last = self.last.max(t);
        self.answer = Some(run);
        if self.open.is_none() {
            self.begin(now, now, None, tools);
        } else {
            self.tell();
        }
    }

    /// It pauses or ends: what was written is on the disk when this returns.
    pub fn halt<D: Disk<File = F>>(
        &mut self,
        now: Instant,
        (state, t, run): (State, u64, u32),
        (disk, scratch): Tools<'_, D>,
    ) {
        self.last = self.last.max(t);
        self.finish(now, disk);
        if !self.losses.is_empty() {
            // The last chance to say what is missing.
            self.begin(now, now, None, (disk, scratch));
            self.finish(now, disk);
        }
        (self.state, self.run, self.answer) = (state, run, None);
        self.news.push(News::Recording { room: self.id, state, segment: self.next, run });
    }

    /// The chunk is of no more use then.
    pub fn chunk<D: Disk<File = F>>(&mut self, now: Instant, chunk: &mut Chunk, opened: Instant, tools: Tools<'_, D>) {
        let (disk, scratch) = tools;
        self.last = self.last.max(chunk.last());
        if self.state != State::On {
            return;
        }
        let ends = |open: &Open<F>| {
            let length = open.length + chunk.bytes().len() as u64;
            chunk.t0().saturating_sub(open.t0) >= segment::MAX_AGE_US || length > segment::MAX_BYTES
        };
        if self.open.as_ref().is_some_and(ends) {
            self.finish(now, disk);
        }
        let before = self.account.bytes.load(Relaxed);
        let packets = u64::from(chunk.packets());
        if self.open.is_some() {
            self.note_runs(chunk);
            self.append(now, chunk, opened, disk);
        } else if self.trouble.as_ref().is_some_and(|trouble| now < trouble.retry) {
            self.lose(chunk);
            self.note_runs(chunk);
        } else {
            self.begin(now, opened, Some(chunk), (disk, scratch));
            self.note_runs(chunk);
        }
        if self.account.bytes.load(Relaxed) != before {
            self.account.packets.fetch_add(packets, Relaxed);
        }
        let old = |open: &&mut Open<F>| open.unsynced.is_some_and(|oldest| now >= oldest + SYNC);
        if let Some(open) = self.open.as_mut().filter(old) {
            disk.begin_sync(&open.file);
            open.due = true;
        }
    }

    /// What time alone makes due.
    pub fn mind<D: Disk<File = F>>(&mut self, now: Instant, (disk, scratch): Tools<'_, D>) {
        let due = |open: &Open<F>| open.due || open.unsynced.is_some_and(|oldest| oldest + SYNC_LATEST <= now);
        if self.open.as_ref().is_some_and(due) {
            self.sync(now, disk);
        }
        if self.trouble.as_ref().is_some_and(|trouble| trouble.retry <= now) {
            if self.state == State::On && self.open.is_none() {
                self.begin(now, now, None, (disk, scratch));
            } else {
                self.trouble = None;
            }
        }
    }

    fn append<D: Disk<File = F>>(&mut self, now: Instant, chunk: &mut Chunk, opened: Instant, disk: &mut D) {
        let Some(open) = &mut self.open else { return };
        let record = chunk.record();
        let sealed = open.sealer.seal_in_place(record, 0).map_err(io::Error::other);
        let written = sealed.and_then(|()| {
            let written = disk.write(&open.file, record, open.length);
            if written.is_err() {
                let _ = open.sealer.unseal(record); // what is lost is counted from the plaintext
            }
            written
        });
        match written {
            Ok(()) => {
                let length = record.len() as u64;
                open.length += length;
                open.unsynced.get_or_insert(opened);
                self.count(length);
            }
            Err(error) => {
                // Part of it may be there. Under this key nothing is ever written in its place.
                let _ = disk.cut(&open.file, open.length);
                self.finish(now, disk);
                self.fail(now, &error, Some(chunk));
            }
        }
    }

    /// A new segment: its first record, the runs that go on, what was left out, and this chunk, in one piece.
    fn begin<D: Disk<File = F>>(
        &mut self,
        now: Instant,
        opened: Instant,
        chunk: Option<&Chunk>,
        (disk, scratch): Tools<'_, D>,
    ) {
        match self.try_begin(chunk, (disk, scratch)) {
            Ok(mut open) => {
                open.unsynced = chunk.map(|_| opened);
                self.account.segment.store(open.number, Relaxed);
                self.next = open.number.saturating_add(1);
                self.open = Some(open);
                self.count(scratch.len() as u64);
                if chunk.is_none() || self.trouble.is_some() {
                    self.sync(now, disk); // somebody waits to hear that it is on the disk
                }
                if self.open.is_some() {
                    self.losses = Losses::default();
                    self.back();
                }
            }
            Err(error) => self.fail(now, &error, chunk),
        }
    }

    fn try_begin<D: Disk<File = F>>(
        &mut self,
        chunk: Option<&Chunk>,
        (disk, scratch): Tools<'_, D>,
    ) -> io::Result<Open<F>> {
        let salt = fresh_salt().map_err(io::Error::other)?;
        let t0 = chunk.map_or(self.last, Chunk::t0);
        let (number, file) = self.create(disk)?;
        let header = SegmentHeader::new(&self.setup.consultation, number, &salt, self.setup.started_unix_us, t0);
        scratch.clear();
        let sealed = Sealer::begin(&self.setup.key, &header, scratch).and_then(|mut sealer| {
            let preface = self.preface(t0);
            for plaintext in preface.iter().chain(chunk).filter(|chunk| !chunk.is_empty()).map(Chunk::bytes) {
                sealer.seal(plaintext, scratch)?;
            }
            Ok(sealer)
        });
        let sealed = sealed.map_err(io::Error::other);
        match sealed.and_then(|sealer| disk.write(&file, scratch, 0).map(|()| sealer)) {
            Ok(sealer) => {
                let length = scratch.len() as u64;
                Ok(Open { number, file, sealer, length, t0, unsynced: None, due: false, named: false })
            }
            Err(error) => {
                // An empty file is cut to nothing at least, if it cannot be removed.
                let _ = disk.cut(&file, 0);
                let _ = disk.remove(&self.setup.folder, &file_name(number));
                Err(error)
            }
        }
    }

    fn create<D: Disk<File = F>>(&self, disk: &mut D) -> io::Result<(u32, F)> {
        let mut taken = io::ErrorKind::AlreadyExists.into();
        for number in (self.next..=u32::MAX).take(TAKEN as usize) {
            match disk.create(&self.setup.folder, &file_name(number)) {
                Ok(file) => return Ok((number, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// What a segment begins with.
    fn preface(&self, t0: u64) -> Option<Chunk> {
        let mut chunk = Chunk::new(Vec::new(), t0);
        self.runs.iter().for_each(|(run, info)| chunk.run(t0, *run, info));
        self.losses.iter().for_each(|dropped| chunk.dropped(t0, dropped));
        Some(chunk).filter(|chunk| !chunk.is_empty())
    }

    fn sync<D: Disk<File = F>>(&mut self, now: Instant, disk: &mut D) {
        let Some(open) = &mut self.open else { return };
        let named = if open.named { Ok(()) } else { disk.sync_folder(&self.setup.folder) };
        match named.and_then(|()| disk.sync(&open.file)) {
            Ok(()) => {
                (open.named, open.unsynced, open.due) = (true, None, false);
                let ends = self.last.saturating_sub(open.t0) >= ENDS_US || open.length >= ENDS_BYTES;
                self.account.synced_t.store(self.last, Relaxed);
                self.tell();
                if ends {
                    self.open = None;
                }
            }
            Err(error) => {
                // What this file has nobody knows any more: its reader will see. What comes now goes to another.
                self.open = None;
                self.fail(now, &error, None);
            }
        }
    }

    fn finish<D: Disk<File = F>>(&mut self, now: Instant, disk: &mut D) {
        if self.open.as_ref().is_some_and(|open| open.unsynced.is_some() || !open.named) {
            self.sync(now, disk);
        }
        self.open = None;
    }

    /// Say that it is written, if somebody waits to hear it.
    fn tell(&mut self) {
        let Some(open) = self.open.as_ref().filter(|open| open.named) else { return };
        if let Some(run) = self.answer.take() {
            self.news.push(News::Recording { room: self.id, state: State::On, segment: open.number, run });
        }
    }

    /// The disk did not take it: `chunk` is lost, and those that follow, until it does.
    fn fail(&mut self, now: Instant, error: &io::Error, chunk: Option<&Chunk>) {
        let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        let reason = if full { Reason::DiskFull } else { Reason::DiskRefuses };
        let begins = self.trouble.is_none();
        let trouble = self.trouble.get_or_insert(Trouble { reason, from: self.last, packets: 0, retry: now });
        (trouble.retry, trouble.reason) = (now + RETRY, reason);
        if let Some(chunk) = chunk {
            trouble.from = trouble.from.min(chunk.t0());
            self.lose(chunk);
        }
        if let Some(trouble) = self.trouble.as_ref().filter(|_| begins) {
            self.news.push(News::Trouble { room: self.id, reason, packets: trouble.packets });
        }
    }

    fn lose(&mut self, chunk: &Chunk) {
        let Some(trouble) = &mut self.trouble else { return };
        let lost = self.losses.add_chunk(chunk.bytes(), trouble.reason);
        trouble.packets += lost;
        self.account.dropped(lost);
    }

    fn back(&mut self) {
        let Some(Trouble { reason, from: t_from, packets, .. }) = self.trouble.take() else { return };
        self.news.push(News::Back { room: self.id, reason, packets, t_from, t_to: self.last });
    }

    /// Written: so many bytes, and this chunk in them.
    fn count(&self, bytes: u64) {
        self.account.bytes.fetch_add(bytes, Relaxed);
    }

    /// What a chunk says of runs.
    fn note_runs(&mut self, chunk: &Chunk) {
        if !chunk.tells_of_runs() {
            return;
        }
        for (_, entry) in Entries::of(chunk.bytes()).into_iter().flatten().flatten() {
            match entry {
                Entry::Run { run, info } => {
                    self.runs.insert(run, info);
                }
                Entry::End { run } => {
                    self.runs.remove(&run);
                }
                _ => {}
            }
        }
    }
}
