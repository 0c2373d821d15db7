//! The words of the signed-in main area, in one place: room list, timeline, composer, people, switcher, dialogs.
//! Sentences are whole, with plurals and named values, so that they can be put into another language.

/// `one` when it is exactly one, else `many`.
fn plural<'a>(count: i64, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// Names as a sentence would list them: "Hana", "Hana and Tom", "Hana, Tom and 2 others".
pub(crate) fn names(names: &[String], more: i64) -> String {
    let others = format!("{more} {}", plural(more, "other", "others"));
    match (names, more) {
        ([], 0) => String::new(),
        ([], _) => others,
        ([one], 0) => one.clone(),
        ([one, two], 0) => format!("{one} and {two}"),
        ([start @ .., last], 0) => format!("{} and {last}", start.join(", ")),
        (all, _) => format!("{} and {others}", all.join(", ")),
    }
}

/// Words of the room list.
pub(crate) mod list {
    use super::plural;

    pub(crate) const REGION: &str = "Rooms";
    pub(crate) const PINNED: &str = "Pinned";
    pub(crate) const ROOMS: &str = "Rooms";
    pub(crate) const PEOPLE: &str = "People";
    pub(crate) const SEARCH: &str = "Search or jump to…";
    pub(crate) const NEW_MESSAGE: &str = "New message";
    pub(crate) const ADD_ROOM: &str = "Add a room";
    pub(crate) const NEW_ROOM: &str = "New room";
    pub(crate) const BROWSE: &str = "Browse rooms";
    pub(crate) const EMPTY: &str = "No rooms yet. Make one, or look around.";
    pub(crate) const NO_PEOPLE: &str = "Nobody here yet. Write to someone.";
    pub(crate) const NOTHING_UNREAD: &str = "You're all caught up.";
    pub(crate) const SETTINGS: &str = "Settings";
    pub(crate) const ALL: &str = "All";
    pub(crate) const UNREAD: &str = "Unread";
    pub(crate) const FILTER: &str = "Show";
    pub(crate) const TABS: &str = "Main";
    pub(crate) const CHATS: &str = "Chats";
    pub(crate) const MARK_READ: &str = "Mark as read";
    pub(crate) const NOTIFICATIONS: &str = "Notifications";
    pub(crate) const NOTIFY_ALL: &str = "All messages";
    pub(crate) const NOTIFY_MINE: &str = "For me";
    pub(crate) const NOTIFY_NONE: &str = "Nothing";
    pub(crate) const PIN: &str = "Pin";
    pub(crate) const MUTE: &str = "Mute";
    pub(crate) const COPY_LINK: &str = "Copy link";
    pub(crate) const LEAVE: &str = "Leave";
    pub(crate) const LINK_COPIED: &str = "Link copied";
    pub(crate) const NOT_COPIED: &str = "Your browser didn't let us copy that.";
    pub(crate) const JUST_YOU: &str = "Just you";
    pub(crate) const HIDE: &str = "Hide the room list";
    pub(crate) const SHOW: &str = "Show the room list";
    pub(crate) const ALL_READ: &str = "Everything is marked as read";

    pub(crate) fn you_said(text: &str) -> String {
        format!("You: {text}")
    }
    pub(crate) fn said(name: &str, text: &str) -> String {
        format!("{name}: {text}")
    }
    pub(crate) fn more(name: &str) -> String {
        format!("More for {name}")
    }
    pub(crate) fn your_profile(name: &str) -> String {
        format!("{name}, your profile")
    }
    pub(crate) fn your_profile_and(name: &str, status: &str) -> String {
        format!("{name}, {status}, your profile")
    }
    pub(crate) fn left(name: &str) -> String {
        format!("You left {name}.")
    }
    pub(crate) fn not_left(name: &str) -> String {
        format!("You're still in {name}.")
    }
    pub(crate) fn leave_title(name: &str) -> String {
        format!("Leave {name}?")
    }
    pub(crate) fn leave_private(name: &str) -> String {
        format!("{name} is private: to come back, someone in it has to add you.")
    }
    pub(crate) fn leave_yes(name: &str) -> String {
        format!("Leave {name}")
    }
    pub(crate) const LEAVE_NO: &str = "Stay";

    /// What a row says to a screen reader after its name.
    pub(crate) fn for_you(count: i64) -> String {
        format!("{} for you", capped(count))
    }
    pub(crate) fn new(count: i64) -> String {
        format!("{} new", capped(count))
    }
    pub(crate) const MUTED: &str = "muted";
    pub(crate) const PRIVATE: &str = "private";
    pub(crate) const HAS_DRAFT: &str = "draft";
    pub(crate) const HAS_FAILED: &str = "a message wasn't sent";
    pub(crate) const ARCHIVED: &str = "archived";

