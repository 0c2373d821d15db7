//! People are circles: their picture, or initials in a hue that their id decides, and the badge of their presence.
//! Always decoration: the name stands beside it.

use super::PresenceBadge;
use crate::view::prelude::*;
use shared::{UserId, presence::Presence};

/// How large an avatar is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AvatarSize {
    /// 20 px, in quotes.
    Xs,
    /// 24 px, in lists.
    S,
    /// 36 px.
    #[default]
    M,
    /// 36 px, or 28 in the compact density: beside messages.
    Message,
    /// 44 px.
    L,
    /// 76 px, on cards.
    Xl,
}

impl AvatarSize {
    const fn class(self) -> &'static str {
        match self {
            Self::Xs => "avatar avatar--xs",
            Self::S => "avatar avatar--s",
            Self::M => "avatar avatar--m",
            Self::Message => "avatar avatar--msg",
            Self::L => "avatar avatar--l",
            Self::Xl => "avatar avatar--xl",
        }
    }

    const fn sizes(self) -> &'static str {
        match self {
            Self::Xs => "20px",
            Self::S => "24px",
            Self::M | Self::Message => "36px",
            Self::L => "44px",
            Self::Xl => "76px",
        }
    }

    const fn letters(self) -> usize {
        match self {
            Self::Xs | Self::S => 1,
            _ => 2,
        }
    }
}

/// The hue of an id: neighbouring ids get different ones (Fibonacci hashing).
pub(crate) fn hue_class(id: i64) -> &'static str {
    const HUES: [&str; 8] = [
        "hue-0", "hue-1", "hue-2", "hue-3", "hue-4", "hue-5", "hue-6", "hue-7",
    ];
    let hash = id.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61;
    usize::try_from(hash)
        .ok()
        .and_then(|at| HUES.get(at))
        .copied()
        .unwrap_or("hue-0")
}

/// The first letters of the first and the last word, at most `letters`.
pub(crate) fn initials(name: &str, letters: usize) -> String {
    let mut firsts = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|it| it.is_alphanumeric()));
    let first = firsts.next();
    let last = if letters > 1 {
        firsts.next_back()
    } else {
        None
    };
    let initials: String = [first, last]
        .into_iter()
        .flatten()
        .flat_map(char::to_uppercase)
        .collect();
    if initials.is_empty() {
        "?".to_owned()
    } else {
        initials
    }
}

/// Someone's picture or initials.
#[component]
pub(crate) fn Avatar(
    id: UserId,
    #[prop(into)] name: Signal<String>,
    #[prop(optional, into)] url: Signal<Option<String>>,
    /// Shown as a badge when there is one.
    #[prop(optional, into)]
    presence: Signal<Option<Presence>>,
    #[prop(optional)] size: AvatarSize,
) -> impl IntoView {
    // A picture that does not load gives way to the initials, until there is another picture.
    let broken = RwSignal::new(None::<String>);
    let picture = Memo::new(move |_| {
        url.get()
            .filter(|url| broken.with(|it| it.as_ref() != Some(url)))
    });
    let face = move || {
        picture.get().map(|url| {
            let join = if url.contains('?') { '&' } else { '?' };
            let sources =
                (!url.starts_with("blob:")).then(|| format!("{url}{join}size=64 64w, {url} 256w"));
            let failed = url.clone();
            view! {
                <img
                    srcset=sources
                    sizes=size.sizes()
                    src=url
                    alt=""
                    decoding="async"
                    draggable="false"
                    on:error=move |_| broken.set(Some(failed.clone()))
                />
            }
        })
    };
    // Drawn by the stylesheet: letters that stand for a picture are no part of what a button or a link says.
    let letters = move || {
        picture
            .with(Option::is_none)
            .then(|| name.with(|name| initials(name, size.letters())))
    };
    let badge = move || {
        presence.get().map(|_| {
            let presence = Signal::derive(move || presence.get().unwrap_or_default());
            view! { <span class="avatar__badge"><PresenceBadge presence /></span> }
        })
    };
    view! {
        <span class=size.class() aria-hidden="true">
            <span class=format!("avatar__face {}", hue_class(id.0)) data-letters=letters>
                {face}
            </span>
            {badge}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::{hue_class, initials};

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        assert_eq!(initials("Ben Alan Whitlock", 2), "BW");
        assert_eq!(initials("Ben Alan Whitlock", 1), "B");
        assert_eq!(initials("élise", 2), "É");
        assert_eq!(initials("نور", 2), "ن");
        assert_eq!(initials(" (x) ", 2), "X");
        assert_eq!(initials("⛵", 2), "?");
    }

    #[test]
    fn neighbours_get_different_hues() {
        let hues: std::collections::BTreeSet<_> = (1..=8).map(hue_class).collect();
        assert!(hues.len() >= 6, "{hues:?}");
    }
}
