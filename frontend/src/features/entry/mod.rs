//! Coming in: sign in, register, sign in again when the server has ended a session.

mod again;
mod frame;
mod register;
mod sign_in;
mod strength;

pub(crate) use again::{SessionEnded, SignInAgain};
pub(crate) use frame::{BrandShape, EntryFrame};
pub(crate) use register::{Account, AccountFields, Register};
pub(crate) use sign_in::SignIn;
pub(crate) use strength::strength_in_words;
