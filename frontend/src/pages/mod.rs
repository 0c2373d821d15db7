//! One file per page: each puts features together and does nothing itself.

pub(crate) mod chat;
pub(crate) mod first_run;
pub(crate) mod not_found;
pub(crate) mod register;
pub(crate) mod sign_in;
