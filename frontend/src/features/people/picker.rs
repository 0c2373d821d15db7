//! Choosing people: chips in a field and a list of who fits, as a combobox (ARIA Authoring Practices).

use super::{PersonAvatar, name_of, person};
use crate::view::{ev, html, prelude::*};
use crate::{
    dom::{scroll, timers},
    store::use_store,
    ui::{AvatarSize, Glyph, Icon, presence_word, speak, unique_id},
    words_chat::{rooms as words, switcher},
};
use leptos::task::spawn_local;
use model::Slice;
use shared::{UserId, accounts::User};
use std::sync::Arc;

/// The server is asked after so long without a key press.
const ASK_MS: i64 = 200;
/// Most people in the list.
const SHOWN: usize = 50;

/// A field for people.
#[component]
pub(crate) fn PeoplePicker(
    #[prop(into)] label: String,
    /// Who is chosen, in order.
    chosen: RwSignal<Vec<UserId>>,
    /// Who cannot be chosen: they are in already.
    #[prop(optional, into)]
    without: Signal<Vec<UserId>>,
    /// Most people one may choose.
    #[prop(default = 50)]
    most: usize,
    #[prop(optional)] autofocus: bool,
    /// Enter in an empty field.
    #[prop(optional, into)]
    on_done: Option<Callback<()>>,
) -> impl IntoView {
    let store = use_store();
    let list_id = unique_id("picker-list");
    let field_id = unique_id("picker-field");
    let query = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = RwSignal::new(known(store));
    let field = NodeRef::<html::Input>::new();
    let list = NodeRef::<html::Div>::new();
    let timer = StoredValue::new(None::<timers::Timer>);

    let ask = move || {
        spawn_local(async move {
            let words = query.get_untracked();
            // What is known already stays on screen when the server cannot be asked.
            if let Ok(page) = store.find_users(words.trim(), None).await
                && query.try_get_untracked().is_some_and(|now| now == words)
            {
                let fresh = page.users.into_iter().map(Arc::new);
                found.try_update(|found| merge(found, fresh));
            }
        });
    };
    ask();

    let options = Memo::new(move |_| {
        let needle = query.get().trim().to_lowercase();
        let (chosen, without) = (chosen.get(), without.get());
        let me = store.get(Slice::Session, |model| model.me().map(|me| me.user.id));
        found.with(|found| {
            found
                .iter()
                .filter(|user| {
                    Some(user.id) != me && !chosen.contains(&user.id) && !without.contains(&user.id)
                })
                .filter(|user| {
                    needle.is_empty()
                        || user.display_name.to_lowercase().contains(&needle)
                        || user.username.contains(&needle)
                })
                .take(SHOWN)
                .map(|user| user.id)
                .collect::<Vec<_>>()
        })
    });
    // Where it is not what the dialog is about, the list shows itself only when it is asked for.
    let open = RwSignal::new(autofocus);
    let full = Memo::new(move |_| chosen.with(|chosen| chosen.len() >= most));
    let option_id = {
        let list_id = list_id.clone();
        move |user: UserId| format!("{list_id}-{user}")
    };
    let lit = Memo::new(move |_| options.with(|options| options.get(at.get()).copied()));
    Effect::new(move |before: Option<usize>| {
        let count = options.with(Vec::len);
        if before.is_some_and(|before| before != count) && !query.with_untracked(String::is_empty) {
            speak(switcher::results(count));
        }
        count
    });

    let choose = move |user: UserId| {
        if full.get_untracked() {
            return speak(words::FULL);
        }
        chosen.update(|chosen| chosen.push(user));
        query.set(String::new());
        at.set(0);
        if let Some(field) = field.get_untracked() {
            // The field is on screen, so it takes the focus.
            let _ = field.focus();
        }
    };
    let step = move |by: isize| {
        let count = options.with_untracked(Vec::len);
        if count > 0 {
            at.update(|at| *at = at.saturating_add_signed(by).min(count - 1));
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if crate::features::composer::composing(&event) {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => step(1),
            "ArrowUp" => step(-1),
            "Enter" => match lit.get_untracked() {
                Some(user)
                    if !query.with_untracked(String::is_empty)
                        || chosen.with_untracked(Vec::is_empty) =>
                {
                    choose(user);
                }
                _ => {
                    if let Some(done) = on_done {
                        done.run(());
                    }
                }
            },
            "Backspace" if query.with_untracked(String::is_empty) => {
                chosen.update(|chosen| {
                    chosen.pop();
                });
                return;
            }
            _ => return,
        }
        event.prevent_default();
    };
    let on_input = move |event: ev::Event| {
        query.set(event_target_value(&event));
        at.set(0);
        timer.set_value(timers::after(ASK_MS, ask));
    };
    if autofocus {
        field.on_load(|field| {
            request_animation_frame(move || {
                // The field was just put into the page.
                let _ = field.focus();
            });
        });
    }
    Effect::new({
        let option_id = option_id.clone();
        move |_| {
            let Some(user) = lit.get() else { return };
            if let (Some(list), Some(option)) = (
                list.get_untracked(),
                document().get_element_by_id(&option_id(user)),
            ) {
                scroll::reveal(&list, &option);
            }
        }
    });
    let active = {
        let option_id = option_id.clone();
        move || lit.get().map(&option_id)
    };
    let chips = move || {
        chosen
            .get()
            .into_iter()
            .map(|user| {
                let remove = move |_| chosen.update(|chosen| chosen.retain(|it| *it != user));
                view! { <Chip user on:click=remove /> }
            })
            .collect_view()
    };
    let none = move || {
        options.with(Vec::is_empty).then(|| {
            let says = if query.with(|query| query.trim().is_empty()) {
                words::NOBODY_ELSE
            } else {
                words::NO_PERSON
            };
            view! { <p class="picker__none">{says}</p> }
        })
    };
    let rows = move || {
        options
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, user)| {
                view! {
                    <PickerOption
                        user
                        id=option_id(user)
                        lit=Signal::derive(move || lit.get() == Some(user))
                        on:pointermove=move |_| {
                            if at.get_untracked() != index {
                                at.set(index);
                            }
                        }
                        on:pointerdown=move |event: ev::PointerEvent| event.prevent_default()
                        on:click=move |_| choose(user)
                    />
                }
            })
            .collect_view()
    };
    view! {
        <div class="picker">
            <label class="picker__label" for=field_id.clone()>
                {label}
            </label>
            <div class="picker__box">
                {chips}
                <input
                    node_ref=field
                    id=field_id
                    class="picker__field"
                    type="text"
                    role="combobox"
                    aria-expanded=move || open.get().to_string()
                    aria-autocomplete="list"
                    aria-controls=list_id.clone()
                    aria-activedescendant=move || active().filter(|_| open.get())
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    autofocus=autofocus
                    prop:value=query
                    on:input=on_input
                    on:keydown=on_key
                    on:focus=move |_| open.set(true)
                    on:blur=move |_| {
                        open.try_set(autofocus);
                    }
                />
            </div>
            <div node_ref=list class="picker__list" class:picker__list--closed=move || !open.get()>
                <div id=list_id role="listbox" aria-label=words::SUGGESTIONS>
                    {rows}
                </div>
                {none}
            </div>
        </div>
    }
}