    pub(crate) fn capped(count: i64) -> String {
        if count > 99 {
            "99+".into()
        } else {
            count.to_string()
        }
    }
    pub(crate) fn people(count: i64) -> String {
        format!("{count} {}", plural(count, "person", "people"))
    }
    pub(crate) fn people_here(count: i64, here: i64) -> String {
        format!("{}, {here} here now", people(count))
    }
}

/// Words of the timeline.
pub(crate) mod timeline {
    use super::plural;

    pub(crate) const TODAY: &str = "Today";
    pub(crate) const YESTERDAY: &str = "Yesterday";
    pub(crate) const NEW: &str = "New";
    pub(crate) const EDITED: &str = "(edited)";
    pub(crate) const SENDING: &str = "Sending…";
    pub(crate) const WAITING: &str = "Waiting";
    pub(crate) const NOT_ACCEPTED: &str = "Not sent. The server didn't accept it.";
    pub(crate) const NO_ANSWER: &str = "Not sent. The server didn't answer.";
    pub(crate) const EXPIRED: &str = "Not sent. It has waited for over a day.";
    pub(crate) const EDITED_SPOKEN: &str = "Edited";
    pub(crate) const TRY_AGAIN: &str = "Try again";
    pub(crate) const EDIT: &str = "Edit";
    pub(crate) const DELETE: &str = "Delete";
    pub(crate) const REPLY: &str = "Reply";
    pub(crate) const MORE: &str = "More";
    pub(crate) const COPY_TEXT: &str = "Copy text";
    pub(crate) const COPY_LINK: &str = "Copy link";
    pub(crate) const COPY: &str = "Copy";
    pub(crate) const COPIED: &str = "Copied";
    pub(crate) const LINK_COPIED: &str = "Link copied";
    pub(crate) const DELETED: &str = "Message deleted";
    pub(crate) const UNDO: &str = "Undo";
    pub(crate) const JUMP: &str = "Jump to latest";
    pub(crate) const BACK: &str = "Back to the reply";
    pub(crate) const OLDER_FAILED: &str = "Couldn't load earlier messages.";
    pub(crate) const NEWER_FAILED: &str = "Couldn't load later messages.";
    pub(crate) const CODE: &str = "Code";
    pub(crate) const SPOILER: &str = "Hidden words. Press to show";
    pub(crate) const QUOTE_GONE: &str = "The message was deleted";
    pub(crate) const SAVE: &str = "save";
    pub(crate) const CANCEL: &str = "cancel";
    pub(crate) const EDIT_FIELD: &str = "Edit your message";
    pub(crate) const ACTIONS: &str = "Message actions";
    pub(crate) const MESSAGE: &str = "message";
    pub(crate) const SOMEONE: &str = "Someone";
    pub(crate) const NO_MESSAGE: &str = "That message isn't here any more.";
    pub(crate) const DELETE_OTHER_YES: &str = "Delete message";
    pub(crate) const DELETE_OTHER_NO: &str = "Keep it";
    pub(crate) const DELETE_OTHER_TEXT: &str = "It goes for everyone. This can't be undone.";

    pub(crate) fn delete_other_title(name: &str) -> String {
        format!("Delete the message by {name}?")
    }
    pub(crate) fn messages_in(room: &str) -> String {
        format!("Messages in {room}")
    }
    pub(crate) fn new_since(count: i64, time: &str) -> String {
        format!("{} new since {time}", super::list::capped(count))
    }
    pub(crate) fn not_sent(reason: &str) -> String {
        format!("Not sent. {reason}")
    }
    pub(crate) fn new_above(count: i64) -> String {
        format!("{} new", super::list::capped(count))
    }
    pub(crate) fn deleted_by(name: &str) -> String {
        format!("Message deleted by {name}")
    }
    pub(crate) fn loaded(count: usize) -> String {
        let noun = plural(
            i64::try_from(count).unwrap_or(i64::MAX),
            "message",
            "messages",
        );
        format!("Loaded {count} earlier {noun}")
    }
    pub(crate) fn this_is(room: &str) -> String {
        format!("This is {room}")
    }
    pub(crate) fn start_of_room(room: &str) -> String {
        format!("This is where {room} begins.")
    }
    pub(crate) const NOTHING_YET: &str = "Nothing here yet. Say hello.";
    pub(crate) fn start_of_direct(people: &str) -> String {
        format!("This is the start of you and {people}.")
    }
    pub(crate) const START_ALONE: &str = "This is a place for notes to yourself.";
    pub(crate) fn quote(name: &str, words: &str) -> String {
        format!("Reply to {name}: {words}")
    }
    pub(crate) fn reply_to(name: &str) -> String {
        format!("Reply to {name}")
    }

