//! Who says what and when, and who hears it: at a pace, or the next as soon as the last one is through. Knows how a
//! message looks on either server; what it all comes to is the ledger's.

use super::{
    crowd::{Crowd, REST},
    ledger::Ledger,
    socket::Ear,
};
use crate::{chance::Chance, wire};
use memchr::memmem::{self, Finder};
use std::time::{Duration, Instant};

/// Goes before a message's stretch and number.
const MARK: &[u8] = b"~bench ";
/// In a refusal of what the server has no room for just now. Anything else it refuses is a mistake.
const OVERLOADED: &[u8] = br#""code":"overloaded""#;
/// How long a text is, in bytes: an ordinary message.
const TEXT_BYTES: usize = 120;
const FILLER: &str = "an ordinary message as people write them to each other all day long, a line or two and not more";
/// The clock of a poll ticks in milliseconds. Who is later than this with sending was late for another reason, and
/// its messages count from then on.
const TICK: Duration = Duration::from_millis(2);
/// What is still under way in the server when the last one has heard the last message; and what comes twice.
const TAIL: Duration = Duration::from_millis(50);
/// When nothing is heard for so long, what is missing is lost; and the longest wait in any case.
const SILENCE: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(60);

/// When the next message is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// So many a second, by all speakers in turn or, as people do, by chance.
    Timed { per_second: f64, by_chance: bool },
    /// Each speaker says the next when the last one has come back.
    Heard,
    /// Each speaker says the next when the last one is durable.
    Durable,
}

/// A conversation in rooms of equal size: client `n` sits in room `n / members`.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) members: usize,
    /// Which clients speak.
    pub(crate) speakers: Vec<usize>,
    pub(crate) pace: Pace,
    /// Confab's rooms, by number; none for the yardstick, whose rooms are paths.
    pub(crate) rooms: Vec<i64>,
}

/// One stretch of it.
pub(crate) struct Stretch<'a> {
    script: &'a Script,
    /// Tells its messages from those of others.
    mark: u8,
    began: Instant,
    until: Instant,
    chance: Chance,
    finder: Finder<'static>,
    pub(crate) ledger: Ledger,
    pub(crate) last_heard: Instant,
    /// The first thing that must not be.
    pub(crate) trouble: Option<String>,
}

impl<'a> Stretch<'a> {
    pub(crate) fn new(script: &'a Script, clients: usize, mark: u8, lasts: Duration) -> Self {
        let began = Instant::now();
        let seed = std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .map_or(0, |time| time.as_nanos() as u64);
        Self {
            script,
            mark,
            began,
            until: began + lasts,
            // Marks of messages must be new each time; who speaks when is the same each time (below).
            chance: Chance::new(seed ^ u64::from(mark)),
            finder: Finder::new(MARK),
            ledger: Ledger::new(clients, script.members),
            last_heard: began,
            trouble: None,
        }
    }

    /// Whether the server says of each message that it is durable.
    pub(crate) fn acks(&self) -> bool {
        !self.script.rooms.is_empty()
    }

