//! From a scenario to its reports: join, warm up, measure (as often as asked), leave.

use std::time::{Duration, Instant};

use crate::clock;
use crate::peer::{Peer, Role};
use crate::report::{Joins, Report, Server};
use crate::scenario::{Place, Scenario, Shape};
use crate::sdp::Kind;
use crate::sink::Count;
use crate::tally::Tally;
use crate::world::{Spec, World, WorldError};

/// For everybody to connect, on a slow machine.
const CONNECT: Duration = Duration::from_secs(30);
/// What is under way at the end of the window still arrives.
const LINGER: Duration = Duration::from_millis(200);
/// For one join to show its first packet.
const FIRST_PACKET: Duration = Duration::from_secs(5);
/// To know what the server costs between joins.
const BASELINE: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    World(#[from] WorldError),
    #[error("the scenario has too few consultations: {0} needed")]
    TooFewConsultations(usize),
    #[error("not everybody connected: {connected} of {wanted}; {failures:?}")]
    NotConnected { connected: usize, wanted: usize, failures: Vec<String> },
}

/// `say` gets each window's report when it ends.
pub fn run(scenario: &Scenario, say: &mut dyn FnMut(&Report)) -> Result<(), RunError> {
    let mut world = World::new(Duration::from_micros(scenario.tick_us))?;
    let cast = cast(scenario)?;
    let server = Server::observe(scenario.server_pid);
    let result = perform(scenario, &mut world, server, cast, say);
    world.leave_all();
    world.run(CONNECT, |world| world.pending == 0);
    result
}

fn perform(
    scenario: &Scenario,
    world: &mut World,
    mut server: Server,
    (publishers, viewers): (Vec<Spec>, Vec<Spec>),
    say: &mut dyn FnMut(&Report),
) -> Result<(), RunError> {
    let (publishing, watching) = (publishers.len(), viewers.len());
    gather(world, publishers)?;
    if let Shape::Joins { joins, gap_ms } = scenario.shape {
        say(&one_by_one(world, server, &viewers, joins, Duration::from_millis(gap_ms))?);
        return Ok(());
    }
    gather(world, viewers)?;
    server.everybody_is_here();
    for _ in 0..scenario.windows {
        world.run(Duration::from_secs_f64(scenario.warmup_s), |_| false);
        let measured = measure(world, Duration::from_secs_f64(scenario.seconds), server.clone());
        say(&Report { publishers: publishing, viewers: watching, ..measured });
    }
    Ok(())
}

/// Everybody joins; returns when all are connected.
fn gather(world: &mut World, specs: Vec<Spec>) -> Result<(), RunError> {
    let wanted = world.connected + specs.len();
    for spec in specs {
        world.join(spec)?;
    }
    world.run(CONNECT, |world| world.connected >= wanted || !world.failures.is_empty());
    if world.connected < wanted {
        let failures = world.failures.iter().take(3).cloned().collect();
        return Err(RunError::NotConnected { connected: world.connected, wanted, failures });
    }
    Ok(())
}

fn measure(world: &mut World, window: Duration, mut server: Server) -> Report {
    world.tally = Tally::default();
    for peer in world.peers_mut() {
        peer.sinks.iter_mut().for_each(|sink| sink.count = Count::default());
    }
    let own = clock::own_cpu();
    let begin = Instant::now();
    server.window_begins();
    world.run(window, |_| false);
    server.window_ends();
    let elapsed = begin.elapsed();
    let own = clock::own_cpu() - own;
    let tally = std::mem::take(&mut world.tally);
    let lost = world.peers().flat_map(|peer| &peer.sinks).map(|sink| sink.count.lost()).sum();
    let recovered = world.peers().flat_map(|peer| &peer.sinks).map(|sink| sink.count.recovered).sum();
    world.run(LINGER, |_| false);
    let mut report = Report::of_window(elapsed, own, tally, server);
    report.lost = lost;
    report.recovered = recovered;
    report.connected = world.connected;
    report.failures = std::mem::take(&mut world.failures);
    report.srtp = world.peers().find_map(Peer::profile).unwrap_or("");
    report.judge();
    report
}

