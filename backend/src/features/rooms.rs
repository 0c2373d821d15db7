//! Rooms: finding, making and changing them, and the proof of membership that everything in a room asks for.

mod access;
mod list;
mod queries;
mod routes;

pub use access::Membership;
pub use list::{ids_of, mine, one};
pub use queries::{RoomRow, peers_topic, require_room_to_grow, sharing};
pub use routes::{paths, routes};

use crate::{
    db::{Conn, Tx, schema},
    error::{AppError, Result},
    event::Topic,
    features::{members, system_lines},
};
use diesel::{dsl::exists, prelude::*};
use shared::{
    RoomId, ServerFrame, UserId, limits,
    members::MemberRole,
    messages::System,
    rooms::{NewRoom, PatchMy, PatchRoom, Room, RoomKind},
};

/// Makes a room whose owner is the one who makes it.
///
/// # Errors
/// `validation` for a name, topic or member that will not do.
pub fn create(tx: &mut Tx<'_>, me: UserId, new: NewRoom) -> Result<Room> {
    let name = clean_name(&new.name)?;
    let topic = clean_topic(new.topic.as_deref().unwrap_or_default())?;
    if new.kind == RoomKind::Direct {
        return Err(AppError::field(
            "kind",
            "invalid",
            "Choose public or private.",
        ));
    }
    let mut others = new.member_ids.unwrap_or_default();
    others.retain(|&id| id != me);
    others.sort_unstable();
    others.dedup();
    queries::require_people(tx.conn, "member_ids", &others)?;
    require_room_to_grow(tx.conn, me)?;
    let room = insert(tx, new.kind, &name, &topic, None, false, Some(me))?;
    members::put_in(tx, room, me, MemberRole::Owner)?;
    for &other in &others {
        members::put_in(tx, room, other, MemberRole::Member)?;
    }
    system_lines::add(tx, room, me, &System::Created)?;
    for &user in others.iter().chain([&me]) {
        let_in(tx, room, user)?;
    }
    one(tx.conn, me, room)
}

/// The conversation of this set of people; made when it is not there. Tells whether it was made.
///
/// # Errors
/// `validation` for people who are not there, or too many.
pub fn direct(tx: &mut Tx<'_>, me: UserId, others: Vec<UserId>) -> Result<(Room, bool)> {
    let mut people = others;
    people.push(me);
    people.sort_unstable();
    people.dedup();
    if people.len() > limits::DIRECT_MEMBERS {
        let words = format!(
            "A direct conversation has at most {} people.",
            limits::DIRECT_MEMBERS
        );
        return Err(AppError::field("user_ids", "too_long", words));
    }
    let key = people
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",");
    if let Some(id) = schema::rooms::table
        .filter(schema::rooms::direct_key.eq(&key))
        .select(schema::rooms::id)
        .first::<i64>(tx.conn)
        .optional()?
    {
        return Ok((one(tx.conn, me, RoomId(id))?, false));
    }
    queries::require_people(tx.conn, "user_ids", &people)?;
    require_room_to_grow(tx.conn, me)?;
    let room = insert(tx, RoomKind::Direct, "", "", Some(&key), false, Some(me))?;
    for &user in &people {
        members::put_in(tx, room, user, MemberRole::Member)?;
    }
    for &user in &people {
        let_in(tx, room, user)?;
    }
    Ok((one(tx.conn, me, room)?, true))
}

