//! Qdrant's engine in process.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use futures::{FutureExt, future::BoxFuture};
use qdrant_edge::{
    CountRequest, CreateIndex, Distance, EdgeConfig, EdgeConfigBuilder, EdgeShard,
    EdgeSparseVectorParams, EdgeVectorParams, FieldIndexOperations, Filter, Modifier, NamedQuery,
    NamedVectors, OperationError, PayloadFieldSchema, PayloadOps, PayloadSchemaType, PointId,
    PointInsertOperations, PointOperations, PointStruct, QueryEnum, QueryRequest, ScoringQuery,
    SetPayloadOp, SparseVector, UpdateOperation, Vector, VectorInternal, VectorStructInternal,
    WalOptions, WithPayloadInterface, WithVector,
};
use serde_json::{Value, json};
use stoa_kit::Space;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    BM25, CountKey, DENSE, Found, Hit, IndexError, KEYWORD_FIELDS, Query, Record, Scope,
    VectorIndex, VersionKey, index_name, other_indexes, passage_id,
};
use crate::keywords::Sparse;

/// Changes that share one flush at most.
const GROUP: usize = 64;
/// Size of a segment of the write-ahead log. The engine's own 32 MiB is a lot for a laptop's folder.
const WAL_SEGMENT: usize = 4 << 20;
/// Points past which the engine builds its graph; below, a full scan is as fast.
const OPTIMIZE_EVERY: usize = 50_000;

/// An index in a folder. One process at a time has it open.
pub struct EdgeIndex {
    reader: Arc<Reader>,
    writes: SyncSender<Write>,
    others: Vec<String>,
}

struct Reader {
    shard: EdgeShard,
    /// Taken for writing while a version takes the place of another, so that no search sees both or neither.
    switching: RwLock<()>,
}

struct Write {
    change: Change,
    done: oneshot::Sender<Result<usize, IndexError>>,
}

enum Change {
    Upsert(Vec<Record>),
    Publish(VersionKey, usize),
    Delete(CountKey),
}

impl EdgeIndex {
    /// Opens the index of a model under `folder`, or makes it.
    pub fn open(folder: &Path, model: &str, dimensions: usize) -> Result<Self, IndexError> {
        let name = index_name(model, dimensions);
        let path = folder.join(&name);
        let failed = |reason: String| IndexError::Open {
            path: path.display().to_string(),
            reason,
        };
        fs::create_dir_all(&path).map_err(|error| failed(error.to_string()))?;
        let beside = fs::read_dir(folder).map_err(|error| failed(error.to_string()))?;
        let beside = beside.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let others = other_indexes(beside, &name);
        let config = config(dimensions);
        let made = path.join("edge_config.json").exists();
        let shard = if made {
            EdgeShard::load(&path, Some(config))
        } else {
            EdgeShard::new(&path, config)
        };
        let shard = shard.map_err(|error| failed(error.to_string()))?;
        declare_fields(&shard).map_err(|error| failed(error.to_string()))?;
        let reader = Arc::new(Reader {
            shard,
            switching: RwLock::new(()),
        });
        let (writes, queue) = sync_channel(GROUP);
        let writer = Arc::clone(&reader);
        thread::Builder::new()
            .name("index-writer".to_owned())
            .spawn(move || write(&writer, &queue))
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            reader,
            writes,
            others,
        })
    }

    async fn change(&self, change: Change) -> Result<usize, IndexError> {
        let gone = || engine("write", "its thread has ended");
        let (done, finished) = oneshot::channel();
        let writes = self.writes.clone();
        // The queue is bounded: a full one makes callers wait, off the async threads.
        tokio::task::spawn_blocking(move || writes.send(Write { change, done }))
            .await
            .map_err(|_| gone())?
            .map_err(|_| gone())?;
        finished.await.map_err(|_| gone())?
    }

    async fn read<T, F>(&self, operation: &'static str, read: F) -> Result<T, IndexError>
    where
        T: Send + 'static,
        F: FnOnce(&EdgeShard) -> Result<T, OperationError> + Send + 'static,
    {
        let reader = Arc::clone(&self.reader);
        tokio::task::spawn_blocking(move || {
            let _steady = reader
                .switching
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            read(&reader.shard).map_err(|error| engine(operation, error))
        })
        .await
        .map_err(|error| engine(operation, error))?
    }
}

