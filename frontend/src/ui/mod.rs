//! The atoms of the interface: how things look and answer to hand, key and ear. They know nothing of chat, of the
//! store or of the network.

mod anchor;
mod avatar;
mod banner;
mod button;
mod choice;
mod confirm;
mod dialog;
mod empty;
mod field;
mod icon;
mod kbd;
mod live;
mod mark;
mod menu;
mod pill;
mod popover;
mod presence;
mod room_tile;
mod spinner;
mod toast;
mod tooltip;

pub(crate) use anchor::{Anchor, Placement};
pub(crate) use avatar::{Avatar, AvatarSize, hue_class};
pub(crate) use banner::{Banner, Tone};
pub(crate) use button::{Button, ButtonKind, IconButton};
pub(crate) use choice::{Choice, Segmented, Switch};
pub(crate) use confirm::{Confirm, ConfirmLayer, Question, use_confirm};
pub(crate) use dialog::{Dialog, DialogHead};
pub(crate) use empty::Empty;
pub(crate) use field::{FormError, PasswordField, Select, TextArea, TextField, unique_id};
pub(crate) use icon::{Glyph, Icon};
pub(crate) use kbd::Kbd;
pub(crate) use live::{LiveRegions, alert_aloud, speak};
pub(crate) use mark::Mark;
pub(crate) use menu::{Menu, MenuCheck, MenuItem, MenuLine, MenuTitle};
pub(crate) use pill::{Dot, Pill};
pub(crate) use popover::Popover;
pub(crate) use presence::{PresenceBadge, presence_word};
pub(crate) use room_tile::{RoomTile, TileSize, room_label};
pub(crate) use spinner::{SkeletonList, SkeletonRows, Spinner};
pub(crate) use toast::{ToastLayer, Toasts, use_toasts};
pub(crate) use tooltip::TooltipLayer;
