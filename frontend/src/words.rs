//! The words outside the conversation, in one place: entry, settings, profile, keys, errors. Sentences are whole, with
//! named values, so that they can be put into another language. The words of the main area are in `words_chat`.

mod settings;

pub(crate) use settings::*;

pub(crate) const PRODUCT: &str = "Confab";

pub(crate) const CLOSE: &str = "Close";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const BACK: &str = "Back";
pub(crate) const CONTINUE: &str = "Continue";
pub(crate) const COPY: &str = "Copy";
pub(crate) const COPIED: &str = "Copied";
pub(crate) const SAVED: &str = "Saved";
pub(crate) const TRY_AGAIN: &str = "Try again";

// People
pub(crate) const PRESENCE_ONLINE: &str = "Online";
pub(crate) const PRESENCE_AWAY: &str = "Away";
pub(crate) const PRESENCE_DND: &str = "Do not disturb";
pub(crate) const PRESENCE_OFFLINE: &str = "Offline";
pub(crate) const PRESENCE_INVISIBLE: &str = "Invisible";

// Entry
pub(crate) const PASSWORD: &str = "Password";
pub(crate) const PASSWORD_SHOW: &str = "Show the password";
pub(crate) const PASSWORD_HIDE: &str = "Hide the password";
pub(crate) const SIGN_IN: &str = "Sign in";
pub(crate) const SIGN_IN_TITLE: &str = "Good to see you.";
pub(crate) const SIGN_IN_LOGIN: &str = "Username or email";
pub(crate) const SIGN_IN_NEW: &str = "New here?";
pub(crate) const SIGN_IN_REGISTER: &str = "Create your account";
pub(crate) const SIGN_IN_FORGOT: &str = "Forgot your password? Ask an admin for a new one.";
pub(crate) const SIGN_IN_NO_MATCH: &str = "That name and password don't match.";
pub(crate) const REGISTER_NAME: &str = "Your name";
pub(crate) const REGISTER_USERNAME: &str = "Username";
pub(crate) const REGISTER_USERNAME_HINT: &str =
    "To sign in with. Letters, digits, dots and dashes.";
pub(crate) const REGISTER_EMAIL: &str = "Email (optional)";
pub(crate) const REGISTER_HAVE: &str = "Have an account?";
pub(crate) const SETUP_CODE: &str = "Set-up code";
pub(crate) const SETUP_CODE_HINT: &str =
    "The server printed it when it started. It shows that this place is yours.";
pub(crate) const UNREACHABLE_TITLE: &str = "We can't reach the server.";
pub(crate) const UNREACHABLE_TEXT: &str = "Check your connection. We try again by ourselves.";
pub(crate) const ENDED_TITLE: &str = "Your session ended.";
pub(crate) const ENDED_TEXT: &str = "Sign in again, your draft is safe.";
pub(crate) const ENDED_OTHER: &str = "Sign in as someone else";
pub(crate) const ENDED_OTHER_TITLE: &str = "Sign in as someone else?";
pub(crate) const ENDED_OTHER_TEXT: &str =
    "Drafts and unsent messages on this device are thrown away.";
pub(crate) const ENDED_OTHER_YES: &str = "Throw them away";
pub(crate) const ENDED_OTHER_NO: &str = "Keep them";
pub(crate) const SAMPLE_CHAT: [(&str, &str); 4] = [
    ("Jonas Lindqvist", "Second coat of varnish is dry. ⛵"),
    (
        "Mara Okafor",
        "Then we launch on Saturday, high water 10:42. Who's bringing the bunting?",
    ),
    ("Inés Calderón", "Already in the van."),
    ("Élise Marchand", "I'll do coffee. ☕️"),
];

/// Under the title of the sign-in page.
pub(crate) fn sign_in_to(place: &str) -> String {
    format!("Sign in to {place}.")
}

/// The foot of the entry pages.
pub(crate) fn runs_on(place: &str) -> String {
    if place == PRODUCT {
        format!("Runs on {PRODUCT}")
    } else {
        format!("Runs on {PRODUCT}, hosted by {place}")
    }
}

/// The title and the button of the register page.
pub(crate) fn join(place: &str) -> String {
    format!("Join {place}")
}

/// Why there is nothing to fill in.
pub(crate) fn invite_only(place: &str) -> String {
    format!("{place} is invite only. Ask someone there for a link.")
}

/// Why there is nothing to fill in.
pub(crate) fn closed(place: &str) -> String {
    format!("{place} takes no new accounts by itself. Ask an admin for one.")
}

/// Refused for a while.
pub(crate) fn too_many_tries(retry_after_ms: Option<i64>) -> String {
    let seconds = retry_after_ms.unwrap_or(60_000).max(0) / 1000;
    match seconds {
        0..=1 => "Too many tries. Wait a second, then try again.".to_owned(),
        2..=59 => format!("Too many tries. Wait {seconds} seconds, then try again."),
        60..=90 => "Too many tries. Wait a minute, then try again.".to_owned(),
        _ => format!(
            "Too many tries. Wait {} minutes, then try again.",
            (seconds + 59) / 60
        ),
    }
}

