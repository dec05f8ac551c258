//! The clocks that the swarm reads: wall time for stamps, CPU time for headroom and for the server's cost.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// Nanoseconds since 1970, the clock of the kernel's receive times.
pub fn unix_ns() -> u64 {
    unix().as_nanos() as u64
}

pub fn unix() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// CPU time of this process.
pub fn own_cpu() -> Duration {
    cpu_time(libc::CLOCK_PROCESS_CPUTIME_ID).unwrap_or_default()
}

/// CPU time of this thread.
pub fn thread_cpu() -> Duration {
    cpu_time(libc::CLOCK_THREAD_CPUTIME_ID).unwrap_or_default()
}

/// CPU time of all threads of another process, ended ones too, to the nanosecond. `None`: no such process.
pub fn process_cpu(pid: u32) -> Option<Duration> {
    // What clock_getcpuclockid(3) returns: the inverted pid, and the scheduler's clock (2) of the whole process.
    let id = (!i64::from(pid) << 3) | 2;
    cpu_time(id as libc::clockid_t)
}

/// CPU time of each thread of a process, by name; of several of one name together.
pub fn thread_cpus(pid: u32) -> BTreeMap<String, Duration> {
    let mut spent = BTreeMap::new();
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    for task in tasks {
        let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        // A thread's clock is for its own process only; the scheduler's account has nanoseconds too.
        let account = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        let time = account.split(' ').next().and_then(|ns| ns.parse().ok()).map(Duration::from_nanos);
        *spent.entry(name.trim().to_owned()).or_default() += time.unwrap_or_default();
    }
    spent
}

fn cpu_time(clock: libc::clockid_t) -> Option<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec that outlives the call.
    let result = unsafe { libc::clock_gettime(clock, &raw mut time) };
    (result == 0).then(|| Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
}

/// Resident memory of a process, in bytes.
pub fn resident(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_process_is_seen_from_outside() {
        let pid = std::process::id();
        let before = process_cpu(pid).unwrap();
        let mut sum = 0_u64;
        for value in 0..2_000_000_u64 {
            sum = std::hint::black_box(sum.wrapping_add(value));
        }
        assert!(process_cpu(pid).unwrap() > before);
        assert!(own_cpu() >= before);
        let threads: Duration = thread_cpus(pid).values().sum();
        assert!(threads > Duration::ZERO);
        assert!(resident(pid).unwrap() > 100_000);
        assert!(resident(u32::MAX).is_none());
    }
}
