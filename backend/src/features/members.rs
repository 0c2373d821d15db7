//! Who is in a room: joining, adding, roles, leaving, removing.

use crate::{
    app::App,
    auth::{Me, limits::Verb},
    db::{Conn, Tx, schema},
    error::{AppError, Problems, Result},
    event::Topic,
    features::{
        rooms::{self, Membership},
        system_lines,
    },
    http::{Json, Path},
};
use actix_web::{HttpResponse, delete, get, post, put, web};
use diesel::prelude::*;
use shared::{
    ErrorCode, RoomId, ServerFrame, Timestamp, UserId, limits,
    members::{Member, MemberRole, Members, PutMember},
    messages::System,
    rooms::{Room, RoomKind},
};

/// Mounts the routes under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(post_join)
        .service(post_leave)
        .service(get_members)
        .service(put_member)
        .service(delete_member);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(post_join, post_leave, get_members, put_member, delete_member))]
struct Paths;

/// The OpenAPI description of these routes.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

/// Joins a public room.
#[utoipa::path(tag = "members", params(("id" = RoomId, Path)), responses((status = 200, body = Room), Problems), security(("bearer" = [])))]
#[post("/rooms/{id}/join")]
async fn post_join(app: web::Data<App>, me: Me, id: Path<RoomId>) -> Result<web::Json<Room>> {
    app.limits.check(Verb::Room, me.id)?;
    let room = app
        .db
        .write(move |tx| {
            join(tx, me.id, id.0)?;
            rooms::one(tx.conn, me.id, id.0)
        })
        .await?;
    Ok(web::Json(room))
}

