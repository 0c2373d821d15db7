//! What people see and do, one directory or file per feature. A feature sees the store, the atoms and the browser's
//! small helpers, never the network.

pub(crate) mod entry;
pub(crate) mod first_run;
pub(crate) mod profile;
pub(crate) mod settings;
