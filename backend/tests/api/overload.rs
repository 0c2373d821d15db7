//! Far more at once than the server can do: what is refused is refused at once and says when to come back, what people
//! say to each other goes on, and memory stays bounded.

use crate::{
    avatars::upload,
    support::{
        Answer, Caller, Socket,
        app::{Folder, PASSWORD},
        binary::Process,
        caller::client_id,
        nodes,
        pictures::noise,
    },
};
use serde_json::json;
use shared::ErrorCode;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinHandle;

/// Hashes as real ones cost: four of them keep a core busy for a quarter of a second.
const SETTINGS: &[(&str, &str)] = &[
    ("CONFAB_RATE_LIMITS", "off"),
    ("CONFAB_BCRYPT_COST", "10"),
    ("CONFAB_LOG", "error"),
];
/// What the server may have resident at most, in KiB: pictures are large while they are worked on.
const MOST_KIB: usize = 1024 * 1024;

/// What came of the requests of one kind.
#[derive(Default)]
struct Tally {
    done: AtomicUsize,
    refused: AtomicUsize,
}

impl Tally {
    /// Every answer is one that a client can act on.
    async fn count(&self, answer: Answer) {
        match answer.status {
            503 => {
                answer.refused(ErrorCode::Overloaded);
                let wait = answer.header("retry-after").expect("when to come back");
                assert!(wait.parse::<u64>().expect("seconds") >= 1);
                self.refused.fetch_add(1, Ordering::Relaxed);
                // Sooner than it was told to, but not at once: refusing must not be all that it does.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            200 | 201 => {
                self.done.fetch_add(1, Ordering::Relaxed);
            }
            status => panic!("{status}: {}", answer.text()),
        }
    }

    fn both(&self) -> (usize, usize) {
        let (done, refused) = (&self.done, &self.refused);
        (
            done.load(Ordering::Relaxed),
            refused.load(Ordering::Relaxed),
        )
    }
}

/// Requests of one kind, so many at a time, until it is over.
struct Flood {
    tally: Arc<Tally>,
    tasks: Vec<JoinHandle<()>>,
}

impl Flood {
    fn start<F: Future<Output = Answer> + Send>(
        at_once: usize,
        is_over: &Arc<AtomicBool>,
        ask: impl Fn() -> F + Clone + Send + 'static,
    ) -> Self {
        let tally = Arc::new(Tally::default());
        let one = || {
            let (tally, is_over, ask) = (Arc::clone(&tally), Arc::clone(is_over), ask.clone());
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    tally.count(ask().await).await;
                }
            })
        };
        let tasks = (0..at_once).map(|_| one()).collect();
        Self { tally, tasks }
    }

    async fn end(self) -> (usize, usize) {
        for task in self.tasks {
            task.await.expect("answers as they should be");
        }
        self.tally.both()
    }
}

#[tokio::test]
async fn s_dos_8_far_above_capacity_people_talk_on_and_what_is_refused_says_when_to_come_back() {
    if nodes::count() > 1 {
        // The process is one node, however many the others are.
        return;
    }
    let folder = Folder::new();
    let process = Process::serve(&folder, None, SETTINGS);
    let ines = Caller::register(process.address, "ines", PASSWORD).await;
    let tom = Caller::register(process.address, "tom", PASSWORD).await;
    let room = ines.general().await.id;
    for number in 0..50 {
        ines.say(room, &format!("line {number} {}", "x".repeat(1000)))
            .await;
    }
    let mut speaks = Socket::open(&ines).await;
    let mut hears = Socket::open(&tom).await;

    let is_over = Arc::new(AtomicBool::new(false));
    let logins = Flood::start(64, &is_over, {
        let nobody = ines.with_token("");
        move || {
            let nobody = nobody.clone();
            async move {
                let sign_in = json!({ "login": "tom", "password": PASSWORD });
                nobody.post("/auth/login", &sign_in).await
            }
        }
    });
    let history = Flood::start(400, &is_over, {
        let tom = tom.clone();
        move || {
            let tom = tom.clone();
            async move { tom.get(&format!("/rooms/{room}/messages?limit=100")).await }
        }
    });
    let uploads = Flood::start(48, &is_over, {
        let (tom, picture) = (tom.clone(), noise(600, 600));
        move || {
            let (tom, picture) = (tom.clone(), picture.clone());
            async move { upload(&tom, "image/png", picture).await }
        }
    });
    let other = ines.new_room("private", "Elsewhere", &[]).await.id;
    let sends = Flood::start(64, &is_over, {
        let ines = ines.clone();
        move || {
            let ines = ines.clone();
            async move { ines.try_say(other, &client_id(), "more").await }
        }
    });

    let everything = [&logins, &history, &uploads, &sends].map(|flood| Arc::clone(&flood.tally));
    let mut said = 0;
    // Until there was too much of what can be too much.
    while everything[..3].iter().any(|tally| tally.both().1 == 0) || said < 50 {
        let body = format!("in the midst {said}");
        speaks.say(room, &body).await;
        hears.message(&body).await;
        said += 1;
    }
    is_over.store(true, Ordering::Relaxed);
    let (logins, history, uploads, sends) = (
        logins.end().await,
        history.end().await,
        uploads.end().await,
        sends.end().await,
    );
    for (done, _) in [logins, history, uploads, sends] {
        assert!(done > 0, "each kind is also served");
    }
    let peak = process.peak_kib();
    assert!(peak < MOST_KIB, "{peak} KiB");
    assert_eq!(ines.plain("GET", "/readyz").send().await.status, 200);
}