// How a password is, in words
pub(crate) const STRENGTH_NONE: &str = "At least 8 characters. A few words you remember are best.";
pub(crate) const STRENGTH_SHORT: &str = "Too short yet: at least 8 characters.";
pub(crate) const STRENGTH_LONG: &str = "Too long: at most 128 characters.";
pub(crate) const STRENGTH_NAME: &str = "It holds your username, which is easy to guess.";
pub(crate) const STRENGTH_WEAK: &str = "Easy to guess. Make it longer.";
pub(crate) const STRENGTH_FAIR: &str = "Fair. A few more characters make it good.";
pub(crate) const STRENGTH_GOOD: &str = "Good.";
pub(crate) const STRENGTH_STRONG: &str = "Strong.";

// First run
pub(crate) const WELCOME_TITLE: &str = "Setting up";
pub(crate) const WELCOME_ACCOUNT: &str = "Your account.";
pub(crate) const WELCOME_ACCOUNT_TEXT: &str =
    "The first account looks after this place. You can make others its admins later.";
pub(crate) const WELCOME_NAME: &str = "Name your place.";
pub(crate) const WELCOME_NAME_TEXT: &str =
    "People see this when they sign in. You can change it later.";
pub(crate) const WELCOME_NAME_LABEL: &str = "Name";
pub(crate) const WELCOME_WHO: &str = "Who can join?";
pub(crate) const WELCOME_ANYONE: &str = "Anyone";
pub(crate) const WELCOME_ANYONE_HINT: &str = "Whoever reaches this address can make an account.";
pub(crate) const WELCOME_ADDED: &str = "Only people I add";
pub(crate) const WELCOME_ADDED_HINT: &str =
    "You make accounts for people with `confab user create` on the server.";
pub(crate) const WELCOME_ROOMS: &str = "Start with these rooms";
pub(crate) const WELCOME_ADD_ROOM: &str = "Add a room";
pub(crate) const WELCOME_ROOM_NAME: &str = "Room name";
pub(crate) const WELCOME_ADD: &str = "Add";
pub(crate) const WELCOME_SUGGESTED: &str = "🎲 Off the clock";
pub(crate) const WELCOME_SHARE: &str = "Bring people in.";
pub(crate) const WELCOME_SHARE_TEXT: &str =
    "Send them this address. They make their own account there.";
pub(crate) const WELCOME_SHARE_CLOSED: &str =
    "Send them this address with the name and password you made for them.";
pub(crate) const WELCOME_ADDRESS: &str = "Address";
pub(crate) const WELCOME_LOCAL: &str =
    "This address works on this computer only. Others need the one of your network or domain.";
pub(crate) const WELCOME_SKIP: &str = "Skip for now";
pub(crate) const WELCOME_OPEN: &str = "Open General";
pub(crate) const ROOMS: &str = "Rooms";
pub(crate) const PEOPLE: &str = "People";
pub(crate) const YOU: &str = "you";
pub(crate) const GENERAL: &str = "General";
pub(crate) const PLACE_FALLBACK: &str = "Your place";

/// Where one is in the set-up.
pub(crate) fn step_of(step: usize, of: usize) -> String {
    format!("Step {step} of {of}")
}

/// Takes a room off the list again.
pub(crate) fn without_room(name: &str) -> String {
    format!("Do without {name}")
}

/// A room could not be made; the others were.
pub(crate) fn room_not_made(name: &str) -> String {
    format!("{name} could not be made. Try again, or do without it.")
}

// Profile card
pub(crate) const MESSAGE: &str = "Message";
pub(crate) const EDIT_PROFILE: &str = "Edit profile";
pub(crate) const COPY_USERNAME: &str = "Copy username";
pub(crate) const USERNAME_COPIED: &str = "Username copied";
pub(crate) const NOT_COPIED: &str = "Your browser didn't let us copy that.";
pub(crate) const ROLE_ADMIN: &str = "Admin";
pub(crate) const ROLE_BOT: &str = "Bot";
pub(crate) const PROFILE_MISSING: &str = "This person isn't here any more.";

/// The card's accessible name.
pub(crate) fn profile_of(name: &str) -> String {
    format!("Profile of {name}")
}

// Errors
pub(crate) const NOT_HERE: &str = "That room isn't here, or you can't see it.";
pub(crate) const NOT_HERE_TEXT: &str = "Check the link, or ask someone who is in it.";
pub(crate) const NOT_A_PAGE: &str = "There is nothing at this address.";
pub(crate) const HOME: &str = "Back to your rooms";
pub(crate) const OFFLINE: &str =
    "We can't reach the server. Check your connection, then try again.";
pub(crate) const BROKE: &str = "Something broke on our side. Try again in a moment.";
pub(crate) const BUSY: &str = "The server is busy. Try again in a moment.";

/// The tab's title: what is for you, where you are, whose place it is.
pub(crate) fn title(for_you: i64, here: &str, place: &str) -> String {
    let name = if here.is_empty() {
        place.to_owned()
    } else {
        format!("{here} · {place}")
    };
    match for_you {
        i64::MIN..=0 => name,
        1..=99 => format!("({for_you}) {name}"),
        _ => format!("(99+) {name}"),
    }
}
