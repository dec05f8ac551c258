//! A room that is recorded by the real writer, and what is found on the disk afterwards.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // each test binary uses its part

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sefaw_journal::read::{Ending, read};
use sefaw_journal::writer::{Disk, Link, Writer, writer};
use sefaw_journal::{Account, Chunk, DataKey, Entries, Entry, News, Order, Reason, RunInfo, Setup, State};

pub const KEY: DataKey = DataKey([7; 32]);
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A folder that is gone afterwards.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("sefaw-journal-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A room that is recorded, and time that goes as fast as wanted.
pub struct Recorded {
    pub link: Link,
    pub account: Arc<Account>,
    news: Receiver<News>,
    thread: JoinHandle<()>,
    writer: Writer,
    /// Of the next packet.
    pub sequence: u32,
    /// Packets that the writer had no room for.
    pub refused: u32,
}

impl Recorded {
    pub fn start<D: Disk + Send + 'static>(disk: D, folder: &Path, segment: u32) -> Recorded
    where
        D::File: Send,
    {
        let (say, news) = channel();
        let (writer, work) = writer(disk, move |news| _ = say.send(news));
        let thread = std::thread::spawn(move || work.run());
        let (link, account) = (writer.link(), Arc::new(Account::default()));
        let mut recorded = Recorded { link, account, news, thread, writer, sequence: 0, refused: 0 };
        let (folder, consultation) = (folder.join("media"), "a-consultation".to_owned());
        let setup = Box::new(Setup { folder, consultation, key: KEY, segment, started_unix_us: 5 });
        let account = recorded.account.clone();
        recorded.link.give(Order::Start { room: 1, t: 0, run: 1, setup, account }).unwrap();
        recorded
    }

    /// A chunk of packets of 1,000 bytes; the first says which run.
    pub fn chunk(&mut self, t0: u64, packets: u32) -> bool {
        self.chunk_of(Instant::now(), t0, packets)
    }

    /// One whose first packet came then.
    pub fn chunk_of(&mut self, opened: Instant, t0: u64, packets: u32) -> bool {
        let mut chunk = Chunk::new(Vec::new(), t0);
        if self.sequence == 0 {
            chunk.run(t0, 1, &run());
        }
        for at in 0..packets {
            let mut packet = vec![0x80; 1000];
            packet[..4].copy_from_slice(&self.sequence.to_be_bytes());
            chunk.rtp(t0 + u64::from(at), 1, &packet);
            self.sequence += 1;
        }
        let account = self.account.clone();
        let taken = self.link.give(Order::Chunk { room: 1, chunk, opened, account }).is_ok();
        self.refused += u32::from(!taken) * packets;
        taken
    }

    /// The first news that `wanted` says something of; what comes before is passed over.
    fn news<T>(&self, wanted: impl Fn(News) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let news = self.news.recv_timeout(until.saturating_duration_since(Instant::now()));
            if let Some(found) = wanted(news.expect("no such news")) {
                return found;
            }
        }
    }

    pub fn state(&self, wanted: State) -> (u32, u32) {
        self.news(|news| match news {
            News::Recording { state, segment, run, .. } if state == wanted => Some((segment, run)),
            _ => None,
        })
    }

    pub fn trouble(&self) -> (Reason, u64) {
        self.news(|news| match news {
            News::Trouble { reason, packets, .. } => Some((reason, packets)),
            _ => None,
        })
    }

    pub fn back(&self) -> (Reason, u64) {
        self.news(|news| match news {
            News::Back { reason, packets, .. } => Some((reason, packets)),
            _ => None,
        })
    }

    /// The shards end without a word.
    pub fn end(self) {
        drop((self.link, self.writer));
        self.thread.join().unwrap();
    }

    pub fn stop(mut self) -> (u32, u32) {
        let (t, run) = (0, 9);
        self.link.give(Order::Stop { room: 1, t, run }).unwrap();
        let place = self.state(State::Off);
        drop((self.link, self.writer));
        self.thread.join().unwrap();
        place
    }
}

pub fn run() -> RunInfo {
    let (kind, codec, rid) = ("video".to_owned(), "VP8".to_owned(), String::new());
    RunInfo { track: 1, kind, codec, payload_type: 96, red: None, clock_rate: 90_000, ssrc: 9, rid }
}

/// Everything in the folder: sequence numbers in order, and what is said to be missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub packets: Vec<u32>,
    pub dropped: BTreeMap<(u32, Reason), u64>,
    pub runs: usize,
    pub segments: Vec<u32>,
    pub torn: usize,
}

pub fn found(folder: &Path) -> Found {
    let mut found = Found::default();
    let mut files: Vec<_> = fs::read_dir(folder.join("media")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        let segment = read(&fs::read(&file).unwrap(), &KEY).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        found.torn += usize::from(segment.ending != Ending::Clean);
        found.segments.push(segment.header.segment);
        for record in &segment.records {
            for (_, entry) in Entries::of(record.plaintext.as_ref().unwrap()).unwrap().flatten() {
                match entry {
                    Entry::Rtp { packet, .. } => {
                        found.packets.push(u32::from_be_bytes(packet[..4].try_into().unwrap()) & 0x7fff_ffff);
                    }
                    Entry::Dropped(dropped) => {
                        *found.dropped.entry((dropped.run, dropped.reason)).or_default() += dropped.packets;
                    }
                    Entry::Run { .. } => found.runs += 1,
                    _ => {}
                }
            }
        }
    }
    found
}
