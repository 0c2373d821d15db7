//! What every component needs at hand.

pub(crate) use super::{
    Children, CollectView as _, IntoView, NodeRef, Picked, View, ViewFn,
    ev::{Listener, window_event_listener},
    state::{Effect, Memo, RwSignal, Signal, StoredValue},
};
pub(crate) use leptos::{
    component,
    prelude::{
        ArcTrigger, Callable as _, Callback, Notify as _, TimeoutHandle, Track as _, document,
        event_target_checked, event_target_value, expect_context, on_cleanup, provide_context,
        queue_microtask, request_animation_frame, set_interval_with_handle,
        set_timeout_with_handle, untrack, use_context, window,
    },
};
pub(crate) use view_macro::view;
