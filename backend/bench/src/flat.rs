//! Whether what people do every minute costs the same in a place of ten thousand messages and in one of ten
//! million: the same requests to both, in turn, over real HTTP and real sockets.

use crate::{
    chance::Chance,
    cores::Cores,
    http::Http,
    process::{ANY_PORT, Process},
    report::median,
    seed::TEAMS,
    wire::{self, Handshake},
};
use confab::auth::token::Tokens;
use shared::{SessionId, UserId};
use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

/// Rounds, and requests in each, per kind and place.
const ROUNDS: usize = 7;
const REQUESTS: usize = 100;
/// How much more the large place may cost.
const GOAL: f64 = 1.5;
/// Who is in very many rooms.
const EVERYWHERE: UserId = UserId(1);

struct Place {
    process: Process,
    http: Http,
    token: String,
    chance: Chance,
    /// Where a team's revisions end, by its number.
    heads: Vec<i64>,
}

/// What is measured.
struct Kind {
    name: &'static str,
    ask: fn(&mut Place, usize) -> Result<usize, String>,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "first page of a room, 100 rooms in turn",
        ask: |place, number| place.get(&format!("/rooms/{}/messages", team(number))),
    },
    Kind {
        name: "first page of everybody's room",
        ask: |place, _| place.get("/rooms/1/messages"),
    },
    Kind {
        name: "changes, the last 20",
        ask: |place, number| {
            let after = place.heads[number % TEAMS] - 20;
            place.get(&format!("/rooms/{}/changes?after={after}", team(number)))
        },
    },
    Kind {
        name: "changes, nothing new",
        ask: |place, number| {
            let after = place.heads[number % TEAMS];
            place.get(&format!("/rooms/{}/changes?after={after}", team(number)))
        },
    },
    Kind {
        name: "hello of someone in 300 rooms",
        ask: |place, _| place.hello(),
    },
    Kind {
        name: "rooms of someone in 300 rooms",
        ask: |place, _| place.get("/rooms"),
    },
    Kind {
        name: "send",
        ask: |place, number| place.send(number),
    },
    Kind {
        name: "read marker",
        ask: |place, number| {
            place.ask(
                "PUT",
                &format!("/rooms/{}/read", team(number)),
                r#"{"seq":1000000000}"#,
            )
        },
    },
    Kind {
        name: "people: a letter",
        ask: |place, _| place.people("e", ""),
    },
    Kind {
        name: "people: two letters",
        ask: |place, _| place.people("an", ""),
    },
    Kind {
        name: "people: a common name",
        ask: |place, _| place.people("anna", ""),
    },
    Kind {
        name: "people: inside a common name",
        ask: |place, _| place.people("ecker", ""),
    },
    Kind {
        name: "people: a whole name",
        ask: |place, _| place.people("teammate", ""),
    },
    Kind {
        name: "people: two names",
        ask: |place, _| place.people("a becker", ""),
    },
    Kind {
        name: "people: nobody",
        ask: |place, _| place.people("qxzw", ""),
    },
    Kind {
        name: "people: nobody, of common parts",
        ask: |place, _| place.people("annaanna", ""),
    },
    Kind {
        name: "people: everyone, first page",
        ask: |place, _| place.people("", ""),
    },
    Kind {
        name: "people by id",
        ask: |place, number| {
            let ids: Vec<String> = (0..20)
                .map(|step| (3 + (number * 20 + step) % 900).to_string())
                .collect();
            place.get(&format!("/users?ids={}", ids.join(",")))
        },
    },
    Kind {
        name: "members of a team",
        ask: |place, number| place.get(&format!("/rooms/{}/members", team(number))),
    },
    Kind {
        name: "public rooms, first page",
        ask: |place, _| place.get("/rooms?scope=public"),
    },
];

/// The room of a team: the first room is everybody's.
fn team(number: usize) -> usize {
    2 + number % TEAMS
}

