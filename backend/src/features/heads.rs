//! What other nodes committed and this one was not told. The doorbell between nodes may lose what it is given; the
//! database does not: now and then, and whenever something may have been lost, it is asked how far the rooms are that
//! are served here, who is in them, and which sessions have ended.

use crate::{
    app::App,
    db::{Conn, schema},
    error::Result,
    event::{Control, Event, Topic, encode},
    features::{rooms, sessions},
    realtime::{
        bus::{Mail, Nodes, Served},
        presence,
    },
};
use actix_web::web;
use diesel::prelude::*;
use shared::{RoomId, ServerFrame, UserId, event::Head, presence::PresenceSetting};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

/// How often the heads are looked at, whatever happens.
const EVERY: Duration = Duration::from_secs(10);
/// Nor are they looked at again, when something was lost, before this is over.
const NOT_BEFORE: Duration = Duration::from_secs(1);
/// Rooms, or people, that one read asks about.
const AT_ONCE: usize = 500;
/// Into how many shares the sockets are cut that are told to ask again, one share a second.
const SHARES: u64 = 10;
/// Clients are not sent to ask more often than this.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// Looks for ever; to be dropped when the server ends.
pub async fn look_after(app: web::Data<App>, nodes: Arc<Nodes>) {
    let mut every = actix_web::rt::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut asked: Option<Instant> = None;
    let mut lost = false;
    loop {
        tokio::select! {
            () = nodes.lost() => lost = true,
            _ = every.tick() => {}
        }
        // While nothing is heard, everything may have happened.
        match look(&app, &nodes, lost || !nodes.hears()).await {
            Ok(serves) => {
                if lost && serves && asked.is_none_or(|asked| asked.elapsed() >= ASK_AGAIN) {
                    asked = Some(Instant::now());
                    actix_web::rt::spawn(let_ask(app.clone()));
                }
                lost = false;
            }
            // What was lost stays so until a look succeeds.
            Err(error) => tracing::warn!(%error, "could not look at what other nodes did"),
        }
        actix_web::rt::time::sleep(NOT_BEFORE).await;
    }
}

/// One look; says whether anybody is served here. `thorough` also looks at memberships, settings and sessions.
async fn look(app: &web::Data<App>, nodes: &Nodes, thorough: bool) -> Result<bool> {
    if thorough {
        sessions::upkeep(app).await?;
        if let Some(redis) = &app.redis {
            presence::exchange(&app.presence, redis, nodes).await;
        }
        // From here on it is noted who leaves: what is read now must not let them in again.
        nodes.passed.begin_look();
        let members = look_at_members(app, nodes).await;
        nodes.passed.end_look();
        members?;
    }
    let served = app.bus.served().await;
    nodes.passed.keep(&served.rooms);
    let rooms: Vec<i64> = served.rooms.iter().map(|room| room.0).collect();
    for some in rooms.chunks(AT_ONCE) {
        let some = some.to_vec();
        let heads = app.db.read(move |conn| heads(conn, &some)).await?;
        let news = nodes
            .passed
            .behind(&heads)
            .into_iter()
            .map(|(room_id, head_rev)| {
                let head = ServerFrame::Head(Head { room_id, head_rev });
                Event::Frame(Topic::Room(room_id), encode(&head))
            });
        app.bus.make_good(news.collect()).await;
    }
    Ok(!served.sockets.is_empty())
}

fn heads(conn: &mut Conn, rooms: &[i64]) -> Result<Vec<(RoomId, i64)>> {
    use schema::rooms::dsl;
    let heads: Vec<(i64, i64)> = dsl::rooms
        .filter(dsl::id.eq_any(rooms))
        .select((dsl::id, dsl::head_rev))
        .load(conn)?;
    Ok(heads
        .into_iter()
        .map(|(room, head)| (RoomId(room), head))
        .collect())
}

