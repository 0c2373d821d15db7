//! Every HTTP endpoint that the client uses, typed. Ids are numbers of ours before they enter a path (S-XSS-5), texts in a
//! query are escaped.

use super::{
    fetch::{self, Ask, Body},
    session,
};
use gloo_net::http::Method;
use model::{Answer, Failure, Request, id_in_path};
use shared::{
    ErrorCode, RoomId, SessionId, UserId,
    accounts::{ChangePassword, DeleteMe, Devices, ExportMe, Me, PatchMe, User, Users},
    members::{MemberRole, PutMember},
    messages::PatchMessage,
    rooms::{NewDirect, NewRoom, PatchMy, PatchRoom, Room, Rooms},
    server::{PatchServer, Server},
};

const BASE: &str = "/api/v1";

fn id(id: i64) -> Result<i64, Failure> {
    id_in_path(id).ok_or_else(|| fetch::refused(ErrorCode::NotFound))
}

fn room_path(room: RoomId, rest: &str) -> Result<String, Failure> {
    Ok(format!("{BASE}/rooms/{}{rest}", id(room.0)?))
}

fn escape(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

async fn call_with(token: &str, method: Method, path: &str, body: Body) -> Result<String, Failure> {
    let keepalive = method == Method::DELETE;
    fetch::text(Ask {
        method,
        path,
        token: Some(token),
        body,
        keepalive,
    })
    .await
}

async fn call(method: Method, path: &str, body: Body) -> Result<String, Failure> {
    let token = session::access().await?;
    match call_with(&token, method.clone(), path, body.clone()).await {
        // The server may have ended the token before its time, as when its key changed.
        Err(failure) if failure.code() == Some(ErrorCode::Unauthenticated) => {
            let token = session::access_instead_of(&token).await?;
            call_with(&token, method, path, body).await
        }
        answer => answer,
    }
}

async fn get(path: &str) -> Result<String, Failure> {
    call(Method::GET, path, Body::None).await
}

/// `POST` without a body and with this token, for the session itself.
pub(super) async fn post_with(token: &str, path: &str) -> Result<String, Failure> {
    call_with(token, Method::POST, path, Body::None).await
}

/// Asks what the model wants to know.
pub(crate) async fn fetch_for_model(request: Request) -> Result<Answer, Failure> {
    let mut path = match request.path() {
        Some(path) => format!("{BASE}{path}"),
        None => return Err(fetch::refused(ErrorCode::NotFound)),
    };
    if let Request::Rooms {
        cursor: Some(cursor),
    } = &request
    {
        path.push_str("?cursor=");
        path.push_str(&escape(cursor));
    }
    let (method, body) = match &request {
        Request::Edit { body, .. } => {
            let body = fetch::json(&PatchMessage { body: body.clone() });
            (Method::PATCH, body)
        }
        Request::Delete(_) => (Method::DELETE, Body::None),
        _ => (Method::GET, Body::None),
    };
    let text = call(method, &path, body).await?;
    Ok(match request {
        Request::Messages { .. } => Answer::Messages(fetch::read(&text)?),
        Request::Changes { .. } => Answer::Changes(Box::new(fetch::read(&text)?)),
        Request::Rooms { .. } => Answer::Rooms(fetch::read(&text)?),
        Request::Room(_) => Answer::Room(Box::new(fetch::read(&text)?)),
        Request::Message(_) | Request::Edit { .. } => {
            Answer::Message(Box::new(fetch::read(&text)?))
        }
        Request::Users(_) => Answer::Users(fetch::read(&text)?),
        Request::Members(_) => Answer::Members(fetch::read(&text)?),
        Request::Delete(_) => Answer::Done,
    })
}

/// The place, before and after signing in.
pub(crate) async fn server() -> Result<Server, Failure> {
    let text = fetch::text(Ask {
        method: Method::GET,
        path: "/api/v1/server",
        token: None,
        body: Body::None,
        keepalive: false,
    })
    .await?;
    fetch::read(&text)
}

pub(crate) async fn patch_server(patch: &PatchServer) -> Result<Server, Failure> {
    fetch::read(&call(Method::PATCH, "/api/v1/server", fetch::json(patch)).await?)
}

pub(crate) async fn devices() -> Result<Devices, Failure> {
    fetch::read(&get("/api/v1/auth/sessions").await?)
}

pub(crate) async fn revoke_device(session: SessionId) -> Result<(), Failure> {
    let path = format!("{BASE}/auth/sessions/{}", id(session.0)?);
    call(Method::DELETE, &path, Body::None).await.map(drop)
}

pub(crate) async fn patch_me(patch: &PatchMe) -> Result<Me, Failure> {
    fetch::read(&call(Method::PATCH, "/api/v1/me", fetch::json(patch)).await?)
}

pub(crate) async fn put_avatar(image: &web_sys::Blob) -> Result<Me, Failure> {
    let body = Body::Blob(image.clone());
    fetch::read(&call(Method::PUT, "/api/v1/me/avatar", body).await?)
}

pub(crate) async fn delete_avatar() -> Result<Me, Failure> {
    fetch::read(&call(Method::DELETE, "/api/v1/me/avatar", Body::None).await?)
}

pub(crate) async fn change_password(change: &ChangePassword) -> Result<(), Failure> {
    let body = fetch::json(change);
    call(Method::POST, "/api/v1/me/password", body)
        .await
        .map(drop)
}

pub(crate) async fn delete_me(password: String) -> Result<(), Failure> {
    let body = fetch::json(&DeleteMe { password });
    call(Method::DELETE, "/api/v1/me", body).await.map(drop)
}

/// All one's data, as a zip.
pub(crate) async fn export_me(password: String) -> Result<web_sys::Blob, Failure> {
    let token = session::access().await?;
    fetch::blob(Ask {
        method: Method::POST,
        path: "/api/v1/me/export",
        token: Some(&token),
        body: fetch::json(&ExportMe { password }),
        keepalive: false,
    })
    .await
}

fn with_search(path: &str, q: &str, cursor: Option<&str>) -> String {
    let mut path = format!(
        "{path}{}q={}",
        if path.contains('?') { '&' } else { '?' },
        escape(q)
    );
    if let Some(cursor) = cursor {
        path.push_str("&cursor=");
        path.push_str(&escape(cursor));
    }
    path
}

pub(crate) async fn find_users(q: &str, cursor: Option<&str>) -> Result<Users, Failure> {
    fetch::read(&get(&with_search("/api/v1/users", q, cursor)).await?)
}

pub(crate) async fn user(user: UserId) -> Result<User, Failure> {
    fetch::read(&get(&format!("{BASE}/users/{}", id(user.0)?)).await?)
}

pub(crate) async fn directory(q: &str, cursor: Option<&str>) -> Result<Rooms, Failure> {
    fetch::read(&get(&with_search("/api/v1/rooms?scope=public", q, cursor)).await?)
}

pub(crate) async fn create_room(new: &NewRoom) -> Result<Room, Failure> {
    fetch::read(&call(Method::POST, "/api/v1/rooms", fetch::json(new)).await?)
}

pub(crate) async fn direct(user_ids: Vec<UserId>) -> Result<Room, Failure> {
    let body = fetch::json(&NewDirect { user_ids });
    fetch::read(&call(Method::POST, "/api/v1/rooms/direct", body).await?)
}

pub(crate) async fn join(room: RoomId) -> Result<Room, Failure> {
    let path = room_path(room, "/join")?;
    fetch::read(&call(Method::POST, &path, Body::None).await?)
}

pub(crate) async fn leave(room: RoomId) -> Result<(), Failure> {
    let path = room_path(room, "/leave")?;
    call(Method::POST, &path, Body::None).await.map(drop)
}

pub(crate) async fn patch_room(room: RoomId, patch: &PatchRoom) -> Result<Room, Failure> {
    let path = room_path(room, "")?;
    fetch::read(&call(Method::PATCH, &path, fetch::json(patch)).await?)
}

pub(crate) async fn room_settings(room: RoomId, patch: &PatchMy) -> Result<Room, Failure> {
    let path = room_path(room, "/settings")?;
    fetch::read(&call(Method::PATCH, &path, fetch::json(patch)).await?)
}

pub(crate) async fn put_member(
    room: RoomId,
    user: UserId,
    role: MemberRole,
) -> Result<(), Failure> {
    let path = room_path(room, &format!("/members/{}", id(user.0)?))?;
    let body = fetch::json(&PutMember { role });
    call(Method::PUT, &path, body).await.map(drop)
}

pub(crate) async fn remove_member(room: RoomId, user: UserId) -> Result<(), Failure> {
    let path = room_path(room, &format!("/members/{}", id(user.0)?))?;
    call(Method::DELETE, &path, Body::None).await.map(drop)
}
