//! A Qdrant server, over gRPC.

mod filters;
mod points;

use std::time::Duration;

use futures::{FutureExt, future::BoxFuture};
use qdrant_client::{
    Payload as QdrantPayload, Qdrant, QdrantError,
    qdrant::{
        CountPointsBuilder, CreateAliasBuilder, CreateCollectionBuilder,
        CreateFieldIndexCollectionBuilder, DeletePointsBuilder, Distance, FieldType, Filter,
        GetPointsBuilder, Modifier, PointId, QueryBatchPointsBuilder, QueryPoints,
        SetPayloadPointsBuilder, SparseVectorParamsBuilder, SparseVectorsConfigBuilder,
        UpsertPointsBuilder, VectorInput, VectorParamsBuilder, VectorsConfigBuilder,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use stoa_kit::{Space, address::shown};
use uuid::Uuid;

use super::{
    BM25, CountKey, DENSE, Found, Hit, IndexError, KEYWORD_FIELDS, Query, Record, Scope,
    VectorIndex, VersionKey, index_name, other_indexes,
};

/// Alias of the collection that is searched.
const ALIAS: &str = "passages";

/// An index on a server. One collection a model; the alias `passages` names the one in use.
pub struct QdrantIndex {
    client: Qdrant,
    url: String,
    collection: String,
    others: Vec<String>,
}

impl QdrantIndex {
    /// Connects, and makes what is missing of the collection, its fields and the alias.
    pub async fn open(
        url: &str,
        api_key: Option<&SecretString>,
        model: &str,
        dimensions: usize,
    ) -> Result<Self, IndexError> {
        let client = connect(url, api_key)?;
        let mut index = Self {
            client,
            url: shown(url),
            collection: index_name(model, dimensions),
            others: Vec::new(),
        };
        let found = index
            .client
            .list_collections()
            .await
            .map_err(|error| index.failed("open", &error))?;
        let names = found.collections.into_iter().map(|found| found.name);
        index.others = other_indexes(names, &index.collection);
        index
            .declare(dimensions as u64)
            .await
            .map_err(|error| index.failed("open", &error))?;
        Ok(index)
    }

    async fn declare(&self, dimensions: u64) -> Result<(), QdrantError> {
        if !self.client.collection_exists(&self.collection).await? {
            let mut dense = VectorsConfigBuilder::default();
            dense.add_named_vector_params(
                DENSE,
                VectorParamsBuilder::new(dimensions, Distance::Cosine),
            );
            let mut sparse = SparseVectorsConfigBuilder::default();
            sparse.add_named_vector_params(
                BM25,
                SparseVectorParamsBuilder::default().modifier(Modifier::Idf),
            );
            let create = CreateCollectionBuilder::new(&self.collection)
                .vectors_config(dense)
                .sparse_vectors_config(sparse);
            if let Err(error) = self.client.create_collection(create).await
                && !self.client.collection_exists(&self.collection).await?
            {
                return Err(error);
            }
        }
        let fields = KEYWORD_FIELDS
            .map(|field| (field, FieldType::Keyword))
            .into_iter()
            .chain([
                ("version", FieldType::Integer),
                ("published", FieldType::Bool),
            ]);
        for (field, kind) in fields {
            let index =
                CreateFieldIndexCollectionBuilder::new(&self.collection, field, kind).wait(true);
            self.client.create_field_index(index).await?;
        }
        let aliases = self.client.list_aliases().await?.aliases;
        if aliases.iter().all(|alias| alias.alias_name != ALIAS) {
            self.client
                .create_alias(CreateAliasBuilder::new(&self.collection, ALIAS))
                .await?;
        }
        Ok(())
    }

    async fn count_matching(&self, filter: Filter) -> Result<usize, IndexError> {
        let request = CountPointsBuilder::new(&self.collection)
            .filter(filter)
            .exact(true);
        let response = self
            .client
            .count(request)
            .await
            .map_err(|error| self.failed("count", &error))?;
        Ok(response.result.map_or(0, |result| {
            usize::try_from(result.count).unwrap_or(usize::MAX)
        }))
    }

    fn failed(&self, operation: &'static str, error: &QdrantError) -> IndexError {
        match error {
            QdrantError::ResponseError { status }
                if matches!(
                    status.code(),
                    tonic::Code::Unavailable | tonic::Code::DeadlineExceeded
                ) =>
            {
                IndexError::Unavailable {
                    url: self.url.clone(),
                    reason: status.message().to_owned(),
                }
            }
            QdrantError::Io(error) => IndexError::Unavailable {
                url: self.url.clone(),
                reason: error.to_string(),
            },
            other => IndexError::Engine {
                operation,
                reason: other.to_string(),
            },
        }
    }
}

impl VectorIndex for QdrantIndex {
    fn upsert(&self, records: Vec<Record>) -> BoxFuture<'_, Result<(), IndexError>> {
        async move {
            let points = records
                .into_iter()
                .map(points::point)
                .collect::<Result<Vec<_>, _>>()?;
            let request = UpsertPointsBuilder::new(&self.collection, points).wait(true);
            self.client
                .upsert_points(request)
                .await
                .map_err(|error| self.failed("write", &error))?;
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
            if self.count_matching(newer).await? > 0 {
                return Err(IndexError::Superseded {
                    document_id,
                    version,
                });
            }
            let payload = QdrantPayload::try_from(json!({ "published": true }))
                .map_err(|error| self.failed("publish", &error))?;
            // One operation of the server shows all of the new version; a search that falls between the two
            // operations sees both versions, and the service keeps the newer.
            let show = SetPayloadPointsBuilder::new(&self.collection, payload)
                .points_selector(this)
                .wait(true);
            self.client
                .set_payload(show)
                .await
                .map_err(|error| self.failed("publish", &error))?;
            let delete = DeletePointsBuilder::new(&self.collection)
                .points(others)
                .wait(true);
            self.client
                .delete_points(delete)
                .await
                .map_err(|error| self.failed("publish", &error))?;
            Ok(())
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
            let delete = DeletePointsBuilder::new(&self.collection)
                .points(filter.clone())
                .wait(true);
            self.client
                .delete_points(delete)
                .await
                .map_err(|error| self.failed("delete", &error))?;
            self.count_matching(filter).await
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
                vector.map(|vector| points::request(name, vector, &filter, query.candidates))
            });
            let [dense, keyword] = asked.each_ref().map(Option::is_some);
            let requests: Vec<QueryPoints> = asked.into_iter().flatten().map(Into::into).collect();
            if requests.is_empty() {
                return Ok(Found::default());
            }
            let response = self
                .client
                .query_batch(QueryBatchPointsBuilder::new(ALIAS, requests))
                .await
                .map_err(|error| self.failed("search", &error))?;
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
            let request = GetPointsBuilder::new(ALIAS, ids).with_payload(true);
            let response = self
                .client
                .get_points(request)
                .await
                .map_err(|error| self.failed("read", &error))?;
            let hits = response
                .result
                .into_iter()
                .map(|point| points::hit(point.id, point.payload, point.vectors));
            Ok(hits
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

    fn others(&self) -> &[String] {
        &self.others
    }
}

/// The server's version.
pub(super) async fn probe(url: &str, api_key: Option<&SecretString>) -> Result<String, IndexError> {
    let unavailable = |error: QdrantError| IndexError::Unavailable {
        url: shown(url),
        reason: error.to_string(),
    };
    Ok(connect(url, api_key)?
        .health_check()
        .await
        .map_err(unavailable)?
        .version)
}

fn connect(url: &str, api_key: Option<&SecretString>) -> Result<Qdrant, IndexError> {
    // The client writes the address that it is given into its errors. A user in it is of no use to gRPC.
    Qdrant::from_url(&shown(url))
        .api_key(api_key.map(|key| key.expose_secret().to_owned()))
        .timeout(Duration::from_secs(30))
        .connect_timeout(Duration::from_secs(5))
        .skip_compatibility_check()
        .build()
        .map_err(|error| IndexError::Open {
            path: shown(url),
            reason: error.to_string(),
        })
}
