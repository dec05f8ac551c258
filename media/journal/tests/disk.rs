//! The writer on disks that are full, refuse, are slow: what can be written is there and whole, what cannot is marked and
//! said, and nobody ever waits.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sefaw_journal::writer::{Disk, Files};
use sefaw_journal::{Account, Chunk, Order, Reason, Setup, State, chunk};
use support::{Folder, KEY, PATIENCE, Recorded, found};

/// A mounted file system of this size; needs root, as CI has.
struct Small(Folder);

impl Small {
    fn new(kilobytes: u32) -> Small {
        let folder = Folder::new();
        let size = format!("size={kilobytes}k");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(&folder.0).status().unwrap();
        assert!(mount.success(), "this test mounts a small file system and must be root");
        Small(folder)
    }

    fn path(&self) -> &Path {
        &self.0.0
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_costs_what_does_not_fit_and_recording_goes_on_when_there_is_room() {
    let small = Small::new(512);
    let ballast = small.path().join("ballast");
    fs::write(&ballast, vec![1; 300 * 1024]).unwrap();
    let mut recorded = Recorded::start(Files, small.path(), 1);
    recorded.state(State::On);
    (0..4).for_each(|at| assert!(recorded.chunk(at * 400_000, 100)));
    let (reason, packets) = recorded.trouble();
    assert_eq!((reason, packets), (Reason::DiskFull, 100));
    recorded.chunk(2_000_000, 10);
    fs::remove_file(&ballast).unwrap();
    let (reason, lost) = recorded.back();
    assert_eq!(reason, Reason::DiskFull);
    recorded.chunk(9_000_000, 20);
    let (sent, account) = (recorded.sequence, recorded.account.clone());
    recorded.stop();
    let found = found(small.path());
    assert_eq!(found.torn, 0, "what did not fit is cut off");
    assert_eq!(found.dropped, BTreeMap::from([((1, Reason::DiskFull), lost)]));
    assert_eq!(found.packets.len() as u64 + lost, u64::from(sent));
    assert_eq!(account.dropped.load(Ordering::Relaxed), lost);
    assert_eq!(found.packets[found.packets.len() - 20..], ((sent - 20)..sent).collect::<Vec<_>>());
}

#[test]
fn a_folder_that_refuses_is_said_and_marked_when_it_does_not_any_more() {
    let small = Small::new(4096);
    let mode = |mode: &str| {
        let options = format!("remount,{mode}");
        assert!(Command::new("mount").args(["-o", &options]).arg(small.path()).status().unwrap().success());
    };
    mode("ro");
    let mut recorded = Recorded::start(Files, small.path(), 1);
    assert_eq!(recorded.trouble(), (Reason::DiskRefuses, 0));
    recorded.chunk(0, 30);
    mode("rw");
    assert_eq!(recorded.state(State::On), (1, 1), "said only now, when it is true");
    assert_eq!(recorded.back(), (Reason::DiskRefuses, 30));
    recorded.chunk(1_000_000, 3);
    recorded.stop();
    let found = found(small.path());
    assert_eq!((found.packets.len(), found.dropped), (3, BTreeMap::from([((1, Reason::DiskRefuses), 30)])));
}

/// Files, with what a test lets happen to them.
#[derive(Clone, Default)]
struct Faulty {
    /// Each `fdatasync` takes so long, ms.
    slow: Arc<AtomicU32>,
    /// It answers no write and no `fdatasync` meanwhile.
    held: Arc<AtomicBool>,
    /// The next `fdatasync` fails.
    sync_fails: Arc<AtomicBool>,
    /// The next write stops in the middle.
    write_breaks: Arc<AtomicBool>,
    synced: Arc<Mutex<Vec<Instant>>>,
    /// Of each write: after how many of them.
    written: Arc<Mutex<Vec<usize>>>,
}

impl Faulty {
    fn syncs(&self) -> usize {
        self.synced.lock().unwrap().len()
    }

    fn wait(&self) {
        while self.held.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Disk for Faulty {
    type File = fs::File;

    fn create(&mut self, folder: &Path, name: &str) -> io::Result<fs::File> {
        Files.create(folder, name)
    }

    fn write(&mut self, file: &fs::File, bytes: &[u8], at: u64) -> io::Result<()> {
        self.wait();
        self.written.lock().unwrap().push(self.syncs());
        if self.write_breaks.swap(false, Ordering::Relaxed) {
            Files.write(file, &bytes[..bytes.len() / 2], at)?;
            return Err(io::Error::from_raw_os_error(5)); // EIO
        }
        Files.write(file, bytes, at)
    }

    fn cut(&mut self, file: &fs::File, length: u64) -> io::Result<()> {
        Files.cut(file, length)
    }

    fn sync(&mut self, file: &fs::File) -> io::Result<()> {
        self.wait();
        std::thread::sleep(Duration::from_millis(self.slow.load(Ordering::Relaxed).into()));
        self.synced.lock().unwrap().push(Instant::now());
        if self.sync_fails.swap(false, Ordering::Relaxed) {
            return Err(io::Error::from_raw_os_error(5));
        }
        Files.sync(file)
    }

    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        Files.sync_folder(folder)
    }

    fn remove(&mut self, folder: &Path, name: &str) -> io::Result<()> {
        Files.remove(folder, name)
    }
}

#[test]
fn a_write_that_breaks_leaves_whole_records_and_another_file_goes_on() {
    let (folder, disk) = (Folder::new(), Faulty::default());
    let mut recorded = Recorded::start(disk.clone(), &folder.0, 1);
    recorded.state(State::On);
    recorded.chunk(0, 5);
    disk.write_breaks.store(true, Ordering::Relaxed);
    while disk.write_breaks.load(Ordering::Relaxed) {
        recorded.chunk(500_000, 5);
        std::thread::sleep(Duration::from_millis(1));
    }
    let (reason, lost) = recorded.back();
    assert_eq!(reason, Reason::DiskRefuses);
    recorded.chunk(3_000_000, 5);
    let sent = recorded.sequence;
    recorded.stop();
    let found = found(&folder.0);
    assert_eq!((found.torn, found.segments), (0, vec![1, 2]));
    assert_eq!(found.packets.len() as u64 + lost, u64::from(sent));
}

#[test]
fn a_sync_that_fails_is_said_and_another_file_goes_on() {
    let (folder, disk) = (Folder::new(), Faulty::default());
    let mut recorded = Recorded::start(disk.clone(), &folder.0, 1);
    recorded.state(State::On);
    disk.sync_fails.store(true, Ordering::Relaxed);
    recorded.chunk(0, 5);
    assert_eq!(recorded.trouble(), (Reason::DiskRefuses, 0));
    assert_eq!(recorded.back(), (Reason::DiskRefuses, 0));
    recorded.chunk(3_000_000, 5);
    assert_eq!(recorded.stop(), (3, 9));
    assert_eq!(found(&folder.0).packets.len(), 10);
}

#[test]
fn a_slow_disk_makes_nobody_wait_and_what_waits_is_bounded() {
    let (folder, disk) = (Folder::new(), Faulty::default());
    disk.held.store(true, Ordering::Relaxed);
    let mut recorded = Recorded::start(disk.clone(), &folder.0, 1);
    (0..100).for_each(|at| _ = recorded.chunk(at * 10_000, 200)); // it comes to an end
    assert!(recorded.refused > 10_000, "{}", recorded.refused);
    assert!(recorded.account.queued.load(Ordering::Relaxed) <= 4 << 20);
    disk.held.store(false, Ordering::Relaxed);
    let (sent, refused) = (recorded.sequence, recorded.refused);
    recorded.stop();
    assert_eq!(found(&folder.0).packets.len() as u32, sent - refused);
}

#[test]
fn many_rooms_on_a_disk_that_syncs_slowly_are_written_at_once_and_synced_in_turn() {
    const ROOMS: u64 = 20;
    let (folder, disk) = (Folder::new(), Faulty::default());
    let mut recorded = Recorded::start(disk.clone(), &folder.0, 1);
    let accounts: Vec<Arc<Account>> = (0..ROOMS).map(|_| Arc::default()).collect();
    recorded.state(State::On);
    for (room, account) in (2..).zip(&accounts) {
        let (folder, consultation) = (folder.0.join(format!("media-{room}")), "another".to_owned());
        let setup = Box::new(Setup { folder, consultation, key: KEY, segment: 1, started_unix_us: 5 });
        recorded.link.give(Order::Start { room, t: 0, run: 1, setup, account: account.clone() }).unwrap();
        recorded.state(State::On);
    }
    disk.slow.store(100, Ordering::Relaxed);
    disk.held.store(true, Ordering::Relaxed); // until all are there
    let (began, before) = (Instant::now(), disk.syncs());
    for (room, account) in (2..).zip(&accounts) {
        let (mut chunk, opened) = (Chunk::new(Vec::new(), 0), began - Duration::from_secs(2));
        chunk.rtp(0, 1, &[0x80; 1000]);
        recorded.link.give(Order::Chunk { room, chunk, opened, account: account.clone() }).unwrap();
    }
    disk.held.store(false, Ordering::Relaxed);
    while disk.syncs() < before + ROOMS as usize {
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    let meanwhile = disk.written.lock().unwrap().last().unwrap() - before;
    assert!(meanwhile <= 5, "what waits for {meanwhile} of them a kill takes"); // one, and where the machine stands still
    recorded.end();
}

#[test]
fn no_chunk_waits_for_the_end_of_a_segment() {
    let (folder, disk) = (Folder::new(), Faulty::default());
    let mut recorded = Recorded::start(disk.clone(), &folder.0, 1);
    recorded.state(State::On);
    recorded.chunk(0, 5);
    recorded.chunk(9_500_000, 5);
    let came = Instant::now();
    while recorded.account.synced_t.load(Ordering::Relaxed) < 9_500_000 {
        assert!(came.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    let (synced, not_due) = (disk.syncs(), Instant::now() + 2 * PATIENCE);
    recorded.chunk_of(not_due, 9_900_000, 5);
    recorded.chunk_of(not_due, 10_300_000, 5);
    while recorded.account.queued.load(Ordering::Relaxed) > 0 {
        assert!(came.elapsed() < 2 * PATIENCE);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(disk.syncs(), synced, "the segment's last sync is in its way");
    recorded.stop();
    let found = found(&folder.0);
    assert_eq!((found.segments, found.packets.len(), found.torn), (vec![1, 2], 20, 0));
}

#[test]
fn what_waits_for_the_disk_waits_in_memory_of_its_own_size() {
    let (folder, disk) = (Folder::new(), Faulty::default());
    disk.held.store(true, Ordering::Relaxed);
    let mut recorded = Recorded::start(disk.clone(), &folder.0, 1);
    for at in 0..100 {
        let (mut chunk, opened) = (Chunk::new(Vec::new(), at), Instant::now());
        chunk.rtp(at, 1, &[0x80; 1000]);
        let account = recorded.account.clone();
        let back = recorded.link.give(Order::Chunk { room: 1, chunk, opened, account }).unwrap().unwrap();
        assert!(at == 0 || back.capacity() >= chunk::MAX_BYTES, "a quarter of a MiB waits for each thousand bytes");
    }
    disk.held.store(false, Ordering::Relaxed);
    recorded.stop();
    assert_eq!(found(&folder.0).packets.len(), 100);
}

#[test]
fn what_came_is_synced_within_the_second_also_when_nothing_follows() {
    let (folder, disk) = (Folder::new(), Faulty::default());
    let mut recorded = Recorded::start(disk.clone(), &folder.0, 1);
    recorded.state(State::On);
    let mut synced = |at: u64| {
        let (before, came) = (disk.syncs(), Instant::now());
        recorded.chunk(at * 1_000_000, 5);
        while disk.syncs() == before {
            assert!(came.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(5));
        }
        let took = *disk.synced.lock().unwrap().last().unwrap() - came;
        assert!(took >= Duration::from_millis(800), "{took:?}");
        took
    };
    // Whatever else the machine does, it does not do it each time.
    let took: Vec<_> = (0..5).map(&mut synced).take_while(|took| *took >= Duration::from_millis(1500)).collect();
    assert!(took.len() < 5, "{took:?}");
    recorded.stop();
}
