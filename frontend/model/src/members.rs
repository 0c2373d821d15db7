//! Who is in a room: fetched when it is to be shown, kept right by the room's log from then on.

use crate::map::Map;
use crate::{Model, Outcome, Request, RoomMember, Slice, asked::Purpose, timeline::Entry};
use shared::{RoomId, UserId, members::Members};
use std::sync::Arc;

impl Model {
    /// Who is in a room, asked for once its messages are there: from then on changes keep it right.
    pub(crate) fn need_members(&mut self, out: &mut Outcome, room: RoomId) {
        self.members_needed.insert(room);
        let Some(state) = self.rooms.get_mut(&room) else {
            return;
        };
        if state.timeline.rev.is_none() {
            return self.load_if_needed(out, room);
        }
        if state.timeline.members.is_some() || state.timeline.members_aside.is_some() {
            return;
        }
        state.timeline.members_aside = Some(Map::new());
        self.fetch(out, Purpose::Members(room), Request::Members(room));
    }

    pub(crate) fn members_came(&mut self, out: &mut Outcome, room: RoomId, members: Members) {
        let Some(state) = self.rooms.get_mut(&room) else {
            return;
        };
        let aside = state.timeline.members_aside.take().unwrap_or_default();
        let mut list: Map<UserId, Entry> = members
            .members
            .iter()
            .map(|member| (member.user_id, (member.role, member.rev)))
            .collect();
        for (user, entry) in aside {
            if list.get(&user).is_none_or(|known| known.1 < entry.1) {
                list.insert(user, entry);
            }
        }
        let ids: Vec<UserId> = list.keys().copied().collect();
        state.timeline.members = Some(list);
        self.want_users(ids);
        self.watch_stale = true;
        out.touch(Slice::Members(room));
    }

    pub(crate) fn members_failed(&mut self, room: RoomId) {
        if let Some(state) = self.rooms.get_mut(&room) {
            state.timeline.members_aside = None;
        }
    }

    pub(crate) fn put_member(
        &mut self,
        out: &mut Outcome,
        room: RoomId,
        user: UserId,
        entry: Entry,
    ) {
        if let Some(state) = self.rooms.get_mut(&room)
            && state.timeline.put_member(user, entry)
        {
            self.people.want(user);
            self.watch_stale = true;
            out.touch(Slice::Members(room));
        }
    }

    pub(crate) fn members_of(&self, room: RoomId) -> Option<Arc<Vec<RoomMember>>> {
        let members = self.rooms.get(&room)?.timeline.members.as_ref()?;
        let list = members
            .iter()
            .filter_map(|(&user, &(role, _))| Some(RoomMember { user, role: role? }));
        Some(Arc::new(list.collect()))
    }
}
