//! A Qdrant server, over gRPC.

mod collections;
mod examine;
mod filters;
mod points;
mod server;

use std::collections::HashSet;

use futures::{FutureExt, future::BoxFuture};
use qdrant_client::{
    Payload as QdrantPayload,
    qdrant::{
        CountPointsBuilder, DeletePointsBuilder, Filter, GetPointsBuilder, PointId,
        QueryBatchPointsBuilder, QueryPoints, ScrollPoints, ScrollPointsBuilder, ScrollResponse,
        SetPayloadPointsBuilder, UpsertPointsBuilder, VectorInput,
    },
};
use serde_json::json;
use stoa_kit::Space;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{
    Adoption, BM25, CountKey, DENSE, Found, Hit, IndexError, IndexName, Page, Query, Record, Scope,
    VectorIndex, VersionKey, Which,
};
pub use collections::QdrantIndexes;
pub(super) use examine::examine;
use server::Server;

/// An index on a server: a collection.
pub struct QdrantIndex {
    server: Server,
    name: IndexName,
}

impl QdrantIndex {
    fn new(server: Server, name: IndexName) -> Self {
        Self { server, name }
    }

    async fn count_matching(&self, filter: Filter) -> Result<usize, IndexError> {
        let request = CountPointsBuilder::new(self.name.as_str())
            .filter(filter)
            // Counted and not estimated: whether a version is whole is decided by it.
            .exact(true)
            .build();
        let counted = self
            .server
            .read(request, |mut points, request| async move {
                points.count(request).await
            })
            .await;
        let response = counted.map_err(self.failed("count"))?;
        Ok(response.result.map_or(0, |result| {
            usize::try_from(result.count).unwrap_or(usize::MAX)
        }))
    }

    async fn show(&self, filter: Filter, operation: &'static str) -> Result<(), IndexError> {
        let payload = QdrantPayload::try_from(json!({ "published": true }));
        let payload = payload.map_err(|error| IndexError::Engine {
            operation,
            reason: error.to_string(),
        })?;
        let request = SetPayloadPointsBuilder::new(self.name.as_str(), payload)
            .points_selector(filter)
            .wait(true)
            .build();
        let shown = self.server.points().set_payload(request).await;
        shown.map_err(self.failed(operation))?;
        Ok(())
    }

    async fn remove(&self, filter: Filter, operation: &'static str) -> Result<(), IndexError> {
        let request = DeletePointsBuilder::new(self.name.as_str())
            .points(filter)
            .wait(true)
            .build();
        match self.server.points().delete(request).await {
            // The collection is gone, and everything in it.
            Err(status) if status.code() == Code::NotFound => Ok(()),
            removed => removed.map(|_| ()).map_err(self.failed(operation)),
        }
    }

    async fn scroll(&self, request: ScrollPoints) -> Result<ScrollResponse, IndexError> {
        let found = self
            .server
            .read(request, |mut points, request| async move {
                points.scroll(request).await
            })
            .await;
        found.map_err(self.failed("read"))
    }

    fn failed(&self, operation: &'static str) -> impl Fn(Status) -> IndexError {
        move |status| self.server.failed(operation, &status)
    }
}

