//! The one WebSocket: opened with a single-use token, reports frames and its end, answers `ping`. Knows no state of
//! the chat, and never tries again by itself.

use futures_channel::mpsc;
use futures_util::{
    FutureExt, SinkExt, StreamExt,
    future::{AbortHandle, abortable},
};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use model::SocketEvent;
use shared::{ClientFrame, ServerFrame};
use std::cell::RefCell;

/// Frames that may wait while the socket opens or the browser is busy; a client says little.
const WAITING: usize = 1_024;
const PONG: &str = r#"{"type":"pong"}"#;
/// "Abnormal closure", the code of a socket that ended without a word.
const ABNORMAL: u16 = 1006;

struct Live {
    out: mpsc::Sender<Message>,
    tasks: [AbortHandle; 2],
}

impl Drop for Live {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

thread_local! {
    static LIVE: RefCell<Option<Live>> = const { RefCell::new(None) };
}

/// Opens a socket in place of the last one, whose end is not reported any more.
pub(crate) fn open(token: &str, report: impl Fn(SocketEvent) + 'static) {
    close();
    let Some(socket) = address(token).and_then(|url| WebSocket::open(&url).ok()) else {
        report(SocketEvent::Closed { code: ABNORMAL });
        return;
    };
    let (mut sink, mut frames) = socket.split();
    let (out, mut waiting) = mpsc::channel::<Message>(WAITING);
    let (write, stop_write) = abortable(async move {
        while let Some(message) = waiting.next().await {
            if sink.send(message).await.is_err() {
                return;
            }
        }
    });
    let mut pong = out.clone();
    let (read, stop_read) = abortable(async move {
        loop {
            match frames.next().await {
                Some(Ok(Message::Text(text))) => {
                    let Ok(frame) = ServerFrame::read(&text) else {
                        // A frame from a newer server: as good as one that was lost, and repaired the same way.
                        continue;
                    };
                    if matches!(frame, ServerFrame::Ping { .. }) {
                        // A full queue means that the socket is stuck; the server's own timer ends it.
                        let _ = pong.try_send(Message::Text(PONG.to_owned()));
                    }
                    report(SocketEvent::Frame(Box::new(frame)));
                }
                Some(Ok(Message::Bytes(_))) => {}
                Some(Err(WebSocketError::ConnectionClose(event))) => {
                    report(SocketEvent::Closed { code: event.code });
                    return;
                }
                // An error is followed by the close event, which carries the code.
                Some(Err(_)) => {}
                None => {
                    report(SocketEvent::Closed { code: ABNORMAL });
                    return;
                }
            }
        }
    });
    LIVE.with(|live| {
        live.replace(Some(Live {
            out,
            tasks: [stop_write, stop_read],
        }))
    });
    wasm_bindgen_futures::spawn_local(write.map(drop));
    wasm_bindgen_futures::spawn_local(read.map(drop));
}

/// Sends a frame; without a live socket it is lost, which the model knows of by the report of its end.
pub(crate) fn send(frame: &ClientFrame) {
    let Ok(text) = serde_json::to_string(frame) else {
        return;
    };
    LIVE.with(|live| {
        if let Some(live) = live.borrow_mut().as_mut() {
            // See `WAITING`: whatever is lost here is asked for again, as after any lost frame.
            let _ = live.out.try_send(Message::Text(text));
        }
    });
}

/// Closes the socket without a report.
pub(crate) fn close() {
    let live = LIVE.with(RefCell::take);
    drop(live);
}

/// The token is a JWT, whose characters need no escaping in a query.
fn address(token: &str) -> Option<String> {
    let location = web_sys::window()?.location();
    let scheme = match location.protocol().ok()?.as_str() {
        "https:" => "wss",
        _ => "ws",
    };
    Some(format!(
        "{scheme}://{}/ws?token={token}",
        location.host().ok()?
    ))
}
