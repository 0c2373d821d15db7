//! The words of the settings and of the keyboard map.

pub(crate) const SETTINGS: &str = "Settings";
pub(crate) const TAB_PROFILE: &str = "Profile";
pub(crate) const TAB_ACCOUNT: &str = "Account";
pub(crate) const TAB_DEVICES: &str = "Devices";
pub(crate) const TAB_APPEARANCE: &str = "Appearance";
pub(crate) const TAB_KEYBOARD: &str = "Keyboard";
pub(crate) const TAB_ABOUT: &str = "About";
pub(crate) const SIGN_OUT: &str = "Sign out";
pub(crate) const SIGN_OUT_TITLE: &str = "Sign out of this device?";
pub(crate) const SIGN_OUT_TEXT: &str =
    "Messages that wait to be sent, and drafts, are thrown away here.";
pub(crate) const SIGN_OUT_NO: &str = "Stay";
pub(crate) const UNSAVED: &str = "Unsaved changes";
pub(crate) const LEAVE_TITLE: &str = "Keep or discard?";
pub(crate) const LEAVE_TEXT: &str = "Your profile has changes that are not saved.";
pub(crate) const LEAVE_YES: &str = "Discard";
pub(crate) const LEAVE_NO: &str = "Keep";

pub(crate) const PHOTO_CHANGE: &str = "Change photo";
pub(crate) const PHOTO_REMOVE: &str = "Remove";
pub(crate) const PHOTO_HINT: &str =
    "JPG, PNG, WebP or GIF, up to 8 MB. Drop a file here, or paste one.";
pub(crate) const PHOTO_TYPE: &str = "That is no picture we can use. JPG, PNG, WebP and GIF work.";
pub(crate) const PHOTO_SAVED: &str = "Photo saved";
pub(crate) const PHOTO_REMOVED: &str = "Photo removed";
pub(crate) const DISPLAY_NAME: &str = "Display name";
pub(crate) const BIO: &str = "About you";
pub(crate) const AVAILABILITY: &str = "Availability";
pub(crate) const STATUS: &str = "Status";
pub(crate) const STATUS_EMOJI: &str = "Emoji";
pub(crate) const STATUS_PLACEHOLDER: &str = "What are you up to?";
pub(crate) const STATUS_CLEAR: &str = "Clear the status";
pub(crate) const STATUS_UNTIL: &str = "Clear it";
pub(crate) const UNTIL_NEVER: &str = "When I say";
pub(crate) const UNTIL_HALF_HOUR: &str = "In 30 minutes";
pub(crate) const UNTIL_HOUR: &str = "In 1 hour";
pub(crate) const UNTIL_FOUR_HOURS: &str = "In 4 hours";
pub(crate) const UNTIL_TODAY: &str = "Today at midnight";
pub(crate) const PREVIEW: &str = "How others see you";
pub(crate) const SAVE_PROFILE: &str = "Save profile";
pub(crate) const PROFILE_SAVED: &str = "Profile saved";
pub(crate) const NAME_NEEDED: &str = "A name is needed, so that others know who you are.";

pub(crate) const ACCOUNT_USERNAME: &str = "Username";
pub(crate) const ACCOUNT_EMAIL: &str = "Email";
pub(crate) const ACCOUNT_PASSWORD: &str = "Password";
pub(crate) const PASSWORD_CURRENT: &str = "Current password";
pub(crate) const PASSWORD_NEW: &str = "New password";
pub(crate) const PASSWORD_CHANGE: &str = "Change password";
pub(crate) const PASSWORD_CHANGED: &str = "Password changed. All other devices are signed out.";
pub(crate) const PASSWORD_WRONG: &str = "That is not your password.";
pub(crate) const PASSWORD_OTHERS: &str = "All your other devices are signed out.";
pub(crate) const TIME_ZONE: &str = "Time zone";
pub(crate) const TIME_ZONE_HINT: &str = "Others see your local time on your card.";
pub(crate) const TIME_ZONE_NONE: &str = "Don't show my time";
pub(crate) const EXPORT_TITLE: &str = "Your data";
pub(crate) const EXPORT_TEXT: &str =
    "A zip with your profile, your rooms and everything you wrote.";
pub(crate) const EXPORT: &str = "Export my data";
pub(crate) const EXPORT_ASK: &str =
    "It is everything you wrote, so we ask for your password again.";
pub(crate) const EXPORT_DONE: &str = "Your data is in your downloads";
pub(crate) const DELETE_TITLE: &str = "Delete account";
pub(crate) const DELETE_TEXT: &str = "Your profile and sign-in go for good. What you wrote stays in its rooms, without your name. This can't be undone.";
pub(crate) const DELETE_OPEN: &str = "Delete my account";
pub(crate) const DELETE_NO: &str = "Keep it";
pub(crate) const DELETE_MISMATCH: &str = "That is not your username.";

pub(crate) const DEVICE_THIS: &str = "This device";
pub(crate) const DEVICES_OTHERS: &str = "Sign out all others";
pub(crate) const DEVICES_ONLY: &str = "You are signed in nowhere else.";
pub(crate) const DEVICES_TEXT: &str =
    "Where you are signed in. Sign out what you don't know, then change your password.";
pub(crate) const DEVICE_GONE: &str = "Signed out there";
pub(crate) const DEVICES_GONE: &str = "All other devices are signed out";

pub(crate) const THEME: &str = "Theme";
pub(crate) const THEME_SYSTEM: &str = "System";
pub(crate) const THEME_LIGHT: &str = "Light";
pub(crate) const THEME_DARK: &str = "Dark";
pub(crate) const TEXT_SIZE: &str = "Text size";
pub(crate) const TEXT_SAMPLE_NAME: &str = "Mara Okafor";
pub(crate) const TEXT_SAMPLE: &str =
    "At high water we let her slide. Bring a warm coat, the slip is windy.";
