//! The sockets of this node and who is here by them. Leases are in memory: a crash ends them with the sockets.

use super::{IDLE_MS, LEASE_MS, Tick};
use shared::{
    Timestamp, UserId,
    presence::{Presence as Shown, PresenceSetting, UserPresence},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

#[derive(Debug)]
struct Lease {
    sockets: usize,
    setting: PresenceSetting,
    active_at: i64,
    /// When the last socket went.
    gone_at: Option<i64>,
    shown: Shown,
}

impl Lease {
    fn compute(&self, now: i64) -> Shown {
        match self.setting {
            PresenceSetting::Invisible => Shown::Offline,
            PresenceSetting::Dnd => Shown::Dnd,
            PresenceSetting::Away => Shown::Away,
            PresenceSetting::Auto if now - self.active_at >= IDLE_MS => Shown::Away,
            PresenceSetting::Auto => Shown::Online,
        }
    }
}

/// Everyone who is or just was connected to this node.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    leases: Mutex<HashMap<UserId, Lease>>,
}

impl Sockets {
    fn leases(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, Lease>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket opened.
    pub(super) fn connect(&self, user: UserId, setting: PresenceSetting, now: Timestamp) {
        let mut leases = self.leases();
        let lease = leases.entry(user).or_insert(Lease {
            sockets: 0,
            setting,
            active_at: now.0,
            gone_at: None,
            shown: Shown::Offline,
        });
        lease.sockets += 1;
        lease.setting = setting;
        lease.active_at = now.0;
        lease.gone_at = None;
    }

    /// A socket closed.
    pub(super) fn disconnect(&self, user: UserId, now: Timestamp) {
        if let Some(lease) = self.leases().get_mut(&user) {
            lease.sockets = lease.sockets.saturating_sub(1);
            if lease.sockets == 0 {
                lease.gone_at = Some(now.0);
            }
        }
    }

    /// Someone is at the device.
    pub(super) fn active(&self, user: UserId, now: Timestamp) {
        if let Some(lease) = self.leases().get_mut(&user) {
            lease.active_at = now.0;
        }
    }

    /// Someone chose how to be seen.
    pub(super) fn set(&self, user: UserId, setting: PresenceSetting) {
        if let Some(lease) = self.leases().get_mut(&user) {
            lease.setting = setting;
        }
    }

    /// How someone is seen now.
    pub(super) fn of(&self, user: UserId) -> Shown {
        let now = crate::clock::now().0;
        self.leases()
            .get(&user)
            .map_or(Shown::Offline, |lease| lease.compute(now))
    }

    /// How these people are seen now.
    pub(super) fn list(&self, users: &HashSet<UserId>) -> Vec<(UserId, Shown)> {
        let now = crate::clock::now().0;
        let leases = self.leases();
        let shown = |user| {
            leases
                .get(user)
                .map_or(Shown::Offline, |lease| lease.compute(now))
        };
        users.iter().map(|user| (*user, shown(user))).collect()
    }

    /// Everyone who is to be seen by somebody.
    pub(super) fn all(&self) -> Vec<(UserId, Shown)> {
        let now = crate::clock::now().0;
        let leases = self.leases();
        let seen = leases
            .iter()
            .map(|(&user, lease)| (user, lease.compute(now)));
        seen.filter(|(_, shown)| *shown != Shown::Offline).collect()
    }

    /// Moves time on: leases end, the idle go away, and what changed is told once.
    pub(super) fn tick(&self, now: Timestamp) -> Tick {
        let mut tick = Tick::default();
        self.leases().retain(|&user, lease| {
            if let Some(gone_at) = lease.gone_at.filter(|gone_at| now.0 - gone_at >= LEASE_MS) {
                if lease.shown != Shown::Offline {
                    tick.changed.push(UserPresence {
                        id: user,
                        presence: Shown::Offline,
                        last_seen_at: Some(Timestamp(gone_at)),
                    });
                    tick.gone.push((user, Timestamp(gone_at)));
                }
                return false;
            }
            let shown = lease.compute(now.0);
            if shown != lease.shown {
                lease.shown = shown;
                tick.changed.push(UserPresence {
                    id: user,
                    presence: shown,
                    last_seen_at: None,
                });
            }
            true
        });
        tick
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{IDLE_MS, LEASE_MS},
        Sockets,
    };
    use shared::{
        Timestamp, UserId,
        presence::{Presence as Shown, PresenceSetting},
    };

    const INES: UserId = UserId(1);

    fn shown(presence: &Sockets, at: i64) -> Vec<Shown> {
        let tick = presence.tick(Timestamp(at));
        tick.changed.iter().map(|user| user.presence).collect()
    }

    #[test]
    fn a_lease_ends_twenty_seconds_after_the_last_socket_and_not_after_the_first() {
        let presence = Sockets::default();
        presence.connect(INES, PresenceSetting::Auto, Timestamp(0));
        presence.connect(INES, PresenceSetting::Auto, Timestamp(0));
        assert_eq!(shown(&presence, 1), [Shown::Online]);
        presence.disconnect(INES, Timestamp(10));
        assert_eq!(shown(&presence, 10 + LEASE_MS), []);
        presence.disconnect(INES, Timestamp(50_000));
        assert_eq!(shown(&presence, 50_000 + LEASE_MS - 1), []);
        assert_eq!(shown(&presence, 50_000 + LEASE_MS), [Shown::Offline]);
    }

    #[test]
    fn a_short_reconnect_is_not_seen_by_anyone() {
        let presence = Sockets::default();
        presence.connect(INES, PresenceSetting::Auto, Timestamp(0));
        assert_eq!(shown(&presence, 1), [Shown::Online]);
        presence.disconnect(INES, Timestamp(10));
        presence.connect(INES, PresenceSetting::Auto, Timestamp(900));
        assert_eq!(shown(&presence, 1000 + LEASE_MS), []);
    }

    #[test]
    fn the_idle_go_away_and_come_back_with_the_first_sign_of_use() {
        let presence = Sockets::default();
        presence.connect(INES, PresenceSetting::Auto, Timestamp(0));
        assert_eq!(shown(&presence, 1), [Shown::Online]);
        assert_eq!(shown(&presence, IDLE_MS), [Shown::Away]);
        presence.active(INES, Timestamp(IDLE_MS + 5));
        assert_eq!(shown(&presence, IDLE_MS + 6), [Shown::Online]);
    }

    #[test]
    fn the_invisible_are_never_seen_coming_or_going() {
        let presence = Sockets::default();
        presence.connect(INES, PresenceSetting::Invisible, Timestamp(0));
        assert_eq!(shown(&presence, 1), []);
        presence.disconnect(INES, Timestamp(2));
        let tick = presence.tick(Timestamp(2 + LEASE_MS));
        assert!(tick.changed.is_empty() && tick.gone.is_empty());
    }

    #[test]
    fn a_setting_changes_what_is_seen_at_the_next_tick() {
        let presence = Sockets::default();
        presence.connect(INES, PresenceSetting::Auto, Timestamp(0));
        assert_eq!(shown(&presence, 1), [Shown::Online]);
        for (setting, expected) in [
            (PresenceSetting::Dnd, Shown::Dnd),
            (PresenceSetting::Away, Shown::Away),
            (PresenceSetting::Invisible, Shown::Offline),
        ] {
            presence.set(INES, setting);
            assert_eq!(shown(&presence, 2), [expected]);
        }
    }
}
