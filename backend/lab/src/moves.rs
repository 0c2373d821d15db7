//! What people do with rooms and their members, by calls of their own as the web client's views make them. Who is let in
//! and taken out is done one at a time for each person and room, until the server's word is certain.

use crate::{
    cast::Cast,
    chance::Chance,
    deeds::{at_least, rooms_of},
    device::Device,
    history::Move,
    plan::Deed,
    session::read,
};
use model::{Failure, Input, Learned};
use serde_json::{Value, json};
use shared::{
    RoomId, UserId,
    accounts::Me,
    members::{MemberRole, Members},
    rooms::{Room, RoomKind, Rooms},
};
use std::{rc::Rc, time::Duration};
use tokio::time::sleep;

/// A deed under way.
struct Doing {
    cast: Rc<Cast>,
    device: Rc<Device>,
    chance: Chance,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Join,
    Leave,
    Add,
    Remove,
}

/// Does it, if there is something to do it to.
pub(crate) fn act(cast: &Rc<Cast>, device: &Rc<Device>, deed: Deed, chance: Chance) {
    let doing = Doing {
        cast: Rc::clone(cast),
        device: Rc::clone(device),
        chance,
    };
    cast.under_way.set(cast.under_way.get() + 1);
    tokio::task::spawn_local(async move {
        let cast = Rc::clone(&doing.cast);
        let what = doing.carry_out(deed).await;
        cast.lab.count(what.unwrap_or("deeds without an object"));
        cast.under_way.set(cast.under_way.get() - 1);
    });
}

