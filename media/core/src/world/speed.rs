//! What a packet costs in the core alone, without sockets. Not a timed test: run it by hand,
//! `cargo test --profile fast -p sefaw-core --lib speed -- --ignored --nocapture`.

use super::*;

/// One video to `viewers`: CPU time per forwarded packet.
fn fan_out(viewers: usize, recorded: bool) -> f64 {
    let mut world = World::new(500);
    let a = world.join(&whip());
    let tracks = world.publish_all(a);
    if recorded {
        world.command(super::recording::record(0));
    }
    for _ in 0..viewers {
        let at = world.join(&Plan::wire().only_receiving());
        world.assign(at, 1, Some(tracks[1]));
    }
    world.run_ms(3000);
    let forwarded = world.shard.counters.rtp_forwarded;
    world.capture = true;
    world.clients.iter_mut().skip(1).for_each(|client| client.alive = false);
    let (mut spent, mut packets) = (Duration::ZERO, 0u32);
    for _ in 0..50 {
        world.run_ms(40);
    }
    assert!(world.shard.counters.rtp_forwarded > forwarded);
    // The same again, timed: packets go straight from the client to the shard.
    for _ in 0..200 {
        world.now += Duration::from_millis(40);
        world.write_media();
        let now = world.now;
        for _ in 0..8 {
            world.clients[0].handle_timeout(now);
        }
        let mut batch = std::mem::take(&mut world.clients[0].outbox);
        let route = Route { transport: Transport::Udp, local: 0, remote: world.clients[0].public };
        let (before, started) = (world.shard.counters.rtp_forwarded, Instant::now());
        for datagram in &mut batch {
            world.shard.handle_datagram(now, route, datagram);
        }
        spent += started.elapsed();
        packets += (world.shard.counters.rtp_forwarded - before) as u32;
        world.shard.handle_timeout(now);
        world.shard.egress().clear();
        while let Some(order) = world.shard.poll_journal() {
            world.journal.take(&mut world.shard, order);
        }
        while world.shard.poll_event().is_some() {}
    }
    let each = spent.as_secs_f64() * 1e6 / f64::from(packets.max(1));
    eprintln!("1 → {viewers}: {packets} packets, {each:.3} µs each");
    each
}

/// What recording adds to a packet with one viewer; in turn, so that a machine that changes its pace changes both.
#[test]
#[ignore = "a measurement"]
fn recording_cost() {
    let pairs: Vec<f64> = (0..9).map(|_| fan_out(1, true) - fan_out(1, false)).collect();
    let mut ordered = pairs.clone();
    ordered.sort_by(f64::total_cmp);
    eprintln!("recording: {:.3} µs a packet, median of {pairs:.3?}", ordered[4]);
}

#[test]
#[ignore = "a measurement"]
fn fan_out_cost() {
    for viewers in [1, 10, 40] {
        fan_out(viewers, false);
    }
}

/// Connected peers that send nothing but a check every 2.5 s: how much of a core in a second?
#[test]
#[ignore = "a measurement"]
fn silent_peers_cost() {
    const PEERS: usize = 200;
    let mut world = World::new(501);
    for _ in 0..PEERS {
        world.join(&Plan::wire());
        world.run_ms(20);
    }
    world.run_ms(1500);
    world.capture = true;
    let (started, from) = (Instant::now(), world.now);
    world.run_ms(5000);
    let clients_too = started.elapsed();
    let captured = std::mem::take(&mut world.captured);
    // Time alone, then the same datagrams again without the clients' own work.
    let started = Instant::now();
    while world.shard.poll_timeout() < from + Duration::from_secs(15) {
        world.now = world.shard.poll_timeout();
        world.shard.handle_timeout(world.now);
        while world.shard.poll_event().is_some() {}
    }
    let timers = started.elapsed() / 10;
    let started = Instant::now();
    for (from, datagram) in &captured {
        world.inject(*from, datagram);
    }
    let datagrams = started.elapsed() / 5;
    eprintln!("{PEERS} silent peers: timers {timers:?}, {} datagrams {datagrams:?} µs a second", captured.len() / 5);
    eprintln!("(with the clients' own work {clients_too:?} for 5 s)");
}
