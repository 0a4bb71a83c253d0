//! Documents and jobs: fetch, parse, chunk, embed, index.

mod blobs;
mod chunk;
mod events;
pub mod extract;
mod fetch;
mod job;
mod orphans;
mod pipeline;
mod recipe;
mod relay;
mod service;
mod store;
mod tokens;
mod worker;

use std::sync::Arc;

use stoa_kit::{
    Config, Room, Shutdown,
    config::ConfigError,
    grpc::{self, ConnectError, ServeError},
    nats::{self, NatsError},
    postgres::{self, DatabaseError, Schema},
};
use stoa_proto::{
    embedding::{embedding_service_client::EmbeddingServiceClient, embedding_service_server},
    generation::generation_service_client::GenerationServiceClient,
    ingestion::ingestion_service_server::{self, IngestionServiceServer},
    retrieval::{retrieval_service_client::RetrievalServiceClient, retrieval_service_server},
};
use thiserror::Error;
use tokio::sync::Notify;

pub use blobs::{BlobsError, probe as probe_blobs};
pub use worker::QueueError;

use crate::{
    blobs::Blobs,
    events::Events,
    fetch::Fetcher,
    orphans::Orphans,
    pipeline::Pipeline,
    recipe::Recipes,
    relay::Relay,
    service::{Ingestion, Uploads},
    store::Store,
    worker::Worker,
};

/// The service's name in gRPC, by which its health is told.
const SERVICE: &str = ingestion_service_server::SERVICE_NAME;

/// Why background work that is tried again did not succeed this time; only the log has it.
type WorkError = Box<dyn std::error::Error + Send + Sync>;

/// The tables of the service.
pub static SCHEMA: Schema = Schema {
    name: "ingestion",
    migrations: sqlx::migrate!(),
};

/// The service could not start or broke.
#[derive(Debug, Error)]
pub enum Error {
    /// A key is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Another service's address is wrong.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// PostgreSQL.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// NATS.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// The work queue.
    #[error("the work queue: {0}")]
    Queue(#[from] QueueError),
    /// Where documents' bytes are kept.
    #[error("ingestion.blobs: {0}")]
    Blobs(#[from] BlobsError),
    /// The HTTP client.
    #[error("fetching: {0}")]
    Fetch(#[source] reqwest::Error),
    /// The server broke.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Runs the service until shutdown.
pub async fn serve(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    let (listener, address) = grpc::bind(&config.server.listen).await?;
    let mut server = grpc::Server::of(config)?;
    start(config, shutdown, &mut server).await?;
    tracing::info!(%address, "ingestion is ready");
    Ok(server.serve(listener, shutdown).await?)
}

/// The services that this one calls.
struct Peers {
    embedding: EmbeddingServiceClient<grpc::Client>,
    retrieval: RetrievalServiceClient<grpc::Client>,
    generation: GenerationServiceClient<grpc::Client>,
}

impl Peers {
    /// Connects to them. Those without which no document is learned are needs of this service.
    fn of(config: &Config, shutdown: &Shutdown) -> Result<Self, Error> {
        let credentials = grpc::Credentials::of(config)?;
        let connect = |address: &str| grpc::connect(address, &credentials);
        let embedding = connect(&config.embedding.address)?;
        let retrieval = connect(&config.retrieval.address)?;
        // Generation is called too, but only so that answers forget a document, which can wait for it.
        for (name, client, peer) in [
            (
                "embedding",
                &embedding,
                embedding_service_server::SERVICE_NAME,
            ),
            (
                "retrieval",
                &retrieval,
                retrieval_service_server::SERVICE_NAME,
            ),
        ] {
            grpc::need(shutdown, SERVICE, name, client, peer);
        }
        Ok(Self {
            embedding: EmbeddingServiceClient::new(embedding)
                .max_decoding_message_size(pipeline::MAX_MESSAGE),
            retrieval: RetrievalServiceClient::new(retrieval),
            generation: GenerationServiceClient::new(connect(&config.generation.address)?),
        })
    }
}

/// Connects, starts the relay and the workers, and adds the service to a server.
pub async fn start(
    config: &Config,
    shutdown: &Shutdown,
    server: &mut grpc::Server,
) -> Result<(), Error> {
    let pool = postgres::connect(config, &SCHEMA, shutdown).await?;
    postgres::need(&pool, SCHEMA.name, SERVICE, shutdown);
    let store = Store::new(pool);
    let nats = nats::connect(config, "ingestion").await?;
    nats.need(SERVICE, shutdown);
    nats.measure(nats::JOBS, "jobs", shutdown);
    store.measure(shutdown);
    let Peers {
        embedding,
        retrieval,
        generation,
    } = Peers::of(config, shutdown)?;
    let blobs = Blobs::open(config)?;
    let events = Events::new(nats.client.clone());
    let wake = Arc::new(Notify::new());
    let recipes = Recipes::new(embedding.clone(), config.ingestion.passage_tokens);

    Relay::new(store.clone(), nats.jetstream.clone(), Arc::clone(&wake)).start(shutdown);
    Orphans::new(store.clone(), blobs.clone()).start(shutdown);
    let pipeline = Arc::new(Pipeline {
        store: store.clone(),
        blobs: blobs.clone(),
        fetcher: Fetcher::new(&config.ingestion).map_err(Error::Fetch)?,
        events: events.clone(),
        embedding,
        retrieval: retrieval.clone(),
        settings: config.ingestion.clone(),
        recipes: recipes.clone(),
        tokenizer: tokio::sync::Mutex::new(None),
        room: config
            .qdrant
            .url
            .is_none()
            .then(|| Room::of(config, &config.data.dir)),
        parsers: tokio::sync::Semaphore::new(
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        ),
    });
    Worker::new(
        pipeline,
        store.clone(),
        &config.ingestion,
        Arc::clone(&wake),
    )
    .start(&nats.jetstream, shutdown)
    .await?;
    let service = Ingestion {
        store,
        blobs,
        events,
        retrieval,
        generation,
        recipes,
        uploads: Uploads::new(config.ingestion.max_bytes),
        max_queued: config.ingestion.max_queued,
        wake,
        shutdown: shutdown.clone(),
    };
    service.start(shutdown);
    server.add(IngestionServiceServer::new(service));
    Ok(())
}