impl Doing {
    async fn carry_out(mut self, deed: Deed) -> Option<&'static str> {
        match deed {
            Deed::Join => {
                let rooms: Rooms = self.device.session.get("/rooms?scope=public").await.ok()?;
                let strange = |room: &&Room| room.my.is_none();
                let rooms: Vec<_> = rooms.rooms.iter().filter(strange).map(|it| it.id).collect();
                let room = *self.chance.pick(&rooms)?;
                self.take(room, self.me(), How::Join).await
            }
            Deed::Leave => {
                let room = self.room(|room| room.kind != RoomKind::Direct)?;
                self.take(room, self.me(), How::Leave).await
            }
            Deed::Add => {
                let fits =
                    |room: &Room| room.kind != RoomKind::Direct && room.archived_at.is_none();
                let room = self.room(fits)?;
                let user = *self.chance.pick(&self.cast.users)?;
                self.take(room, user, How::Add).await
            }
            Deed::Remove => {
                let (room, user) = self.somebody(MemberRole::Moderator).await?;
                self.take(room, user, How::Remove).await
            }
            Deed::Role => {
                let (room, user) = self.somebody(MemberRole::Owner).await?;
                let role = *self.chance.pick(&["member", "moderator", "owner"])?;
                let path = format!("/rooms/{room}/members/{user}");
                // Of somebody who has just gone this would be letting them in again.
                if !self.hold(room, user) {
                    return None;
                }
                let role = json!({ "role": role });
                let still = self.is_in(room, user, How::Remove).await == Some(true);
                if still {
                    let done = self.call("PUT", &path, Some(&role)).await;
                    self.blur_unless_certain(room, user, &done);
                }
                self.let_go(room, user);
                still.then_some("roles changed")
            }
            Deed::Rename | Deed::Topic | Deed::Archive => {
                let role = match deed {
                    Deed::Archive => MemberRole::Owner,
                    _ => MemberRole::Moderator,
                };
                let fits = at_least(role);
                let mut room = self.room(|it| fits(it) && it.kind != RoomKind::Direct)?;
                let number = self.chance.below(1_000_000);
                let patch = match deed {
                    Deed::Rename => json!({ "name": format!("Room {number}") }),
                    Deed::Topic => json!({ "topic": format!("Topic {number}") }),
                    _ => {
                        // Archived rooms come first: most are to be written in.
                        let archived = self.room(|it| fits(it) && it.archived_at.is_some());
                        room = archived.unwrap_or(room);
                        json!({ "archived": archived.is_none() })
                    }
                };
                let text = self
                    .call("PATCH", &format!("/rooms/{room}"), Some(&patch))
                    .await;
                self.learn(text, |room: Room| Learned::Room(Box::new(room)));
                Some("rooms changed")
            }
            Deed::Settings => {
                let room = self.room(|_| true)?;
                let notify = *self.chance.pick(&["all", "mentions", "none"])?;
                let patch = json!({
                    "notify": notify,
                    "muted": self.chance.percent(30),
                    "favourite": self.chance.percent(30),
                });
                let path = format!("/rooms/{room}/settings");
                let text = self.call("PATCH", &path, Some(&patch)).await;
                self.learn(text, |room: Room| Learned::Room(Box::new(room)));
                Some("own settings of a room changed")
            }
            Deed::NewRoom => {
                // A client keeps 30 rooms loaded; nobody is to be in more.
                self.cast.one_more_room(6)?;
                let users = self.chance.shuffled(&self.cast.users);
                let kind = *self.chance.pick(&["public", "private"])?;
                let name = format!("Made {}", self.chance.below(1_000_000));
                let new =
                    json!({ "kind": kind, "name": name, "member_ids": &users[..users.len() / 2] });
                let text = self.call("POST", "/rooms", Some(&new)).await;
                self.learn(text, |room: Room| Learned::Room(Box::new(room)));
                Some("rooms made")
            }
            Deed::Direct => {
                self.cast.one_more_room(14)?;
                let count = self.chance.index(3) + 1;
                let users = self.chance.shuffled(&self.cast.users);
                let new = json!({ "user_ids": &users[..count.min(users.len())] });
                let text = self.call("POST", "/rooms/direct", Some(&new)).await;
                self.learn(text, |room: Room| Learned::Room(Box::new(room)));
                Some("conversations begun")
            }
            Deed::Profile => {
                let patch = json!({ "bio": format!("Bio {}", self.chance.below(1_000)) });
                let text = self.call("PATCH", "/me", Some(&patch)).await;
                self.learn(text, |me: Me| Learned::Me(Box::new(me)));
                Some("profiles changed")
            }
            _ => None,
        }
    }

    fn me(&self) -> UserId {
        self.cast.users[self.device.index]
    }

    fn room(&mut self, fits: impl Fn(&Room) -> bool) -> Option<RoomId> {
        let rooms = rooms_of(&self.device, fits);
        self.chance.pick(&rooms).copied()
    }

    /// Someone else in a room where one may do something about them.
    async fn somebody(&mut self, role: MemberRole) -> Option<(RoomId, UserId)> {
        let fits = at_least(role);
        let room = self.room(|room| fits(room) && room.kind != RoomKind::Direct)?;
        let members: Members = self
            .device
            .session
            .get(&format!("/rooms/{room}/members"))
            .await
            .ok()?;
        let me = self.me();
        let others = members.members.iter().map(|member| member.user_id);
        let others: Vec<UserId> = others.filter(|user| *user != me).collect();
        Some((room, *self.chance.pick(&others)?))
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<String, Failure> {
        let answer = self.device.session.call(method, path, body).await;
        if let Some(code) = answer.as_ref().err().and_then(Failure::code) {
            self.cast.lab.count(code.as_str());
        }
        answer
    }

    fn learn<T: shared::json::Read>(
        &self,
        text: Result<String, Failure>,
        make: impl FnOnce(T) -> Learned,
    ) {
        if let Ok(found) = text.and_then(|text| read(&text)) {
            self.device.dispatch(Input::Learned(make(found)));
        }
    }

    /// Whether nobody else is moving this person in this room.
    fn hold(&self, room: RoomId, user: UserId) -> bool {
        let mut history = self.cast.lab.history.borrow_mut();
        let moves = history.moves.entry((room, user)).or_default();
        !std::mem::replace(&mut moves.busy, true)
    }

    fn let_go(&self, room: RoomId, user: UserId) {
        let mut history = self.cast.lab.history.borrow_mut();
        history.moves.entry((room, user)).or_default().busy = false;
    }

    fn blur(&self, room: RoomId, user: UserId) {
        self.cast.lab.count("moves that only revisions tell of");
        let mut history = self.cast.lab.history.borrow_mut();
        history.moves.entry((room, user)).or_default().blurred = true;
    }

    /// An open outcome of a role's change: it may have let them in again.
    fn blur_unless_certain(&self, room: RoomId, user: UserId, done: &Result<String, Failure>) {
        if done.as_ref().is_err_and(Failure::retryable) {
            self.blur(room, user);
        }
    }

    async fn is_in(&self, room: RoomId, user: UserId, how: How) -> Option<bool> {
        let session = &self.device.session;
        match how {
            How::Join | How::Leave => {
                let room: Room = session.get(&format!("/rooms/{room}")).await.ok()?;
                Some(room.my.is_some())
            }
            How::Add | How::Remove => {
                let path = format!("/rooms/{room}/members");
                let members: Members = session.get(&path).await.ok()?;
                Some(members.members.iter().any(|member| member.user_id == user))
            }
        }
    }

    /// Lets someone in or takes them out, once nobody else does.
    async fn take(&self, room: RoomId, user: UserId, how: How) -> Option<&'static str> {
        if !self.hold(room, user) {
            return None;
        }
        let out = matches!(how, How::Leave | How::Remove);
        let wanted = self.is_in(room, user, how).await == Some(out);
        let done = if wanted {
            self.move_surely(room, user, how).await
        } else {
            false
        };
        self.let_go(room, user);
        done.then_some(match how {
            How::Join => "joins",
            How::Leave => "leaves",
            How::Add => "people added",
            How::Remove => "people removed",
        })
    }

    /// Asks until the server's word is certain. True when it was done.
    async fn move_surely(&self, room: RoomId, user: UserId, how: How) -> bool {
        let out = matches!(how, How::Leave | How::Remove);
        let began_ms = self.cast.lab.now_ms();
        let member = format!("/rooms/{room}/members/{user}");
        let role = json!({ "role": "member" });
        let mut open = false;
        loop {
            let answer = match how {
                How::Join => {
                    self.call("POST", &format!("/rooms/{room}/join"), None)
                        .await
                }
                How::Leave => {
                    self.call("POST", &format!("/rooms/{room}/leave"), None)
                        .await
                }
                How::Add => self.call("PUT", &member, Some(&role)).await,
                How::Remove => self.call("DELETE", &member, None).await,
            };
            let done = match &answer {
                Ok(_) => true,
                Err(failure) if failure.retryable() => {
                    open = true;
                    sleep(Duration::from_millis(300)).await;
                    continue;
                }
                Err(_) if open => match self.is_in(room, user, how).await {
                    Some(is_in) => is_in != out,
                    None => {
                        self.blur(room, user);
                        return false;
                    }
                },
                Err(_) => false,
            };
            if !done {
                return false;
            }
            let mut history = self.cast.lab.history.borrow_mut();
            let moves = history.moves.entry((room, user)).or_default();
            moves.log.push(Move {
                out,
                began_ms,
                ended_ms: self.cast.lab.now_ms(),
            });
            drop(history);
            match how {
                How::Leave => self.device.dispatch(Input::Learned(Learned::Left(room))),
                How::Join => self.learn(answer, |room: Room| Learned::Room(Box::new(room))),
                How::Add | How::Remove => {}
            }
            return true;
        }
    }
}
