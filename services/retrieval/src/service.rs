//! The gRPC service: writing, publishing, searching and reading passages.

mod convert;
mod neighbours;
mod opened;
mod search;
mod validate;

use std::time::{Duration, Instant};

use backon::Retryable;
use stoa_kit::{Config, Space, grpc, metrics::metrics, retry};
use stoa_proto::{
    embedding::embedding_service_client::EmbeddingServiceClient,
    retrieval::{
        DeleteRequest, DeleteResponse, GetPassageRequest, GetPassageResponse, Passage,
        PublishRequest, PublishResponse, SearchRequest, SearchResponse, StatsRequest,
        StatsResponse, UpsertRequest, UpsertResponse, retrieval_service_server::RetrievalService,
    },
};
use tokio::sync::OnceCell;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::index::{CountKey, Scope, VersionKey};
use opened::Opened;
use validate::document_id;

/// Largest request: 512 passages of 64 KiB with their vectors.
pub(crate) const MAX_MESSAGE: usize = 40 << 20;

type EmbeddingClient = EmbeddingServiceClient<grpc::Client>;

pub(crate) struct Retrieval {
    config: Config,
    embedding: EmbeddingClient,
    opened: OnceCell<Opened>,
}

impl Retrieval {
    pub(crate) fn new(config: &Config, embedding: EmbeddingClient) -> Self {
        Self {
            config: config.clone(),
            embedding,
            opened: OnceCell::new(),
        }
    }

    /// Opens the index as soon as it can be, so that the first caller does not wait.
    pub(crate) async fn open(&self) {
        let retry = retry::waits(Duration::from_secs(1), Duration::from_secs(5));
        // The embedding service may start after this one, and loads its model first.
        let opened = (|| self.opened())
            .retry(retry)
            .when(|status| status.code() == Code::Unavailable)
            .notify(|status, wait| tracing::debug!(?wait, "the index waits: {}", status.message()))
            .await;
        if let Err(status) = opened {
            tracing::error!("{}", status.message());
        }
    }

    /// Whether it is open.
    pub(crate) fn is_open(&self) -> bool {
        self.opened.initialized()
    }

    async fn opened(&self) -> Result<&Opened, Status> {
        let open = || Opened::open(&self.config, self.embedding.clone());
        self.opened.get_or_try_init(open).await
    }
}

/// A stage of a search has ended.
fn took(stage: &'static str, began: Instant) {
    let took = began.elapsed().as_secs_f64();
    metrics().retrieval_stage_seconds.of([stage]).observe(took);
}

#[tonic::async_trait]
impl RetrievalService for Retrieval {
    async fn upsert(
        &self,
        request: Request<UpsertRequest>,
    ) -> Result<Response<UpsertResponse>, Status> {
        let opened = self.opened().await?;
        let records = validate::records(request.into_inner(), opened)?;
        opened.index.upsert(records).await?;
        Ok(Response::new(UpsertResponse {}))
    }

    async fn publish(
        &self,
        request: Request<PublishRequest>,
    ) -> Result<Response<PublishResponse>, Status> {
        let request = request.into_inner();
        let key = VersionKey {
            space: Space::parse(&request.space)?,
            document_id: document_id(&request.document_id)?,
            version: request.version,
        };
        let index = &self.opened().await?.index;
        index.publish(key, request.passages as usize).await?;
        Ok(Response::new(PublishResponse {}))
    }

    async fn delete(
        &self,
        request: Request<DeleteRequest>,
    ) -> Result<Response<DeleteResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let document_id = document_id(&request.document_id)?;
        let version = (request.version > 0).then_some(request.version);
        let index = &self.opened().await?.index;
        let remaining = index.delete(space, document_id, version).await?;
        Ok(Response::new(DeleteResponse {
            remaining: remaining as u64,
        }))
    }

    async fn search(
        &self,
        request: Request<SearchRequest>,
    ) -> Result<Response<SearchResponse>, Status> {
        let search = validate::search(request.into_inner())?;
        let found = self.find(&search).await?;
        let mut passages: Vec<Passage> = found
            .into_iter()
            .filter_map(|(hit, relevance)| convert::passage(hit, Some(relevance)))
            .collect();
        let began = Instant::now();
        self.complete(search.scope, &mut passages).await?;
        took("complete", began);
        let found = passages.len() as f64;
        metrics().retrieval_found.of([]).observe(found);
        let floor = self.opened().await?.floor;
        Ok(Response::new(SearchResponse { passages, floor }))
    }

    async fn get_passage(
        &self,
        request: Request<GetPassageRequest>,
    ) -> Result<Response<GetPassageResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let missing = Status::not_found(format!("space {space} holds no passage {}", request.id));
        let Ok(id) = request.id.parse::<Uuid>() else {
            return Err(missing);
        };
        let scope = Scope {
            space,
            collections: Vec::new(),
            access: request.access,
        };
        let found = self.around(scope, id, request.neighbours).await?;
        found.map(Response::new).ok_or(missing)
    }

    async fn stats(
        &self,
        request: Request<StatsRequest>,
    ) -> Result<Response<StatsResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let one = (!request.document_id.is_empty())
            .then(|| document_id(&request.document_id))
            .transpose()?;
        let Opened { index, model, .. } = self.opened().await?;
        let count = |published| CountKey {
            space: space.clone(),
            document_id: one,
            version: (request.version > 0).then_some(request.version),
            published: Some(published),
        };
        let passages = index.count(count(true)).await?;
        let unpublished = index.count(count(false)).await?;
        Ok(Response::new(StatsResponse {
            passages: passages as u64,
            unpublished: unpublished as u64,
            model: model.clone(),
        }))
    }
}
