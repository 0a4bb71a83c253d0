//! Text to vectors: batches the requests of all callers into one model.

mod batcher;
mod cache;
mod service;

use std::sync::Arc;

use stoa_kit::{
    Config, Shutdown,
    config::ConfigError,
    grpc::{self, ServeError},
};
use stoa_models::{
    LoadError,
    embedding::{Embedder, OnnxEmbedder, RemoteEmbedder, RemoteSettings},
};
use stoa_proto::embedding::embedding_service_server::EmbeddingServiceServer;
use thiserror::Error;

use crate::{batcher::Batcher, service::Embedding};

/// The service could not start or broke.
#[derive(Debug, Error)]
pub enum Error {
    /// A key is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The model does not load.
    #[error(transparent)]
    Model(#[from] LoadError),
    /// The server broke.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Runs the service until shutdown.
pub async fn serve(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    let (listener, address) = grpc::bind(&config.server.listen).await?;
    let mut server = grpc::Server::of(config)?;
    start(config, shutdown, &mut server).await?;
    tracing::info!(%address, "embedding is ready");
    Ok(server.serve(listener, shutdown).await?)
}

/// Loads the model and adds the service to a server.
pub async fn start(
    config: &Config,
    shutdown: &Shutdown,
    server: &mut grpc::Server,
) -> Result<(), Error> {
    let embedder = load(config).await?;
    let max_batch = match config.embedding.max_batch {
        0 => embedder.describe().batch,
        configured => configured,
    };
    let batcher = Batcher::start(
        Arc::clone(&embedder),
        max_batch,
        config.embedding.queue,
        shutdown,
    );
    server.add(
        EmbeddingServiceServer::new(Embedding::new(embedder, batcher, config.embedding.clone()))
            .max_decoding_message_size(service::MAX_MESSAGE),
    );
    Ok(())
}

async fn load(config: &Config) -> Result<Arc<dyn Embedder>, LoadError> {
    let settings = &config.embedding;
    if let Some(url) = &settings.url {
        let remote = RemoteEmbedder::new(RemoteSettings {
            url: url.clone(),
            model: settings.model.clone(),
            api_key: settings.api_key.clone(),
            dimensions: settings.dimensions as usize,
            max_tokens: settings.max_tokens as usize,
            tokenizer: settings.tokenizer.clone(),
        })?;
        return Ok(Arc::new(remote));
    }
    let (assets, model, threads) = (
        config.assets.dir.clone(),
        settings.model.clone(),
        settings.threads,
    );
    let loaded =
        tokio::task::spawn_blocking(move || OnnxEmbedder::load(&assets, &model, threads)).await;
    match loaded {
        Ok(embedder) => Ok(Arc::new(embedder?)),
        // The task is not cancelled anywhere, so its only failure is a panic, which must stay one.
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
