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
    let model = embedding_service_server::SERVICE_NAME;
    grpc::need(shutdown, SERVICE, "embedding", &embedding, model);
    // The one before is called too, but without it questions are searched by their words.
    let previous = config.embedding.previous_address.as_ref();
    let previous = previous
        .map(|address| connect(config, address))
        .transpose()?;
    let retrieval = Retrieval::new(config, client(embedding), previous.map(client))?;
    let retrieval = Arc::new(retrieval);
    let (opening, stop) = (Arc::clone(&retrieval), shutdown.clone());
    shutdown.spawn_server(
        "index opener",
        async move { opening.keep_open(&stop).await },
    );
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

fn connect(config: &Config, address: &str) -> Result<grpc::Client, Error> {
    Ok(grpc::connect(address, &grpc::Credentials::of(config)?)?)
}

fn client(channel: grpc::Client) -> EmbeddingServiceClient<grpc::Client> {
    EmbeddingServiceClient::new(channel).max_decoding_message_size(service::MAX_MESSAGE)
}
