//! Step 2: the place's name, who can join, and the rooms to begin with.

use crate::failure;
use crate::server::use_server;
use crate::store::use_store;
use crate::ui::{
    Button, ButtonKind, FormError, Glyph, Icon, IconButton, RoomTile, TextField, room_label,
};
use crate::view::{ev, html, prelude::*};
use crate::words;
use leptos::task::spawn_local;
use model::Failure;
use shared::RoomId;
use shared::limits::{ROOM_NAME_CHARS, SERVER_NAME_CHARS};
use shared::rooms::{NewRoom, RoomKind};
use shared::server::{PatchServer, Registration};

/// What the place will be like.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) name: RwSignal<String>,
    pub(crate) registration: RwSignal<Registration>,
    /// Rooms beside General that are still to be made.
    pub(crate) rooms: RwSignal<Vec<String>>,
    /// Rooms that were made already, should a later one fail.
    pub(crate) made: RwSignal<Vec<String>>,
}

impl Shape {
    /// Open to anyone, with one room beside General.
    pub(crate) fn new() -> Self {
        Self {
            name: RwSignal::new(String::new()),
            registration: RwSignal::new(Registration::Open),
            rooms: RwSignal::new(vec![words::WELCOME_SUGGESTED.to_owned()]),
            made: RwSignal::new(Vec::new()),
        }
    }
}

/// The form of step 2.
#[component]
pub(crate) fn NamePlace(shape: Shape, step: RwSignal<usize>) -> impl IntoView {
    let (store, server) = (use_store(), use_server());
    let busy = RwSignal::new(false);
    let refused = RwSignal::new(None::<Failure>);
    let room_failed = RwSignal::new(None::<String>);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        refused.set(None);
        room_failed.set(None);
        spawn_local(async move {
            let patch = PatchServer {
                name: Some(shape.name.get_untracked().trim().to_owned()),
                registration: Some(shape.registration.get_untracked()),
            };
            match store.patch_server(&patch).await {
                Ok(known) => {
                    server.learn(known);
                    match make_rooms(store, shape).await {
                        Ok(()) => step.set(3),
                        Err(name) => room_failed.set(Some(words::room_not_made(&name))),
                    }
                }
                Err(failure) => refused.set(Some(failure)),
            }
            busy.set(false);
        });
    };
    let name_error = Signal::derive(move || {
        refused.with(|it| it.as_ref().and_then(|it| failure::of_field(it, "name")))
    });
    let error = Signal::derive(move || {
        room_failed.get().or_else(|| {
            refused.with(|it| it.as_ref().and_then(|it| failure::of_form(it, &["name"])))
        })
    });
    let hint = move || match shape.registration.get() {
        Registration::Open => words::WELCOME_ANYONE_HINT,
        _ => words::WELCOME_ADDED_HINT,
    };
    view! {
        <form class="first-run__form" on:submit=submit>
            <div>
                <h1 class="entry__title">{words::WELCOME_NAME}</h1>
                <p class="entry__sub">{words::WELCOME_NAME_TEXT}</p>
            </div>
            <FormError text=error />
            <TextField
                label=words::WELCOME_NAME_LABEL
                name="name"
                value=shape.name
                error=name_error
                autocomplete="organization"
                maxlength=SERVER_NAME_CHARS
                required=true
                autofocus=true
            />
            <fieldset class="first-run__who" aria-describedby="first-run-who-hint">
                <legend class="field__label">{words::WELCOME_WHO}</legend>
                <div class="first-run__chips">
                    <Who shape value=Registration::Open label=words::WELCOME_ANYONE />
                    <Who shape value=Registration::Closed label=words::WELCOME_ADDED />
                </div>
                <p class="field__hint" id="first-run-who-hint">
                    {hint}
                </p>
            </fieldset>
            <StarterRooms shape />
            <div class="first-run__foot">
                <span class="spacer"></span>
                <Button submit=true large=true busy>
                    {words::CONTINUE}
                </Button>
            </div>
        </form>
    }
}