    /// Marks a name in a sentence, so that it can be shown in bold.
    pub(crate) fn marked(name: &str) -> String {
        format!("{MARK_START}{name}{MARK_END}")
    }
    /// Before a marked name; never in what people write, as the server takes no control characters in names.
    pub(crate) const MARK_START: char = '\u{2}';
    /// After it.
    pub(crate) const MARK_END: char = '\u{3}';

    pub(crate) fn created(who: &str) -> String {
        format!("{who} made this room")
    }
    pub(crate) fn joined(who: &str) -> String {
        format!("{who} joined")
    }
    pub(crate) fn left(who: &str) -> String {
        format!("{who} left")
    }
    pub(crate) fn added(who: &str, whom: &str) -> String {
        format!("{who} added {whom}")
    }
    pub(crate) fn removed(who: &str, whom: &str) -> String {
        format!("{who} removed {whom}")
    }
    pub(crate) fn renamed(who: &str, name: &str) -> String {
        format!("{who} named this room “{name}”")
    }
    pub(crate) fn topic(who: &str, topic: &str) -> String {
        format!("{who} changed the topic to “{topic}”")
    }
    pub(crate) fn no_topic(who: &str) -> String {
        format!("{who} took the topic away")
    }
    pub(crate) fn archived(who: &str) -> String {
        format!("{who} archived this room")
    }
    pub(crate) fn unarchived(who: &str) -> String {
        format!("{who} opened this room again")
    }
    pub(crate) fn unknown(who: &str) -> String {
        format!("{who} changed something here")
    }
}

/// Words of the composer.
pub(crate) mod composer {
    use super::{names, plural};

    pub(crate) const SEND: &str = "Send";
    pub(crate) const FORMAT: &str = "Formatting";
    pub(crate) const BOLD: &str = "Bold";
    pub(crate) const ITALIC: &str = "Italic";
    pub(crate) const STRIKE: &str = "Strikethrough";
    pub(crate) const CODE: &str = "Code";
    pub(crate) const BLOCK: &str = "Code block";
    pub(crate) const QUOTE: &str = "Quote";
    pub(crate) const LIST: &str = "List";
    pub(crate) const SPOILER: &str = "Spoiler";
    pub(crate) const CANCEL_REPLY: &str = "Cancel reply";
    pub(crate) const TO_SEND: &str = "to send";
    pub(crate) const ARCHIVED: &str = "This room is archived. Nobody can write here.";
    pub(crate) const OPEN_AGAIN: &str = "Open it again";
    pub(crate) const NOT_A_MEMBER: &str = "You're looking around. Join to write here.";
    pub(crate) const JOIN: &str = "Join";

    pub(crate) fn message(room: &str) -> String {
        format!("Message {room}")
    }
    pub(crate) fn reply(name: &str) -> String {
        format!("Reply to {name}…")
    }
    pub(crate) fn replying(name: &str) -> String {
        format!("Reply to {name}:")
    }
    pub(crate) fn over(count: usize) -> String {
        let many = i64::try_from(count).unwrap_or(i64::MAX);
        format!(
            "That's {count} {} over. Shorten it.",
            plural(many, "character", "characters")
        )
    }
    pub(crate) fn waiting(count: usize) -> String {
        format!("{count} waiting to send")
    }
    /// Who is typing, by name; several people beyond two.
    pub(crate) fn typing(who: &[String]) -> String {
        match who {
            [] => String::new(),
            [one] => format!("{one} is typing…"),
            [_, _] => format!("{} are typing…", names(who, 0)),
            _ => "Several people are typing…".into(),
        }
    }
}

/// Words of the People panel and the header.
pub(crate) mod people {
    pub(crate) const TITLE: &str = "People";
    pub(crate) const CLOSE: &str = "Close";
    pub(crate) const SEARCH: &str = "Search people";
    pub(crate) const HERE: &str = "Here now";
    pub(crate) const AWAY: &str = "Away";
    pub(crate) const DND: &str = "Do not disturb";
    pub(crate) const OFFLINE: &str = "Offline";
    pub(crate) const EVERYONE: &str = "Everyone";
    pub(crate) const OWNER: &str = "owner";
    pub(crate) const MODERATOR: &str = "moderator";
    pub(crate) const ADMIN: &str = "admin";
    pub(crate) const BOT: &str = "bot";
    pub(crate) const NONE: &str = "Nobody by that name here.";
    pub(crate) const BACK: &str = "Back";
    pub(crate) const DETAILS: &str = "Room details";
    pub(crate) const PROFILE: &str = "Profile";
    pub(crate) const YOU: &str = "(you)";

