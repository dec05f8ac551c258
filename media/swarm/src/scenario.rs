//! What the swarm is asked to do: one JSON document on stdin or in a file.

use serde::Deserialize;

/// Where one consultation is joined, as the server's ready file gives it.
#[derive(Debug, Clone, Deserialize)]
pub struct Place {
    pub whip: String,
    pub whep: String,
    pub tokens: Tokens,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Tokens {
    pub publisher: String,
    pub publisher2: String,
    pub viewer: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Shape {
    /// Two participants per consultation, each sends audio and video and watches the other.
    OneToOne { consultations: usize },
    /// One publisher, `viewers` viewers, in the first consultation.
    FanOut {
        viewers: usize,
        #[serde(default)]
        audio: bool,
        #[serde(default)]
        video: bool,
    },
    /// `peers` connected viewers spread over all consultations given, nothing sent.
    Silent { peers: usize },
    /// One publisher; viewers that come one after the other, each leaving after its first packet.
    Joins {
        joins: usize,
        #[serde(default)]
        gap_ms: u64,
    },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub consultations: Vec<Place>,
    pub shape: Shape,
    /// Traffic that runs before the measured window.
    #[serde(default = "default_warmup")]
    pub warmup_s: f64,
    /// The measured window.
    #[serde(default = "default_seconds")]
    pub seconds: f64,
    /// How many windows, one after another, with the same callers. Each is reported as soon as it ends, and has the
    /// time of `warmup_s` before it: for whoever changes something between them.
    #[serde(default = "default_windows")]
    pub windows: usize,
    /// How often sockets are read, in µs. 0: woken by every packet, and the waking is charged to the server's CPU
    /// time, because on loopback it happens inside its send call.
    #[serde(default)]
    pub tick_us: u64,
    /// Its CPU time is read at the edges of the window, by the process that knows when they are.
    #[serde(default)]
    pub server_pid: Option<u32>,
}

fn default_warmup() -> f64 {
    1.5
}

fn default_seconds() -> f64 {
    5.0
}

fn default_windows() -> usize {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_parses_and_fills_in_defaults() {
        let text = r#"{"consultations": [{"consultation": "x", "whip": "http://h/w", "whep": "http://h/e",
            "tokens": {"publisher": "a", "publisher2": "b", "viewer": "c"}}],
            "shape": {"kind": "fan_out", "viewers": 40, "video": true}}"#;
        let scenario: Scenario = serde_json::from_str(text).unwrap();
        assert!(matches!(scenario.shape, Shape::FanOut { viewers: 40, video: true, audio: false }));
        assert_eq!((scenario.tick_us, scenario.windows), (0, 1));
        assert!(scenario.seconds > 0.0);
    }

    #[test]
    fn an_unknown_field_is_an_error() {
        let text = r#"{"consultations": [], "shape": {"kind": "silent", "peers": 1}, "second": 3}"#;
        assert!(serde_json::from_str::<Scenario>(text).is_err());
    }
}
