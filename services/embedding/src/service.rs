use std::{path::PathBuf, sync::Arc};

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use stoa_kit::{config, metrics::metrics, wire};
use stoa_models::embedding::{EmbedError, Embedder, Input, InputKind};
use stoa_proto::embedding::{
    EmbedRequest, EmbedResponse, GetModelRequest, GetModelResponse, GetTokenizerRequest,
    GetTokenizerResponse, RerankRequest, RerankResponse, TextKind,
    embedding_service_server::EmbeddingService,
};
use tokio_util::io::ReaderStream;
use tonic::{Request, Response, Status};

use crate::{
    batcher::{BatchError, Batcher},
    cache::VectorCache,
};

/// Largest request: 256 texts of 64 KiB.
pub(crate) const MAX_MESSAGE: usize = 17 << 20;
const MAX_TEXTS: usize = 256;
const MAX_PASSAGES: usize = 128;
const TOKENIZER_CHUNK: usize = 256 << 10;

pub(crate) struct Embedding {
    embedder: Arc<dyn Embedder>,
    batcher: Batcher,
    cache: VectorCache,
    settings: config::Embedding,
}

impl Embedding {
    pub(crate) fn new(
        embedder: Arc<dyn Embedder>,
        batcher: Batcher,
        settings: config::Embedding,
    ) -> Self {
        Self {
            embedder,
            batcher,
            cache: VectorCache::new(),
            settings,
        }
    }

    /// Reads some of the texts.
    fn prepare(
        &self,
        kind: InputKind,
        texts: &[String],
        some: &[usize],
    ) -> Result<Vec<Input>, Status> {
        let prepare = |at: &usize| {
            self.embedder
                .prepare(kind, &texts[*at])
                .map_err(|error| Status::invalid_argument(format!("text {}: {error}", at + 1)))
        };
        some.iter().map(prepare).collect()
    }

    async fn embed_texts(
        &self,
        kind: InputKind,
        texts: &[String],
    ) -> Result<Vec<Arc<[f32]>>, Status> {
        let cache = self.cache.serving(kind, texts.len());
        let mut vectors: Vec<Option<Arc<[f32]>>> = texts
            .iter()
            .map(|text| cache.and_then(|cache| cache.get(kind, text)))
            .collect();
        // Only these are tokenized: what is in the cache passed the check before.
        let missing: Vec<usize> = (0..texts.len())
            .filter(|at| vectors[*at].is_none())
            .collect();
        if cache.is_some() {
            let (asked, missed) = (texts.len() as u64, missing.len() as u64);
            metrics().cache_misses.of(["vectors"]).inc_by(missed);
            metrics().cache_hits.of(["vectors"]).inc_by(asked - missed);
        }
        if !missing.is_empty() {
            let inputs = self.prepare(kind, texts, &missing)?;
            let embedded = self
                .batcher
                .embed(kind, inputs)
                .await
                .map_err(|error| status(&error))?;
            for (at, vector) in missing.into_iter().zip(embedded) {
                if let Some(cache) = cache {
                    cache.put(kind, &texts[at], &vector);
                }
                vectors[at] = Some(vector.into());
            }
        }
        Ok(vectors.into_iter().flatten().collect())
    }
}

#[tonic::async_trait]
impl EmbeddingService for Embedding {
    async fn embed(
        &self,
        request: Request<EmbedRequest>,
    ) -> Result<Response<EmbedResponse>, Status> {
        let request = request.into_inner();
        let kind = match request.kind() {
            TextKind::Query => InputKind::Query,
            TextKind::Passage => InputKind::Passage,
            TextKind::Unspecified => {
                return Err(Status::invalid_argument(
                    "kind is not set: use QUERY or PASSAGE",
                ));
            }
        };
        check_count("texts", request.texts.len(), MAX_TEXTS)?;
        let vectors = self.embed_texts(kind, &request.texts).await?;
        let model = self.embedder.describe();
        Ok(Response::new(EmbedResponse {
            model: model.name.clone(),
            dimensions: u32::try_from(model.dimensions).unwrap_or(u32::MAX),
            vectors: wire::pack_f32(vectors.iter().flat_map(|vector| vector.iter())),
        }))
    }

