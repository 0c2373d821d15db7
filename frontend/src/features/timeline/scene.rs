//! What the parts of one room's screen share: the timeline's engine, what is lit, edited or open, and the way to the
//! composer. One per room on screen; copies are the same one.

use super::{
    engine::{Engine, Goal},
    lines::{Line, LineId, Lines},
};
use crate::view::{html, prelude::*};
use crate::{
    dom::caret,
    prefs::use_prefs,
    store::{Store, use_store},
    ui::Anchor,
};
use model::{Action, Edge, Key, MessageView, Slice, TimelineView};
use shared::{MessageId, RoomId, UserId, rooms::RoomKind};

/// A message that is being edited in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Editing {
    /// Which.
    pub(crate) key: Key,
    /// The text to begin with.
    pub(crate) body: String,
}

/// See the file.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) store: Store,
    pub(crate) room: RoomId,
    pub(crate) engine: Engine,
    /// What stands around the room's rows, and whether those have changed.
    pub(crate) view: Memo<TimelineView>,
    /// The newest line that focus can stand on.
    pub(crate) latest: RwSignal<Option<LineId>>,
    /// The rows that Tab reaches, that are under the pointer, have the focus, are edited, lit, or have their menu open.
    pub(crate) is: Which,
    /// The line under the pointer.
    pub(crate) hovered: RwSignal<Option<LineId>>,
    /// The line that has the focus.
    pub(crate) focused: RwSignal<Option<LineId>>,
    /// What is being edited.
    pub(crate) editing: RwSignal<Option<Editing>>,
    /// The row whose menu is open, and where.
    pub(crate) menu: RwSignal<Option<(Key, Anchor)>>,
    /// The row that was jumped to.
    pub(crate) flash: RwSignal<Option<Key>>,
    /// The reply from which one went to its original.
    pub(crate) came_from: RwSignal<Option<MessageId>>,
    /// Whether times are written 17:05.
    pub(crate) clock24: Memo<bool>,
    /// Today, here.
    pub(crate) today: Memo<super::clock::Day>,
    /// The composer's text field.
    pub(crate) composer: NodeRef<html::Textarea>,
    /// Text to put into the composer: what was not sent and is to be changed.
    pub(crate) put: RwSignal<Option<String>>,
}

/// See [`Scene::is`].
#[derive(Clone, Copy)]
pub(crate) struct Which {
    pub(crate) stop: Picked,
    pub(crate) hovered: Picked,
    pub(crate) focused: Picked,
    pub(crate) editing: Picked,
    pub(crate) menu: Picked,
    pub(crate) flash: Picked,
}

/// A row among the picked.
fn row(id: LineId) -> Option<u64> {
    match id {
        LineId::Row(key) => Some(key.0),
        _ => None,
    }
}

impl Scene {
    /// Sets the scene for a room.
    pub(crate) fn new(room: RoomId) -> Self {
        let store = use_store();
        let prefs = use_prefs();
        let view = store.select(Slice::Timeline(room), move |model| {
            model.timeline(room).frame()
        });
        let latest = RwSignal::new(None);
        let hovered = RwSignal::new(None);
        let focused = RwSignal::new(None);
        let editing = RwSignal::new(None::<Editing>);
        let menu = RwSignal::new(None::<(Key, Anchor)>);
        let flash = RwSignal::new(None::<Key>);
        let is = Which {
            stop: Picked::new(move || focused.get().or_else(|| latest.get()).and_then(row)),
            hovered: Picked::of(hovered, |id| row(*id)),
            focused: Picked::of(focused, |id| row(*id)),
            editing: Picked::of(editing, |editing| Some(editing.key.0)),
            menu: Picked::of(menu, |(key, _)| Some(key.0)),
            flash: Picked::of(flash, |key| Some(key.0)),
        };
        Self {
            store,
            room,
            engine: Engine::new(),
            view,
            latest,
            is,
            hovered,
            focused,
            editing,
            menu,
            flash,
            came_from: RwSignal::new(None),
            clock24: Memo::new(move |_| prefs.clock24()),
            today: Memo::new(move |_| {
                view.track();
                super::clock::day(store.now())
            }),
            composer: NodeRef::new(),
            put: RwSignal::new(None),
        }
    }

    /// Whether the room has left the screen. Removing elements still brings events about.
    pub(crate) fn is_gone(self) -> bool {
        self.focused.try_get_untracked().is_none()
    }

    /// Reads the lines as they are now.
    pub(crate) fn lines<T: Default>(self, read: impl FnOnce(&Lines) -> T) -> T {
        self.engine.lines(read).unwrap_or_default()
    }

    /// A line, followed.
    pub(crate) fn line<T>(self, key: Key, read: impl FnOnce(Option<&Line>) -> T) -> T {
        self.engine.follow_line(key, read)
    }

    /// A message as it is now.
    pub(crate) fn message(self, key: Key) -> Option<MessageView> {
        self.store.read(|model| model.message(key))
    }

    /// The message's name among all, unless it is an echo.
    pub(crate) fn id(self, key: Key) -> Option<MessageId> {
        self.message(key)
            .map(|view| view.message.id)
            .filter(|id| id.0 > 0)
    }

    /// The room's name as it stands beside its tile.
    pub(crate) fn name(self) -> Memo<String> {
        let room = self.room;
        self.store.select(Slice::Room(room), move |model| {
            crate::ui::room_label(&model.room_name(room))
        })
    }

    /// Whether it is a conversation of a fixed set of people.
    pub(crate) fn is_direct(self) -> bool {
        self.store.read(|model| {
            model
                .room(self.room)
                .is_some_and(|room| room.kind == RoomKind::Direct)
        })
    }

    pub(crate) fn is_me(self, user: UserId) -> bool {
        self.store.read(|model| model.is_me(user))
    }

    /// Goes to the newest message, loading it when it is not there.
    pub(crate) fn to_latest(self) {
        if self.view.with_untracked(|view| view.after != Edge::Reached) {
            self.store.act(Action::JumpToLatest(self.room));
        }
        self.came_from.set(None);
        self.engine.go(Goal::End);
    }

    /// Puts the focus into the composer.
    pub(crate) fn to_composer(self) {
        if let Some(field) = self.composer.try_get_untracked() {
            // The field is on screen, so it takes the focus.
            let _ = field.focus();
        }
    }

    /// Begins to edit one's own message in its row.
    pub(crate) fn edit(self, key: Key, body: String) {
        self.engine.keep(Some(LineId::Row(key)));
        self.editing.set(Some(Editing { key, body }));
    }

    /// Ends editing; the focus goes back to the row, or to the composer where it came from.
    pub(crate) fn end_edit(self) {
        let Some(editing) = self.editing.get_untracked() else {
            return;
        };
        self.editing.set(None);
        self.engine.keep(None);
        if self.latest.get_untracked() == Some(LineId::Row(editing.key)) {
            self.to_composer();
        } else {
            self.engine.focus(LineId::Row(editing.key));
        }
    }

    /// Puts a text into the composer, before what stands there.
    pub(crate) fn write(self, text: String) {
        self.put.set(Some(text));
        self.to_composer();
        if let Some(field) = self.composer.get_untracked() {
            caret::to_end(&field);
        }
    }
}