    pub(crate) fn group(name: &str, count: usize) -> String {
        format!("{name} · {count}")
    }
    pub(crate) fn toggle(count: i64) -> String {
        format!("People, {count}")
    }
}

/// Words of the switcher.
pub(crate) mod switcher {
    pub(crate) const LABEL: &str = "Jump to";
    pub(crate) const FIELD: &str = "Search or jump to…";
    pub(crate) const JUMP: &str = "Jump to";
    pub(crate) const RECENT: &str = "Recent";
    pub(crate) const PEOPLE: &str = "People";
    pub(crate) const DO: &str = "Do";
    pub(crate) const MOVE: &str = "move";
    pub(crate) const OPEN: &str = "open";
    pub(crate) const HINT_PEOPLE: &str = "people";
    pub(crate) const HINT_ACTIONS: &str = "actions";
    pub(crate) const LIGHT: &str = "Use the light theme";
    pub(crate) const DARK: &str = "Use the dark theme";
    pub(crate) const SIGN_OUT: &str = "Sign out";

    pub(crate) fn nothing(query: &str) -> String {
        format!("Nothing called “{query}”.")
    }
    pub(crate) fn results(count: usize) -> String {
        match count {
            0 => "No results".into(),
            1 => "1 result".into(),
            _ => format!("{count} results"),
        }
    }
    pub(crate) fn settings(tab: &str) -> String {
        format!("Settings: {tab}")
    }
}

/// Words of the directory and the dialogs that make rooms.
pub(crate) mod rooms {
    pub(crate) const BROWSE: &str = "Browse rooms";
    pub(crate) const SEARCH: &str = "Search rooms";
    pub(crate) const JOIN: &str = "Join";
    pub(crate) const OPEN: &str = "Open";
    pub(crate) const NO_ROOMS: &str = "No open rooms yet. Make the first one.";
    pub(crate) const TROUBLE: &str = "That didn't load. Check the connection and try again.";
    pub(crate) const TRY_AGAIN: &str = "Try again";
    pub(crate) const NEW_ROOM: &str = "New room";
    pub(crate) const MAKE: &str = "Make room";
    pub(crate) const CANCEL: &str = "Cancel";
    pub(crate) const WHO_FINDS: &str = "Who can find it";
    pub(crate) const PUBLIC: &str = "Everyone here";
    pub(crate) const PUBLIC_ABOUT: &str = "Anyone can find it, read it and join.";
    pub(crate) const PRIVATE: &str = "Only people who are added";
    pub(crate) const PRIVATE_ABOUT: &str = "Nobody else knows it exists.";
    pub(crate) const NAME: &str = "Name";
    pub(crate) const NAME_HINT: &str = "An emoji in front becomes its picture.";
    pub(crate) const NAME_MISSING: &str = "Give the room a name.";
    pub(crate) const TOPIC: &str = "Topic";
    pub(crate) const TOPIC_HINT: &str = "What it is about just now. You can leave this out.";
    pub(crate) const PEOPLE: &str = "Add people";
    pub(crate) const NEW_MESSAGE: &str = "New message";
    pub(crate) const TO: &str = "To";
    pub(crate) const GO: &str = "Go to conversation";
    pub(crate) const NO_PERSON: &str = "Nobody by that name.";
    pub(crate) const NOBODY_ELSE: &str = "Nobody else is here yet.";
    pub(crate) const FULL: &str = "That's as many as fit in one conversation.";
    pub(crate) const SUGGESTIONS: &str = "People who match";

    pub(crate) fn none_match(query: &str) -> String {
        format!("No room called “{query}”.")
    }
    pub(crate) fn remove(name: &str) -> String {
        format!("Remove {name}")
    }
    pub(crate) fn join(name: &str) -> String {
        format!("Join {name}")
    }
    pub(crate) fn about(people: &str, topic: &str) -> String {
        format!("{people} · {topic}")
    }
}

