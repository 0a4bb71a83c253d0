//! Conversations: rewrite, retrieve, prompt, stream, verify.

mod answer;
mod extractive;
mod followup;
mod language;
mod prompt;
mod sentences;
mod service;
mod store;
mod terms;
mod units;
mod verify;

use std::{sync::Arc, time::Duration};

use stoa_kit::{
    Config, Shutdown,
    config::ConfigError,
    grpc::{self, ConnectError, ServeError},
    postgres::{self, DatabaseError},
};
use stoa_models::{
    LoadError,
    language::{GgufModel, LanguageModel, RemoteModel, RemoteModelSettings},
};
use stoa_proto::{
    generation::generation_service_server::GenerationServiceServer,
    retrieval::retrieval_service_client::RetrievalServiceClient,
};
use thiserror::Error;

use crate::{answer::Answerer, service::Generation, store::Store};

/// Name of the answerer without a model, as `generation.model`.
pub const EXTRACTIVE: &str = "extractive";

/// The service could not start or broke.
#[derive(Debug, Error)]
pub enum Error {
    /// A key is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The retrieval service's address is wrong.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// PostgreSQL.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The model is not there.
    #[error(transparent)]
    Model(#[from] LoadError),
    /// The server broke.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Runs the service until shutdown.
pub async fn serve(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    let (listener, address) = grpc::bind(&config.server.listen).await?;
    let mut server = grpc::Server::new(config.require_token()?);
    start(config, shutdown, &mut server).await?;
    tracing::info!(%address, "generation is ready");
    Ok(server.serve(listener, shutdown).await?)
}

/// Connects, loads the model and adds the service to a server.
pub async fn start(
    config: &Config,
    shutdown: &Shutdown,
    server: &mut grpc::Server,
) -> Result<(), Error> {
    let store = Store::new(postgres::connect(config, "generation", &sqlx::migrate!()).await?);
    let retrieval = RetrievalServiceClient::new(grpc::connect(
        &config.retrieval.address,
        config.require_token()?,
    )?);
    let models = load(config).await?;
    let answerer = Arc::new(Answerer::new(
        config.generation.clone(),
        store.clone(),
        retrieval,
        models,
    ));
    server.add(GenerationServiceServer::new(Generation::new(
        answerer,
        store,
        shutdown.clone(),
    )));
    Ok(())
}

/// The models in the order in which they are tried. The extractive answerer comes after them all.
async fn load(config: &Config) -> Result<Vec<Arc<dyn LanguageModel>>, LoadError> {
    let settings = &config.generation;
    if let Some(url) = &settings.url {
        let model = RemoteModel::new(RemoteModelSettings {
            url: url.clone(),
            model: settings.model.clone(),
            api_key: settings.api_key.clone(),
            context_tokens: settings.context_tokens,
            silence: Duration::from_secs(settings.silence_secs),
        })?;
        return Ok(vec![Arc::new(model)]);
    }
    if settings.model == EXTRACTIVE {
        return Ok(Vec::new());
    }
    let (assets, settings) = (config.assets.dir.clone(), settings.clone());
    let loading = move || {
        GgufModel::load(
            &assets,
            &settings.model,
            settings.context_tokens,
            settings.threads,
        )
    };
    match tokio::task::spawn_blocking(loading).await {
        Ok(Ok(model)) => Ok(vec![Arc::new(model)]),
        Ok(Err(error @ LoadError::Broken { .. })) => {
            tracing::error!("{error}. Answers are quotes from the documents until it is mended");
            Ok(Vec::new())
        }
        Ok(Err(error)) => Err(error),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
