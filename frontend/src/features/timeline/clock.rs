//! Times and days in the words of the browser's language and time zone (`Intl`).

use crate::words_chat::timeline as words;
use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use model::Map;
use shared::Timestamp;
use std::cell::RefCell;
use wasm_bindgen::JsValue;

/// How a moment is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Style {
    Time { clock24: bool },
    Full { clock24: bool },
    Day,
    DayOfYear,
    Weekday,
    Date,
}

impl Style {
    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Time { .. } => &[("hour", "numeric"), ("minute", "2-digit")],
            Self::Full { .. } => &[("dateStyle", "full"), ("timeStyle", "short")],
            Self::Day => &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
            Self::DayOfYear => &[
                ("weekday", "long"),
                ("day", "numeric"),
                ("month", "long"),
                ("year", "numeric"),
            ],
            Self::Weekday => &[("weekday", "short")],
            Self::Date => &[("day", "numeric"), ("month", "short")],
        }
    }

    fn format(self) -> Function {
        let options = Object::new();
        let set = |name: &str, value: &str| {
            // A plain object takes every property.
            let _ = Reflect::set(
                &options,
                &JsValue::from_str(name),
                &JsValue::from_str(value),
            );
        };
        for (name, value) in self.options() {
            set(name, value);
        }
        if let Self::Time { clock24 } | Self::Full { clock24 } = self {
            set("hourCycle", if clock24 { "h23" } else { "h12" });
            if clock24 && matches!(self, Self::Time { .. }) {
                set("hour", "2-digit");
            }
        }
        Intl::DateTimeFormat::new(&Array::new(), &options).format()
    }
}

thread_local! {
    // Making a formatter costs a hundred times what using it does.
    static FORMATS: RefCell<Map<Style, Function>> = RefCell::default();
    /// The minute that was written last, and how.
    static LAST: RefCell<((i64, bool), String)> = const { RefCell::new(((i64::MIN, false), String::new())) };
}

const MINUTE_MS: i64 = 60_000;

#[expect(clippy::cast_precision_loss, reason = "a time in ms is far below 2^53")]
fn moment(at: Timestamp) -> JsValue {
    JsValue::from_f64(at.0 as f64)
}

fn date(at: Timestamp) -> Date {
    Date::new(&moment(at))
}

fn write(at: Timestamp, style: Style) -> String {
    let format = FORMATS
        .with_borrow_mut(|formats| formats.get_or_insert_with(style, || style.format()).clone());
    format
        .call1(&JsValue::UNDEFINED, &moment(at))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// `09:14`, or `9:14 AM`.
pub(crate) fn time(at: Timestamp, clock24: bool) -> String {
    // A row says its time to eyes and ears, and its neighbour was often written in the same minute.
    let minute = (at.0.div_euclid(MINUTE_MS), clock24);
    LAST.with_borrow_mut(|last| {
        if last.0 != minute {
            *last = (minute, write(at, Style::Time { clock24 }));
        }
        last.1.clone()
    })
}

/// The time as narrow as the gutter wants it: without "AM" and "PM", which the first row of the group says.
pub(crate) fn stamp(at: Timestamp, clock24: bool) -> String {
    let time = time(at, clock24);
    let digits = |sign: char| sign.is_numeric() || matches!(sign, ':' | '.');
    let start = time.find(digits).unwrap_or_default();
    time[start..]
        .chars()
        .take_while(|sign| digits(*sign))
        .collect()
}

/// Weekday, date and time.
pub(crate) fn full(at: Timestamp, clock24: bool) -> String {
    write(at, Style::Full { clock24 })
}

/// A local calendar day; later days are larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(pub(crate) u32);

/// The local day of a moment.
pub(crate) fn day(at: Timestamp) -> Day {
    let date = date(at);
    Day(date.get_full_year() * 10_000 + (date.get_month() + 1) * 100 + date.get_date())
}

/// A local day with the moments at which it begins and ends, so that whether another moment lies in it needs no calendar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalDay {
    pub(crate) day: Day,
    from: Timestamp,
    to: Timestamp,
}

impl LocalDay {
    /// The day of a moment.
    pub(crate) fn of(at: Timestamp) -> Self {
        let date = date(at);
        let midnight = |later: i32| {
            let (month, day) = (date.get_month(), date.get_date());
            let month = i32::try_from(month).unwrap_or_default();
            let day = i32::try_from(day).unwrap_or_default() + later;
            let begins = Date::new_with_year_month_day(date.get_full_year(), month, day).get_time();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a time in ms is far below 2^53"
            )]
            Timestamp(begins as i64)
        };
        Self {
            day: day(at),
            from: midnight(0),
            to: midnight(1),
        }
    }

    /// Whether a moment lies in it.
    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// "Today", "Yesterday", "Friday 13 June", with the year when it is not this one.
pub(crate) fn day_words(at: Timestamp, now: Timestamp) -> String {
    let (then, today) = (day(at), day(now));
    if then == today {
        words::TODAY.into()
    } else if then == day(now.plus_ms(-DAY_MS)) {
        words::YESTERDAY.into()
    } else if then.0 / 10_000 == today.0 / 10_000 {
        write(at, Style::Day)
    } else {
        write(at, Style::DayOfYear)
    }
}

/// As short as a list wants it: the time today, the weekday this week, else the date.
pub(crate) fn short(at: Timestamp, now: Timestamp, clock24: bool) -> String {
    if day(at) == day(now) {
        time(at, clock24)
    } else if now.0 - at.0 < 6 * DAY_MS {
        write(at, Style::Weekday)
    } else {
        write(at, Style::Date)
    }
}
