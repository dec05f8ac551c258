//! `sefaw-swarm --plane N`: the media plane alone in a process, with the smallest WHIP and WHEP door, N rooms, and
//! recording that is switched by a line on stdin: `record FOLDER`, `stop FOLDER` (answered by what lies there) or `stop`. What recording costs is measured on it: no
//! server is between, whose own work would be measured too.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sefaw_core::Shard;
use sefaw_core::port::{Command, Event, Kind, MediaLine, PeerKind, Secret};
use sefaw_io::{Config, Plane};
use sefaw_journal::read::read;
use sefaw_journal::{DataKey, Entries, Entry};
use serde::Serialize;

/// Of every journal here: they hold nothing but a generator's packets.
const KEY: [u8; 32] = [7; 32];

const PATIENCE: Duration = Duration::from_secs(10);

/// An offer is far smaller.
const MAX_BODY: usize = 256 * 1024;

type Failure = Box<dyn std::error::Error>;

/// Rooms, who publishes what in them, and who waits for which answer.
#[derive(Default)]
struct Desk {
    last: u64,
    /// By room and token: audio and video track.
    published: HashMap<(u64, String), HashMap<Kind, u32>>,
    answers: HashMap<u64, Sender<Event>>,
    recordings: Option<Sender<Event>>,
}

struct Door {
    plane: Plane,
    desk: Mutex<Desk>,
}

