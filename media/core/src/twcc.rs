//! Transport-wide sequence numbers (draft-holmer-rmcat-transport-wide-cc-extensions-01), both ways: `recorder` keeps
//! arrivals and makes the feedback that a sender's bandwidth estimator lives on; `sent` keeps departures and reads what
//! a receiver's feedback says of its link. Bounded: a jump of the number costs nothing.

mod chunks;
mod quiet;
mod recorder;
mod sent;

pub use quiet::Quiet;
pub use recorder::{INTERVAL, TwccRecorder};
pub use sent::{Measured, Named, SentLog};