/// Words of the room details.
pub(crate) mod details {
    pub(crate) const TITLE: &str = "Room details";
    pub(crate) const SAVE: &str = "Save";
    pub(crate) const SAVED: &str = "Saved";
    pub(crate) const PEOPLE: &str = "People";
    pub(crate) const ADD: &str = "Add people";
    pub(crate) const ADD_GO: &str = "Add";
    pub(crate) const ROLE_MEMBER: &str = "Member";
    pub(crate) const ROLE_MODERATOR: &str = "Moderator";
    pub(crate) const ROLE_OWNER: &str = "Owner";
    pub(crate) const ARCHIVE: &str = "Archive room";
    pub(crate) const ARCHIVE_ABOUT: &str = "Nobody can write any more; everything stays readable.";
    pub(crate) const UNARCHIVE: &str = "Open it again";
    pub(crate) const PRIVATE: &str = "A private room: only people who are added can see it.";
    pub(crate) const PUBLIC: &str = "A public room: everyone here can find and join it.";
    pub(crate) const DIRECT: &str = "A conversation between the people in it, and nobody else.";
    pub(crate) const NO_TOPIC: &str = "No topic yet.";
    pub(crate) const KEEP: &str = "Keep it";

    pub(crate) fn role_of(name: &str) -> String {
        format!("Role of {name}")
    }
    pub(crate) fn remove(name: &str) -> String {
        format!("Remove {name}")
    }
    pub(crate) fn remove_title(name: &str, room: &str) -> String {
        format!("Remove {name} from {room}?")
    }
    pub(crate) const REMOVE_TEXT: &str =
        "Their messages stay. They can't read or write here any more.";
    pub(crate) fn archive_title(name: &str) -> String {
        format!("Archive {name}?")
    }
    pub(crate) fn archive_yes(name: &str) -> String {
        format!("Archive {name}")
    }
}

/// Words of the connection banner.
pub(crate) mod connection {
    use super::plural;

    pub(crate) const RECONNECTING: &str = "Reconnecting…";
    pub(crate) const RECONNECTING_TEXT: &str = "You can keep writing.";
    pub(crate) const OFFLINE: &str = "You're offline.";
    pub(crate) const OFFLINE_TEXT: &str = "Keep writing, we'll send everything when you're back.";
    pub(crate) const TRY_NOW: &str = "Try now";
    pub(crate) const BACK: &str = "Back online.";
    pub(crate) const ENDED: &str = "Your session ended.";
    pub(crate) const ENDED_TEXT: &str = "Sign in again, your draft is safe.";
    pub(crate) const SIGN_IN: &str = "Sign in";
    pub(crate) const CAUGHT_UP: &str = "You're all caught up.";

    pub(crate) fn trying_in(seconds: i64) -> String {
        format!("Trying again in {seconds} s")
    }
    pub(crate) fn catching_up(count: i64) -> String {
        format!(
            "Catching up, {count} {}",
            plural(count, "message", "messages")
        )
    }
}

/// Words of the announcer.
pub(crate) mod announcer {
    pub(crate) fn message(name: &str, text: &str) -> String {
        format!("{name}: {text}")
    }
    pub(crate) fn several(count: u32) -> String {
        format!("{count} new messages")
    }
    pub(crate) fn room(name: &str, unread: i64) -> String {
        if unread > 0 {
            format!("{name}, {} new", super::list::capped(unread))
        } else {
            name.into()
        }
    }
    pub(crate) const NOT_SENT: &str = "A message wasn't sent.";
    pub(crate) const DELETE_REFUSED: &str = "That message couldn't be deleted. It's back.";
    pub(crate) const EDIT_REFUSED: &str =
        "That change couldn't be saved. Your words are in the row.";
    pub(crate) const SENT: &str = "Sent";
    pub(crate) const CONVERSATION: &str = "New messages";
}

/// Words of the page around it all.
pub(crate) mod page {
    pub(crate) const SKIP: &str = "Skip";
    pub(crate) const SKIP_MESSAGES: &str = "Skip to messages";
    pub(crate) const SKIP_COMPOSER: &str = "Skip to composer";
    pub(crate) const NOTHING_CHOSEN: &str = "Where to?";
    pub(crate) const NOTHING_CHOSEN_TEXT: &str =
        "Choose a room or a person, or press the search box to jump.";
    pub(crate) const CLOSE_PANEL: &str = "Close the panel";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_names_read_like_a_sentence() {
        let all: Vec<String> = ["Hana", "Tom", "Mara"].map(String::from).to_vec();
        assert_eq!(names(&all[..1], 0), "Hana");
        assert_eq!(names(&all[..2], 0), "Hana and Tom");
        assert_eq!(names(&all, 0), "Hana, Tom and Mara");
        assert_eq!(names(&all[..2], 2), "Hana, Tom and 2 others");
        assert_eq!(names(&all[..1], 1), "Hana and 1 other");
    }
}
