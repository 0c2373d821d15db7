//! A bug that panics costs the request that met it, and nothing else: no lock, no thread, no other's socket.

use crate::support::{Answer, Cast, Socket, wire::Wire, within};
use actix_http::HttpService;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, map_config};
use actix_web::{
    App as Actix,
    dev::{AppConfig, Server},
    middleware::from_fn,
    web,
};
use confab::{
    app::App,
    db::{Tx, schema},
    error::Result,
    http,
    realtime::hub::Hub,
};
use diesel::prelude::*;
use shared::ErrorCode;
use std::{net::SocketAddr, sync::mpsc};

/// A bug in the middle of a write.
fn half_done(tx: &mut Tx<'_>) -> Result<()> {
    diesel::update(schema::server::table)
        .set(schema::server::name.eq("Half done"))
        .execute(tx.conn)?;
    panic!("a bug, as this test has it");
}

#[tokio::test]
async fn s_dos_10_a_write_or_read_that_panics_costs_itself_alone() {
    let cast = Cast::gather().await;
    let db = &cast.place.app.db;
    let mut tom = Socket::open(&cast.tom).await;
    // More than there are readers: none of them may be lost.
    for number in 0..10 {
        let body = format!("beside {number}");
        let (broken, said) = tokio::join!(db.write(half_done), cast.ines.say(cast.den, &body));
        assert_eq!(broken.map_err(|error| error.code), Err(ErrorCode::Internal));
        assert_eq!(tom.message(&body).await, said);
        let broken = db.read::<()>(|_| panic!("a bug, as this test has it"));
        let code = broken.await.map_err(|error| error.code);
        assert_eq!(code, Err(ErrorCode::Internal));
    }
    let server = cast.ines.get("/server").await.expect(200).json();
    assert_eq!(server["name"], "Confab", "what was half done is undone");
    cast.ines.plain("GET", "/readyz").send().await.expect(200);
}

#[tokio::test]
async fn s_dos_10_a_write_that_fails_midway_is_undone_alone_and_among_others() {
    let cast = Cast::gather().await;
    let db = &cast.place.app.db;
    let alone = db.write(half_done).await;
    assert_eq!(alone.map_err(|error| error.code), Err(ErrorCode::Internal));
    // What is queued while a write goes on shares the next commit.
    let (go_on, wait) = mpsc::channel::<()>();
    let first = db.write(move |_| {
        let _ = wait.recv();
        Ok(())
    });
    let before = db.write(|tx| named(tx, "one"));
    let broken = db.write(half_done);
    let after = db.write(|tx| named(tx, "two"));
    go_on.send(()).expect("the first write waits");
    let (first, before, broken, after) = tokio::join!(first, before, broken, after);
    assert_eq!(broken.map_err(|error| error.code), Err(ErrorCode::Internal));
    assert!(first.is_ok() && before.is_ok() && after.is_ok());
    let server = cast.ines.get("/server").await.expect(200).json();
    assert_eq!(server["name"], "Confab one two");
}

/// Adds to the server's name.
fn named(tx: &mut Tx<'_>, more: &str) -> Result<()> {
    let name: String = schema::server::table
        .select(schema::server::name)
        .first(tx.conn)?;
    diesel::update(schema::server::table)
        .set(schema::server::name.eq(format!("{name} {more}")))
        .execute(tx.conn)?;
    Ok(())
}

/// The same server on one more thread, with one more route: it panics.
fn with_a_bug(app: web::Data<App>) -> SocketAddr {
    let (bound, address) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
            listener.set_nonblocking(true).expect("a listener");
            let here = listener.local_addr().expect("an address");
            let server = Server::build().workers(1).disable_signals();
            let server = server.listen("with a bug", listener, move || {
                let all = || {
                    Actix::new()
                        .app_data(app.clone())
                        .wrap(from_fn(http::finish))
                        .wrap(from_fn(http::deadline))
                        .route("/bug", web::get().to(bug))
                        .configure(|cfg| http::routes(cfg, &app))
                };
                let requests = all().into_factory();
                HttpService::build()
                    .upgrade(http::upgrade(all().app_data(Hub::start(&app.bus))))
                    .h1(map_config(
                        requests.map_err(|error| error.error_response()),
                        |()| AppConfig::default(),
                    ))
                    .tcp()
            });
            let server = server.expect("it listens").run();
            bound.send(here).expect("the test waits");
            // Ends with the process; the test does not wait for it.
            server.await.expect("it runs");
        });
    });
    address.recv().expect("an address")
}

async fn bug(app: web::Data<App>) -> &'static str {
    assert!(app.stopping(), "a bug, as this test has it");
    "never"
}

#[tokio::test]
async fn s_dos_10_a_handler_that_panics_costs_its_request_alone() {
    let cast = Cast::gather().await;
    let address = with_a_bug(cast.place.app.clone());
    let there = |caller: &crate::support::Caller| crate::support::Caller {
        address,
        ..caller.clone()
    };
    let ines = there(&cast.ines);
    // All on the one thread that meets the bug.
    let mut tom = Socket::open(&there(&cast.tom)).await;
    for number in 0..10 {
        let mut wire = Wire::connect(address).await;
        wire.write(b"GET /bug HTTP/1.1\r\nhost: x\r\n\r\n").await;
        if let Some(answer) = within("its end", wire.answer(false)).await {
            Answer::of("/bug", answer).refused(ErrorCode::Internal);
        }
        let body = format!("beside {number}");
        let said = ines.say(cast.den, &body).await;
        assert_eq!(tom.message(&body).await, said);
    }
    tom.lives().await;
    Socket::open(&ines).await.lives().await;
}
