//! Chance that can be repeated: plain numbers from a seed (SplitMix64).

/// A sequence of numbers that follows from its seed alone.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence of its own for one of many things.
    pub(crate) fn of(seed: u64, which: u64) -> Self {
        let mut chance = Self(seed ^ which.wrapping_mul(0xA076_1D64_78BD_642F));
        chance.number();
        chance
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `end`, without it.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.number() % end.max(1)
    }

    /// From `from` to `to`, without it.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from))
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, of_hundred: u64) -> bool {
        self.below(100) < of_hundred
    }

    /// A place in something of this length.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.below(length)).unwrap_or(0)
    }

    /// One of these; `None` when there are none.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let index = self.index(all.len());
        all.get(index)
    }

    /// The same things in another order.
    pub(crate) fn shuffled<T: Clone>(&mut self, all: &[T]) -> Vec<T> {
        let mut all = all.to_vec();
        for place in (1..all.len()).rev() {
            let other = self.index(place + 1);
            all.swap(place, other);
        }
        all
    }

    /// The text of a UUID (RFC 9562, 5.4).
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.number(), self.number());
        let high = high & !0xF000 | 0x4000;
        let low = low & !(0b11 << 62) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_gives_others() {
        let take = |seed| {
            let mut chance = Chance::new(seed);
            (0..8).map(|_| chance.number()).collect::<Vec<_>>()
        };
        assert_eq!(take(7), take(7));
        assert_ne!(take(7), take(8));
    }

    #[test]
    fn a_uuid_has_its_version_and_its_variant() {
        let mut chance = Chance::new(1);
        for _ in 0..100 {
            let text = chance.uuid();
            let bytes = text.as_bytes();
            assert_eq!((text.len(), bytes[14]), (36, b'4'), "{text}");
            assert!(b"89ab".contains(&bytes[19]), "{text}");
        }
    }
}
