//! Rooms are speech shapes: the emoji that their name begins with, or its first letter. Always decoration, so the
//! stylesheet draws it: it is no part of what the link around it says.

use super::avatar::hue_class;
use crate::view::prelude::*;
use shared::RoomId;

/// How large a tile is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TileSize {
    /// 24 px, in lists.
    #[default]
    S,
    /// 30 px, in the header.
    M,
    /// 44 px.
    L,
    /// 64 px, in empty rooms.
    Xl,
}

impl TileSize {
    const fn class(self) -> &'static str {
        match self {
            Self::S => "room-tile--s",
            Self::M => "room-tile--m",
            Self::L => "room-tile--l",
            Self::Xl => "room-tile--xl",
        }
    }
}

/// A room's tile.
#[component]
pub(crate) fn RoomTile(
    id: RoomId,
    #[prop(into)] name: Signal<String>,
    #[prop(optional)] size: TileSize,
) -> impl IntoView {
    view! {
        <span
            class=format!("room-tile {} {}", size.class(), hue_class(id.0))
            class:room-tile--emoji=move || name.with(|name| !split_emoji(name).0.is_empty())
            aria-hidden="true"
            data-face=move || name.with(|name| face(name))
        ></span>
    }
}

/// The room's name without the emoji that its tile shows; the whole name when there would be nothing left.
pub(crate) fn room_label(name: &str) -> String {
    let (_, rest) = split_emoji(name);
    if rest.is_empty() {
        name.to_owned()
    } else {
        rest.to_owned()
    }
}

fn face(name: &str) -> String {
    let (emoji, rest) = split_emoji(name);
    if !emoji.is_empty() {
        return emoji.to_owned();
    }
    let letter = rest.chars().find(|it| it.is_alphanumeric());
    letter.map_or_else(|| "·".to_owned(), |letter| letter.to_uppercase().collect())
}

/// The one emoji at the start of `name`, joined sequences and flags whole, and what follows it.
fn split_emoji(name: &str) -> (&str, &str) {
    let name = name.trim();
    let mut end = 0;
    let mut joined = true;
    let mut flag = false;
    for (at, it) in name.char_indices() {
        let second_of_flag = flag && is_flag_letter(it);
        if joined || second_of_flag {
            if !is_emoji(it) {
                break;
            }
            flag = joined && is_flag_letter(it);
            joined = false;
        } else if it == '\u{200D}' {
            joined = true;
            flag = false;
        } else if !matches!(it, '\u{FE0F}' | '\u{20E3}' | '\u{1F3FB}'..='\u{1F3FF}') {
            break;
        }
        end = at + it.len_utf8();
    }
    let (emoji, rest) = name.split_at(end);
    (emoji, rest.trim_start())
}

fn is_flag_letter(it: char) -> bool {
    matches!(it, '\u{1F1E6}'..='\u{1F1FF}')
}

fn is_emoji(it: char) -> bool {
    matches!(it,
        '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B05}'..='\u{2B55}'
        | '\u{231A}' | '\u{231B}' | '\u{23E9}'..='\u{23FA}' | '\u{2934}' | '\u{2935}' | '\u{25FD}' | '\u{25FE}')
}

#[cfg(test)]
mod tests {
    use super::{face, room_label, split_emoji};

    #[test]
    fn the_leading_emoji_is_the_tile_and_the_rest_the_name() {
        assert_eq!(split_emoji("⛵ Launch day"), ("⛵", "Launch day"));
        assert_eq!(split_emoji("☀️ General"), ("☀️", "General"));
        assert_eq!(split_emoji("👩‍🔧👍 Shop"), ("👩‍🔧", "👍 Shop"));
        assert_eq!(split_emoji("👍🏽 Yes"), ("👍🏽", "Yes"));
        assert_eq!(split_emoji("🇵🇹🇪🇸 Coast"), ("🇵🇹", "🇪🇸 Coast"));
        assert_eq!(split_emoji("General"), ("", "General"));
    }

    #[test]
    fn without_an_emoji_the_first_letter_stands_for_the_room() {
        assert_eq!(face("general"), "G");
        assert_eq!(face("(office) keys"), "O");
        assert_eq!(face("  "), "·");
    }

    #[test]
    fn a_room_of_emoji_alone_keeps_its_name() {
        assert_eq!(room_label("🎲"), "🎲");
        assert_eq!(room_label("🎲 Off the clock"), "Off the clock");
    }
}
