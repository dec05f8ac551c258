//! Strangers and authenticated peers that send nonsense: nobody else notices, and memory stays flat.

use std::net::SocketAddr;

use proptest::prelude::*;

use super::joining::try_join;
use super::*;

fn stranger() -> SocketAddr {
    ([198, 51, 100, 66], 6666).into()
}

#[test]
fn random_datagrams_by_strangers_get_no_answer() {
    let mut world = World::call(100);
    let before = world.astray;
    for round in 0..20_000u64 {
        let len = (world.dice.next_u64() % 1500) as usize;
        let mut datagram: Vec<u8> = (0..len).map(|_| world.dice.next_u64() as u8).collect();
        if let Some(first) = datagram.first_mut() {
            *first = [0, 1, 20, 22, 63, 128, 144, 191, 255][(round % 9) as usize];
        }
        world.inject(stranger(), &datagram);
    }
    world.inject(stranger(), &[]);
    world.run_ms(500);
    assert_eq!(world.astray, before, "a stranger is never answered");
    assert_eq!((world.ended(0), world.ended(1)), (None, None));
    assert_eq!(world.stats().counters.panics, 0);
}

#[test]
fn mutated_datagrams_by_peers_end_nobody_else() {
    let mut world = World::call(101);
    world.capture = true;
    world.run_ms(500);
    world.capture = false;
    let captured = std::mem::take(&mut world.captured);
    for round in 0..10_000 {
        let (from, mut datagram) = captured[round % captured.len()].clone();
        for _ in 0..1 + world.dice.next_u64() % 4 {
            let at = (world.dice.next_u64() as usize) % datagram.len();
            datagram[at] ^= 1 << (world.dice.next_u64() % 8);
        }
        if world.dice.next_u64().is_multiple_of(4) {
            datagram.truncate((world.dice.next_u64() as usize) % datagram.len());
        }
        world.inject(from, &datagram);
    }
    let since = world.now;
    world.run_ms(2000);
    assert_eq!((world.ended(0), world.ended(1)), (None, None));
    assert!(world.clients[1].got.iter().any(|got| got.at > since + Duration::from_secs(1)), "the call goes on");
    assert_eq!(world.stats().counters.panics, 0);
}

#[test]
fn replayed_media_is_refused() {
    let mut world = World::call(102);
    world.capture = true;
    world.run_ms(500);
    world.capture = false;
    let captured = std::mem::take(&mut world.captured);
    let media: Vec<_> = captured.into_iter().filter(|(_, datagram)| (128..192).contains(&datagram[0])).collect();
    world.run_ms(1000);
    let before = world.clients[1].got.len();
    for (from, datagram) in &media {
        world.inject(*from, datagram);
    }
    world.run_ms(20);
    assert!(world.clients[1].got.len() - before < 10, "only what is new");
    world.run_ms(1000);
    assert!(world.stats().counters.srtp_replayed as usize >= media.len() / 2);
}

#[test]
fn replayed_binding_requests_steal_nothing() {
    let mut world = World::call(103);
    world.capture = true;
    world.run_ms(8000);
    world.capture = false;
    let requests: Vec<_> =
        std::mem::take(&mut world.captured).into_iter().filter(|(_, datagram)| datagram[0] < 2).collect();
    assert!(!requests.is_empty());
    let astray = world.astray;
    for (_, datagram) in &requests {
        world.inject(stranger(), datagram);
    }
    world.run_ms(1000);
    assert_eq!(world.astray, astray, "no reply, and no media, to where a replay came from");
}

#[test]
fn spoofed_binding_requests_bind_nothing() {
    let mut world = World::call(104);
    world.capture = true;
    world.run_ms(8000);
    world.capture = false;
    let requests: Vec<_> =
        std::mem::take(&mut world.captured).into_iter().filter(|(_, datagram)| datagram[0] < 2).collect();
    let (routes, astray) = (world.shard.routes.len(), world.astray);
    for (_, datagram) in &requests {
        let mut forged = datagram.clone();
        // Another transaction, the same integrity: it does not fit any more.
        forged[10] ^= 0xff;
        world.inject(stranger(), &forged);
    }
    world.run_ms(500);
    assert_eq!((world.shard.routes.len(), world.astray), (routes, astray));
}

#[test]
fn many_addresses_of_one_peer_are_bounded() {
    let mut world = World::call(105);
    for port in 0..200u16 {
        world.clients[0].public = ([203, 0, 113, 1], 20_000 + port).into();
        world.run_ms(300);
    }
    assert!(world.shard.routes.len() <= 2 * Limits::default().routes_per_peer);
    assert_eq!(world.ended(0), None);
}

#[test]
fn a_peer_that_comes_and_goes_leaves_no_trace() {
    let mut world = World::new(106);
    for round in 0..30 {
        let at = world.join(&Plan::wire());
        world.publish_all(at);
        world.run_ms(300);
        let peer = world.clients[at].id;
        if round % 2 == 0 {
            world.command(Command::Leave { peer, reason: String::new() });
        } else {
            world.clients[at].rtc.close().unwrap();
        }
        world.sources.clear();
        world.run_ms(200);
        world.clients[at].alive = false;
    }
    assert!(world.shard.peers.len() <= 3, "places are used again: {}", world.shard.peers.len());
    assert!(world.shard.routes.is_empty() && world.shard.ufrags.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Offers cut, doubled and mixed: refused or answered, never a panic.
    #[test]
    fn mutated_offers_are_refused_or_answered(edits in prop::collection::vec((any::<u16>(), 0u8..5, any::<u16>()), 1..12)) {
        let mut world = World::new(107);
        let offer = Client::new(world.now, 7, &Plan::wire()).offer();
        let mut lines: Vec<String> = offer.lines().map(str::to_owned).collect();
        for (at, edit, other) in edits {
            let (at, other) = (usize::from(at) % lines.len(), usize::from(other) % lines.len());
            match edit {
                0 if lines.len() > 1 => { lines.remove(at); }
                1 => { let line = lines[other].clone(); lines.insert(at, line); }
                2 => lines.swap(at, other),
                3 => { let cut = other.min(lines[at].len()); lines[at].truncate(cut); }
                _ => lines[at] = lines[at].replace(char::is_numeric, "9"),
            }
        }
        let _ = try_join(&mut world, 90, &lines.join("\r\n"));
        world.run_ms(100);
        prop_assert_eq!(world.shard.counters.panics, 0);
    }
}
