//! Session descriptions, as anybody with a token may send them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| sefaw_core::fuzzing::offer(text));
