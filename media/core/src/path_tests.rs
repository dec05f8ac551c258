//! Path selection by hand-cranked clock.

use super::*;

fn route(port: u16) -> Route {
    Route { transport: Transport::Udp, local: 0, remote: ([192, 0, 2, 1], port).into() }
}

fn tcp(port: u16) -> Route {
    Route { transport: Transport::Tcp, ..route(port) }
}

fn clock() -> (Instant, impl FnMut(u64) -> Instant) {
    #[allow(clippy::disallowed_methods)] // any instant will do as the zero of a test
    let zero = Instant::now();
    (zero, move |ms| zero + Duration::from_millis(ms))
}

#[test]
fn the_first_binding_is_the_path() {
    let (zero, _) = clock();
    let mut path = Path::new(zero, 8);
    assert_eq!(path.bind(zero, route(1), 1, false), Bound { new: true, switched: true, ..Bound::default() });
    assert_eq!(path.active(), Some(route(1)));
}

#[test]
fn the_latest_use_candidate_wins() {
    let (zero, mut at) = clock();
    let mut path = Path::new(zero, 8);
    path.bind(zero, route(1), 1, true);
    assert!(!path.bind(at(10), route(2), 2, false).switched, "a mere check while the path is alive");
    assert!(path.bind(at(20), route(2), 3, true).switched);
    assert_eq!(path.active(), Some(route(2)));
}

#[test]
fn any_check_is_followed_once_the_path_is_silent() {
    let (zero, mut at) = clock();
    let mut path = Path::new(zero, 8);
    path.bind(zero, route(1), 1, true);
    path.heard(at(500), route(1));
    assert!(!path.bind(at(900), route(2), 2, false).switched);
    assert!(!path.bind(at(1200), route(2), 3, false).switched, "kept warm, not chosen");
    assert!(path.bind(at(1300), route(3), 4, false).switched, "an address not seen before");
    assert!(path.bind(at(4400), route(2), 5, false).switched, "the path is dead");
}

#[test]
fn a_replayed_request_moves_nothing() {
    let (zero, mut at) = clock();
    let mut path = Path::new(zero, 8);
    path.bind(zero, route(1), 7, true);
    let replay = path.bind(at(5000), route(9), 7, true);
    assert_eq!(replay, Bound { replayed: true, ..Bound::default() });
    assert_eq!((path.active(), path.routes().count()), (Some(route(1)), 1));
    assert!(!path.bind(at(5000), route(1), 7, true).replayed, "a retransmission from the same place is none");
}

#[test]
fn routes_are_bounded_and_the_active_one_stays() {
    let (zero, mut at) = clock();
    let mut path = Path::new(zero, 3);
    path.bind(zero, route(1), 1, true);
    for port in 2..20 {
        path.heard(at(u64::from(port)), route(1));
        path.bind(at(u64::from(port)), route(port), u64::from(port), false);
    }
    assert_eq!((path.routes().count(), path.active()), (3, Some(route(1))));
}

#[test]
fn tcp_waits_until_udp_is_silent() {
    let (zero, mut at) = clock();
    let mut path = Path::new(zero, 8);
    path.bind(zero, route(1), 1, true);
    assert!(!path.bind(at(100), tcp(2), 2, true).switched);
    assert!(path.bind(at(900), tcp(2), 3, true).switched);
}

#[test]
fn a_closed_connection_falls_back_to_what_was_heard_last() {
    let (zero, mut at) = clock();
    let mut path = Path::new(zero, 8);
    path.bind(zero, route(1), 1, true);
    path.bind(at(700), tcp(2), 2, true);
    assert!(path.close(tcp(2)));
    assert_eq!(path.active(), Some(route(1)));
    assert!(path.close(route(1)));
    assert_eq!(path.active(), None);
}
