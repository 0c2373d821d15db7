//! Where requests go. Ids come from routes and frames: only one that can be an id enters a path (S-XSS-5).

use crate::{Page, Request};
use shared::RoomId;

/// The number as a path may hold it: above zero, and exact in JSON.
pub fn id_in_path(id: i64) -> Option<i64> {
    (1..1 << 53).contains(&id).then_some(id)
}

impl Request {
    /// The path below `/api/v1`, with the query. `None`: there can be no such thing. A cursor is left to the caller, who
    /// can escape it.
    pub fn path(&self) -> Option<String> {
        let room = |id: &RoomId, rest: &str| Some(format!("/rooms/{}{rest}", id_in_path(id.0)?));
        match self {
            Self::Messages {
                room: id,
                page,
                limit,
            } => {
                let place = match page {
                    Page::Latest => String::new(),
                    Page::Before(seq) => format!("before={seq}&"),
                    Page::After(seq) => format!("after={seq}&"),
                    Page::Around(seq) => format!("around={seq}&"),
                };
                room(id, &format!("/messages?{place}limit={limit}"))
            }
            Self::Changes { room: id, after } => room(id, &format!("/changes?after={after}")),
            Self::Rooms { .. } => Some("/rooms".to_owned()),
            Self::Room(id) => room(id, ""),
            Self::Members(id) => room(id, "/members"),
            Self::Message(id) | Self::Delete(id) | Self::Edit { message: id, .. } => {
                Some(format!("/messages/{}", id_in_path(id.0)?))
            }
            Self::Users(ids) => {
                let ids: Option<Vec<String>> = ids
                    .iter()
                    .map(|id| Some(id_in_path(id.0)?.to_string()))
                    .collect();
                Some(format!("/users?limit=100&ids={}", ids?.join(",")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Page, Request};
    use proptest::prelude::*;
    use shared::{MessageId, RoomId, UserId};

    proptest! {
        #[test]
        fn s_xss_5_only_what_can_be_an_id_enters_a_path(id in any::<i64>()) {
            let page = Page::Latest;
            for request in [
                Request::Messages { room: RoomId(id), page, limit: 50 },
                Request::Changes { room: RoomId(id), after: 1 },
                Request::Room(RoomId(id)),
                Request::Members(RoomId(id)),
                Request::Message(MessageId(id)),
                Request::Delete(MessageId(id)),
                Request::Users(vec![UserId(1), UserId(id)]),
            ] {
                let path = request.path();
                prop_assert_eq!(path.is_some(), (1..1 << 53).contains(&id));
                let plain = |c: char| c.is_ascii_alphanumeric() || "/?&=,".contains(c);
                prop_assert!(path.is_none_or(|path| path.chars().all(plain)));
            }
        }
    }
}
