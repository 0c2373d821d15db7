//! The place: its name, its version, who may join. Known before anyone signs in; the name of last time is shown until
//! the server has said it again.

use crate::dom::storage;
use crate::store::Store;
use crate::view::prelude::*;
use crate::words;
use model::Failure;
use shared::server::Server;

const NAME_KEY: &str = "confab.device.place";

/// What is known of the place; from [`use_server`].
#[derive(Clone, Copy)]
pub(crate) struct ServerInfo {
    known: RwSignal<Option<Server>>,
    name: Signal<String>,
}

impl ServerInfo {
    /// Puts it into the context for everything below.
    pub(crate) fn provide() -> Self {
        let known = RwSignal::new(None::<Server>);
        let last = storage::get(NAME_KEY).unwrap_or_else(|| words::PRODUCT.to_owned());
        let name = Memo::new(move |_| {
            known.with(|server| {
                server
                    .as_ref()
                    .map_or_else(|| last.clone(), |server| server.name.clone())
            })
        });
        let info = Self {
            known,
            name: name.into(),
        };
        provide_context(info);
        info
    }

    /// Asks the server.
    pub(crate) async fn load(self, store: Store) -> Result<Server, Failure> {
        let server = store.server().await?;
        self.learn(server.clone());
        Ok(server)
    }

    /// Takes what the server said.
    pub(crate) fn learn(self, server: Server) {
        storage::set(NAME_KEY, &server.name);
        self.known.set(Some(server));
    }

    /// All of it, once known.
    pub(crate) fn known(self) -> Signal<Option<Server>> {
        self.known.into()
    }

    /// The place's name.
    pub(crate) fn name(self) -> Signal<String> {
        self.name
    }
}

/// What is known of the place.
pub(crate) fn use_server() -> ServerInfo {
    expect_context()
}
