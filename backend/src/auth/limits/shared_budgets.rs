//! Budgets that all nodes share, in Redis: those of what is costly or guards an account, so that a guesser gains
//! nothing from many nodes. The others, of single frames and reads, are each node's own: to ask about every frame would
//! cost more than it protects. While Redis is away each node counts for itself.

use super::{Key, Limits, Verb, limited};
use crate::{error::Result, outside::redis::Redis};
use deadpool_redis::redis::{Cmd, cmd};
use std::time::Duration;

/// The GCRA, as `governor` has it: the key holds when the bucket is full again, by the clock of Redis. Answers how
/// many milliseconds to wait, 0 to go on.
const TAKE: &str = "\
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local burst, refill = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + refill
local wait = full - burst * refill - now
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil(full - now))
return 0";

impl Limits {
    /// Takes one from a budget that all nodes share.
    ///
    /// # Errors
    /// `rate_limited`, with the time until there is one again.
    pub async fn check_shared(&self, verb: Verb, key: impl Into<Key>) -> Result<()> {
        let key = key.into();
        let (Some(_), Some(redis)) = (&self.table, &self.redis) else {
            return self.check(verb, key);
        };
        match redis.ask::<u64>(take(redis, verb, &key)).await {
            Some(0) => Ok(()),
            Some(wait) => {
                self.log(verb, &key);
                Err(limited(Duration::from_millis(wait)))
            }
            None => self.check(verb, key),
        }
    }

    /// Fills a budget again, on all nodes.
    pub async fn forgive_shared(&self, verb: Verb, key: impl Into<Key>) {
        let key = key.into();
        if let (Some(_), Some(redis)) = (&self.table, &self.redis) {
            let mut forget = cmd("DEL");
            forget.arg(name(redis, verb, &key));
            redis.ask::<()>(forget).await;
        }
        self.forgive(verb, key);
    }
}

/// Redis learns no names and no addresses.
fn name(redis: &Redis, verb: Verb, key: &Key) -> String {
    let name = redis.seal.name("limit", &format!("{verb:?} {key:?}"));
    redis.key(&format!("limit:{name}"))
}

fn take(redis: &Redis, verb: Verb, key: &Key) -> Cmd {
    let (burst, refill_ms) = Verb::TABLE
        .get(verb as usize)
        .map_or((1, 1_000), |&(_, _, burst, refill_ms)| (burst, refill_ms));
    let mut take = cmd("EVAL");
    take.arg(TAKE)
        .arg(1)
        .arg(name(redis, verb, key))
        .arg(burst)
        .arg(refill_ms);
    take
}