/// Serve until stdin ends.
pub fn serve(rooms: u64) -> Result<(), Failure> {
    let plane = Plane::start::<Shard>(&Config::from_json(br#"{"bind": ["127.0.0.1:0"]}"#)?)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let door = Arc::new(Door { plane, desk: Mutex::default() });
    let places: Vec<_> = (1..=rooms)
        .map(|room| {
            let url = |what: &str| format!("http://{address}/{what}/{room}");
            let tokens = serde_json::json!({"publisher": "one", "publisher2": "other", "viewer": "viewer"});
            serde_json::json!({"whip": url("whip"), "whep": url("whep"), "tokens": tokens})
        })
        .collect();
    let events = door.clone();
    std::thread::Builder::new().name("events".to_owned()).spawn(move || events.pass_events_on())?;
    let callers = door.clone();
    std::thread::Builder::new().name("door".to_owned()).spawn(move || {
        for stream in listener.incoming().flatten() {
            let door = callers.clone();
            std::thread::spawn(move || door.answer(&stream));
        }
    })?;
    say(&serde_json::json!({"pid": std::process::id(), "consultations": places}).to_string())?;
    for line in io::stdin().lock().lines() {
        say(&door.switch(line?.trim(), rooms)?)?;
    }
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

impl Door {
    fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass_events_on(&self) {
        loop {
            let mut fd = libc::pollfd { fd: self.plane.as_raw_fd(), events: libc::POLLIN, revents: 0 };
            // SAFETY: one descriptor that lives as long as the plane.
            unsafe { libc::poll(&raw mut fd, 1, -1) };
            for event in self.plane.poll() {
                let mut desk = self.desk();
                let waiting = match &event {
                    Event::Joined { request, .. } | Event::Refused { request, .. } => desk.answers.remove(request),
                    Event::Recording { .. } => desk.recordings.clone(),
                    _ => None,
                };
                if let Some(waiting) = waiting {
                    let _ = waiting.send(event); // whoever gave up waiting is gone
                }
            }
        }
    }

    /// Switch recording of the rooms in use; answers once it is true on disk of all of them.
    fn switch(&self, line: &str, rooms: u64) -> Result<String, Failure> {
        let (sender, answers) = channel();
        self.desk().recordings = Some(sender);
        for room in 1..=rooms {
            self.plane.submit(match line.strip_prefix("record ") {
                Some(folder) => Command::Record {
                    room,
                    folder: format!("{folder}/{room}"),
                    consultation: room.to_string(),
                    key: Secret(KEY),
                    segment: 1,
                    run: 1,
                    started_unix_us: 0,
                    zero_ns: 0,
                },
                None => Command::StopRecording { room },
            })?;
        }
        for _ in 0..rooms {
            answers.recv_timeout(PATIENCE)?;
        }
        match line.strip_prefix("stop ") {
            Some(folder) => Ok(serde_json::to_string(&Journals::read(Path::new(folder))?)?),
            None => Ok("{}".to_owned()),
        }
    }

    fn answer(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some((line, token, body)) = read_request(&mut reader) {
            let response = self.respond(&line, token, body).unwrap_or_else(|| status("400 Bad Request", "", ""));
            if reader.get_mut().write_all(response.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn respond(&self, line: &str, token: String, body: String) -> Option<String> {
        let mut words = line.split([' ', '/']).filter(|word| !word.is_empty());
        let (method, what, number) = (words.next()?, words.next()?, words.next()?.parse().ok()?);
        match (method, what) {
            ("POST", "whip") => self.join(number, token, body, PeerKind::Whip),
            ("POST", "whep") => self.join(number, token, body, PeerKind::Whep),
            ("DELETE", "peer") => {
                self.plane.submit(Command::Leave { peer: number, reason: String::new() }).ok()?;
                Some(status("200 OK", "", ""))
            }
            _ => None,
        }
    }

    fn join(&self, room: u64, token: String, offer: String, kind: PeerKind) -> Option<String> {
        let (number, answer) = self.waiting();
        let (request, peer, pairs) = (number, number, Vec::new());
        self.plane.submit(Command::Join { request, room, peer, kind, offer, pairs, dtls13: false }).ok()?;
        let Event::Joined { answer, media, .. } = answer.recv_timeout(PATIENCE).ok()? else { return None };
        if kind == PeerKind::Whip {
            self.publish(room, token, peer, &media)
        } else {
            self.watch(room, &token, peer, &media)
        }
        Some(status("201 Created", &format!("Location: /peer/{peer}\r\nContent-Type: application/sdp\r\n"), &answer))
    }

    fn waiting(&self) -> (u64, Receiver<Event>) {
        let (sender, answer) = channel();
        let mut desk = self.desk();
        desk.last += 1;
        let number = desk.last;
        desk.answers.insert(number, sender);
        (number, answer)
    }

    fn publish(&self, room: u64, token: String, peer: u64, media: &[MediaLine]) {
        let mut desk = self.desk();
        for (line, track) in media.iter().zip(peer as u32 * 4..) {
            desk.published.entry((room, token.clone())).or_default().insert(line.kind, track);
            let _ = self.plane.submit(Command::Publish {
                peer,
                mid: line.mid.clone(),
                track,
                rank: 0,
                keep: false,
                prompt: false,
            });
        }
    }

    /// Of two the other, and everybody else the first.
    fn watch(&self, room: u64, token: &str, peer: u64, media: &[MediaLine]) {
        let desk = self.desk();
        let whom = if token == "one" { "other" } else { "one" };
        let Some(tracks) = desk.published.get(&(room, whom.to_owned())) else { return };
        for line in media {
            let track = tracks.get(&line.kind).copied();
            let _ = self.plane.submit(Command::Assign { peer, mid: line.mid.clone(), track });
        }
    }
}

/// What a recording left on the disk.
#[derive(Default, Serialize)]
struct Journals {
    disk_bytes: u64,
    packets: u64,
    packet_bytes: u64,
    dropped: u64,
}

impl Journals {
    fn read(folder: &Path) -> Result<Journals, Failure> {
        let mut found = Journals::default();
        for room in std::fs::read_dir(folder)? {
            for file in std::fs::read_dir(room?.path())? {
                let bytes = std::fs::read(file?.path())?;
                found.disk_bytes += bytes.len() as u64;
                for record in read(&bytes, &DataKey(KEY))?.records {
                    found.add(&record.plaintext.map_err(|damage| format!("{damage:?}"))?);
                }
            }
        }
        Ok(found)
    }

    fn add(&mut self, plaintext: &[u8]) {
        for (_, entry) in Entries::of(plaintext).into_iter().flatten().flatten() {
            match entry {
                Entry::Rtp { packet, .. } | Entry::Rtcp { packet, .. } => {
                    (self.packets, self.packet_bytes) = (self.packets + 1, self.packet_bytes + packet.len() as u64);
                }
                Entry::Dropped(dropped) => self.dropped += dropped.packets,
                _ => {}
            }
        }
    }
}

/// First line, bearer token, body.
fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<(String, String, String)> {
    let (mut first, mut token, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end().split_once(": ") {
            Some(("Authorization", value)) => token = value.trim_start_matches("Bearer ").to_owned(),
            Some(("Content-Length", value)) => length = value.parse().ok().filter(|length| *length <= MAX_BODY)?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first, token, String::from_utf8(body).ok()?))
}

fn status(line: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {line}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}
