//! Confab's server.
