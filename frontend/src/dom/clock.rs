//! Times in people's own words, by `Intl`. A zone that this browser does not know counts as none.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The hour and minute of a moment, here or in a zone: `09:26`.
pub(crate) fn time(at_ms: i64, zone: Option<&str>, clock24: bool) -> Option<String> {
    format(
        at_ms,
        &[("hour", "numeric"), ("minute", "2-digit")],
        zone,
        clock24,
    )
}

/// Day, month, hour and minute of a moment here.
pub(crate) fn day_and_time(at_ms: i64, clock24: bool) -> Option<String> {
    let parts = [
        ("day", "numeric"),
        ("month", "long"),
        ("hour", "numeric"),
        ("minute", "2-digit"),
    ];
    format(at_ms, &parts, None, clock24)
}

/// The last moment of today, here, in unix ms.
pub(crate) fn end_of_today(now_ms: i64) -> i64 {
    let day = date(now_ms);
    day.set_hours(24);
    day.set_minutes(0);
    day.set_seconds(0);
    day.set_milliseconds(0);
    ms(day.get_time())
}

/// The zones that this browser knows, by name.
pub(crate) fn zones() -> Vec<String> {
    let intl = Reflect::get(&js_sys::global(), &JsValue::from_str("Intl")).ok();
    let list = intl.and_then(|intl| {
        let all = Reflect::get(&intl, &JsValue::from_str("supportedValuesOf"))
            .ok()?
            .dyn_into::<Function>()
            .ok()?;
        all.call1(&intl, &JsValue::from_str("timeZone")).ok()
    });
    list.map(|list| {
        Array::from(&list)
            .iter()
            .filter_map(|it| it.as_string())
            .collect()
    })
    .unwrap_or_default()
}

/// The zone of this device.
pub(crate) fn own_zone() -> Option<String> {
    let resolved = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&resolved, &JsValue::from_str("timeZone"))
        .ok()?
        .as_string()
}

fn format(at_ms: i64, parts: &[(&str, &str)], zone: Option<&str>, clock24: bool) -> Option<String> {
    let options = Object::new();
    let cycle = if clock24 { "h23" } else { "h12" };
    let zone = zone.map(|zone| ("timeZone", zone));
    for &(name, value) in parts
        .iter()
        .chain([("hourCycle", cycle)].iter())
        .chain(zone.iter())
    {
        Reflect::set(
            &options,
            &JsValue::from_str(name),
            &JsValue::from_str(value),
        )
        .ok()?;
    }
    if clock24 {
        // Two digits for the hour, as clocks show it: 09:26.
        Reflect::set(
            &options,
            &JsValue::from_str("hour"),
            &JsValue::from_str("2-digit"),
        )
        .ok()?;
    }
    // By hand, as the constructor throws for a zone that it does not know.
    let intl = Reflect::get(&js_sys::global(), &JsValue::from_str("Intl")).ok()?;
    let class = Reflect::get(&intl, &JsValue::from_str("DateTimeFormat"))
        .ok()?
        .dyn_into::<Function>()
        .ok()?;
    let format = Reflect::construct(&class, &Array::of2(&JsValue::UNDEFINED, &options)).ok()?;
    let call = Reflect::get(&format, &JsValue::from_str("format"))
        .ok()?
        .dyn_into::<Function>()
        .ok()?;
    call.call1(&format, &date(at_ms)).ok()?.as_string()
}

fn date(at_ms: i64) -> Date {
    #[expect(clippy::cast_precision_loss, reason = "dates are far below 2^53 ms")]
    Date::new(&JsValue::from_f64(at_ms as f64))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a whole number of ms, far below 2^53"
)]
fn ms(value: f64) -> i64 {
    value as i64
}
