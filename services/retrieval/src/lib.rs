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
    embedding::embedding_service_client::EmbeddingServiceClient,
    retrieval::retrieval_service_server::RetrievalServiceServer,
};
use thiserror::Error;

use crate::service::Retrieval;

/// The service could not start or broke.
#[derive(Debug, Error)]
pub enum Error {
    /// A key is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The embedding service's address is wrong.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// What is said of the vector index cannot be used.
    #[error(transparent)]
    Index(#[from] index::IndexError),
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
    let embedding = connect(config, &config.embedding.address)?;
    let previous = config.embedding.previous_address.as_ref();
    let previous = previous
        .map(|address| connect(config, address))
        .transpose()?;
    let retrieval = Arc::new(Retrieval::new(config, embedding, previous)?);
    let (opening, stop) = (Arc::clone(&retrieval), shutdown.clone());
    shutdown.spawn_server(
        "index opener",
        async move { opening.keep_open(&stop).await },
    );
    server.add(
        RetrievalServiceServer::from_arc(retrieval).max_decoding_message_size(service::MAX_MESSAGE),
    );
    Ok(())
}

fn connect(config: &Config, address: &str) -> Result<EmbeddingServiceClient<grpc::Client>, Error> {
    let channel = grpc::connect(address, &grpc::Credentials::of(config)?)?;
    Ok(EmbeddingServiceClient::new(channel).max_decoding_message_size(service::MAX_MESSAGE))
}
