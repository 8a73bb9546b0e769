#![no_main]

#[path = "../../tests/fuzz/targets.rs"]
#[allow(dead_code, reason = "the targets share a file")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::read_scenario(bytes));
