//! STUN binding requests, as anybody may send them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| sefaw_core::fuzzing::binding_request(datagram));