/// Makes the rooms one after another; the name of the first that fails.
async fn make_rooms(store: crate::store::Store, shape: Shape) -> Result<(), String> {
    while let Some(name) = shape.rooms.with_untracked(|rooms| rooms.first().cloned()) {
        let new = NewRoom {
            kind: RoomKind::Public,
            name: name.clone(),
            topic: None,
            member_ids: None,
        };
        if store.create_room(&new).await.is_err() {
            return Err(name);
        }
        shape.rooms.update(|rooms| {
            rooms.remove(0);
        });
        shape.made.update(|made| made.push(name));
    }
    Ok(())
}

#[component]
fn Who(shape: Shape, value: Registration, label: &'static str) -> impl IntoView {
    let chosen = move || shape.registration.get() == value;
    view! {
        <label class="first-run__choice">
            <input
                type="radio"
                name="registration"
                value=value.as_str()
                prop:checked=chosen
                on:change=move |_| shape.registration.set(value)
            />
            <span class="first-run__face">
                {move || chosen().then(|| view! { <Icon glyph=Glyph::Check small=true /> })} {label}
            </span>
        </label>
    }
}

#[component]
fn StarterRooms(shape: Shape) -> impl IntoView {
    let adding = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let opener = NodeRef::<html::Div>::new();
    let add = move || {
        let wanted = name.get_untracked().trim().to_owned();
        let known =
            shape.rooms.with_untracked(|rooms| rooms.contains(&wanted)) || wanted == words::GENERAL;
        if !wanted.is_empty() && !known {
            shape.rooms.update(|rooms| rooms.push(wanted));
        }
        name.set(String::new());
        adding.set(false);
        request_animation_frame(move || {
            if let Some(opener) = opener.try_get_untracked() {
                crate::dom::focus::focus_first(&opener, "button");
            }
        });
    };
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            add();
        }
        "Escape" => {
            name.set(String::new());
            add();
        }
        _ => {}
    };
    view! {
        <div>
            <p class="field__label" id="first-run-rooms">
                {words::WELCOME_ROOMS}
            </p>
            <ul class="first-run__chips" aria-labelledby="first-run-rooms">
                <Fixed name=words::GENERAL.to_owned() at=1 />
                {move || {
                    shape
                        .made
                        .get()
                        .into_iter()
                        .zip(2..)
                        .map(|(name, at)| view! { <Fixed name at /> })
                        .collect_view()
                }}
                <For each=move || shape.rooms.get().into_iter().zip(20_i64..) key=|(name, _)| name.clone() let((room, at))>
                    <Wanted shape name=room at />
                </For>
            </ul>
            <div class="first-run__adding" node_ref=opener>
                {move || {
                    if adding.get() {
                        view! {
                            <div class="first-run__new" on:keydown=on_key>
                                <TextField
                                    label=words::WELCOME_ROOM_NAME
                                    name="room"
                                    value=name
                                    maxlength=ROOM_NAME_CHARS
                                    autofocus=true
                                />
                                <Button kind=ButtonKind::Outline on:click=move |_| add()>
                                    {words::WELCOME_ADD}
                                </Button>
                            </div>
                        }

                    } else {
                        view! {
                            <Button kind=ButtonKind::Quiet glyph=Glyph::Plus on:click=move |_| adding.set(true)>
                                {words::WELCOME_ADD_ROOM}
                            </Button>
                        }

                    }
                }}
            </div>
        </div>
    }
}

#[component]
fn Fixed(name: String, at: i64) -> impl IntoView {
    let label = room_label(&name);
    view! {
        <li class="first-run__room">
            <RoomTile id=RoomId(at) name />
            <span dir="auto">{label}</span>
        </li>
    }
}

#[component]
fn Wanted(shape: Shape, name: String, at: i64) -> impl IntoView {
    let label = room_label(&name);
    let without = words::without_room(&label);
    let tile = name.clone();
    let remove = move |_| {
        shape
            .rooms
            .update(|rooms| rooms.retain(|room| *room != name))
    };
    view! {
        <li class="first-run__room first-run__room--wanted">
            <RoomTile id=RoomId(at) name=tile />
            <span dir="auto">{label}</span>
            <IconButton glyph=Glyph::X label=without on:click=remove />
        </li>
    }
}