impl VectorIndex for EdgeIndex {
    fn upsert(&self, records: Vec<Record>) -> BoxFuture<'_, Result<(), IndexError>> {
        async move { self.change(Change::Upsert(records)).await.map(|_| ()) }.boxed()
    }

    fn publish(&self, key: VersionKey, passages: usize) -> BoxFuture<'_, Result<(), IndexError>> {
        async move {
            self.change(Change::Publish(key, passages))
                .await
                .map(|_| ())
        }
        .boxed()
    }

    fn delete(
        &self,
        space: Space,
        document_id: Uuid,
        version: Option<u32>,
    ) -> BoxFuture<'_, Result<usize, IndexError>> {
        let key = CountKey {
            space,
            document_id: Some(document_id),
            version,
            published: None,
        };
        self.change(Change::Delete(key)).boxed()
    }

    fn search(&self, scope: Scope, query: Query) -> BoxFuture<'_, Result<Found, IndexError>> {
        async move {
            let filter = scope_filter(&scope).map_err(|error| engine("search", error))?;
            let limit = query.candidates;
            let dense = query.dense.map(VectorInternal::Dense);
            let keyword = query.sparse.map(|sparse| {
                VectorInternal::Sparse(SparseVector {
                    indices: sparse.indices,
                    values: sparse.values,
                })
            });
            // One reading for both, so that no version takes the place of another between them.
            self.read("search", move |shard| {
                let find = |name: &str, vector: Option<VectorInternal>| {
                    let Some(vector) = vector else {
                        return Ok::<Vec<Hit>, OperationError>(Vec::new());
                    };
                    let found = shard.query(request(name, vector, filter.clone(), limit))?;
                    let hits = found
                        .into_iter()
                        .map(|point| hit(point.id, point.payload, point.vector));
                    Ok(hits.collect())
                };
                Ok(Found {
                    dense: find(DENSE, dense)?,
                    keyword: find(BM25, keyword)?,
                })
            })
            .await
        }
        .boxed()
    }

    fn get(&self, scope: Scope, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Hit>, IndexError>> {
        async move {
            let ids: Vec<PointId> = ids.into_iter().map(PointId::Uuid).collect();
            let found = self
                .read("read", move |shard| shard.retrieve(&ids, None, None))
                .await?;
            let hits = found
                .into_iter()
                .map(|record| hit(record.id, record.payload, record.vector));
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
        async move {
            let filter = count_filter(&key).map_err(|error| engine("count", error))?;
            self.read("count", |shard| {
                shard.count(CountRequest {
                    filter: Some(filter),
                    exact: true,
                })
            })
            .await
        }
        .boxed()
    }

    fn others(&self) -> &[String] {
        &self.others
    }
}

fn config(dimensions: usize) -> EdgeConfig {
    let dense = EdgeVectorParams::builder(dimensions, Distance::Cosine).build();
    let sparse = EdgeSparseVectorParams {
        full_scan_threshold: None,
        on_disk: None,
        modifier: Some(Modifier::Idf),
        datatype: None,
    };
    let wal = WalOptions {
        segment_capacity: WAL_SEGMENT,
        ..WalOptions::default()
    };
    EdgeConfigBuilder::new()
        .vector(DENSE, dense)
        .sparse_vector(BM25, sparse)
        .wal_options(wal)
        .build()
}

fn declare_fields(shard: &EdgeShard) -> Result<(), OperationError> {
    let known = shard.info().payload_schema;
    let fields = KEYWORD_FIELDS
        .map(|field| (field, PayloadSchemaType::Keyword))
        .into_iter()
        .chain([
            ("version", PayloadSchemaType::Integer),
            ("published", PayloadSchemaType::Bool),
        ]);
    for (field, kind) in fields {
        let field_name = field
            .parse()
            .map_err(|()| OperationError::service_error(format!("bad field {field}")))?;
        if known.contains_key(&field_name) {
            continue;
        }
        let field_schema = Some(PayloadFieldSchema::FieldType(kind));
        let create = FieldIndexOperations::CreateIndex(CreateIndex {
            field_name,
            field_schema,
        });
        shard.update(UpdateOperation::FieldIndexOperation(create))?;
    }
    shard.flush();
    Ok(())
}

/// The only writer. Passages are answered when they are written, since nobody sees them yet; what shows or removes
/// passages is answered after a flush, which those that wait share, and which makes all that was before it durable.
fn write(reader: &Reader, queue: &Receiver<Write>) {
    let mut since_optimized = 0;
    while let Ok(first) = queue.recv() {
        let mut unflushed = Vec::new();
        for Write { change, done } in std::iter::once(first).chain(queue.try_iter().take(GROUP - 1))
        {
            let flushed_later = match &change {
                Change::Upsert(records) => {
                    since_optimized += records.len();
                    false
                }
                Change::Publish(..) | Change::Delete(_) => true,
            };
            let result = apply(reader, change);
            if flushed_later {
                unflushed.push((result, done));
            } else {
                // The caller may have gone.
                let _ = done.send(result);
            }
        }
        if unflushed.is_empty() {
            continue;
        }
        // The engine does not replay its log when it loads: what is not flushed is gone after a kill.
        reader.shard.flush();
        for (result, done) in unflushed {
            let _ = done.send(result);
        }
        if since_optimized >= OPTIMIZE_EVERY {
            since_optimized = 0;
            if let Err(error) = reader.shard.optimize() {
                tracing::warn!(%error, "the index could not be optimized");
            }
        }
    }
}

fn apply(reader: &Reader, change: Change) -> Result<usize, IndexError> {
    let shard = &reader.shard;
    match change {
        Change::Upsert(records) => {
            let points = records
                .into_iter()
                .map(point)
                .collect::<Result<Vec<_>, _>>()?;
            let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
            shard
                .update(UpdateOperation::PointOperation(insert))
                .map_err(|error| engine("write", error))?;
            Ok(0)
        }
        Change::Publish(key, expected) => publish(reader, &key, expected).map(|()| 0),
        Change::Delete(key) => {
            let filter = count_filter(&key).map_err(|error| engine("delete", error))?;
            let delete = PointOperations::DeletePointsByFilter(filter.clone());
            shard
                .update(UpdateOperation::PointOperation(delete))
                .map_err(|error| engine("delete", error))?;
            count(shard, filter)
        }
    }
}

fn publish(reader: &Reader, key: &VersionKey, expected: usize) -> Result<(), IndexError> {
    let shard = &reader.shard;
    let VersionKey {
        space,
        document_id,
        version,
    } = key.clone();
    let failed = |error: OperationError| engine("publish", error);
    let this = CountKey {
        space,
        document_id: Some(document_id),
        version: Some(version),
        published: None,
    };
    let this = count_filter(&this).map_err(|error| engine("publish", error))?;
    let found = count(shard, this.clone())?;
    if found != expected {
        return Err(IndexError::Incomplete {
            document_id,
            version,
            found,
            expected,
        });
    }
    let newer: Filter = filter(json!({
        "must": [
            matches("space", key.space.as_str()),
            matches("document_id", document_id),
            matches("published", true),
            { "key": "version", "range": { "gt": version } },
        ],
    }))
    .map_err(|error| engine("publish", error))?;
    if count(shard, newer)? > 0 {
        return Err(IndexError::Superseded {
            document_id,
            version,
        });
    }
    let others: Filter = filter(json!({
        "must": [matches("space", key.space.as_str()), matches("document_id", document_id)],
        "must_not": [matches("version", version)],
    }))
    .map_err(|error| engine("publish", error))?;
    let show = SetPayloadOp {
        payload: qdrant_edge::Payload(
            [("published".to_owned(), Value::Bool(true))]
                .into_iter()
                .collect(),
        ),
        points: None,
        filter: Some(this),
        key: None,
    };
    let _switching = reader
        .switching
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    shard
        .update(UpdateOperation::PayloadOperation(PayloadOps::SetPayload(
            show,
        )))
        .map_err(failed)?;
    shard
        .update(UpdateOperation::PointOperation(
            PointOperations::DeletePointsByFilter(others),
        ))
        .map_err(failed)
}

fn count(shard: &EdgeShard, filter: Filter) -> Result<usize, IndexError> {
    shard
        .count(CountRequest {
            filter: Some(filter),
            exact: true,
        })
        .map_err(|error| engine("count", error))
}

fn point(record: Record) -> Result<qdrant_edge::PointStructPersisted, IndexError> {
    let Record {
        payload,
        dense,
        sparse,
    } = record;
    let id = passage_id(payload.document_id, payload.version, payload.ordinal);
    let sparse = Vector::new_sparse(sparse.indices, sparse.values)
        .map_err(|error| engine("write", error))?;
    let vectors = NamedVectors::default()
        .add_vector(DENSE, dense)
        .add_vector(BM25, sparse);
    let payload = serde_json::to_value(payload).map_err(|error| engine("write", error))?;
    Ok(PointStruct::new(PointId::Uuid(id), vectors, payload).into())
}

fn request(name: &str, vector: VectorInternal, filter: Filter, limit: usize) -> QueryRequest {
    let nearest = ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery {
        query: vector,
        using: Some(name.to_owned()),
    }));
    QueryRequest {
        prefetches: Vec::new(),
        query: Some(nearest),
        filter: Some(filter),
        score_threshold: None,
        limit,
        offset: 0,
        params: None,
        with_vector: WithVector::Bool(true),
        with_payload: WithPayloadInterface::Bool(true),
    }
}

