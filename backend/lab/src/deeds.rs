//! What people do at their devices, as far as the model does it. What a deed is done to is chosen among what the device
//! shows, with the luck of the deed.

use crate::{cast::Cast, chance::Chance, device::Device, history::Written, moves, plan::Deed};
use model::{Action, Delivery, Edge, Key, PageEvent};
use shared::{
    RoomId,
    members::MemberRole,
    messages::{Message, MessageKind},
    rooms::Room,
};
use std::{rc::Rc, sync::Arc};

/// The rooms that the device knows of and that fit, by id.
pub(crate) fn rooms_of(device: &Device, fits: impl Fn(&Room) -> bool) -> Vec<RoomId> {
    let model = device.model.borrow();
    let mut rooms: Vec<RoomId> = model
        .rooms()
        .filter(|room| fits(room))
        .map(|room| room.id)
        .collect();
    rooms.sort_unstable();
    rooms
}

/// The messages that the device shows of a room, echoes left out.
pub(crate) fn shown(device: &Device, room: RoomId) -> Vec<Arc<Message>> {
    let model = device.model.borrow();
    let view = model.timeline(room);
    let rows = view.rows.iter().filter(|row| row.seq > 0);
    rows.filter_map(|row| Some(model.message(row.key)?.message))
        .collect()
}

/// Own messages of a room that were not sent, with what became of them.
pub(crate) fn unsent(device: &Device, room: RoomId) -> Vec<(Key, String, Delivery)> {
    let model = device.model.borrow();
    let view = model.timeline(room);
    let rows = view.rows.iter().filter(|row| row.seq == 0);
    rows.filter_map(|row| {
        let view = model.message(row.key)?;
        Some((row.key, view.message.client_id.clone()?, view.delivery))
    })
    .collect()
}

/// The role that one must have.
pub(crate) fn at_least(role: MemberRole) -> impl Fn(&Room) -> bool {
    move |room| room.my.as_ref().is_some_and(|my| my.role >= role)
}

/// Does it, if there is something to do it to.
pub(crate) fn act(cast: &Rc<Cast>, device: usize, deed: Deed, luck: u64) {
    let mut chance = Chance::new(luck);
    let Some(device) = cast.devices.get(device) else {
        return;
    };
    if let Some(what) = act_in_model(cast, device, deed, &mut chance) {
        cast.lab.count(what);
    } else {
        moves::act(cast, device, deed, chance);
    }
}

/// Gives what was done; `None` for what is not the model's to do.
fn act_in_model(
    cast: &Cast,
    device: &Rc<Device>,
    deed: Deed,
    chance: &mut Chance,
) -> Option<&'static str> {
    let rooms = rooms_of(device, |_| true);
    let open = device
        .model
        .borrow()
        .open()
        .filter(|room| rooms.contains(room));
    // Mostly in the room on screen.
    let here = match open {
        Some(open) if chance.percent(60) => Some(open),
        _ => chance.pick(&rooms).copied(),
    };
    let nothing = Some("deeds without an object");
    let Some(room) = here else {
        return match deed {
            Deed::Reload | Deed::SignOut | Deed::Join | Deed::Direct | Deed::NewRoom => {
                act_without_room(device, deed, chance)
            }
            _ => nothing,
        };
    };
    Some(match deed {
        Deed::Open => {
            device.act(Action::Open(*chance.pick(&rooms)?));
            "rooms opened"
        }
        Deed::Send => {
            write(cast, device, room, chance);
            "messages written"
        }
        Deed::Burst => {
            for _ in 0..chance.between(5, 12) {
                write(cast, device, room, chance);
                cast.lab.count("messages written");
            }
            "bursts of messages"
        }
        Deed::Reply => {
            let texts = texts(device, room, |_| true);
            let Some(to) = chance.pick(&texts) else {
                return nothing;
            };
            device.act(Action::Reply {
                room,
                to: Some(to.id),
            });
            write(cast, device, room, chance);
            "messages written"
        }
        Deed::Edit => {
            let me = cast.users[device.index];
            let mine = texts(device, room, |message| message.author_id == me);
            let Some(message) = chance.pick(&mine) else {
                return nothing;
            };
            let start = message.body.split(" edited ").next().unwrap_or_default();
            let body = format!("{start} edited {}", chance.below(1_000_000));
            device.act(Action::Edit {
                room,
                message: message.id,
                body,
            });
            "edits"
        }
        Deed::Delete | Deed::Undo => {
            let me = cast.users[device.index];
            let power = device
                .model
                .borrow()
                .room(room)
                .is_some_and(at_least(MemberRole::Moderator));
            let fits = |message: &Message| message.author_id == me || power;
            let texts = texts(device, room, fits);
            let Some(message) = chance.pick(&texts) else {
                return nothing;
            };
            device.act(Action::Delete {
                room,
                message: message.id,
            });
            if deed == Deed::Undo {
                device.act(Action::UndoDelete(message.id));
                return Some("deletions undone");
            }
            "deletions"
        }
        Deed::Read => {
            if chance.percent(50) {
                device.act(Action::MarkRead(room));
            } else {
                let seqs: Vec<i64> = shown(device, room).iter().map(|it| it.seq).collect();
                let Some(&seq) = chance.pick(&seqs) else {
                    return nothing;
                };
                device.act(Action::Read { room, seq });
            }
            "read markers moved"
        }
        Deed::Typing => {
            device.act(Action::Typing(room));
            "signs of typing"
        }
        Deed::Draft => {
            let body = format!("draft {}", chance.below(1_000));
            device.act(Action::Draft { room, body });
            "drafts"
        }
        Deed::Scroll => {
            device.act(Action::LoadBefore(room));
            device.act(Action::LoadAfter(room));
            device.act(Action::NeedMembers(room));
            "pages scrolled"
        }
        Deed::Jump => {
            let last = device.model.borrow().room(room).map_or(0, |it| it.last_seq);
            let last = u64::try_from(last).unwrap_or(0);
            let seq = i64::try_from(chance.below(last + 1)).unwrap_or(0);
            device.act(if chance.percent(50) {
                Action::JumpToSeq { room, seq }
            } else {
                Action::JumpToLatest(room)
            });
            "jumps"
        }
        Deed::Page => {
            let pick = [
                PageEvent::Focused,
                PageEvent::Blurred,
                PageEvent::Active,
                PageEvent::NetworkDown,
                PageEvent::NetworkUp,
            ];
            let event = *chance.pick(&pick)?;
            device.dispatch(model::Input::Page(event));
            "events of the page"
        }
        _ => return act_without_room(device, deed, chance),
    })
}

