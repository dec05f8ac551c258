//! From the core's egress to the sockets: plan, then one system call per UDP socket for everything of a batch.

use std::net::{IpAddr, UdpSocket};

use crate::runs::{Plan, Run};
use crate::seam::{Egress, Route, Transport};
use crate::send::{Sender, Sent};
use crate::tcp::Tcp;

/// What the `local` of a UDP route stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Local {
    socket: usize,
    /// Where the datagram arrived, on a wildcard socket: the answer must leave from there.
    source: Option<IpAddr>,
}

/// The UDP sockets of a shard and the local addresses met on them.
pub struct Outlet {
    pub sockets: Vec<UdpSocket>,
    locals: Vec<Local>,
    plan: Plan<Route>,
    sender: Sender,
    pub sent: Sent,
}

impl Outlet {
    pub fn new(sockets: Vec<UdpSocket>) -> Self {
        let locals = (0..sockets.len()).map(|socket| Local { socket, source: None }).collect();
        Self { sockets, locals, plan: Plan::default(), sender: Sender::default(), sent: Sent::default() }
    }

    /// The `local` of what arrived on this socket at this address. When a machine has more addresses than a byte can
    /// number, the kernel chooses the source for the rest.
    pub fn local(&mut self, socket: usize, arrived_at: Option<IpAddr>) -> u8 {
        let fallback = socket as u8;
        if arrived_at.is_none() {
            return fallback;
        }
        let wanted = Local { socket, source: arrived_at };
        let known = self.locals.iter().position(|local| *local == wanted);
        let index = known.unwrap_or_else(|| {
            if self.locals.len() <= usize::from(u8::MAX) {
                self.locals.push(wanted);
            }
            self.locals.len() - 1
        });
        if self.locals[index] == wanted { index as u8 } else { fallback }
    }

    /// Send every span and clear the egress.
    pub fn flush(&mut self, egress: &mut Egress, tcp: &mut Tcp) {
        if egress.is_empty() {
            return;
        }
        self.plan.make(&egress.spans, |span| (span.route, span.len as usize));
        for socket in 0..self.sockets.len() {
            self.flush_socket(socket, egress);
        }
        for run in self.plan.runs() {
            self.queue_tcp(run, egress, tcp);
        }
        egress.clear();
    }

    fn flush_socket(&mut self, socket: usize, egress: &Egress) {
        let mut flush = self.sender.begin(&egress.bytes);
        for run in self.plan.runs() {
            let spans = &self.plan.order()[run.first..run.first + run.count];
            let route = egress.spans[spans[0] as usize].route;
            let Some(local) = self.locals.get(usize::from(route.local)) else { continue };
            if route.transport == Transport::Udp && local.socket == socket {
                let packets = spans.iter().map(|&index| {
                    let span = egress.spans[index as usize];
                    span.start as usize..(span.start + span.len) as usize
                });
                flush.push(route.remote, local.source, run.segment, packets);
            }
        }
        let sent = flush.send(&self.sockets[socket]);
        self.sent.packets += sent.packets;
        self.sent.dropped += sent.dropped;
        self.sent.calls += sent.calls;
    }

    fn queue_tcp(&self, run: &Run, egress: &Egress, tcp: &mut Tcp) {
        for &index in &self.plan.order()[run.first..run.first + run.count] {
            let span = egress.spans[index as usize];
            if span.route.transport == Transport::Tcp {
                tcp.queue(span.route, egress.datagram(&span)); // nobody there: the core is told soon
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_address_keeps_its_number() {
        let socket = || UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut outlet = Outlet::new(vec![socket(), socket()]);
        let address = |n: u32| Some(IpAddr::from(n.to_be_bytes()));
        assert_eq!((outlet.local(0, None), outlet.local(1, None)), (0, 1));
        let first = outlet.local(1, address(1));
        assert_eq!(first, 2);
        assert_eq!((outlet.local(1, address(2)), outlet.local(1, address(1))), (3, first));
        for n in 0..1000 {
            outlet.local(0, address(n));
        }
        assert_eq!(outlet.local(1, address(1)), first);
        assert_eq!(outlet.local(1, address(5000)), 1);
    }
}
