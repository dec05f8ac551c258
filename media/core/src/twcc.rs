//! Records arrivals by transport-wide sequence number and makes the feedback that a sender's bandwidth estimator lives
//! on (draft-holmer-rmcat-transport-wide-cc-extensions-01). Bounded: a jump of the number costs nothing.

mod chunks;
mod recorder;

pub use recorder::{INTERVAL, TwccRecorder};
