//! RFC 4571 framing: however a stream is cut into reads, the same frames come out of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sefaw_io::framing::{Deframer, MAX_DATAGRAM};

/// Frames until the end or a frame that is too long; `step` bytes a read.
fn frames(mut stream: &[u8], step: usize) -> (Vec<Vec<u8>>, bool) {
    let (mut deframer, mut frames) = (Deframer::default(), Vec::new());
    while !stream.is_empty() {
        let space = deframer.space();
        let count = space.len().min(step).min(stream.len());
        assert!(count > 0, "no space although every frame was taken");
        space[..count].copy_from_slice(&stream[..count]);
        stream = &stream[count..];
        deframer.filled(count);
        loop {
            match deframer.next_frame() {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => break,
                Err(_) => return (frames, true),
            }
        }
    }
    (frames, false)
}

fuzz_target!(|input: (u16, &[u8])| {
    let (step, stream) = (usize::from(input.0).max(1), input.1);
    let cut = frames(stream, step);
    assert_eq!(cut, frames(stream, usize::MAX));
    assert!(cut.0.iter().all(|frame| (1..=MAX_DATAGRAM).contains(&frame.len())));
});