/// Viewers come and go one at a time; the server's CPU time for one is what it used more than before.
fn one_by_one(
    world: &mut World,
    mut server: Server,
    viewers: &[Spec],
    joins: usize,
    gap: Duration,
) -> Result<Report, RunError> {
    server.everybody_is_here();
    world.run(BASELINE / 2, |_| false);
    server.window_begins();
    let begin = Instant::now();
    world.run(BASELINE, |_| false);
    server.window_ends();
    let baseline = server.cpu_s / begin.elapsed().as_secs_f64();
    let mut milestones = Joins::default();
    let own = clock::own_cpu();
    server.window_begins();
    let begin = Instant::now();
    for spec in viewers.iter().cycle().take(joins) {
        let number = world.join(spec.clone())?;
        let came = world
            .run(FIRST_PACKET, |world| world.peer(number).is_none_or(|peer| peer.milestones.first_packet.is_some()));
        match world.peer(number).filter(|_| came) {
            Some(peer) => milestones.add(peer),
            None => world.failures.push("a join without a packet".into()),
        }
        world.leave(number);
        // Off the publisher's beat: joins in step with its audio would all wait equally long for it.
        let beat = Duration::from_millis(20).mul_f64((number as f64 * 0.618_034).fract());
        world.run(gap + beat, |_| false);
    }
    server.window_ends();
    let elapsed = begin.elapsed();
    let mut report = Report::of_window(elapsed, clock::own_cpu() - own, std::mem::take(&mut world.tally), server);
    report.failures = std::mem::take(&mut world.failures);
    report.connected = world.connected;
    report.publishers = 1;
    report.us_per_forwarded = None;
    report.joins =
        Some(milestones.finish((report.server.cpu_s - baseline * elapsed.as_secs_f64()) / joins.max(1) as f64));
    report.judge();
    Ok(report)
}

/// Who publishes and who watches.
fn cast(scenario: &Scenario) -> Result<(Vec<Spec>, Vec<Spec>), RunError> {
    let places = &scenario.consultations;
    let place = |index: usize| places.get(index).ok_or(RunError::TooFewConsultations(index + 1));
    let both = [Kind::Audio, Kind::Video];
    Ok(match scenario.shape {
        Shape::OneToOne { consultations } => {
            let mut cast = (Vec::new(), Vec::new());
            for index in 0..consultations {
                let place = place(index)?;
                for token in [&place.tokens.publisher, &place.tokens.publisher2] {
                    cast.0.push(publisher(place, token, &both));
                    cast.1.push(viewer(place, token, &both));
                }
            }
            cast
        }
        Shape::FanOut { viewers, audio, video } => {
            let kinds: Vec<Kind> =
                both.into_iter().filter(|kind| if *kind == Kind::Audio { audio } else { video }).collect();
            let place = place(0)?;
            let viewer = viewer(place, &place.tokens.viewer, &kinds);
            (vec![publisher(place, &place.tokens.publisher, &kinds)], vec![viewer; viewers])
        }
        Shape::Silent { peers } => {
            let count = places.len().max(1);
            let spec = |index: usize| place(index % count).map(|place| viewer(place, &place.tokens.viewer, &both));
            (Vec::new(), (0..peers).map(spec).collect::<Result<_, _>>()?)
        }
        Shape::Joins { .. } => {
            let place = place(0)?;
            let publishers = vec![publisher(place, &place.tokens.publisher, &both)];
            (publishers, vec![viewer(place, &place.tokens.viewer, &both)])
        }
    })
}

fn publisher(place: &Place, token: &str, kinds: &[Kind]) -> Spec {
    Spec { role: Role::Publisher, url: place.whip.clone(), token: token.into(), kinds: kinds.into() }
}

fn viewer(place: &Place, token: &str, kinds: &[Kind]) -> Spec {
    Spec { role: Role::Viewer, url: place.whep.clone(), token: token.into(), kinds: kinds.into() }
}