    async fn rerank(
        &self,
        request: Request<RerankRequest>,
    ) -> Result<Response<RerankResponse>, Status> {
        let RerankRequest { query, passages } = request.into_inner();
        check_count("passages", passages.len(), MAX_PASSAGES)?;
        let query = self
            .embed_texts(InputKind::Query, std::slice::from_ref(&query))
            .await?;
        let passages = self.embed_texts(InputKind::Passage, &passages).await?;
        let query = query
            .first()
            .ok_or_else(|| Status::internal("no vector for the query"))?;
        // Vectors are of unit length, so the product is the cosine.
        let cosine =
            |passage: &Arc<[f32]>| passage.iter().zip(query.iter()).map(|(a, b)| a * b).sum();
        Ok(Response::new(RerankResponse {
            model: self.embedder.describe().name.clone(),
            scores: passages.iter().map(cosine).collect(),
        }))
    }

    async fn get_model(
        &self,
        _: Request<GetModelRequest>,
    ) -> Result<Response<GetModelResponse>, Status> {
        let model = self.embedder.describe();
        Ok(Response::new(GetModelResponse {
            model: model.name.clone(),
            dimensions: u32::try_from(model.dimensions).unwrap_or(u32::MAX),
            max_tokens: u32::try_from(model.max_tokens).unwrap_or(u32::MAX),
            busy_seconds: self.batcher.work().busy_seconds(),
            texts: self.batcher.work().texts(),
            knows_unspaced_scripts: model.knows_unspaced_scripts,
            best_tokens: u32::try_from(model.best_tokens).unwrap_or(u32::MAX),
            unrelated: self.settings.unrelated.unwrap_or(model.unrelated),
            paraphrase: self.settings.paraphrase.unwrap_or(model.paraphrase),
            floor: self.settings.floor.unwrap_or(model.floor),
        }))
    }

    type GetTokenizerStream = BoxStream<'static, Result<GetTokenizerResponse, Status>>;

    async fn get_tokenizer(
        &self,
        _: Request<GetTokenizerRequest>,
    ) -> Result<Response<Self::GetTokenizerStream>, Status> {
        let path: PathBuf = self
            .embedder
            .tokenizer()
            .ok_or_else(|| {
                Status::not_found(
                    "the model is remote: set embedding.tokenizer to its tokenizer.json",
                )
            })?
            .to_owned();
        let unreadable =
            |error: std::io::Error| Status::internal(format!("cannot read the tokenizer: {error}"));
        let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        let chunks = ReaderStream::with_capacity(file, TOKENIZER_CHUNK)
            .map_ok(|chunk| GetTokenizerResponse {
                chunk: chunk.into(),
            })
            .map_err(unreadable);
        Ok(Response::new(chunks.boxed()))
    }
}

fn check_count(what: &str, count: usize, limit: usize) -> Result<(), Status> {
    if (1..=limit).contains(&count) {
        return Ok(());
    }
    Err(Status::invalid_argument(format!(
        "{count} {what} given: send 1 to {limit}"
    )))
}

fn status(error: &BatchError) -> Status {
    let text = error.to_string();
    match error {
        BatchError::Full { .. } => Status::resource_exhausted(text),
        // Callers try this again, and reach another process or this one after its restart.
        BatchError::Stopping => Status::unavailable(text),
        BatchError::Refused { .. }
        | BatchError::Model(EmbedError::TooLong { .. } | EmbedError::Empty) => {
            Status::invalid_argument(text)
        }
        BatchError::Model(EmbedError::Endpoint { .. }) => Status::unavailable(text),
        // Another try would end alike: the configuration has to be changed.
        BatchError::Model(EmbedError::Dimensions { .. }) => Status::failed_precondition(text),
        BatchError::Model(EmbedError::Model(_)) => Status::internal(text),
    }
}
