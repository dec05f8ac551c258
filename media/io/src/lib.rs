//! Sockets, threads and time around the media plane (`sefaw-core`). What a packet means is the core's business; here
//! it is only bytes with a way they came. Linux only: recvmmsg, sendmmsg, UDP GSO, epoll, eventfd.

mod bind;
mod coalesce;
mod config;
mod connection;
mod eventfd;
pub mod framing;
mod interfaces;
mod journal;
mod mailbox;
mod outlet;
mod plane;
mod poll;
pub mod receive;
pub mod runs;
pub mod seam;
pub mod send;
pub mod sockaddr;
mod tcp;
mod worker;

use std::io;
use std::net::SocketAddr;

pub use config::{Config, TcpLimits};
pub use plane::Plane;

/// Why the plane cannot start, or not take a command.
#[derive(Debug, thiserror::Error)]
pub enum PlaneError {
    #[error("{0}")]
    Config(String),
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, #[source] io::Error),
    #[error("{0}")]
    Socket(#[from] io::Error),
    #[error("the media plane cannot start: {0}")]
    Core(String),
    #[error("the media plane is too far behind to take commands")]
    Busy,
    #[error("the media plane is closed")]
    Closed,
}
