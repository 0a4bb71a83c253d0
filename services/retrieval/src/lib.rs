//! Owns the vector index: write, search, delete.

pub mod index;
pub mod keywords;
mod question;
mod ranking;
mod relevance;
mod service;
mod surroundings;

use std::sync::Arc;

use stoa_kit::{
    Config, Shutdown,
    config::ConfigError,
    grpc::{self, ConnectError, ServeError},
};
use stoa_proto::{
    embedding::{embedding_service_client::EmbeddingServiceClient, embedding_service_server},
    retrieval::retrieval_service_server::{self, RetrievalServiceServer},
};
use thiserror::Error;

use crate::service::Retrieval;

/// The service's name in gRPC, by which its health is told.
const SERVICE: &str = retrieval_service_server::SERVICE_NAME;

/// The service could not start or broke.
#[derive(Debug, Error)]
pub enum Error {
    /// A key is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The embedding service's address is wrong.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server broke.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Runs the service until shutdown.
pub async fn serve(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    let (listener, address) = grpc::bind(&config.server.listen).await?;
    let mut server = grpc::Server::of(config)?;
    start(config, shutdown, &mut server)?;
    tracing::info!(%address, "retrieval is ready");
    Ok(server.serve(listener, shutdown).await?)
}

/// Adds the service to a server. The index opens when the embedding service says which model it is for.
pub fn start(config: &Config, shutdown: &Shutdown, server: &mut grpc::Server) -> Result<(), Error> {
    let credentials = grpc::Credentials::of(config)?;
    let embedding = grpc::connect(&config.embedding.address, &credentials)?;
    let model = embedding_service_server::SERVICE_NAME;
    grpc::need(shutdown, SERVICE, "embedding", &embedding, model);
    let embedding =
        EmbeddingServiceClient::new(embedding).max_decoding_message_size(service::MAX_MESSAGE);
    let retrieval = Arc::new(Retrieval::new(config, embedding));
    let (opening, stop) = (Arc::clone(&retrieval), shutdown.clone());
    shutdown.spawn_server("index opener", async move {
        tokio::select! {
            () = opening.open() => {}
            () = stop.stopping() => {}
        }
    });
    let asked = Arc::clone(&retrieval);
    shutdown.need(SERVICE, "index", move || {
        let open = asked.is_open().then_some(());
        std::future::ready(open.ok_or("the index is not open yet"))
    });
    server.add(
        RetrievalServiceServer::from_arc(retrieval).max_decoding_message_size(service::MAX_MESSAGE),
    );
    Ok(())
}