/// Leaves a room.
#[utoipa::path(tag = "members", params(("id" = RoomId, Path)), responses((status = 204), Problems), security(("bearer" = [])))]
#[post("/rooms/{id}/leave")]
async fn post_leave(app: web::Data<App>, me: Me, id: Path<RoomId>) -> Result<HttpResponse> {
    app.limits.check(Verb::Room, me.id)?;
    app.db.write(move |tx| leave(tx, me.id, id.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Everyone in a room.
#[utoipa::path(tag = "members", params(("id" = RoomId, Path)), responses((status = 200, body = Members), Problems), security(("bearer" = [])))]
#[get("/rooms/{id}/members")]
async fn get_members(app: web::Data<App>, me: Me, id: Path<RoomId>) -> Result<web::Json<Members>> {
    app.limits.check(Verb::List, me.id)?;
    let members = app
        .db
        .read(move |conn| {
            Membership::of(conn, me.id, id.0)?;
            let mut members = changed(conn, id.0, -1, i64::MAX)?;
            members.retain(|member| member.role.is_some());
            Ok(Members { members })
        })
        .await?;
    Ok(web::Json(members))
}

/// Adds someone, or changes their role.
#[utoipa::path(tag = "members", params(("id" = RoomId, Path), ("user_id" = UserId, Path)), request_body = PutMember, responses((status = 200, body = Member), Problems), security(("bearer" = [])))]
#[put("/rooms/{id}/members/{user_id}")]
async fn put_member(
    app: web::Data<App>,
    me: Me,
    path: Path<(RoomId, UserId)>,
    put: Json<PutMember>,
) -> Result<web::Json<Member>> {
    app.limits.check(Verb::Room, me.id)?;
    let (room, user) = path.0;
    let member = app
        .db
        .write(move |tx| set(tx, me.id, room, user, put.0.role))
        .await?;
    Ok(web::Json(member))
}

/// Removes someone; oneself, which is leaving.
#[utoipa::path(tag = "members", params(("id" = RoomId, Path), ("user_id" = UserId, Path)), responses((status = 204), Problems), security(("bearer" = [])))]
#[delete("/rooms/{id}/members/{user_id}")]
async fn delete_member(
    app: web::Data<App>,
    me: Me,
    path: Path<(RoomId, UserId)>,
) -> Result<HttpResponse> {
    app.limits.check(Verb::Room, me.id)?;
    let (room, user) = path.0;
    app.db
        .write(move |tx| remove(tx, me.id, room, user))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Memberships that changed after a revision, ended ones without a role, by revision.
///
/// # Errors
/// Those of the database.
pub fn changed(conn: &mut Conn, room: RoomId, after: i64, limit: i64) -> Result<Vec<Member>> {
    use schema::members::dsl;
    let rows: Vec<(i64, String, i64, Option<i64>, i64)> = dsl::members
        .filter(dsl::room_id.eq(room.0).and(dsl::rev.gt(after)))
        .select((
            dsl::user_id,
            dsl::role,
            dsl::joined_at,
            dsl::left_at,
            dsl::rev,
        ))
        .order(dsl::rev)
        .limit(limit)
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(user_id, role, joined_at, left_at, rev)| Member {
            user_id: UserId(user_id),
            role: left_at.is_none().then(|| MemberRole::parse(&role)),
            joined_at: Timestamp(joined_at),
            rev,
        })
        .collect())
}

/// Joins a public room; nothing happens when one is in it already.
///
/// # Errors
/// `not_found` for rooms that are not public, `archived`.
pub fn join(tx: &mut Tx<'_>, me: UserId, room: RoomId) -> Result<()> {
    match Membership::of(tx.conn, me, room) {
        Ok(_) => return Ok(()),
        Err(error) if error.code == ErrorCode::Forbidden => {}
        Err(error) => return Err(error),
    }
    if rooms::public(tx.conn, room)?.archived_at.is_some() {
        return Err(AppError::new(ErrorCode::Archived, "This room is archived."));
    }
    rooms::require_room_to_grow(tx.conn, me)?;
    put_in(tx, room, me, MemberRole::Member)?;
    system_lines::add(tx, room, me, &System::Joined)?;
    // The marker starts here: what was said before one came is history, not unread.
    start_reading_here(tx, room, me)?;
    rooms::let_in(tx, room, me)
}

/// Makes someone a member, at the end of what was said so far, and announces it to those who are there.
/// The caller lets them in with `rooms::let_in` once all is in place.
///
/// # Errors
/// `forbidden` when the room is full.
pub fn put_in(tx: &mut Tx<'_>, room: RoomId, user: UserId, role: MemberRole) -> Result<()> {
    use schema::members::dsl;
    let rev = tx.bump(room)?;
    let values = (
        dsl::role.eq(role.as_str()),
        dsl::joined_at.eq(tx.now.0),
        dsl::left_at.eq(None::<i64>),
        dsl::rev.eq(rev),
    );
    let came_back = diesel::update(dsl::members.find((room.0, user.0)))
        .set(values)
        .execute(tx.conn)?;
    if came_back == 0 {
        diesel::insert_into(dsl::members)
            .values((dsl::room_id.eq(room.0), dsl::user_id.eq(user.0), values))
            .execute(tx.conn)?;
    }
    start_reading_here(tx, room, user)?;
    if count(tx, room, 1)? > limits::MEMBERS_PER_ROOM {
        return Err(AppError::forbidden(
            "As many people are in this room as one room can hold.",
        ));
    }
    announce(tx, room, user, Some(role), rev);
    rooms::touch(tx, room)
}

/// Adds someone to a room, or changes the role of someone who is in it.
fn set(
    tx: &mut Tx<'_>,
    me: UserId,
    room: RoomId,
    user: UserId,
    role: MemberRole,
) -> Result<Member> {
    let mine = Membership::of(tx.conn, me, room)?;
    if mine.room.kind() == RoomKind::Direct {
        return Err(AppError::forbidden(
            "A direct conversation keeps its people. Start a new one with more of them.",
        ));
    }
    mine.writable()?;
    match Membership::of(tx.conn, user, room) {
        Ok(theirs) => {
            if theirs.role != role {
                mine.at_least(MemberRole::Owner)?;
                if theirs.role == MemberRole::Owner {
                    require_another_owner(tx.conn, room, user)?;
                }
                let rev = tx.bump(room)?;
                diesel::update(schema::members::table.find((room.0, user.0)))
                    .set((
                        schema::members::role.eq(role.as_str()),
                        schema::members::rev.eq(rev),
                    ))
                    .execute(tx.conn)?;
                announce(tx, room, user, Some(role), rev);
                rooms::tell_my_room(tx, room, user)?;
            }
        }
        Err(_) => {
            if role != MemberRole::Member {
                mine.at_least(MemberRole::Owner)?;
            }
            let here = schema::users::table
                .find(user.0)
                .filter(schema::users::deleted_at.is_null())
                .select(schema::users::id)
                .first::<i64>(tx.conn)
                .optional()?;
            if here.is_none() {
                return Err(AppError::not_found());
            }
            rooms::require_room_to_grow(tx.conn, user)?;
            put_in(tx, room, user, role)?;
            system_lines::add(tx, room, me, &System::Added { user_id: user })?;
            start_reading_here(tx, room, user)?;
            rooms::let_in(tx, room, user)?;
        }
    }
    one(tx.conn, room, user)
}

/// Leaves a room; the last owner hands it over first.
///
/// # Errors
/// Those of membership, `last_owner`, `forbidden` for direct rooms.
pub fn leave(tx: &mut Tx<'_>, me: UserId, room: RoomId) -> Result<()> {
    let member = Membership::of(tx.conn, me, room)?;
    if member.room.kind() == RoomKind::Direct {
        return Err(AppError::forbidden(
            "A direct conversation can be muted, not left.",
        ));
    }
    if member.role == MemberRole::Owner && member.room.member_count > 1 {
        require_another_owner(tx.conn, room, me)?;
    }
    take_out(tx, &member, me, &System::Left)
}

fn remove(tx: &mut Tx<'_>, me: UserId, room: RoomId, user: UserId) -> Result<()> {
    if user == me {
        return leave(tx, me, room);
    }
    let mine = Membership::of(tx.conn, me, room)?;
    if mine.room.kind() == RoomKind::Direct {
        return Err(AppError::forbidden(
            "A direct conversation keeps its people.",
        ));
    }
    mine.at_least(MemberRole::Moderator)?;
    // A public room tells strangers `forbidden`; here the one who is not in it simply is not there.
    let theirs = Membership::of(tx.conn, user, room).map_err(|_| AppError::not_found())?;
    if theirs.role >= mine.role && mine.role != MemberRole::Owner {
        return Err(AppError::forbidden(
            "Only owners can remove owners and moderators.",
        ));
    }
    take_out(tx, &theirs, me, &System::Removed { user_id: user })
}

/// Takes someone out of every room, when their account goes. Where they were the last owner, the member
/// of longest standing and highest role takes over; an emptied room is archived. Direct rooms stay as they are.
///
/// # Errors
/// Those of the database.
pub fn leave_all(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    use schema::members::dsl;
    for room in rooms::ids_of(tx.conn, user)? {
        let member = Membership::of(tx.conn, user, room)?;
        if member.room.kind() == RoomKind::Direct {
            continue;
        }
        if member.role == MemberRole::Owner
            && require_another_owner(tx.conn, room, user).is_err()
            && let Some(heir) = dsl::members
                .filter(dsl::room_id.eq(room.0).and(dsl::user_id.ne(user.0)))
                .filter(dsl::left_at.is_null())
                // "moderator" stands after "member" in the alphabet.
                .order((dsl::role.desc(), dsl::joined_at, dsl::user_id))
                .select(dsl::user_id)
                .first::<i64>(tx.conn)
                .optional()?
                .map(UserId)
        {
            let rev = tx.bump(room)?;
            diesel::update(dsl::members.find((room.0, heir.0)))
                .set((dsl::role.eq(MemberRole::Owner.as_str()), dsl::rev.eq(rev)))
                .execute(tx.conn)?;
            announce(tx, room, heir, Some(MemberRole::Owner), rev);
            rooms::tell_my_room(tx, room, heir)?;
        }
        take_out(tx, &member, user, &System::Left)?;
    }
    Ok(())
}

fn take_out(tx: &mut Tx<'_>, member: &Membership, by: UserId, line: &System) -> Result<()> {
    use schema::members::dsl;
    let (room, user) = (member.room_id(), member.user);
    let rev = tx.bump(room)?;
    diesel::update(dsl::members.find((room.0, user.0)))
        .set((dsl::left_at.eq(tx.now.0), dsl::rev.eq(rev)))
        .execute(tx.conn)?;
    count(tx, room, -1)?;
    tx.left(room, user);
    tx.emit(
        Topic::User(user),
        &ServerFrame::MyRoomLeft { room_id: room },
    );
    announce(tx, room, user, None, rev);
    if member.room.member_count <= 1 {
        rooms::archive_empty(tx, room)?;
    } else {
        rooms::touch(tx, room)?;
    }
    system_lines::add(tx, room, by, line)
}

fn announce(tx: &mut Tx<'_>, room: RoomId, user: UserId, role: Option<MemberRole>, rev: i64) {
    let frame = ServerFrame::Member {
        room_id: room,
        rev,
        user_id: user,
        role,
    };
    tx.emit(Topic::Room(room), &frame);
}

/// How many there are now.
fn count(tx: &mut Tx<'_>, room: RoomId, by: i64) -> Result<i64> {
    use schema::rooms::dsl;
    Ok(diesel::update(dsl::rooms.find(room.0))
        .set(dsl::member_count.eq(dsl::member_count + by))
        .returning(dsl::member_count)
        .get_result(tx.conn)?)
}

fn start_reading_here(tx: &mut Tx<'_>, room: RoomId, user: UserId) -> Result<()> {
    let last: i64 = schema::rooms::table
        .find(room.0)
        .select(schema::rooms::last_seq)
        .first(tx.conn)?;
    diesel::update(schema::members::table.find((room.0, user.0)))
        .set(schema::members::read_seq.eq(last))
        .execute(tx.conn)?;
    Ok(())
}

fn one(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Member> {
    use schema::members::dsl;
    let (role, joined_at, rev): (String, i64, i64) = dsl::members
        .find((room.0, user.0))
        .select((dsl::role, dsl::joined_at, dsl::rev))
        .first(conn)?;
    Ok(Member {
        user_id: user,
        role: Some(MemberRole::parse(&role)),
        joined_at: Timestamp(joined_at),
        rev,
    })
}

fn require_another_owner(conn: &mut Conn, room: RoomId, besides: UserId) -> Result<()> {
    use schema::members::dsl;
    let others: i64 = dsl::members
        .filter(dsl::room_id.eq(room.0).and(dsl::user_id.ne(besides.0)))
        .filter(dsl::left_at.is_null().and(dsl::role.eq("owner")))
        .count()
        .get_result(conn)?;
    if others > 0 {
        return Ok(());
    }
    Err(AppError::new(
        ErrorCode::LastOwner,
        "Make someone else an owner of this room first.",
    ))
}