    /// From beginning to end, what is still under way included.
    pub(crate) fn run(&mut self, crowd: &mut Crowd) -> Result<(), String> {
        match self.script.pace {
            Pace::Timed {
                per_second,
                by_chance,
            } => self.run_timed(crowd, per_second, by_chance)?,
            Pace::Heard | Pace::Durable => {
                for &speaker in &self.script.speakers {
                    let mut frames = Vec::new();
                    self.speak(speaker, Instant::now(), &mut frames);
                    crowd.send(speaker, &frames);
                }
                while Instant::now() < self.until {
                    crowd.turn(REST, self)?;
                }
            }
        }
        let acks = self.acks();
        let given_up = Instant::now() + LONGEST;
        while !self.ledger.is_complete(acks)
            && self.last_heard.elapsed() < SILENCE
            && Instant::now() < given_up
        {
            crowd.turn(REST, self)?;
        }
        let end = Instant::now() + TAIL;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            crowd.turn(left, self)?;
        }
        if !crowd.take_lost().is_empty() {
            self.trouble
                .get_or_insert(format!("a client was cut off: {}", crowd.why()));
        }
        self.trouble.take().map_or(Ok(()), Err)
    }

    fn run_timed(
        &mut self,
        crowd: &mut Crowd,
        per_second: f64,
        by_chance: bool,
    ) -> Result<(), String> {
        let mut turns = Chance::new(u64::from(self.mark));
        let speakers = &self.script.speakers;
        let mut due = self.began;
        let mut count = 0;
        loop {
            let mut now = Instant::now();
            while due <= now && due < self.until {
                let which = if by_chance {
                    turns.below(speakers.len())
                } else {
                    count % speakers.len()
                };
                count += 1;
                let mut frames = Vec::new();
                self.speak(speakers[which], now.min(due + TICK), &mut frames);
                crowd.send(speakers[which], &frames);
                let gaps = if by_chance {
                    -turns.fraction().ln()
                } else {
                    1.0
                };
                due += Duration::from_secs_f64(gaps / per_second);
                now = Instant::now();
            }
            if due >= self.until {
                return Ok(());
            }
            crowd.turn(due.saturating_duration_since(now).min(REST), self)?;
        }
    }

    fn micros(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.began).as_micros() as u64
    }

    /// Adds one more message of this speaker to what is sent.
    fn speak(&mut self, speaker: usize, at: Instant, frames: &mut Vec<u8>) {
        let number = self.ledger.say(speaker, self.micros(at));
        let mark = self.mark;
        let mut text = format!("~bench {mark:02x}{number:08x} {FILLER}");
        text.extend(std::iter::repeat_n(
            '.',
            TEXT_BYTES.saturating_sub(text.len()),
        ));
        let room = self.script.rooms.get(speaker / self.script.members);
        if let Some(room) = room {
            let client_id = self.chance.uuid();
            text = format!(
                r#"{{"type":"send","id":{},"room_id":{room},"client_id":"{client_id}","body":"{text}"}}"#,
                u64::from(mark) << 32 | u64::from(number)
            );
        }
        wire::client_frame(frames, wire::TEXT, text.as_bytes());
    }

    /// The number of this stretch's message that is told of.
    fn number(&self, payload: &[u8]) -> Option<u32> {
        let at = self.finder.find(payload)? + MARK.len();
        let digits = std::str::from_utf8(payload.get(at..at + 10)?).ok()?;
        let mark = u8::from_str_radix(&digits[..2], 16).ok()?;
        let number = u32::from_str_radix(&digits[2..], 16).ok()?;
        (mark == self.mark).then_some(number)
    }

    /// The number of this stretch's request that is answered with this id.
    fn own(&self, id: &[u8]) -> Option<u32> {
        let digits = id.iter().take_while(|byte| byte.is_ascii_digit());
        let id = digits.fold(0, |id: u64, byte| {
            id.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'))
        });
        (id >> 32 == u64::from(self.mark)).then_some(id as u32)
    }

    /// Goes on with the conversation where this was what the speaker waited for.
    fn go_on(&mut self, pace: Pace, speaker: usize, answer: &mut Vec<u8>) {
        let now = Instant::now();
        let waits = !matches!(pace, Pace::Timed { .. });
        if waits && self.script.pace == pace && now < self.until {
            self.speak(speaker, now, answer);
        }
    }
}

impl Ear for Stretch<'_> {
    fn hear(&mut self, socket: usize, payload: &[u8], answer: &mut Vec<u8>) {
        if self.acks() && !payload.starts_with(br#"{"type":"message""#) {
            if let Some(rest) = payload.strip_prefix(br#"{"type":"ack","id":"#) {
                if let Some(number) = self.own(rest) {
                    self.last_heard = Instant::now();
                    let now = self.micros(self.last_heard);
                    self.ledger.ack(number, now);
                    self.go_on(Pace::Durable, socket, answer);
                }
            } else if let Some(rest) = payload.strip_prefix(br#"{"type":"error","id":"#)
                && memmem::find(payload, OVERLOADED).is_some()
            {
                if self.own(rest).is_some() {
                    self.ledger.refuse();
                    // Who waited for it would wait for ever.
                    self.go_on(self.script.pace, socket, answer);
                }
            } else if payload.starts_with(br#"{"type":"error""#)
                || payload.starts_with(br#"{"type":"lagged""#)
            {
                let words = String::from_utf8_lossy(payload).into_owned();
                self.trouble.get_or_insert(words);
            }
            return;
        }
        let Some(number) = self.number(payload) else {
            return;
        };
        self.last_heard = Instant::now();
        let now = self.micros(self.last_heard);
        match self.ledger.hear(socket, number, now) {
            Some(true) => self.go_on(Pace::Heard, socket, answer),
            Some(false) => {}
            None => {
                self.trouble.get_or_insert(format!(
                    "client {socket} heard what is not for it: {number}"
                ));
            }
        }
    }
}
