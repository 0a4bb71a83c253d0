//! A Qdrant server, over gRPC.

use std::{collections::HashMap, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use qdrant_client::{
    Payload as QdrantPayload, Qdrant, QdrantError,
    qdrant::{
        Condition, CountPointsBuilder, CreateAliasBuilder, CreateCollectionBuilder,
        CreateFieldIndexCollectionBuilder, DeletePointsBuilder, Distance, FieldType, Filter,
        GetPointsBuilder, Modifier, NamedVectors, PointId, PointStruct, Query as QdrantQuery,
        QueryBatchPointsBuilder, QueryPoints, QueryPointsBuilder, Range, SetPayloadPointsBuilder,
        SparseVectorParamsBuilder, SparseVectorsConfigBuilder, UpsertPointsBuilder, Vector,
        VectorInput, VectorParamsBuilder, VectorsConfigBuilder, VectorsOutput,
        point_id::PointIdOptions, vector_output, vectors_output::VectorsOptions,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use stoa_kit::Space;
use uuid::Uuid;

use super::{
    BM25, CountKey, DENSE, Found, Hit, IndexError, KEYWORD_FIELDS, Payload, Query, Record, Scope,
    VectorIndex, VersionKey, index_name, other_indexes, passage_id,
};
use crate::keywords::Sparse;

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
            url: url.to_owned(),
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
                .map(point)
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
            let VersionKey {
                space,
                document_id,
                version,
            } = key;
            let this = count_filter(&CountKey {
                space: space.clone(),
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
            let newer = Filter::must([
                Condition::matches("space", space.as_str().to_owned()),
                Condition::matches("document_id", document_id.to_string()),
                Condition::matches("published", true),
                Condition::range(
                    "version",
                    Range {
                        gt: Some(f64::from(version)),
                        ..Range::default()
                    },
                ),
            ]);
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
            let others = Filter {
                must: vec![
                    Condition::matches("space", space.as_str().to_owned()),
                    Condition::matches("document_id", document_id.to_string()),
                ],
                must_not: vec![Condition::matches("version", i64::from(version))],
                ..Filter::default()
            };
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
            let filter = count_filter(&CountKey {
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
            let filter = scope_filter(&scope);
            let sparse = query
                .sparse
                .map(|sparse| VectorInput::new_sparse(sparse.indices, sparse.values));
            let legs = [
                (DENSE, query.dense.map(VectorInput::new_dense)),
                (BM25, sparse),
            ];
            let asked = legs.map(|(name, vector)| {
                vector.map(|vector| request(name, vector, &filter, query.candidates))
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
                let hits = points.map(|point| hit(point.id, point.payload, point.vectors));
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
                .map(|point| hit(point.id, point.payload, point.vectors));
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
        async move { self.count_matching(count_filter(&key)).await }.boxed()
    }

    fn others(&self) -> &[String] {
        &self.others
    }
}

/// The server's version.
pub(super) async fn probe(url: &str, api_key: Option<&SecretString>) -> Result<String, IndexError> {
    let unavailable = |error: QdrantError| IndexError::Unavailable {
        url: url.to_owned(),
        reason: error.to_string(),
    };
    Ok(connect(url, api_key)?
        .health_check()
        .await
        .map_err(unavailable)?
        .version)
}

fn connect(url: &str, api_key: Option<&SecretString>) -> Result<Qdrant, IndexError> {
    Qdrant::from_url(url)
        .api_key(api_key.map(|key| key.expose_secret().to_owned()))
        .timeout(Duration::from_secs(30))
        .connect_timeout(Duration::from_secs(5))
        .skip_compatibility_check()
        .build()
        .map_err(|error| IndexError::Open {
            path: url.to_owned(),
            reason: error.to_string(),
        })
}

fn point(record: Record) -> Result<PointStruct, IndexError> {
    let Record {
        payload,
        dense,
        sparse,
    } = record;
    let id = passage_id(payload.document_id, payload.version, payload.ordinal);
    let vectors = NamedVectors::default()
        .add_vector(DENSE, Vector::new_dense(dense))
        .add_vector(BM25, Vector::new_sparse(sparse.indices, sparse.values));
    let malformed = |reason: String| IndexError::Engine {
        operation: "write",
        reason,
    };
    let payload = serde_json::to_value(payload).map_err(|error| malformed(error.to_string()))?;
    let payload = QdrantPayload::try_from(payload).map_err(|error| malformed(error.to_string()))?;
    Ok(PointStruct::new(id.to_string(), vectors, payload))
}

fn request(name: &str, vector: VectorInput, filter: &Filter, limit: usize) -> QueryPointsBuilder {
    QueryPointsBuilder::new(ALIAS)
        .query(QdrantQuery::new_nearest(vector))
        .using(name)
        .filter(filter.clone())
        .limit(limit as u64)
        .with_payload(true)
        .with_vectors(true)
}

fn hit(
    id: Option<PointId>,
    payload: HashMap<String, qdrant_client::qdrant::Value>,
    vectors: Option<VectorsOutput>,
) -> Hit {
    let id = match id.and_then(|id| id.point_id_options) {
        Some(PointIdOptions::Uuid(id)) => id.parse().unwrap_or_default(),
        Some(PointIdOptions::Num(number)) => Uuid::from_u64_pair(0, number),
        None => Uuid::nil(),
    };
    let payload: Value = QdrantPayload::from(payload).into();
    let payload = serde_json::from_value::<Payload>(payload).ok();
    let mut named = match vectors.and_then(|vectors| vectors.vectors_options) {
        Some(VectorsOptions::Vectors(named)) => named.vectors,
        _ => HashMap::new(),
    };
    let mut take = |name: &str| named.remove(name).map(|vector| vector.into_vector());
    let dense = match take(DENSE) {
        Some(vector_output::Vector::Dense(vector)) => vector.data,
        _ => Vec::new(),
    };
    let sparse = match take(BM25) {
        Some(vector_output::Vector::Sparse(vector)) => Sparse {
            indices: vector.indices,
            values: vector.values,
        },
        _ => Sparse::default(),
    };
    Hit {
        id,
        payload,
        dense,
        sparse,
    }
}

fn scope_filter(scope: &Scope) -> Filter {
    let mut must = vec![
        Condition::matches("space", scope.space.as_str().to_owned()),
        Condition::matches("published", true),
        Condition::matches("access", scope.tags()),
    ];
    if !scope.collections.is_empty() {
        must.push(Condition::matches("collection", scope.collections.clone()));
    }
    Filter::must(must)
}

fn count_filter(key: &CountKey) -> Filter {
    let mut must = vec![Condition::matches("space", key.space.as_str().to_owned())];
    must.extend(
        key.document_id
            .map(|id| Condition::matches("document_id", id.to_string())),
    );
    must.extend(
        key.version
            .map(|version| Condition::matches("version", i64::from(version))),
    );
    must.extend(
        key.published
            .map(|published| Condition::matches("published", published)),
    );
    Filter::must(must)
}