impl VectorIndex for QdrantIndex {
    fn upsert(&self, records: Vec<Record>) -> BoxFuture<'_, Result<(), IndexError>> {
        async move {
            let points = records
                .into_iter()
                .map(points::point)
                .collect::<Result<Vec<_>, _>>()?;
            let request = UpsertPointsBuilder::new(self.name.as_str(), points)
                .wait(true)
                .build();
            let written = self.server.points().upsert(request).await;
            written.map_err(self.failed("write"))?;
            Ok(())
        }
        .boxed()
    }

    fn publish(&self, key: VersionKey, passages: usize) -> BoxFuture<'_, Result<(), IndexError>> {
        async move {
            let (document_id, version) = (key.document_id, key.version);
            let (newer, others) = (filters::newer(&key), filters::others(&key));
            let this = filters::count(&CountKey {
                space: key.space,
                document_id: Some(document_id),
                version: Some(version),
                published: None,
            });
            let found = self.count_matching(this.clone()).await?;
            if found != passages {
                return Err(IndexError::Incomplete {
                    document_id,
                    version,
                    found,
                    expected: passages,
                });
            }
            // Two processes may publish two versions of a document at once, each of them whole.
            if self.count_matching(newer).await? > 0 {
                return Err(IndexError::Superseded {
                    document_id,
                    version,
                });
            }
            // One operation of the server shows all of the new version; a search that falls between the two
            // operations sees both versions, and the service keeps the newer.
            self.show(this, "publish").await?;
            self.remove(others, "publish").await
        }
        .boxed()
    }

    fn delete(
        &self,
        space: Space,
        document_id: Uuid,
        version: Option<u32>,
    ) -> BoxFuture<'_, Result<usize, IndexError>> {
        async move {
            let filter = filters::count(&CountKey {
                space,
                document_id: Some(document_id),
                version,
                published: None,
            });
            self.remove(filter.clone(), "delete").await?;
            match self.count_matching(filter).await {
                // Nothing is left of a collection that is gone.
                Err(IndexError::Gone { .. }) => Ok(0),
                counted => counted,
            }
        }
        .boxed()
    }

    fn search(&self, scope: Scope, query: Query) -> BoxFuture<'_, Result<Found, IndexError>> {
        async move {
            let filter = filters::scope(&scope);
            let sparse = query
                .sparse
                .map(|sparse| VectorInput::new_sparse(sparse.indices, sparse.values));
            let legs = [
                (DENSE, query.dense.map(VectorInput::new_dense)),
                (BM25, sparse),
            ];
            let asked = legs.map(|(name, vector)| {
                vector.map(|vector| {
                    points::request(&self.name, name, vector, &filter, query.candidates)
                })
            });
            // Noted, as the answer has one list for each that was asked and no name with it.
            let [dense, keyword] = asked.each_ref().map(Option::is_some);
            let requests: Vec<QueryPoints> = asked.into_iter().flatten().map(Into::into).collect();
            if requests.is_empty() {
                return Ok(Found::default());
            }
            let request = QueryBatchPointsBuilder::new(self.name.as_str(), requests).build();
            let response = self
                .server
                .read(request, |mut points, request| async move {
                    points.query_batch(request).await
                })
                .await
                .map_err(self.failed("search"))?;
            let mut results = response.result.into_iter().map(|batch| {
                let points = batch.result.into_iter();
                let hits = points.map(|point| points::hit(point.id, point.payload, point.vectors));
                hits.collect::<Vec<Hit>>()
            });
            let mut leg = |asked: bool| asked.then(|| results.next()).flatten().unwrap_or_default();
            Ok(Found {
                dense: leg(dense),
                keyword: leg(keyword),
            })
        }
        .boxed()
    }

    fn get(&self, scope: Scope, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Hit>, IndexError>> {
        async move {
            let ids: Vec<PointId> = ids.into_iter().map(|id| id.to_string().into()).collect();
            let request = GetPointsBuilder::new(self.name.as_str(), ids)
                .with_payload(true)
                .build();
            let response = self
                .server
                .read(request, |mut points, request| async move {
                    points.get(request).await
                })
                .await
                .map_err(self.failed("read"))?;
            let hits = response
                .result
                .into_iter()
                .map(|point| points::hit(point.id, point.payload, point.vectors));
            Ok(hits
                // Reading by id takes no filter, so what the reader may not see is left out here.
                .filter(|hit| {
                    hit.payload
                        .as_ref()
                        .is_some_and(|payload| scope.admits(payload))
                })
                .collect())
        }
        .boxed()
    }

    fn count(&self, key: CountKey) -> BoxFuture<'_, Result<usize, IndexError>> {
        async move { self.count_matching(filters::count(&key)).await }.boxed()
    }

    fn name(&self) -> &IndexName {
        &self.name
    }

    fn page(
        &self,
        shown: bool,
        from: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, IndexError>> {
        async move {
            let mut request = ScrollPointsBuilder::new(self.name.as_str())
                .filter(filters::shown(shown))
                .limit(u32::try_from(limit).unwrap_or(u32::MAX))
                .with_payload(true)
                .with_vectors(true);
            if let Some(from) = from {
                request = request.offset(from.to_string());
            }
            let found = self.scroll(request.build()).await?;
            let passages = found
                .result
                .into_iter()
                .map(|point| points::hit(point.id, point.payload, point.vectors));
            Ok(Page {
                passages: passages.collect(),
                next: found.next_page_offset.map(points::uuid),
            })
        }
        .boxed()
    }

    fn present(
        &self,
        ids: Vec<Uuid>,
        which: Which,
    ) -> BoxFuture<'_, Result<HashSet<Uuid>, IndexError>> {
        async move {
            if ids.is_empty() {
                return Ok(HashSet::new());
            }
            let request = ScrollPointsBuilder::new(self.name.as_str())
                .filter(filters::ids(&ids, which))
                .limit(u32::try_from(ids.len()).unwrap_or(u32::MAX))
                .with_payload(false)
                .with_vectors(false);
            let found = self.scroll(request.build()).await?;
            let ids = found.result.into_iter().filter_map(|point| point.id);
            Ok(ids.map(points::uuid).collect())
        }
        .boxed()
    }

    fn adopt(&self, adoption: Adoption) -> BoxFuture<'_, Result<(), IndexError>> {
        async move {
            // By filters: what was removed in between is left alone, where an id that is not there would be an error.
            if !adoption.show.is_empty() {
                self.show(filters::ids(&adoption.show, Which::All), "copy")
                    .await?;
            }
            if !adoption.discard.is_empty() {
                self.remove(filters::ids(&adoption.discard, Which::All), "copy")
                    .await?;
            }
            // Last, so that a search finds a version of the document at every moment.
            for version in &adoption.versions {
                self.remove(filters::older(version), "copy").await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn total(&self, which: Which) -> BoxFuture<'_, Result<usize, IndexError>> {
        self.count_matching(filters::all(which)).boxed()
    }
}
