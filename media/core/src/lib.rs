//! sans-IO plane

pub mod codec;
#[cfg(test)]
mod hex;
pub mod nack;
pub mod rtcp;
pub mod rtp;
pub mod rtx;
pub mod serial;
pub mod srtp;
pub mod twcc;
