//! What a device shows of its rooms, in the form of a fresh load.

use crate::{deeds, device::Device, truth::RoomState};
use model::Edge;

impl Device {
    /// Every room with what is loaded of it, and the place above which that is everything.
    pub(crate) fn look(&self) -> Vec<(RoomState, i64)> {
        let model = self.model.borrow();
        let rooms = model.rooms().map(|room| {
            let members = model.members(room.id);
            let mut members: Vec<_> = members
                .iter()
                .flat_map(|list| list.iter())
                .map(|member| (member.user.0, member.role.as_str().to_owned()))
                .collect();
            members.sort_unstable();
            let messages: Vec<_> = deeds::shown(self, room.id)
                .iter()
                .map(|message| (**message).clone())
                .collect();
            // The first rows may be hidden tombstones: what is above the first row shown is what counts.
            let all = model.timeline(room.id).before == Edge::Reached;
            let first = messages.first().map_or(room.last_seq, |it| it.seq - 1);
            let above = if all { 0 } else { first };
            let state = RoomState {
                room: room.clone(),
                members,
                messages,
            };
            (state, above)
        });
        rooms.collect()
    }
}
