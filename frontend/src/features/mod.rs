//! What people see and do, one directory or file per feature. A feature sees the store, the atoms and the browser's
//! small helpers, never the network.

pub(crate) mod announcer;
pub(crate) mod composer;
pub(crate) mod connection;
pub(crate) mod directory;
pub(crate) mod entry;
pub(crate) mod first_run;
pub(crate) mod new_message;
pub(crate) mod new_room;
pub(crate) mod people;
pub(crate) mod profile;
pub(crate) mod room_details;
pub(crate) mod room_list;
pub(crate) mod settings;
pub(crate) mod switcher;
pub(crate) mod timeline;
