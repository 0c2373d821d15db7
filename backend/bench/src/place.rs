//! People and rooms for the generator, made over REST as people make them. Knows the addresses and the two answers
//! that it needs.

use crate::http::Http;
use serde_json::{Value, json};
use std::{net::SocketAddr, thread};

/// People that a room is made with at most; more come in one by one.
const AT_FIRST: usize = 500;
/// Connections that make people side by side.
const SIDE_BY_SIDE: usize = 8;

/// Who takes part, and where. Person `n` is in the rooms of group `n / members`.
pub(crate) struct Place {
    pub(crate) tokens: Vec<String>,
    pub(crate) rooms: Vec<i64>,
}

/// How many people, in groups of how many, each group with how many rooms of its own.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) people: usize,
    pub(crate) members: usize,
    pub(crate) rooms_each: usize,
}

struct Person {
    id: i64,
    token: String,
}

impl Place {
    /// On a server that is new, or at least knows none of these names.
    pub(crate) fn make(server: SocketAddr, plan: Plan) -> Result<Self, String> {
        let people = people(server, plan.people)?;
        let mut http = Http::connect(server)?;
        let mut rooms = Vec::new();
        for group in people.chunks(plan.members) {
            let Some((first, others)) = group.split_first() else {
                continue;
            };
            let ids: Vec<i64> = others.iter().map(|person| person.id).collect();
            for _ in 0..plan.rooms_each {
                let name = format!("bench-{}", rooms.len());
                let (at_first, later) = ids.split_at(ids.len().min(AT_FIRST));
                let body = json!({ "kind": "private", "name": name, "member_ids": at_first });
                let room = ask(&mut http, "POST", "/rooms", &first.token, &body)?;
                let room = room["id"].as_i64().ok_or("a room without an id")?;
                for id in later {
                    let path = format!("/rooms/{room}/members/{id}");
                    let body = json!({ "role": "member" });
                    ask(&mut http, "PUT", &path, &first.token, &body)?;
                }
                rooms.push(room);
            }
        }
        Ok(Self {
            tokens: people.into_iter().map(|person| person.token).collect(),
            rooms,
        })
    }

    /// What so many clients ask with; some are the same person's when there are more of them than of people.
    pub(crate) fn paths(&self, clients: usize) -> Vec<String> {
        let tokens = self.tokens.iter().cycle().take(clients);
        tokens.map(|token| format!("/ws?token={token}")).collect()
    }
}

fn people(server: SocketAddr, count: usize) -> Result<Vec<Person>, String> {
    let share = count.div_ceil(SIDE_BY_SIDE).max(1);
    let numbers: Vec<usize> = (0..count).collect();
    thread::scope(|scope| {
        let shares: Vec<_> = numbers
            .chunks(share)
            .map(|numbers| {
                scope.spawn(|| {
                    let mut http = Http::connect(server)?;
                    numbers
                        .iter()
                        .map(|number| person(&mut http, *number))
                        .collect()
                })
            })
            .collect();
        let mut all = Vec::with_capacity(count);
        for share in shares {
            let made: Result<Vec<Person>, String> = share
                .join()
                .map_err(|_| "a thread ended early".to_owned())?;
            all.extend(made?);
        }
        Ok(all)
    })
}

fn person(http: &mut Http, number: usize) -> Result<Person, String> {
    let body = json!({
        "username": format!("bench{number}"),
        "password": format!("bench person {number} speaks"),
    });
    let session = ask(http, "POST", "/auth/register", "", &body)?;
    let token = session["access_token"].as_str();
    Ok(Person {
        id: session["user"]["id"]
            .as_i64()
            .ok_or("a person without an id")?,
        token: token.ok_or("a session without a token")?.to_owned(),
    })
}

fn ask(
    http: &mut Http,
    method: &str,
    path: &str,
    token: &str,
    body: &Value,
) -> Result<Value, String> {
    let answer = http.ask(method, path, token, &body.to_string())?;
    if !(200..300).contains(&answer.status) {
        let words = String::from_utf8_lossy(&answer.body);
        return Err(format!("{method} {path}: {} {words}", answer.status));
    }
    serde_json::from_slice(&answer.body).map_err(|error| format!("{method} {path}: {error}"))
}
