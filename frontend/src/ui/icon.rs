//! One glyph of the sprite in `assets/icons.svg`, which `index.html` carries inline. Always decoration: the words
//! stand beside it or in the control's label.

use crate::view::prelude::*;

macro_rules! glyphs {
    ($($name:ident = $id:literal;)+) => {
        /// The glyphs there are; one symbol each in the sprite.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Glyph { $($name,)+ }

        impl Glyph {
            const fn href(self) -> &'static str {
                match self { $(Self::$name => concat!("#", $id),)+ }
            }
        }
    };
}

glyphs! {
    ALargeSmall = "i-a-large-small";
    Archive = "i-archive";
    ArchiveRestore = "i-archive-restore";
    ArrowDown = "i-arrow-down";
    ArrowLeft = "i-arrow-left";
    ArrowUp = "i-arrow-up";
    BellOff = "i-bell-off";
    Bold = "i-bold";
    Camera = "i-camera";
    Check = "i-check";
    CheckCheck = "i-check-check";
    ChevronDown = "i-chevron-down";
    ChevronLeft = "i-chevron-left";
    CircleAlert = "i-circle-alert";
    Clock = "i-clock";
    Code = "i-code";
    Compass = "i-compass";
    Copy = "i-copy";
    CornerDownLeft = "i-corner-down-left";
    Download = "i-download";
    Ellipsis = "i-ellipsis";
    Eye = "i-eye";
    EyeOff = "i-eye-off";
    Info = "i-info";
    Italic = "i-italic";
    Keyboard = "i-keyboard";
    Laptop = "i-laptop";
    Link = "i-link";
    List = "i-list";
    Lock = "i-lock";
    LogOut = "i-log-out";
    Mail = "i-mail";
    MessageCircle = "i-message-circle";
    Monitor = "i-monitor";
    Moon = "i-moon";
    PanelLeft = "i-panel-left";
    Pencil = "i-pencil";
    Plus = "i-plus";
    RefreshCw = "i-refresh-cw";
    Reply = "i-reply";
    Search = "i-search";
    SlidersHorizontal = "i-sliders-horizontal";
    Smartphone = "i-smartphone";
    Smile = "i-smile";
    SquareCode = "i-square-code";
    SquarePen = "i-square-pen";
    Strikethrough = "i-strikethrough";
    Sun = "i-sun";
    TextQuote = "i-text-quote";
    Trash2 = "i-trash-2";
    Undo2 = "i-undo-2";
    User = "i-user";
    UserMinus = "i-user-minus";
    UserPlus = "i-user-plus";
    Users = "i-users";
    WifiOff = "i-wifi-off";
    X = "i-x";

}

impl Glyph {
    /// Whether it points along the line of writing and so turns round with it.
    const fn mirrors(self) -> bool {
        matches!(
            self,
            Self::ArrowLeft
                | Self::ChevronLeft
                | Self::CornerDownLeft
                | Self::LogOut
                | Self::PanelLeft
                | Self::Reply
                | Self::Undo2
        )
    }
}

/// A glyph of 20 px, or 16 with `small`.
#[component]
pub(crate) fn Icon(glyph: Glyph, #[prop(optional)] small: bool) -> impl IntoView {
    view! {
        <svg
            class="icon"
            class:icon--s=small
            class:icon--mirror=glyph.mirrors()
            aria-hidden="true"
            focusable="false"
        >
            <use_ href=glyph.href()></use_>
        </svg>
    }
}
