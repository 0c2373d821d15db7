//! Who is signed in on this device: the access token, in memory only, and its renewal by cookie, one at a time across
//! all tabs. Only a 401 means signed out; a network that fails does not.

use super::{
    fetch::{self, Ask, Body},
    locks,
};
use crate::dom::{storage, timers};
use gloo_net::http::Method;
use model::Failure;
use shared::{
    ErrorCode,
    accounts::{Login, Me, Register, Session, SocketToken},
};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

/// A token with less left than this is renewed before it is used.
const SPARE_MS: i64 = 30_000;
/// A socket's next access should last; one with less left is renewed first.
const SOCKET_SPARE_MS: i64 = 120_000;
/// Who was signed in here last; says whether asking for a renewal makes sense.
const WHO: &str = "confab.user";

/// What happens to the session by itself.
#[derive(Clone, Debug)]
pub(crate) enum SessionEvent {
    /// Another tab signed out.
    SignedOut,
    /// The server ended the session.
    Ended,
    /// The cookie belongs to someone else by now: another tab signed in as them.
    Changed,
}

#[derive(Clone)]
struct Token {
    text: String,
    ends_at: i64,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    user: Option<i64>,
    channel: Option<BroadcastChannel>,
    listener: Option<Rc<dyn Fn(SessionEvent)>>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

fn state<T>(f: impl FnOnce(&mut State) -> T) -> T {
    STATE.with(|state| f(&mut state.borrow_mut()))
}

/// Says whom to tell what happens to the session, and begins to hear the other tabs. To be called once.
pub(crate) fn listen(listener: impl Fn(SessionEvent) + 'static) {
    state(|state| state.listener = Some(Rc::new(listener)));
    let Ok(channel) = BroadcastChannel::new("confab") else {
        return;
    };
    let hear = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            hear(&text);
        }
    });
    channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    hear.forget();
    state(|state| state.channel = Some(channel));
}

fn hear(text: &str) {
    let mut parts = text.split(' ');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("out"), ..) => signed_out_elsewhere(),
        // A tab renewed: use its token rather than turn the cookie once more.
        (Some("token"), Some(user), Some(ends_at), Some(token)) => {
            let (Ok(user), Ok(ends_at)) = (user.parse(), ends_at.parse()) else {
                return;
            };
            state(|state| {
                if state.user == Some(user) {
                    state.token = Some(Token {
                        text: token.to_owned(),
                        ends_at,
                    });
                }
            });
        }
        _ => {}
    }
}

fn signed_out_elsewhere() {
    if forget() {
        report(SessionEvent::SignedOut);
    }
}

fn say(text: &str) {
    if let Some(channel) = state(|state| state.channel.clone()) {
        // Fails only on a closed channel, and ours stays open.
        let _ = channel.post_message(&text.into());
    }
}

fn report(event: SessionEvent) {
    if let Some(listener) = state(|state| state.listener.clone()) {
        listener(event);
    }
}

/// Drops the token; whether there was anybody.
fn forget() -> bool {
    state(|state| {
        state.token = None;
        state.user.take().is_some()
    })
}

/// Who was signed in on this device last, to show what was kept of theirs.
pub(crate) fn last_user() -> Option<i64> {
    storage::get(WHO)?.parse().ok()
}

fn adopt(session: Session) -> Me {
    let user = session.user.user.id.0;
    let ends_at = timers::now_ms() + session.expires_in.saturating_mul(1000);
    say(&format!("token {user} {ends_at} {}", session.access_token));
    storage::set(WHO, &user.to_string());
    state(|state| {
        state.user = Some(user);
        state.token = Some(Token {
            text: session.access_token,
            ends_at,
        });
    });
    session.user
}

async fn open(path: &str, body: Body) -> Result<Session, Failure> {
    let text = fetch::text(Ask {
        method: Method::POST,
        path,
        token: None,
        body,
        keepalive: false,
    })
    .await?;
    fetch::read(&text)
}

