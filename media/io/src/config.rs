//! What the plane is started with: one JSON object from Python, unknown keys refused.

use std::net::{SocketAddr, ToSocketAddrs};

use serde::{Deserialize, Serialize};

use crate::PlaneError;
use crate::seam::Limits;

/// Shards of one process at most: each is a core, a thread and a port.
const MAX_SHARDS: u16 = 64;
/// `bind` entries at most. Routes name the local address with one byte; wildcards need the rest of them.
const MAX_BINDS: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `host:port` of the first shard, IPv4 or IPv6 literal; a wildcard means every interface. Port 0 = any free one,
    /// the same for all entries that say 0. Shard n listens n ports higher, on UDP and TCP.
    pub bind: Vec<SocketAddr>,
    /// `host[:port]` as others reach us (NAT, containers, proxies); the port is again that of the first shard.
    /// Empty: the bound addresses, wildcards replaced by those of the interfaces.
    #[serde(default)]
    pub announce: Vec<String>,
    #[serde(default = "one")]
    pub shards: u16,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub tcp: TcpLimits,
}

/// Bounds of the ICE-TCP listeners, per shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TcpLimits {
    /// About 10 KiB each while idle; a shard's peers are limited to fewer.
    pub connections: usize,
    /// A clinic behind one address may have a few dozen people.
    pub per_address: usize,
    /// A connection that did not pass the STUN integrity check in this time is closed.
    pub half_open_ms: u64,
    /// Bytes waiting for one receiver: two seconds at 2 Mbit/s. A reader that is further behind sees nothing live any
    /// more: it is dropped and comes back.
    pub backlog: usize,
}

impl Default for TcpLimits {
    fn default() -> Self {
        Self { connections: 2048, per_address: 64, half_open_ms: 5_000, backlog: 512 * 1024 }
    }
}

fn one() -> u16 {
    1
}

impl Config {
    pub fn from_json(json: &[u8]) -> Result<Self, PlaneError> {
        let config: Self = serde_json::from_slice(json).map_err(|error| PlaneError::Config(error.to_string()))?;
        let wrong = |what: &str| Err(PlaneError::Config(what.to_owned()));
        match (config.bind.len(), config.shards) {
            (0, _) => wrong("bind: at least one address"),
            (binds, _) if binds > MAX_BINDS => wrong("bind: at most 16 addresses"),
            (_, 0) => wrong("shards: at least 1"),
            (_, shards) if shards > MAX_SHARDS => wrong("shards: at most 64"),
            _ => Ok(config),
        }
    }

    /// `announce` as addresses; what has no port gets `port`, that of the first shard.
    pub fn announced(&self, port: u16) -> Result<Vec<SocketAddr>, PlaneError> {
        let mut found = Vec::new();
        for entry in &self.announce {
            let addresses = resolve(entry, port)
                .map_err(|error| PlaneError::Config(format!("announce: {entry:?} has no address: {error}")))?;
            found.extend(addresses.into_iter().filter(|address| !address.ip().is_unspecified()));
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// `1.2.3.4`, `1.2.3.4:7881`, `[2001:db8::1]:7881`, `2001:db8::1`, `media.example.org`, `media.example.org:7881`.
fn resolve(entry: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = entry.trim_matches(['[', ']']).parse() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    if entry.contains(':') {
        Ok(entry.to_socket_addrs()?.collect())
    } else {
        Ok((entry, port).to_socket_addrs()?.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: &str) -> Result<Config, PlaneError> {
        Config::from_json(json.as_bytes())
    }

    #[test]
    fn the_smallest_configuration_is_an_address() {
        let config = config(r#"{"bind": ["127.0.0.1:0"]}"#).unwrap();
        assert_eq!((config.shards, config.tcp), (1, TcpLimits::default()));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (json, word) in [
            (r#"{"bind": []}"#, "bind"),
            (r#"{"bind": ["127.0.0.1:0"], "shards": 0}"#, "shards"),
            (r#"{"bind": ["127.0.0.1:0"], "shards": 65}"#, "shards"),
            (r#"{"bind": ["localhost"]}"#, "socket address"),
            (r#"{"bind": ["127.0.0.1:0"], "anounce": []}"#, "anounce"),
            (r#"{"bind": ["127.0.0.1:0"], "limits": {"peeers": 1}}"#, "peeers"),
        ] {
            let error = config(json).unwrap_err().to_string();
            assert!(error.contains(word), "{json}: {error}");
        }
    }

    #[test]
    fn announced_addresses_take_our_port_where_they_have_none() {
        let json =
            r#"{"bind": ["0.0.0.0:0"], "announce": ["192.0.2.1", "192.0.2.2:9000", "2001:db8::1", "[2001:db8::2]:9"]}"#;
        let expected = ["192.0.2.1:7881", "192.0.2.2:9000", "[2001:db8::1]:7881", "[2001:db8::2]:9"];
        assert_eq!(config(json).unwrap().announced(7881).unwrap(), expected.map(|a| a.parse().unwrap()));
    }

    #[test]
    fn nonsense_is_not_announced() {
        for entry in ["", "0.0.0.0", "a b", "1.2.3.4:99999"] {
            let json = serde_json::json!({"bind": ["127.0.0.1:0"], "announce": [entry]});
            let announced = Config::from_json(json.to_string().as_bytes()).unwrap().announced(1);
            assert!(announced.is_err() || announced.unwrap().is_empty(), "{entry:?}");
        }
    }
}
