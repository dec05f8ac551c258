//! The header of fast-lane messages, and base64.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| sefaw_core::fuzzing::fast_message(message));