/// People who are known here, by name.
fn known(store: crate::store::Store) -> Vec<Arc<User>> {
    let mut users: Vec<Arc<User>> = store.read(|model| model.users().cloned().collect());
    users.sort_by_cached_key(|user| user.display_name.to_lowercase());
    users
}

fn merge(found: &mut Vec<Arc<User>>, fresh: impl Iterator<Item = Arc<User>>) {
    for user in fresh {
        match found.iter_mut().find(|old| old.id == user.id) {
            Some(old) => *old = user,
            None => found.push(user),
        }
    }
    found.sort_by_cached_key(|user| user.display_name.to_lowercase());
}

/// Someone who is chosen.
#[component]
fn Chip(user: UserId) -> impl IntoView {
    let name = name_of(user);
    view! {
        <button type="button" class="picker__chip" aria-label=move || words::remove(&name.get())>
            <PersonAvatar id=user size=AvatarSize::S />
            <span class="picker__chip-name"><bdi>{name}</bdi></span>
            <Icon glyph=Glyph::X small=true />
        </button>
    }
}

/// Someone who may be chosen.
#[component]
fn PickerOption(user: UserId, id: String, lit: Signal<bool>) -> impl IntoView {
    let (name, profile) = (name_of(user), person(user));
    let presence = super::presence_of(user);
    let handle = move || {
        let handle = profile
            .with(|user| user.as_ref().map(|user| format!("@{}", user.username)))
            .unwrap_or_default();
        match presence.get() {
            Some(presence) => format!("{handle}, {}", presence_word(presence)),
            None => handle,
        }
    };
    view! {
        <div id=id class="picker__option" role="option" aria-selected=move || lit.get().to_string()>
            <PersonAvatar id=user size=AvatarSize::S badge=true />
            <span class="picker__option-name"><bdi>{name}</bdi></span>
            <span class="picker__option-handle">{handle}</span>
        </div>
    }
}
