//! Chance from a seed: what the same inputs bring about is always the same.

/// SplitMix64 (Steele, Lea, Flood 2014): enough to spread reconnects, no secret depends on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between 0 and `most`, both included.
    pub(crate) fn up_to(&mut self, most: i64) -> i64 {
        let most = u64::try_from(most).unwrap_or(0);
        i64::try_from(self.next() % most.saturating_add(1)).unwrap_or(0)
    }

    /// Full jitter (Brooker 2015): anything up to a bound that doubles with every try, from 0.5 s to 30 s.
    pub(crate) fn backoff_ms(&mut self, tries: u32) -> i64 {
        self.up_to(500_i64.saturating_mul(1 << tries.min(6)).min(30_000))
    }
}