/// Changes name, topic or archive state; a system line tells of each.
///
/// # Errors
/// `not_found` for strangers, `forbidden` without the role, `validation` for what will not do.
pub fn patch(tx: &mut Tx<'_>, me: UserId, id: RoomId, patch: PatchRoom) -> Result<Room> {
    let member = Membership::of(tx.conn, me, id)?;
    if member.room.kind() == RoomKind::Direct {
        return Err(AppError::forbidden(
            "A direct conversation has no name or topic of its own.",
        ));
    }
    let name = patch.name.as_deref().map(clean_name).transpose()?;
    let topic = patch.topic.as_deref().map(clean_topic).transpose()?;
    let name = name.filter(|name| *name != member.room.name);
    let topic = topic.filter(|topic| *topic != member.room.topic);
    let archived = patch
        .archived
        .filter(|archived| *archived != member.room.archived_at.is_some());
    member.at_least(MemberRole::Moderator)?;
    if archived.is_some() {
        member.at_least(MemberRole::Owner)?;
    }
    if archived != Some(false) && (name.is_some() || topic.is_some()) {
        member.writable()?;
    }
    if name.is_none() && topic.is_none() && archived.is_none() {
        return one(tx.conn, me, id);
    }
    let mut lines = Vec::new();
    if archived == Some(false) {
        set_archived(tx, id, None)?;
        lines.push(System::Unarchived);
    }
    if let Some(name) = name {
        diesel::update(schema::rooms::table.find(id.0))
            .set(schema::rooms::name.eq(&name))
            .execute(tx.conn)?;
        lines.push(System::Renamed { name });
    }
    if let Some(topic) = topic {
        diesel::update(schema::rooms::table.find(id.0))
            .set(schema::rooms::topic.eq(&topic))
            .execute(tx.conn)?;
        lines.push(System::Topic { topic });
    }
    if archived == Some(true) {
        set_archived(tx, id, Some(tx.now.0))?;
        lines.push(System::Archived);
    }
    touch(tx, id)?;
    for line in lines {
        system_lines::add(tx, id, me, &line)?;
    }
    one(tx.conn, me, id)
}

/// Closes a room for writing without a word about who did it: its last member is gone.
pub fn archive_empty(tx: &mut Tx<'_>, id: RoomId) -> Result<()> {
    set_archived(tx, id, Some(tx.now.0))?;
    touch(tx, id)
}

/// Changes what is one's own about a room, and tells one's other devices.
///
/// # Errors
/// `not_found` for strangers.
pub fn patch_my(tx: &mut Tx<'_>, me: UserId, id: RoomId, patch: &PatchMy) -> Result<Room> {
    let member = Membership::of(tx.conn, me, id)?;
    use schema::members::dsl;
    diesel::update(dsl::members.find((id.0, me.0)))
        .set((
            dsl::notify.eq(patch.notify.unwrap_or(member.notify).as_str()),
            dsl::muted.eq(patch.muted.unwrap_or(member.muted)),
            dsl::favourite.eq(patch.favourite.unwrap_or(member.favourite)),
        ))
        .execute(tx.conn)?;
    tell_my_room(tx, id, me)?;
    one(tx.conn, me, id)
}

/// Puts a new person into every default room that has a place left; makes General when there is no room at all.
///
/// # Errors
/// Those of the database.
pub fn join_defaults(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    use schema::rooms::dsl;
    let any: bool = diesel::select(exists(dsl::rooms.select(dsl::id))).get_result(tx.conn)?;
    if !any {
        let id = insert(tx, RoomKind::Public, "General", "", None, true, Some(user))?;
        members::put_in(tx, id, user, MemberRole::Owner)?;
        system_lines::add(tx, id, user, &System::Created)?;
        return let_in(tx, id, user);
    }
    let rooms: Vec<i64> = dsl::rooms
        .filter(dsl::is_default.and(dsl::archived_at.is_null()))
        // A room that is full must not keep anyone out of the place.
        .filter(dsl::member_count.lt(limits::MEMBERS_PER_ROOM))
        .select(dsl::id)
        .load(tx.conn)?;
    for id in rooms {
        members::join(tx, user, RoomId(id))?;
    }
    Ok(())
}

