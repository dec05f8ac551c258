//! The engine port is the same in Rust and in Python: both read `tests/golden/engine_port.json`, which has every
//! command and event, and write back exactly what they read. The Python half is `tests/engine/test_port.py`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Debug;

use sefaw_core::port::{Command, EndReason, Event, Recording, RefuseCode, Trouble};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn golden(section: &str) -> Vec<Value> {
    let golden: Value = serde_json::from_str(include_str!("../../../tests/golden/engine_port.json")).unwrap();
    golden[section].as_array().unwrap().clone()
}

fn read<T: DeserializeOwned + Serialize + Debug>(section: &str) -> Vec<T> {
    let parse = |value: Value| {
        let message: T = serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(serde_json::to_value(&message).unwrap(), value);
        message
    };
    golden(section).into_iter().map(parse).collect()
}

/// Whoever adds a command comes by here: add it to the golden file too.
fn command_type(command: &Command) -> &'static str {
    match command {
        Command::Join { .. } => "join",
        Command::Offer { .. } => "offer",
        Command::Trickle { .. } => "trickle",
        Command::Restart { .. } => "restart",
        Command::Publish { .. } => "publish",
        Command::Unpublish { .. } => "unpublish",
        Command::Assign { .. } => "assign",
        Command::FastRights { .. } => "fast_rights",
        Command::Fast { .. } => "fast",
        Command::Grab { .. } => "grab",
        Command::Leave { .. } => "leave",
        Command::CloseRoom { .. } => "close_room",
        Command::Record { .. } => "record",
        Command::PauseRecording { .. } => "pause_recording",
        Command::ResumeRecording { .. } => "resume_recording",
        Command::StopRecording { .. } => "stop_recording",
    }
}

fn event_type(event: &Event) -> &'static str {
    match event {
        Event::Joined { .. } => "joined",
        Event::Refused { .. } => "refused",
        Event::Done { .. } => "done",
        Event::Restarted { .. } => "restarted",
        Event::Grabbed { .. } => "grabbed",
        Event::IceConnected { .. } => "ice_connected",
        Event::Connected { .. } => "connected",
        Event::PathChanged { .. } => "path_changed",
        Event::ChannelsOpen { .. } => "channels_open",
        Event::Track { .. } => "track",
        Event::FirstPacket { .. } => "first_packet",
        Event::FirstKeyframe { .. } => "first_keyframe",
        Event::Shown { .. } => "shown",
        Event::VideoSuspended { .. } => "video_suspended",
        Event::VideoResumed { .. } => "video_resumed",
        Event::FastFor { .. } => "fast_for",
        Event::Recording { .. } => "recording",
        Event::JournalTrouble { .. } => "journal_trouble",
        Event::JournalBack { .. } => "journal_back",
        Event::Ended { .. } => "ended",
        Event::Stats(_) => "stats",
    }
}

#[test]
fn every_command_is_read_and_written_back() {
    let types: BTreeSet<_> = read::<Command>("commands").iter().map(command_type).collect();
    assert_eq!(types.len(), 16, "{types:?}");
}

#[test]
fn every_event_is_read_and_written_back() {
    let types: BTreeSet<_> = read::<Event>("events").iter().map(event_type).collect();
    assert_eq!(types.len(), 21, "{types:?}");
}

#[test]
fn every_reason_and_refusal_is_there() {
    let events = read::<Event>("events");
    let reasons: BTreeSet<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Ended { reason, .. } => Some(match reason {
                EndReason::Closed => 0,
                EndReason::Left => 1,
                EndReason::ConnectionLost => 2,
                EndReason::NetworkBlocked => 3,
                EndReason::SecurityFailed => 4,
                EndReason::TooSlow => 5,
                EndReason::ProtocolViolation => 6,
                EndReason::InternalError => 7,
            }),
            _ => None,
        })
        .collect();
    let refusals: BTreeSet<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Refused { code, .. } => Some(match code {
                RefuseCode::SdpMalformed => 0,
                RefuseCode::NoCommonCodec => 1,
                RefuseCode::TooMany => 2,
                RefuseCode::UnknownPeer => 3,
                RefuseCode::UnknownTrack => 4,
                RefuseCode::NotKept => 5,
                RefuseCode::Internal => 6,
            }),
            _ => None,
        })
        .collect();
    assert_eq!((reasons.len(), refusals.len()), (8, 7));
}

#[test]
fn an_unknown_field_of_a_command_is_refused() {
    let json = r#"{"type": "fast_rights", "peer": 1, "send": true, "receive": true}"#;
    assert!(serde_json::from_str::<Command>(json).is_err());
}

#[test]
fn every_word_of_recording_is_there_and_a_key_is_never_shown() {
    let events = read::<Event>("events");
    let states: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Recording { state, .. } => Some(*state),
            _ => None,
        })
        .collect();
    assert_eq!(states, [Recording::On, Recording::Paused, Recording::Off]);
    let reasons: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::JournalTrouble { reason, .. } => Some(*reason),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, [Trouble::Slow, Trouble::Full, Trouble::Failed]);
    let record = read::<Command>("commands").into_iter().find(|command| matches!(command, Command::Record { .. }));
    assert!(format!("{record:?}").contains("key: Secret,"), "{record:?}");
    let short = r#"{"type": "record", "room": 1, "folder": "", "consultation": "", "key": "AAAA", "segment": 1, "run": 1,
        "started_unix_us": 0, "zero_ns": 0}"#;
    assert!(serde_json::from_str::<Command>(short).is_err());
}
