//! Qdrant's engine in process.

mod filters;
mod points;
mod writer;

use std::{
    fs,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use futures::{FutureExt, future::BoxFuture};
use qdrant_edge::{
    CountRequest, CreateIndex, Distance, EdgeConfig, EdgeConfigBuilder, EdgeShard,
    EdgeSparseVectorParams, EdgeVectorParams, FieldIndexOperations, Modifier, OperationError,
    PayloadFieldSchema, PayloadSchemaType, PointId, SparseVector, UpdateOperation, VectorInternal,
    WalOptions,
};
use stoa_kit::Space;
use uuid::Uuid;

use super::{
    BM25, CountKey, DENSE, Found, Hit, IndexError, KEYWORD_FIELDS, Query, Record, Scope,
    VectorIndex, VersionKey, index_name, other_indexes,
};
use writer::{Change, Writer};

/// Size of a segment of the write-ahead log. The engine's own 32 MiB is a lot for a laptop's folder.
const WAL_SEGMENT: usize = 4 << 20;

/// An index in a folder. One process at a time has it open.
pub struct EdgeIndex {
    reader: Arc<Reader>,
    writer: Writer,
    others: Vec<String>,
}

struct Reader {
    shard: EdgeShard,
    /// Taken for writing while a version takes the place of another, so that no search sees both or neither.
    switching: RwLock<()>,
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
        let writer =
            Writer::start(Arc::clone(&reader)).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            reader,
            writer,
            others,
        })
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
        async move {
            self.writer
                .change(Change::Upsert(records))
                .await
                .map(|_| ())
        }
        .boxed()
    }

    fn publish(&self, key: VersionKey, passages: usize) -> BoxFuture<'_, Result<(), IndexError>> {
        async move {
            self.writer
                .change(Change::Publish(key, passages))
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
        self.writer.change(Change::Delete(key)).boxed()
    }

    fn search(&self, scope: Scope, query: Query) -> BoxFuture<'_, Result<Found, IndexError>> {
        async move {
            let filter = filters::scope(&scope).map_err(|error| engine("search", error))?;
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
                    let found =
                        shard.query(points::request(name, vector, filter.clone(), limit))?;
                    let hits = found
                        .into_iter()
                        .map(|point| points::hit(point.id, point.payload, point.vector));
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
                .map(|record| points::hit(record.id, record.payload, record.vector));
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
            let filter = filters::count(&key).map_err(|error| engine("count", error))?;
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

fn engine(operation: &'static str, reason: impl ToString) -> IndexError {
    IndexError::Engine {
        operation,
        reason: reason.to_string(),
    }
}
