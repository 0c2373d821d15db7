//! Someone's card: what it shows, and where it opens. Opened with [`open_profile`] from any handler.

mod card;
mod face;

pub(crate) use card::{ProfileLayer, open_profile};
pub(crate) use face::{CardFace, Facts};
