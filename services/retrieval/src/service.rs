//! The gRPC service: writing, publishing, searching and reading passages, and which index answers.

mod convert;
mod model;
mod neighbours;
mod opened;
mod parts;
mod reindex;
mod search;
mod shelf;
mod validate;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use stoa_kit::{Config, Room, Shutdown, Space, grpc, metrics::metrics, retry};
use stoa_proto::{
    embedding::embedding_service_client::EmbeddingServiceClient,
    retrieval::{
        DeleteRequest, DeleteResponse, GetPassageRequest, GetPassageResponse, ListIndexesRequest,
        ListIndexesResponse, Passage, PublishRequest, PublishResponse, ReindexRequest,
        ReindexResponse, RemoveIndexRequest, RemoveIndexResponse, SearchPart, SearchRequest,
        SearchResponse, StatsRequest, StatsResponse, SwitchIndexRequest, SwitchIndexResponse,
        UpsertRequest, UpsertResponse, retrieval_service_server::RetrievalService,
    },
};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::index::{
    CountKey, EdgeIndexes, IndexError, IndexName, Indexes, QdrantIndexes, Scope, VersionKey,
};
use opened::Opened;
use shelf::Shelf;
use validate::document_id;

/// Largest request: 512 passages of 64 KiB with their vectors.
pub(crate) const MAX_MESSAGE: usize = 40 << 20;
/// How often is looked which model embeds and which index answers: another process may have decided it.
const LOOK: Duration = Duration::from_secs(5);

type EmbeddingClient = EmbeddingServiceClient<grpc::Client>;

pub(crate) struct Retrieval {
    config: Config,
    shelf: Shelf,
}

impl Retrieval {
    pub(crate) fn new(
        config: &Config,
        embedding: EmbeddingClient,
        previous: Option<EmbeddingClient>,
    ) -> Result<Self, IndexError> {
        let indexes: Box<dyn Indexes> = if config.qdrant.url.is_some() {
            Box::new(QdrantIndexes::new(&config.qdrant)?)
        } else {
            let room = Room::of(config, &config.data.dir);
            Box::new(EdgeIndexes::new(config.data.dir.join("index"), room))
        };
        Ok(Self {
            config: config.clone(),
            shelf: Shelf::new(indexes, embedding, previous),
        })
    }

    /// Opens the indexes as soon as it can be done, so that the first caller does not wait, and keeps up with what others
    /// decide.
    pub(crate) async fn keep_open(&self, shutdown: &Shutdown) {
        let stop = shutdown.stopping_token();
        let mut waits = retry::Backoff::new(Duration::from_secs(1), LOOK);
        let mut last = None;
        loop {
            let looked = self.shelf.refresh().await;
            let trouble = looked
                .err()
                .map(|status| (status.code(), status.message().to_owned()));
            match &trouble {
                None => waits.reset(),
                // The embedding service may start after this one, and loads its model first.
                Some((Code::Unavailable, reason)) => {
                    tracing::debug!("the index waits: {reason}");
                }
                // Once, and again when it changes: the loop looks every few seconds.
                Some((_, reason)) if trouble != last => tracing::error!("{reason}"),
                Some(_) => {}
            }
            let wait = if trouble.is_none() {
                LOOK
            } else {
                waits.next_wait()
            };
            last = trouble;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// The open indexes for vectors of a model, which may have been exchanged since the last look.
    async fn opened_for(&self, model: &str) -> Result<Arc<Opened>, Status> {
        let opened = self.shelf.opened().await?;
        // Only a caller with another model pays for a look: the usual one has the same.
        if opened.own(model).is_ok() {
            return Ok(opened);
        }
        self.shelf.refresh().await
    }

    /// Whether an index is open.
    pub(crate) fn is_open(&self) -> bool {
        self.shelf.is_open()
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
        let request = request.into_inner();
        let opened = self.opened_for(&request.model).await?;
        let records = validate::records(request, &opened)?;
        opened.write(records).await?;
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
        let opened = self.shelf.opened().await?;
        opened.publish(key, request.passages as usize).await?;
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
        let opened = self.shelf.opened().await?;
        let remaining = opened.delete(space, document_id, version).await?;
        Ok(Response::new(DeleteResponse {
            remaining: remaining as u64,
        }))
    }

    async fn search(
        &self,
        request: Request<SearchRequest>,
    ) -> Result<Response<SearchResponse>, Status> {
        let search = validate::search(request.into_inner())?;
        let (opened, found) = self.find(&search).await?;
        let mut passages: Vec<Passage> = found
            .into_iter()
            .filter_map(|(hit, relevance)| convert::passage(hit, Some(relevance)))
            .collect();
        if search.has(SearchPart::Neighbours) {
            let began = Instant::now();
            neighbours::complete(&opened, search.scope, &mut passages).await?;
            took("complete", began);
        }
        let found = passages.len() as f64;
        metrics().retrieval_found.of([]).observe(found);
        let floor = opened.floor();
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
        let opened = self.shelf.opened().await?;
        let found = neighbours::around(&opened, scope, id, request.neighbours).await?;
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
        let opened = self.shelf.opened().await?;
        let count = |published| CountKey {
            space: space.clone(),
            document_id: one,
            version: (request.version > 0).then_some(request.version),
            published: Some(published),
        };
        let passages = opened.serving.count(count(true)).await?;
        let unpublished = opened.serving.count(count(false)).await?;
        Ok(Response::new(StatsResponse {
            passages: passages as u64,
            unpublished: unpublished as u64,
            model: opened.whose(),
        }))
    }

    async fn list_indexes(
        &self,
        _: Request<ListIndexesRequest>,
    ) -> Result<Response<ListIndexesResponse>, Status> {
        let opened = self.shelf.refresh().await?;
        Ok(Response::new(reindex::list(&opened).await?))
    }

    async fn reindex(
        &self,
        request: Request<ReindexRequest>,
    ) -> Result<Response<ReindexResponse>, Status> {
        let from = request.into_inner().from;
        let from = match from.as_str() {
            "" => None,
            id => Some(id.parse::<Uuid>().map_err(|_| {
                Status::invalid_argument(format!("`{id}` is not the id of a passage"))
            })?),
        };
        let opened = self.shelf.refresh().await?;
        Ok(Response::new(reindex::reindex(&opened, from).await?))
    }

    async fn switch_index(
        &self,
        _: Request<SwitchIndexRequest>,
    ) -> Result<Response<SwitchIndexResponse>, Status> {
        let opened = self.shelf.switch().await?;
        Ok(Response::new(SwitchIndexResponse {
            current: opened.serving.name().to_string(),
        }))
    }

    async fn remove_index(
        &self,
        request: Request<RemoveIndexRequest>,
    ) -> Result<Response<RemoveIndexResponse>, Status> {
        let name = request.into_inner().name;
        let name = IndexName::parse(&name).ok_or_else(|| {
            Status::invalid_argument(format!("`{name}` is not the name of an index"))
        })?;
        self.shelf.remove(&name).await?;
        Ok(Response::new(RemoveIndexResponse {}))
    }
}