/// Announces the room's new state to those in it, under a revision of its own.
///
/// # Errors
/// Those of the database.
pub fn touch(tx: &mut Tx<'_>, id: RoomId) -> Result<()> {
    let rev = tx.bump(id)?;
    diesel::update(schema::rooms::table.find(id.0))
        .set(schema::rooms::rev.eq(rev))
        .execute(tx.conn)?;
    let room = list::bare(tx.conn, id)?;
    tx.emit(
        Topic::Room(id),
        &ServerFrame::Room {
            room_id: id,
            rev,
            room: Box::new(room),
        },
    );
    Ok(())
}

/// Opens a room's events to a new member, right behind the state that they follow on.
///
/// # Errors
/// Those of the database.
pub fn let_in(tx: &mut Tx<'_>, id: RoomId, user: UserId) -> Result<()> {
    tell_my_room(tx, id, user)?;
    tx.joined(id, user);
    Ok(())
}

/// Tells one's own sockets how a room stands for oneself.
///
/// # Errors
/// Those of the database.
pub fn tell_my_room(tx: &mut Tx<'_>, id: RoomId, user: UserId) -> Result<()> {
    let room = Box::new(one(tx.conn, user, id)?);
    tx.emit(Topic::User(user), &ServerFrame::MyRoom { room });
    Ok(())
}

fn set_archived(tx: &mut Tx<'_>, id: RoomId, at: Option<i64>) -> Result<()> {
    diesel::update(schema::rooms::table.find(id.0))
        .set(schema::rooms::archived_at.eq(at))
        .execute(tx.conn)?;
    Ok(())
}

fn insert(
    tx: &mut Tx<'_>,
    kind: RoomKind,
    name: &str,
    topic: &str,
    direct_key: Option<&str>,
    is_default: bool,
    by: Option<UserId>,
) -> Result<RoomId> {
    use schema::rooms::dsl;
    // Revision 1 is the room itself; what happens in it comes after.
    let id = diesel::insert_into(dsl::rooms)
        .values((
            dsl::kind.eq(kind.as_str()),
            dsl::name.eq(name),
            dsl::topic.eq(topic),
            dsl::direct_key.eq(direct_key),
            dsl::is_default.eq(is_default),
            dsl::created_by.eq(by.map(|by| by.0)),
            dsl::created_at.eq(tx.now.0),
            dsl::rev.eq(1),
            dsl::head_rev.eq(1),
        ))
        .returning(dsl::id)
        .get_result(tx.conn)?;
    Ok(RoomId(id))
}

fn clean_name(text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() {
        return Err(AppError::field("name", "required", "Give the room a name."));
    }
    if name.chars().count() > limits::ROOM_NAME_CHARS {
        let words = format!(
            "A room's name has at most {} characters.",
            limits::ROOM_NAME_CHARS
        );
        return Err(AppError::field("name", "too_long", words));
    }
    refuse_controls("name", name)?;
    Ok(name.to_owned())
}

fn clean_topic(text: &str) -> Result<String> {
    let topic = text.trim();
    if topic.chars().count() > limits::TOPIC_CHARS {
        let words = format!("A topic has at most {} characters.", limits::TOPIC_CHARS);
        return Err(AppError::field("topic", "too_long", words));
    }
    refuse_controls("topic", topic)?;
    Ok(topic.to_owned())
}

/// Line breaks and other controls have no place in one-line texts; bidi overrides could dress one up as another.
pub fn refuse_controls(field: &str, text: &str) -> Result<()> {
    let bad =
        |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if text.chars().any(bad) {
        return Err(AppError::field(
            field,
            "invalid",
            "Leave out line breaks and control characters.",
        ));
    }
    Ok(())
}

/// Whether there is such a public room; others do not exist for strangers.
///
/// # Errors
/// `not_found`.
pub fn public(conn: &mut Conn, id: RoomId) -> Result<RoomRow> {
    let room = queries::row(conn, id)?;
    if room.kind() == RoomKind::Public {
        Ok(room)
    } else {
        Err(AppError::not_found())
    }
}
