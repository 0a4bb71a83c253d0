//! Conversations: understand, read, write, check, quote, store.

mod answer;
mod check;
mod meaning;
mod parts;
mod quote;
mod read;
mod retention;
mod service;
mod settings;
mod store;
mod topics;
mod understand;
mod write;

use std::{path::Path, sync::Arc, time::Duration};

use stoa_kit::{
    Config, Shutdown,
    config::ConfigError,
    grpc::{self, ConnectError, ServeError},
    postgres::{self, DatabaseError, Schema},
};
use stoa_models::{
    LoadError,
    entailment::{self, EntailmentModel},
    language::{GgufModel, LanguageModel, RemoteModel, RemoteModelSettings},
};
use stoa_proto::{
    embedding::{embedding_service_client::EmbeddingServiceClient, embedding_service_server},
    generation::generation_service_server::{self, GenerationServiceServer},
    retrieval::{retrieval_service_client::RetrievalServiceClient, retrieval_service_server},
    settings::settings_service_server::SettingsServiceServer,
};
use thiserror::Error;

use crate::{
    answer::Answerer,
    check::{Checker, Checks, Entailment, Judge, Nearest, Words},
    meaning::Meaning,
    service::Generation,
    settings::SettingsServer,
    store::Store,
};

/// The service's name in gRPC, by which its health is told.
const SERVICE: &str = generation_service_server::SERVICE_NAME;

/// Name of the answerer without a model, as `generation.model`.
pub const EXTRACTIVE: &str = "extractive";

/// Name of no checking model, as `checking.model`.
pub const NO_MODEL: &str = "none";

/// The setting that names the folder of an entailment model.
const ENTAILMENT: &str = "checking.entailment";

/// The prompts of this version: name and text.
pub fn prompts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = write::prompts::ALL.into_iter();
    all.map(|prompt| (prompt.name, prompt.text))
}

/// Checks the folder of the entailment model, where one is configured, without loading it.
pub fn inspect_entailment(config: &Config) -> Result<Option<&Path>, LoadError> {
    let Some(folder) = &config.checking.entailment else {
        return Ok(None);
    };
    entailment::inspect(ENTAILMENT, folder)?;
    Ok(Some(folder))
}

/// The tables of the service.
pub static SCHEMA: Schema = Schema {
    name: "generation",
    migrations: sqlx::migrate!(),
};

/// The service could not start or broke.
#[derive(Debug, Error)]
pub enum Error {
    /// A key is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address of the retrieval or the embedding service is wrong.
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
    let mut server = grpc::Server::of(config)?;
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
    let pool = postgres::connect(config, &SCHEMA, shutdown).await?;
    postgres::need(&pool, SCHEMA.name, SERVICE, shutdown);
    let store = Store::new(pool);
    retention::start(store.clone(), config.generation.keep_turns_days, shutdown);
    let credentials = grpc::Credentials::of(config)?;
    let retrieval = grpc::connect(&config.retrieval.address, &credentials)?;
    let embedding = grpc::connect(&config.embedding.address, &credentials)?;
    for (name, client, peer) in [
        (
            "retrieval",
            &retrieval,
            retrieval_service_server::SERVICE_NAME,
        ),
        (
            "embedding",
            &embedding,
            embedding_service_server::SERVICE_NAME,
        ),
    ] {
        grpc::need(shutdown, SERVICE, name, client, peer);
    }
    let retrieval = RetrievalServiceClient::new(retrieval);
    let embedding = EmbeddingServiceClient::new(embedding);
    server.add(SettingsServiceServer::new(SettingsServer::new(
        store.clone(),
    )));
    let models = load(config).await?;
    let meaning = Arc::new(Meaning::new(embedding));
    let checks = checks(config, &models, Arc::clone(&meaning)).await?;
    let answerer = Arc::new(Answerer::new(
        config.generation.clone(),
        store.clone(),
        retrieval,
        meaning,
        models,
        checks,
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
            context_tokens: settings.context_tokens_of(true),
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
            settings.context_tokens_of(false),
            settings.threads,
        )
    };
    match tokio::task::spawn_blocking(loading).await {
        Ok(Ok(model)) => Ok(vec![Arc::new(model)]),
        // A file that is there and damaged leaves an answerer that quotes. One that is missing is a mistake in the
        // configuration, which only a failed start makes plain.
        Ok(Err(error @ LoadError::Broken { .. })) => {
            tracing::error!("{error}. Answers are quotes from the documents until it is mended");
            Ok(Vec::new())
        }
        Ok(Err(error)) => Err(error),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// The models that check statements besides their words: an entailment model, which is near and quick, and then a checking
/// model, the generation model where it can, or nothing.
async fn checks(
    config: &Config,
    models: &[Arc<dyn LanguageModel>],
    meaning: Arc<Meaning>,
) -> Result<Checks, LoadError> {
    let settings = &config.checking;
    let mut checkers: Vec<Box<dyn Checker>> = Vec::new();
    let patience = Duration::from_secs(settings.patience_secs);
    if let Some(folder) = settings.entailment.clone() {
        let assets = config.assets.dir.clone();
        // Loading reads hundreds of megabytes and would block the runtime's threads.
        let loading = move || EntailmentModel::load(&assets, ENTAILMENT, &folder, 0);
        let model = match tokio::task::spawn_blocking(loading).await {
            Ok(model) => model?,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        tracing::info!(
            model = model.name(),
            "statements are held against an entailment model"
        );
        checkers.push(Box::new(Entailment::new(Arc::new(model), patience)));
    }
    let own = match settings.model.as_deref() {
        Some(NO_MODEL) => None,
        None if settings.url.is_none() => models.first().cloned(),
        name => {
            let generation = &config.generation;
            let url = settings.url.clone().or_else(|| generation.url.clone());
            let model = RemoteModel::new(RemoteModelSettings {
                url: url.unwrap_or_default(),
                model: name.unwrap_or(&generation.model).to_owned(),
                api_key: settings
                    .api_key
                    .clone()
                    .or_else(|| generation.api_key.clone()),
                context_tokens: generation.context_tokens_of(true),
                silence: patience,
            })?;
            Some(Arc::new(model) as Arc<dyn LanguageModel>)
        }
    };
    let nearest = Nearest::new(meaning);
    if let Some(judge) = own.and_then(|model| Judge::new(model, patience, nearest.clone())) {
        checkers.push(Box::new(judge));
    }
    Ok(Checks::new(checkers).with(Words::new(nearest)))
}
