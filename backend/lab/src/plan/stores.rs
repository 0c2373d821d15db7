//! What happens to the Redis and the Postgres that several nodes share, and when. Knows no other fault.

use super::{Step, What, kinds};
use crate::chance::Chance;

/// What happens to Redis and Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Store {
    /// Gone for so long, and back with empty memory.
    RedisStopped { ms: u64 },
    /// Takes connections and answers nothing for so long.
    RedisPaused { ms: u64 },
    /// Gone and back at once, with empty memory.
    RedisRestarted,
    /// Whoever listens to it is cut off.
    RedisCut,
    /// Gone for so long, in an orderly way or not.
    Postgres { fast: bool, ms: u64 },
}

const STORES: [u8; 6] = [0, 1, 2, 3, 4, 5];

pub(super) fn stores(mut chance: Chance, end_ms: u64) -> Vec<Step> {
    let mut next = kinds(&mut chance, &STORES);
    let mut steps = Vec::new();
    let mut at_ms = 5_000;
    while at_ms < end_ms {
        // Shorter and longer than nodes wait for a word, and than they look without one.
        let (what, takes_ms) = match next(&mut chance) {
            Some(0) => {
                let ms = chance.between(300, 13_000);
                (Store::RedisStopped { ms }, ms)
            }
            Some(1) => {
                let ms = chance.between(300, 9_000);
                (Store::RedisPaused { ms }, ms)
            }
            Some(2) => (Store::RedisRestarted, 0),
            Some(3) => (Store::RedisCut, 0),
            kind => {
                let (fast, ms) = (kind == Some(4), chance.between(0, 3_000));
                (Store::Postgres { fast, ms }, ms)
            }
        };
        steps.push(Step {
            at_ms,
            what: What::Store(what),
        });
        at_ms += takes_ms + chance.between(2_000, 9_000);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::Store;
    use crate::plan::{Size, Step, What, plan, tests::MINUTE};

    #[test]
    fn more_nodes_do_the_same_and_what_they_share_breaks_in_every_way() {
        let size = Size {
            nodes: 3,
            ms: 2 * MINUTE.ms,
            ..MINUTE
        };
        for seed in 0..20 {
            let steps = plan(seed, size);
            assert!(steps.is_sorted_by_key(|step| step.at_ms));
            let mut found = [false; 6];
            for step in &steps {
                let What::Store(store) = step.what else {
                    continue;
                };
                found[match store {
                    Store::RedisStopped { .. } => 0,
                    Store::RedisPaused { .. } => 1,
                    Store::RedisRestarted => 2,
                    Store::RedisCut => 3,
                    Store::Postgres { fast, .. } => 4 + usize::from(fast),
                }] = true;
            }
            assert_eq!(found, [true; 6], "seed {seed}");
            let deeds = |steps: &[Step]| -> Vec<_> {
                let deeds = steps
                    .iter()
                    .filter(|it| matches!(it.what, What::Deed { .. }));
                deeds.cloned().collect()
            };
            let alone = plan(seed, Size { nodes: 1, ..size });
            assert_eq!(deeds(&steps), deeds(&alone), "seed {seed}");
        }
    }
}