pub(crate) const DENSITY: &str = "Density";
pub(crate) const DENSITY_COMFORTABLE: &str = "Comfortable";
pub(crate) const DENSITY_COMPACT: &str = "Compact";
pub(crate) const CLOCK: &str = "24 h clock";
pub(crate) const STILL: &str = "Reduce motion";
pub(crate) const STILL_HINT: &str =
    "Nothing slides or fades. Your system's own setting counts, too.";
pub(crate) const ENTER: &str = "Enter key";
pub(crate) const ENTER_SENDS: &str = "Sends";
pub(crate) const ENTER_BREAKS: &str = "Makes a new line";

pub(crate) const KEYS_SEARCH: &str = "Search the keys";
pub(crate) const KEYS_NONE: &str = "No key does that. Try another word.";
pub(crate) const KEYS_ANYWHERE: &str = "Anywhere";
pub(crate) const KEYS_TIMELINE: &str = "On a message";
pub(crate) const KEYS_COMPOSER: &str = "While writing";
pub(crate) const KEY_SWITCHER: &str = "Search or jump to a room or person";
pub(crate) const KEY_PREVIOUS_ROOM: &str = "Previous room";
pub(crate) const KEY_NEXT_ROOM: &str = "Next room";
pub(crate) const KEY_PREVIOUS_UNREAD: &str = "Previous unread room";
pub(crate) const KEY_NEXT_UNREAD: &str = "Next unread room";
pub(crate) const KEY_MAP: &str = "Show these keys";
pub(crate) const KEY_SETTINGS: &str = "Settings";
pub(crate) const KEY_NEXT_REGION: &str = "Next region of the page";
pub(crate) const KEY_PREVIOUS_REGION: &str = "Previous region of the page";
pub(crate) const KEY_CLOSE: &str = "Close what is on top, or jump to the latest message";
pub(crate) const KEY_MARK_ALL_READ: &str = "Mark everything as read";
pub(crate) const KEY_TOGGLE_LIST: &str = "Show or hide the room list";
pub(crate) const KEY_PREVIOUS_MESSAGE: &str = "Previous message";
pub(crate) const KEY_NEXT_MESSAGE: &str = "Next message";
pub(crate) const KEY_BY_SCREEN: &str = "Up or down by a screen";
pub(crate) const KEY_OLDEST: &str = "Oldest loaded message";
pub(crate) const KEY_LATEST: &str = "Latest message";
pub(crate) const KEY_INTO_ROW: &str = "Into the message's links and actions";
pub(crate) const KEY_REPLY: &str = "Reply";
pub(crate) const KEY_EDIT: &str = "Edit your message";
pub(crate) const KEY_DELETE: &str = "Delete your message";
pub(crate) const KEY_COPY_TEXT: &str = "Copy the text";
pub(crate) const KEY_COPY_LINK: &str = "Copy the link";
pub(crate) const KEY_ROW_MENU: &str = "All actions of the message";
pub(crate) const KEY_SEND: &str = "Send";
pub(crate) const KEY_NEW_LINE: &str = "New line";
pub(crate) const KEY_EDIT_LAST: &str = "Edit your last message, when the field is empty";
pub(crate) const KEY_TO_LATEST: &str = "To the latest message";
pub(crate) const KEY_BOLD: &str = "Bold";
pub(crate) const KEY_ITALIC: &str = "Italic";
pub(crate) const KEY_CODE: &str = "Code";
pub(crate) const KEY_STRIKE: &str = "Strike through";

pub(crate) const ABOUT_VERSION: &str = "Version";
pub(crate) const ABOUT_TEXT: &str =
    "Chat that you host yourself. Free software, MIT or Apache 2.0.";
pub(crate) const ABOUT_THANKS: &str =
    "Set in Inter (SIL Open Font License). Icons from Lucide (ISC).";
pub(crate) const ABOUT_DOCS: &str = "For programs: the API's documentation";

/// A count beside its limit.
pub(crate) fn count_of(count: usize, max: usize) -> String {
    format!("{count} / {max}")
}

/// A picture over the limit.
pub(crate) fn photo_too_large(bytes: u64, limit: usize) -> String {
    const MIB: usize = 1024 * 1024;
    format!(
        "That picture is {} MB. The limit here is {} MB.",
        bytes.div_ceil(MIB as u64),
        limit / MIB
    )
}

/// How a status that has an end is chosen.
pub(crate) fn until(time: &str) -> String {
    format!("Until {time}")
}

/// The label of the field that confirms a deletion.
pub(crate) fn type_to_confirm(username: &str) -> String {
    format!("Type {username} to confirm")
}

/// The button that deletes the account.
pub(crate) fn delete_account(username: &str) -> String {
    format!("Delete {username}")
}

/// When and from where a device was last seen.
pub(crate) fn device_seen(when: &str, address: &str) -> String {
    if address.is_empty() {
        format!("Last seen {when}")
    } else {
        format!("Last seen {when} from {address}")
    }
}

/// A device by its programs: "Firefox on Linux".
pub(crate) fn device_name(browser: &str, system: &str) -> String {
    match (browser, system) {
        ("", "") => "Unknown device".to_owned(),
        (browser, "") => browser.to_owned(),
        ("", system) => system.to_owned(),
        (browser, system) => format!("{browser} on {system}"),
    }
}

/// Signs one device out.
pub(crate) fn sign_out_of(device: &str) -> String {
    format!("Sign out {device}")
}

/// Someone's time on their card.
pub(crate) fn their_time(time: &str) -> String {
    format!("{time} their time")
}
