//! `sefaw-swarm [SCENARIO.json]`: many WHIP publishers and WHEP viewers in one process. Reads a scenario (a file, or
//! stdin), writes a JSON report of each window to stdout, one a line. `sefaw-swarm --floor` writes what a packet costs on this machine at least;
//! `sefaw-swarm --plane N` is a media plane to be measured by another swarm.
//! See docs/benchmarks.md for what it measures and how.

mod clock;
mod dtls;
mod floor;
mod histogram;
mod http;
mod ice;
mod net;
mod peer;
mod plane;
mod report;
mod run;
mod scenario;
mod sdp;
mod sink;
mod source;
mod tally;
mod watch;
mod world;

use std::io::{Read, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--plane") {
        let rooms = arguments.next().and_then(|rooms| rooms.parse().ok()).unwrap_or(1);
        return finish(plane::serve(rooms));
    }
    finish(report())
}

fn finish(done: Result<(), Box<dyn std::error::Error>>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "sefaw-swarm: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report() -> Result<(), Box<dyn std::error::Error>> {
    let text = match std::env::args_os().nth(1) {
        Some(flag) if flag == "--floor" => {
            return Ok(writeln!(std::io::stdout(), "{{\"floor_us\": {:.3}}}", floor::measure()?)?);
        }
        Some(path) => std::fs::read_to_string(path)?,
        None => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
    };
    let scenario = serde_json::from_str(&text)?;
    let mut written = Ok(());
    run::run(&scenario, &mut |report| {
        let line = serde_json::to_string(report).map_err(std::io::Error::from);
        let told = line.and_then(|line| writeln!(std::io::stdout(), "{line}"));
        written = std::mem::replace(&mut written, Ok(())).and(told);
    })?;
    Ok(written?)
}
