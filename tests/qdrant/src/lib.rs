//! A stand-in for a Qdrant server: its gRPC over the embedded engine, on a real socket.
//!
//! It knows what Stoa asks for and refuses all else, a call as well as a field of one, so that an adapter that begins to ask
//! for more is told so here. What it accepts it does as the server does, errors included.

mod collections;
mod convert;
mod given;
mod points;
mod secured;
mod speaks;

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use qdrant_client::qdrant::{CreateCollection, PayloadSchemaInfo};
use qdrant_edge::EdgeShard;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tonic::{
    Status,
    transport::{Server, server::TcpIncoming},
};

pub use given::empty;
use speaks::Speaks;

/// A running stand-in. Stops when it is dropped.
pub struct Qdrant {
    /// Its address.
    pub url: String,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

/// What it holds.
struct State {
    folder: TempDir,
    key: Option<String>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    collections: BTreeMap<String, Collection>,
    /// Names of collections by their aliases.
    aliases: BTreeMap<String, String>,
    /// Calls that it does not know.
    unknown: Vec<String>,
    /// Collections that were ever made: a folder each.
    made: usize,
}

struct Collection {
    shard: EdgeShard,
    made: CreateCollection,
    fields: BTreeMap<String, PayloadSchemaInfo>,
}

impl Qdrant {
    /// Lets everybody in.
    pub fn start() -> Self {
        Self::serving(None, false)
    }

    /// Lets in who has the key.
    pub fn with_key(key: &str) -> Self {
        Self::serving(Some(key.to_owned()), false)
    }

    /// Lets in who has the key, and speaks TLS alone.
    pub fn secured(key: &str) -> Self {
        Self::serving(Some(key.to_owned()), true)
    }

    fn serving(key: Option<String>, is_secured: bool) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        listener.set_nonblocking(true).expect("it is a socket");
        let folder = tempfile::tempdir().expect("temporary folder");
        let (mut server, scheme) = if is_secured {
            (secured::server(folder.path()), "https")
        } else {
            (Server::builder(), "http")
        };
        let state = Arc::new(State {
            folder,
            key,
            held: Mutex::default(),
        });
        let serving = Arc::clone(&state);
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it is bound");
            let served = server
                .add_service(Speaks::<{ speaks::POINTS }>(Arc::clone(&serving)))
                .add_service(Speaks::<{ speaks::COLLECTIONS }>(Arc::clone(&serving)))
                .add_service(Speaks::<{ speaks::ROOT }>(serving))
                .serve_with_incoming(TcpIncoming::from(listener));
            served.await.expect("it serves");
        });
        Self {
            url: format!("{scheme}://{address}"),
            state,
            runtime: Some(runtime),
        }
    }

    /// PEM file of the certificate that it shows, where it speaks TLS.
    pub fn ca(&self) -> PathBuf {
        self.state.folder.path().join(secured::CERTIFICATE)
    }

    /// Names of its collections.
    pub fn collections(&self) -> Vec<String> {
        self.state.held().collections.keys().cloned().collect()
    }

    /// The collection that an alias names.
    pub fn alias(&self, name: &str) -> Option<String> {
        self.state.held().aliases.get(name).cloned()
    }

    /// How a collection was made.
    pub fn made(&self, name: &str) -> Option<CreateCollection> {
        let held = self.state.held();
        held.collections
            .get(name)
            .map(|collection| collection.made.clone())
    }

    /// What it was asked for and does not know.
    pub fn unknown(&self) -> Vec<String> {
        self.state.held().unknown.clone()
    }
}

impl Drop for Qdrant {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        // The engine writes its files when it is closed, and the folder is removed next.
        self.state.held().collections.clear();
    }
}

impl State {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// A collection by its name or an alias.
    fn collection(&mut self, name: &str) -> Result<&mut Collection, Status> {
        let name = self.aliases.get(name).map_or(name, String::as_str);
        self.collections.get_mut(name).ok_or_else(|| missing(name))
    }
}

fn missing(name: &str) -> Status {
    Status::not_found(format!("Not found: Collection `{name}` doesn't exist!"))
}

fn wrong(what: impl std::fmt::Display) -> Status {
    Status::invalid_argument(format!("Wrong input: {what}"))
}

/// What a real server may do, and this one does not know.
fn unknown(what: impl std::fmt::Display) -> Status {
    Status::unimplemented(format!("the stand-in does not know {what}"))
}
