//! Packet status chunks (3.1.2–3.1.4), written greedily: runs where they pay, else vectors of 14 or 7 statuses.

/// A run's length has 13 bits.
const MAX_RUN: u16 = 0x1FFF;
/// Statuses of a one-bit vector; a shorter run is better told as part of one.
const WIDE: usize = 14;
/// Statuses of a two-bit vector.
const NARROW: usize = 7;

/// Whether, and with how long a delta, a packet arrived (3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Missing = 0,
    SmallDelta = 1,
    LargeDelta = 2,
}

/// `push` every status, then `finish`.
pub(super) struct ChunkWriter<'o> {
    out: &'o mut Vec<u8>,
    /// the first `run` statuses are all this one, while `mixed` is empty
    status: Status,
    run: u16,
    mixed: [Status; WIDE],
    len: usize,
}

impl<'o> ChunkWriter<'o> {
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        ChunkWriter { out, status: Status::Missing, run: 0, mixed: [Status::Missing; WIDE], len: 0 }
    }

    pub fn push(&mut self, status: Status) {
        if self.len > 0 {
            self.push_mixed(status);
        } else if self.run == 0 || (status == self.status && self.run < MAX_RUN) {
            self.status = status;
            self.run += 1;
        } else if usize::from(self.run) >= WIDE {
            self.write_run();
            self.push(status);
        } else {
            let run = std::mem::take(&mut self.run);
            for _ in 0..run {
                self.push_mixed(self.status);
            }
            self.push(status);
        }
    }

    fn push_mixed(&mut self, status: Status) {
        self.mixed[self.len] = status;
        self.len += 1;
        let room = if self.has_large() { NARROW } else { WIDE };
        if self.len >= room {
            self.write_vector();
        }
    }

    /// Padding statuses at the end of a vector are not counted: the count ends before them.
    pub fn finish(mut self) {
        if self.len > 0 {
            self.write_vector();
        }
        // at most a remainder of a vector is left now
        match (self.run, self.len) {
            (0, 0) => {}
            (0, _) => self.write_vector(),
            _ => self.write_run(),
        }
    }

    fn has_large(&self) -> bool {
        self.mixed[..self.len].contains(&Status::LargeDelta)
    }

    fn write_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        self.write((self.status as u16) << 13 | run);
    }

    /// One vector of the mixed statuses; what it does not hold starts over.
    fn write_vector(&mut self) {
        let (mixed, len) = (self.mixed, std::mem::take(&mut self.len));
        self.mixed = [Status::Missing; WIDE];
        if !mixed[..len].contains(&Status::LargeDelta) {
            let bits = mixed.iter().fold(0, |bits, status| bits << 1 | *status as u16);
            self.write(0x8000 | bits);
            return;
        }
        let bits = mixed[..NARROW].iter().fold(0, |bits, status| bits << 2 | *status as u16);
        self.write(0xC000 | bits);
        for status in mixed.iter().take(len).skip(NARROW) {
            self.push(*status);
        }
    }

    fn write(&mut self, chunk: u16) {
        self.out.extend_from_slice(&chunk.to_be_bytes());
    }
}
