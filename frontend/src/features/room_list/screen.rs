//! What lies over or beside the timeline, shared by all of the main area: one dialog at a time, the side panel, the
//! room list's own state.

use crate::view::prelude::*;
use crate::{
    dom::{measure, storage},
    place::{Place, use_place},
};
use shared::{MessageId, RoomId};

const NO_LIST_KEY: &str = "confab.device.no-list";

/// The dialog that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Switcher,
    Directory,
    NewRoom,
    NewMessage,
    Details(RoomId),
}

/// What the list shows on a phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Chats,
    People,
}

/// See the file; from [`use_screen`].
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    /// The dialog that is open.
    pub(crate) over: RwSignal<Option<Over>>,
    /// Whether the People panel is open.
    pub(crate) people: RwSignal<bool>,
    /// Whether the room list is hidden.
    pub(crate) no_list: RwSignal<bool>,
    /// What the list shows on a phone.
    pub(crate) tab: RwSignal<Tab>,
    /// One pane at a time.
    pub(crate) narrow: RwSignal<bool>,
    /// Wide enough for the panel to stand beside the timeline.
    pub(crate) wide: RwSignal<bool>,
    /// The room on screen.
    pub(crate) room: RwSignal<Option<RoomId>>,
    /// The same, for the rows of the list to ask.
    pub(crate) here: Picked,
    /// A change of a message that was refused: its text goes back into the row.
    pub(crate) refused: RwSignal<Option<(MessageId, String)>>,
}

impl Screen {
    /// Puts it into the context for everything below.
    pub(crate) fn provide() -> Self {
        let room = RwSignal::new(None::<RoomId>);
        let screen = Self {
            over: RwSignal::new(None),
            people: RwSignal::new(false),
            no_list: RwSignal::new(storage::get(NO_LIST_KEY).is_some()),
            tab: RwSignal::new(Tab::Chats),
            narrow: measure::media("(width < 640px)"),
            wide: measure::media("(width >= 1280px)"),
            room,
            here: Picked::of(room, |room| Some(room.0.unsigned_abs())),
            refused: RwSignal::new(None),
        };
        provide_context(screen);
        screen
    }

    /// Opens a dialog in place of what is open.
    pub(crate) fn show(self, over: Over) {
        self.over.set(Some(over));
    }

    /// Closes the dialog.
    pub(crate) fn closer(self) -> Callback<()> {
        Callback::new(move |()| {
            self.over.try_set(None);
        })
    }

    /// Shows or hides the room list, and keeps it so.
    pub(crate) fn toggle_list(self) {
        let hidden = !self.no_list.get_untracked();
        self.no_list.set(hidden);
        if hidden {
            storage::set(NO_LIST_KEY, "1");
        } else {
            storage::remove(NO_LIST_KEY);
        }
    }
}

/// What lies over or beside the timeline.
pub(crate) fn use_screen() -> Screen {
    expect_context()
}

/// Whether one is at the level of the list, not in a room.
pub(crate) fn at_list() -> Memo<bool> {
    let place = use_place();
    Memo::new(move |_| place.get() == Place::Home)
}