/// Signs in.
pub(crate) async fn login(login: &Login) -> Result<Me, Failure> {
    let _turn = locks::acquire("confab.session").await;
    open("/api/v1/auth/login", fetch::json(login))
        .await
        .map(adopt)
}

/// Makes an account and signs in with it.
pub(crate) async fn register(register: &Register) -> Result<Me, Failure> {
    let _turn = locks::acquire("confab.session").await;
    open("/api/v1/auth/register", fetch::json(register))
        .await
        .map(adopt)
}

/// Finds out by cookie who is signed in. `Ok(None)`: nobody.
pub(crate) async fn resume() -> Result<Option<Me>, Failure> {
    if last_user().is_none() {
        return Ok(None);
    }
    let _turn = locks::acquire("confab.session").await;
    match open("/api/v1/auth/refresh", Body::None).await {
        Ok(session) => Ok(Some(adopt(session))),
        Err(failure) if failure.code().is_some_and(signed_out) => {
            forget();
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

fn signed_out(code: ErrorCode) -> bool {
    code.status() == 401
}

fn usable(spare_ms: i64) -> Option<String> {
    let now = timers::now_ms();
    state(|state| {
        let token = state.token.as_ref()?;
        (token.ends_at - now > spare_ms).then(|| token.text.clone())
    })
}

/// A token for `Authorization`, renewed when it ends soon.
pub(super) async fn access() -> Result<String, Failure> {
    access_for(SPARE_MS, None).await
}

/// The same, after the server refused `old`.
pub(super) async fn access_instead_of(old: &str) -> Result<String, Failure> {
    access_for(SPARE_MS, Some(old)).await
}

async fn access_for(spare_ms: i64, not: Option<&str>) -> Result<String, Failure> {
    let good = |token: &String| Some(token.as_str()) != not;
    if let Some(token) = usable(spare_ms).filter(good) {
        return Ok(token);
    }
    let Some(user) = state(|state| state.user) else {
        // What was kept is on screen before `resume` has its answer, and may ask for more: after its turn.
        let _turn = locks::acquire("confab.session").await;
        let token = usable(spare_ms).filter(good);
        return token.ok_or_else(|| fetch::refused(ErrorCode::Unauthenticated));
    };
    let _turn = locks::acquire("confab.session").await;
    // While we waited, another call or another tab may have renewed.
    if let Some(token) = usable(spare_ms).filter(good) {
        return Ok(token);
    }
    match open("/api/v1/auth/refresh", Body::None).await {
        Ok(session) if session.user.user.id.0 != user => {
            forget();
            report(SessionEvent::Changed);
            Err(fetch::refused(ErrorCode::Unauthenticated))
        }
        Ok(session) => {
            let token = session.access_token.clone();
            adopt(session);
            Ok(token)
        }
        Err(failure) => {
            if failure.code().is_some_and(signed_out) && forget() {
                report(SessionEvent::Ended);
            }
            Err(failure)
        }
    }
}

/// A token for one handshake, or for the live socket.
pub(crate) async fn socket_token() -> Result<String, Failure> {
    let access = access_for(SOCKET_SPARE_MS, None).await?;
    let text = super::api::post_with(&access, "/api/v1/auth/socket-token").await?;
    fetch::read::<SocketToken>(&text).map(|token| token.token)
}

/// Signs out here and in all tabs: the server first, but an unreachable one does not keep anybody in.
pub(crate) async fn logout() {
    let token = usable(0);
    forget();
    say("out");
    storage::wipe().await;
    let ended = fetch::ask(Ask {
        method: Method::POST,
        path: "/api/v1/auth/logout",
        token: token.as_deref(),
        body: Body::None,
        keepalive: true,
    })
    .await;
    // The cookie of a server that could not be reached ends by itself; nothing on this page can hold it.
    drop(ended);
}

/// Forgets who was here, after another tab signed out or the account is gone.
pub(crate) async fn clear() {
    forget();
    say("out");
    storage::wipe().await;
}