/// Lets people in and out as the database says.
async fn look_at_members(app: &web::Data<App>, nodes: &Nodes) -> Result<()> {
    let Served { sockets, .. } = app.bus.served().await;
    let mut people: HashMap<UserId, Vec<HashSet<RoomId>>> = HashMap::new();
    for (user, rooms) in sockets {
        let rooms = rooms.into_iter().collect();
        people.entry(user).or_default().push(rooms);
    }
    let ids: Vec<i64> = people.keys().map(|user| user.0).collect();
    for some in ids.chunks(AT_ONCE) {
        let some = some.to_vec();
        app.presence.begin_reading();
        let truth = app.db.read(move |conn| truth(conn, &some)).await?;
        let settings = truth.iter().map(|(&user, &(setting, _))| (user, setting));
        app.presence.make_good(settings);
        let mut leaves = Vec::new();
        let mut joins = Vec::new();
        for (user, (_, rooms)) in truth {
            let theirs = people.remove(&user).unwrap_or_default();
            let held: HashSet<RoomId> = theirs.iter().flatten().copied().collect();
            leaves.extend(held.difference(&rooms).map(|&room| (room, user)));
            let lacks = |room: &&RoomId| theirs.iter().any(|held| !held.contains(room));
            joins.extend(rooms.iter().filter(lacks).map(|&room| (room, user)));
        }
        let over = leaves.iter().flat_map(|&(room_id, user)| {
            let over = ServerFrame::MyRoomLeft { room_id };
            [
                Event::Control(Control::Leave(room_id, user)),
                Event::Frame(Topic::User(user), encode(&over)),
            ]
        });
        app.bus.make_good(over.collect()).await;
        for some in joins.chunks(AT_ONCE) {
            let some = some.to_vec();
            let events = app.db.read(move |conn| let_in(conn, &some)).await?;
            app.bus.make_good(events).await;
        }
        // Whoever was taken out while this was read has been told so, and may have been let in again after it.
        let again = nodes.passed.left_meanwhile(&joins);
        let again = again
            .into_iter()
            .map(|(room, user)| Event::Control(Control::Leave(room, user)));
        app.bus.make_good(again.collect()).await;
    }
    Ok(())
}

/// How people want to be seen, and the rooms that they are in.
type Truth = HashMap<UserId, (PresenceSetting, HashSet<RoomId>)>;

fn truth(conn: &mut Conn, people: &[i64]) -> Result<Truth> {
    use schema::{members, users};
    let settings: Vec<(i64, String)> = users::table
        .filter(users::id.eq_any(people))
        .select((users::id, users::presence_setting))
        .load(conn)?;
    let mut truth: Truth = settings
        .into_iter()
        .map(|(user, setting)| {
            let setting = PresenceSetting::parse(&setting);
            (UserId(user), (setting, HashSet::new()))
        })
        .collect();
    let rows: Vec<(i64, i64)> = members::table
        .filter(members::user_id.eq_any(people))
        .filter(members::left_at.is_null())
        .select((members::user_id, members::room_id))
        .load(conn)?;
    for (user, room) in rows {
        if let Some((_, rooms)) = truth.get_mut(&UserId(user)) {
            rooms.insert(RoomId(room));
        }
    }
    Ok(truth)
}

/// The room as each of them sees it, after the control that lets them in.
fn let_in(conn: &mut Conn, joins: &[(RoomId, UserId)]) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(2 * joins.len());
    for &(room, user) in joins {
        // Gone again since: the next look says so.
        let Ok(room) = rooms::one(conn, user, room) else {
            continue;
        };
        events.push(Event::Control(Control::Join(room.id, user)));
        let room = ServerFrame::MyRoom {
            room: Box::new(room),
        };
        events.push(Event::Frame(Topic::User(user), encode(&room)));
    }
    Ok(events)
}

/// What has no revision (markers, settings, profiles) may be among what was lost: every client asks for its rooms, as it
/// does after reading too slowly. Not all at once.
async fn let_ask(app: web::Data<App>) {
    let frame = encode(&ServerFrame::Lagged { rooms: Vec::new() });
    for share in 0..SHARES {
        app.bus.tell(&Mail::Share(frame.clone(), share, SHARES));
        actix_web::rt::time::sleep(Duration::from_secs(1)).await;
    }
}