fn hit(
    id: PointId,
    payload: Option<qdrant_edge::Payload>,
    vector: Option<VectorStructInternal>,
) -> Hit {
    let id = match id {
        PointId::Uuid(id) => id,
        PointId::NumId(number) => Uuid::from_u64_pair(0, number),
    };
    let payload = payload.and_then(|payload| {
        serde_json::from_value(Value::Object(payload.0.into_iter().collect())).ok()
    });
    let mut named: HashMap<String, VectorInternal> = match vector {
        Some(VectorStructInternal::Named(named)) => named.into_iter().collect(),
        _ => HashMap::new(),
    };
    let dense = match named.remove(DENSE) {
        Some(VectorInternal::Dense(values)) => values,
        _ => Vec::new(),
    };
    let sparse = match named.remove(BM25) {
        Some(VectorInternal::Sparse(vector)) => Sparse {
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

fn scope_filter(scope: &Scope) -> Result<Filter, serde_json::Error> {
    let mut must = vec![
        matches("space", scope.space.as_str()),
        matches("published", true),
        json!({ "key": "access", "match": { "any": scope.tags() } }),
    ];
    if !scope.collections.is_empty() {
        must.push(json!({ "key": "collection", "match": { "any": scope.collections } }));
    }
    filter(json!({ "must": must }))
}

fn count_filter(key: &CountKey) -> Result<Filter, serde_json::Error> {
    let mut must = vec![matches("space", key.space.as_str())];
    must.extend(key.document_id.map(|id| matches("document_id", id)));
    must.extend(key.version.map(|version| matches("version", version)));
    must.extend(
        key.published
            .map(|published| matches("published", published)),
    );
    filter(json!({ "must": must }))
}

fn matches(key: &str, value: impl serde::Serialize) -> Value {
    json!({ "key": key, "match": { "value": value } })
}

/// The engine's filters read from Qdrant's REST form.
fn filter(rest: Value) -> Result<Filter, serde_json::Error> {
    serde_json::from_value(rest)
}

fn engine(operation: &'static str, reason: impl ToString) -> IndexError {
    IndexError::Engine {
        operation,
        reason: reason.to_string(),
    }
}
