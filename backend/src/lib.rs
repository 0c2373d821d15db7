//! Confab's server: a JSON and WebSocket API, with the built client beside it when asked.

pub mod app;
pub mod auth;
pub mod backup;
pub mod clock;
pub mod config;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod db;
pub mod docs;
pub mod error;
pub mod event;
pub mod features;
pub mod http;
pub mod outside;
pub mod realtime;
pub mod static_files;
pub mod ws;
