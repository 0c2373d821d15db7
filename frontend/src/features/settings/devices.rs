//! The tab Devices: where one is signed in, this one first; signing others out.

use crate::dom::clock;
use crate::failure;
use crate::prefs::use_prefs;
use crate::store::use_store;
use crate::ui::{Button, ButtonKind, FormError, Glyph, Icon, SkeletonRows, use_toasts};
use crate::view::prelude::*;
use crate::words;
use leptos::task::spawn_local;
use shared::SessionId;
use shared::accounts::Device;

/// The list.
#[component]
pub(crate) fn Devices() -> impl IntoView {
    let (store, toasts) = (use_store(), use_toasts());
    let devices = RwSignal::new(None::<Vec<Device>>);
    let error = RwSignal::new(None::<String>);
    let load = move || {
        spawn_local(async move {
            match store.devices().await {
                Ok(mut found) => {
                    found
                        .sessions
                        .sort_by_key(|it| (!it.current, -it.last_seen_at.0));
                    error.try_set(None);
                    devices.try_set(Some(found.sessions));
                }
                Err(failure) => {
                    error.try_set(Some(failure::in_words(&failure)));
                }
            }
        });
    };
    load();
    let revoke = move |ids: Vec<SessionId>, done: &'static str| {
        spawn_local(async move {
            for id in ids {
                if let Err(failure) = store.revoke_device(id).await {
                    error.try_set(Some(failure::in_words(&failure)));
                    return;
                }
                devices.try_update(|list| {
                    list.iter_mut()
                        .for_each(|list| list.retain(|it| it.id != id))
                });
            }
            toasts.say(done);
        });
    };
    let one = Callback::new(move |id: SessionId| revoke(vec![id], words::DEVICE_GONE));
    let others = move || {
        devices.with(|list| {
            list.iter()
                .flatten()
                .filter(|it| !it.current)
                .map(|it| it.id)
                .collect::<Vec<_>>()
        })
    };
    let rows = move || match devices.get() {
        None if error.with(Option::is_some) => {
            view! { <Button kind=ButtonKind::Outline on:click=move |_| load()>{words::TRY_AGAIN}</Button> }
        }
        None => view! { <SkeletonRows rows=2 /> },
        Some(list) => view! {
            <ul class="devices">
                {list.into_iter().map(|device| view! { <DeviceRow device on_sign_out=one /> }).collect_view()}
            </ul>
        },
    };
    view! {
        <div class="settings__body scrolls">
            <p class="settings__text">{words::DEVICES_TEXT}</p>
            <FormError text=error />
            {rows}
            {move || {
                if others().is_empty() {
                    devices.with(Option::is_some)
                        .then(|| view! { <p class="settings__note">{words::DEVICES_ONLY}</p> })
                } else {
                    Some(
                        view! {
                            <div>
                                <Button
                                    kind=ButtonKind::Outline
                                    on:click=move |_| revoke(untrack(others), words::DEVICES_GONE)
                                >
                                    {words::DEVICES_OTHERS}
                                </Button>
                            </div>
                        }
                            ,
                    )
                }
            }}
        </div>
    }
}

#[component]
fn DeviceRow(device: Device, on_sign_out: Callback<SessionId>) -> impl IntoView {
    let prefs = use_prefs();
    let (browser, system, phone) = programs(&device.user_agent);
    let name = words::device_name(browser, system);
    let label = words::sign_out_of(&name);
    let seen = move || {
        let when = clock::day_and_time(device.last_seen_at.0, prefs.clock24()).unwrap_or_default();
        words::device_seen(&when, &device.address)
    };
    view! {
        <li class="devices__row">
            <Icon glyph=if phone { Glyph::Smartphone } else { Glyph::Laptop } />
            <div class="devices__words">
                <p class="devices__name">{name}</p>
                <p class="settings__note num">{seen}</p>
            </div>
            {if device.current {
                view! { <span class="devices__this">{words::DEVICE_THIS}</span> }
            } else {
                view! {
                    <Button
                        kind=ButtonKind::Outline
                        small=true
                        attr:aria-label=label
                        on:click=move |_| on_sign_out.run(device.id)
                    >
                        {words::SIGN_OUT}
                    </Button>
                }

            }}
        </li>
    }
}

/// Browser and system by the names they call themselves, as far as those are known; whether it is a phone or tablet.
fn programs(agent: &str) -> (&str, &'static str, bool) {
    let first = |names: &[(&'static str, &'static str)]| {
        names
            .iter()
            .find(|(sign, _)| agent.contains(sign))
            .map(|(_, name)| *name)
    };
    // Each browser also names those it descends from, so the youngest come first.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ])
    .unwrap_or("");
    let phone = matches!(system, "Android" | "iPhone" | "iPad");
    let own = agent.split(['/', ' ']).next().unwrap_or("");
    (browser.unwrap_or(own), system, phone)
}

#[cfg(test)]
mod tests {
    use super::programs;

    #[test]
    fn devices_are_called_by_browser_and_system() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
        assert_eq!(programs(chrome), ("Chrome", "Linux", false));
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
        assert_eq!(programs(safari), ("Safari", "iPhone", true));
        assert_eq!(programs("curl/8.5.0"), ("curl", "", false));
        assert_eq!(programs(""), ("", "", false));
    }
}
