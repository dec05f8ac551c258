//! Durations in logarithmic buckets (1/32 of an octave): bounded memory, percentiles within 3 %.

use serde::Serialize;

const SUB_BITS: u32 = 5;
const SUB: u64 = 1 << SUB_BITS;
const BUCKETS: usize = ((64 - SUB_BITS) as usize + 1) << SUB_BITS;

/// A set of durations in nanoseconds.
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

/// In milliseconds; `n` is the number of samples.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Percentiles {
    pub n: u64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub p999_ms: f64,
    pub max_ms: f64,
}

impl Histogram {
    pub fn new() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0, max: 0 }
    }

    pub fn add(&mut self, ns: u64) {
        if let Some(count) = self.counts.get_mut(bucket(ns)) {
            *count += 1;
        }
        self.total += 1;
        self.max = self.max.max(ns);
    }

    pub fn percentiles(&self) -> Percentiles {
        let ms = |ns: u64| (ns as f64 / 1e6 * 1e4).round() / 1e4;
        Percentiles {
            n: self.total,
            p50_ms: ms(self.quantile(0.5)),
            p99_ms: ms(self.quantile(0.99)),
            p999_ms: ms(self.quantile(0.999)),
            max_ms: ms(self.max),
        }
    }

    /// The upper edge of the bucket that holds the quantile, never above the largest sample.
    fn quantile(&self, q: f64) -> u64 {
        let wanted = (self.total as f64 * q).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper_edge(index).min(self.max);
            }
        }
        self.max
    }
}

fn bucket(ns: u64) -> usize {
    if ns < SUB {
        return ns as usize;
    }
    let octave = ns.ilog2() - SUB_BITS;
    (((u64::from(octave) + 1) << SUB_BITS) + ((ns >> octave) - SUB)) as usize
}

fn upper_edge(index: usize) -> u64 {
    let index = index as u64;
    if index < SUB {
        return index;
    }
    let octave = (index >> SUB_BITS) - 1;
    let mantissa = u128::from((index & (SUB - 1)) + SUB + 1);
    ((mantissa << octave) - 1).min(u128::from(u64::MAX)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_bucket_within_a_thirty_second() {
        for shift in 0..64 {
            for offset in [0_u64, 1, 7] {
                let ns = (1_u64 << shift).saturating_add(offset);
                let edge = upper_edge(bucket(ns));
                assert!(edge >= ns, "{ns} above its edge {edge}");
                assert!(edge as f64 <= ns as f64 * 1.04 + 1.0, "{ns} far below its edge {edge}");
            }
        }
        assert!(bucket(u64::MAX) < BUCKETS);
    }

    #[test]
    fn percentiles_of_a_known_set() {
        let mut histogram = Histogram::new();
        for us in 1..=1000_u64 {
            histogram.add(us * 1000);
        }
        let p = histogram.percentiles();
        assert_eq!(p.n, 1000);
        assert!((p.p50_ms - 0.5).abs() < 0.02, "{p:?}");
        assert!((p.p99_ms - 0.99).abs() < 0.04, "{p:?}");
        assert!((p.max_ms - 1.0).abs() < 1e-9);
        assert_eq!(Histogram::new().percentiles().n, 0);
    }
}