/// Measures both places and prints the table. An error when one kind costs too much more.
pub(crate) fn compare(
    binary: &Path,
    small: &Path,
    large: &Path,
    only: Option<&str>,
) -> Result<(), String> {
    let cores = Cores::take();
    println!("{}\n", cores.words());
    let mut places = [
        Place::open(cores, binary, small)?,
        Place::open(cores, binary, large)?,
    ];
    println!(
        "| | CPU small, µs | CPU large, µs | ratio | latency small, µs | latency large, µs | ratio | bytes |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut beyond = Vec::new();
    for kind in KINDS
        .iter()
        .filter(|kind| only.is_none_or(|part| kind.name.contains(part)))
    {
        let mut cpu = [Vec::new(), Vec::new()];
        let mut latency = [Vec::new(), Vec::new()];
        let mut bytes = [0, 0];
        for round in 0..=ROUNDS {
            for (side, place) in places.iter_mut().enumerate() {
                let before = place.process.watched.cpu();
                let mut took = Vec::with_capacity(REQUESTS);
                for number in 0..REQUESTS {
                    let began = Instant::now();
                    bytes[side] = (kind.ask)(place, number)?;
                    took.push(micros(began.elapsed()));
                }
                // The first round warms both.
                if round > 0 {
                    cpu[side].push(
                        micros(place.process.watched.cpu().saturating_sub(before))
                            / REQUESTS as f64,
                    );
                    latency[side].push(median(took));
                }
            }
        }
        let [small_cpu, large_cpu] = cpu.map(median);
        let [small_latency, large_latency] = latency.map(median);
        let ratio = large_cpu / small_cpu;
        println!(
            "| {} | {small_cpu:.0} | {large_cpu:.0} | {ratio:.2} | {small_latency:.0} | {large_latency:.0} | {:.2} | {} / {} |",
            kind.name,
            large_latency / small_latency,
            bytes[0],
            bytes[1],
        );
        if ratio > GOAL {
            beyond.push(kind.name);
        }
    }
    for (side, place) in ["small", "large"].iter().zip(&places) {
        println!(
            "resident, {side}: {} KiB",
            place.process.watched.resident_kib()
        );
    }
    if beyond.is_empty() {
        return Ok(());
    }
    Err(format!(
        "more than {GOAL} times the cost: {}",
        beyond.join("; ")
    ))
}

impl Place {
    fn open(cores: Cores, binary: &Path, data_dir: &Path) -> Result<Self, String> {
        let process = Process::confab(cores, binary, data_dir, ANY_PORT)?;
        let token = Tokens::load(data_dir)?
            .access(EVERYWHERE, SessionId(1), confab::clock::now())
            .map_err(|error| error.to_string())?;
        let http = Http::connect(process.address)?;
        let mut place = Self {
            process,
            http,
            token,
            chance: Chance::new(7),
            heads: Vec::new(),
        };
        for number in 0..TEAMS {
            let path = format!("/rooms/{}", team(number));
            let answer = place.http.ask("GET", &path, &place.token, "")?;
            let room: serde_json::Value =
                serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
            place.heads.push(
                room["head_rev"]
                    .as_i64()
                    .ok_or("this place was not made by `bench seed`")?,
            );
        }
        Ok(place)
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<usize, String> {
        let answer = self.http.ask(method, path, &self.token, body)?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body.len());
        }
        Err(format!(
            "{method} {path}: {}",
            String::from_utf8_lossy(&answer.body)
        ))
    }

    fn get(&mut self, path: &str) -> Result<usize, String> {
        self.ask("GET", path, "")
    }

    fn people(&mut self, part: &str, cursor: &str) -> Result<usize, String> {
        self.get(&format!(
            "/users?limit=20&q={}{cursor}",
            part.replace(' ', "%20")
        ))
    }

    fn send(&mut self, number: usize) -> Result<usize, String> {
        let body = format!(
            r#"{{"client_id":"{}","body":"one more message of an ordinary length, as people write them"}}"#,
            self.chance.uuid()
        );
        self.heads[number % TEAMS] += 1;
        self.ask("POST", &format!("/rooms/{}/messages", team(number)), &body)
    }

    /// Opens a socket and reads its first frame.
    fn hello(&mut self) -> Result<usize, String> {
        let words = |error: std::io::Error| error.to_string();
        let mut stream = TcpStream::connect(self.process.address).map_err(words)?;
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .map_err(words)?;
        let path = format!("/ws?token={}", self.token);
        stream
            .write_all(&wire::request(&path, &self.process.address.to_string()))
            .map_err(words)?;
        let mut read = Vec::new();
        let mut part = vec![0; 256 * 1024];
        loop {
            let count = stream.read(&mut part).map_err(words)?;
            read.extend_from_slice(&part[..count]);
            match wire::handshake(&read) {
                Handshake::Open(end) => {
                    if let Some(frame) = wire::frame(&read, end) {
                        return Ok(frame.payload.len());
                    }
                }
                Handshake::Refused(line) => return Err(line),
                Handshake::Unfinished => {}
            }
            if count == 0 {
                return Err("the socket closed before its first frame".into());
            }
        }
    }
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1_000.0
}