fn act_without_room(device: &Rc<Device>, deed: Deed, chance: &mut Chance) -> Option<&'static str> {
    match deed {
        Deed::Reload => device.reload(chance.percent(50)),
        Deed::SignOut => {
            tokio::task::spawn_local(Rc::clone(device).sign_out());
        }
        _ => return None,
    }
    Some("reloads and sign-outs asked for")
}

/// What somebody wrote in a room and is shown here.
fn texts(device: &Device, room: RoomId, fits: impl Fn(&Message) -> bool) -> Vec<Arc<Message>> {
    let mut texts = shown(device, room);
    texts.retain(|message| {
        message.kind == MessageKind::Text && message.deleted_at.is_none() && fits(message)
    });
    texts
}

fn write(cast: &Cast, device: &Rc<Device>, room: RoomId, chance: &mut Chance) {
    let number = device.written.get() + 1;
    device.written.set(number);
    let words = match chance.below(100) {
        0..85 => chance.between(1, 12),
        85..97 => chance.between(12, 120),
        _ => chance.between(120, 1_200),
    };
    let words = usize::try_from(words).unwrap_or(1);
    let body = format!("{}/{number}:{}", device.index, " words".repeat(words));
    let client_id = chance.uuid();
    let written = Written {
        device: device.index,
        author: cast.users[device.index],
        room,
        number,
        body: body.clone(),
        at_ms: cast.lab.now_ms(),
        acked: None,
        refused: None,
        discarded: false,
    };
    let mut history = cast.lab.history.borrow_mut();
    history.written.insert(client_id.clone(), written);
    drop(history);
    device.act(Action::Send {
        room,
        client_id,
        body,
    });
}

/// What a person would do about messages that were not sent: try again, or throw away what will never be taken.
pub(crate) fn tidy_outbox(cast: &Cast, device: &Rc<Device>, room: RoomId) {
    for (key, client_id, delivery) in unsent(device, room) {
        match delivery {
            Delivery::Failed {
                code: Some(code), ..
            } if !code.retryable() => {
                device.act(Action::Discard(key));
                let mut history = cast.lab.history.borrow_mut();
                if let Some(written) = history.written.get_mut(&client_id) {
                    written.discarded = true;
                }
            }
            Delivery::Failed { .. } | Delivery::Expired => device.act(Action::TryAgain(key)),
            _ => {}
        }
    }
}

/// Scrolls on towards the end of the room, where a jump left the window elsewhere.
pub(crate) fn to_the_end(device: &Rc<Device>, room: RoomId) {
    let view = device.model.borrow().timeline(room);
    if view.failed || view.before == Edge::Failed {
        device.act(Action::LoadBefore(room));
    }
    if view.after != Edge::Reached {
        device.act(Action::JumpToLatest(room));
    }
}
