//! Qdrant's engine in process.

mod changes;
mod copying;
mod filters;
mod folder;
mod log;
mod points;
mod segments;
#[cfg(test)]
mod tests;
mod unseen;
mod writer;

use std::{
    collections::HashSet,
    fs, io,
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
use stoa_kit::{Room, Space};
use uuid::Uuid;

use super::{
    Adoption, BM25, CountKey, DENSE, Found, Hit, IndexError, IndexName, KEYWORD_FIELDS, Page,
    Query, Record, Scope, TENANT, VectorIndex, VersionKey, Which,
};
pub use folder::EdgeIndexes;
pub(super) use folder::{current, names};
use segments::Segments;
use writer::{Change, Writer};

/// Where the engine builds segments. What is there at the start is of a process that was killed.
const UNFINISHED: &str = "temp_segments";

/// An index in a folder. One process at a time has it open.
pub struct EdgeIndex {
    name: IndexName,
    reader: Arc<Reader>,
    writer: Writer,
}

struct Reader {
    shard: EdgeShard,
    /// Taken for writing while a version takes the place of another, so that no search sees both or neither.
    switching: RwLock<()>,
    /// Dropped last, when the engine has written and closed its files.
    open: Arc<()>,
}

impl EdgeIndex {
    /// Opens the index of a model under `folder`, or makes it. It grows while there is room.
    pub fn open(
        folder: &Path,
        model: &str,
        dimensions: usize,
        room: Room,
    ) -> Result<Self, IndexError> {
        let name = IndexName::of(model, dimensions);
        Self::open_with(folder, name, room, Segments::default())
    }

    fn open_with(
        folder: &Path,
        name: IndexName,
        room: Room,
        segments: Segments,
    ) -> Result<Self, IndexError> {
        let path = folder.join(name.as_str());
        let failed = |reason: String| IndexError::Open {
            path: path.display().to_string(),
            reason,
        };
        fs::create_dir_all(&path).map_err(|error| failed(error.to_string()))?;
        let config = config(name.dimensions(), segments);
        let made = path.join("edge_config.json").exists();
        let shard = if made {
            tidy(&path).map_err(|error| failed(error.to_string()))?;
            EdgeShard::load(&path, Some(config))
        } else {
            EdgeShard::new(&path, config)
        };
        let shard = shard.map_err(|error| failed(error.to_string()))?;
        // At each start: segments that an older version wrote lack the fields that came since.
        declare_fields(&shard).map_err(|error| failed(error.to_string()))?;
        let reader = Arc::new(Reader {
            shard,
            switching: RwLock::new(()),
            open: Arc::default(),
        });
        let writer = Writer::start(Arc::clone(&reader), segments, room)
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            name,
            reader,
            writer,
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

    /// Reads what copying is about, which need not be of one moment.
    async fn copying<T, F>(&self, read: F) -> Result<T, IndexError>
    where
        T: Send + 'static,
        F: FnOnce(&EdgeShard) -> Result<T, IndexError> + Send + 'static,
    {
        let reader = Arc::clone(&self.reader);
        tokio::task::spawn_blocking(move || read(&reader.shard))
            .await
            .map_err(|error| engine("read", error))?
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
                // Ids come from callers, so what they may see is checked here and not by a filter of the engine.
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

    fn name(&self) -> &IndexName {
        &self.name
    }

    fn page(
        &self,
        shown: bool,
        from: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, IndexError>> {
        self.copying(move |shard| copying::page(shard, shown, from, limit))
            .boxed()
    }

    fn present(
        &self,
        ids: Vec<Uuid>,
        which: Which,
    ) -> BoxFuture<'_, Result<HashSet<Uuid>, IndexError>> {
        self.copying(move |shard| copying::present(shard, &ids, which))
            .boxed()
    }

    fn adopt(&self, adoption: Adoption) -> BoxFuture<'_, Result<(), IndexError>> {
        async move {
            self.writer
                .change(Change::Adopt(adoption))
                .await
                .map(|_| ())
        }
        .boxed()
    }

    fn total(&self, which: Which) -> BoxFuture<'_, Result<usize, IndexError>> {
        self.copying(move |shard| copying::total(shard, which))
            .boxed()
    }
}

fn config(dimensions: usize, segments: Segments) -> EdgeConfig {
    let dense = EdgeVectorParams::builder(dimensions, Distance::Cosine).build();
    let sparse = EdgeSparseVectorParams {
        full_scan_threshold: None,
        // Mapped, so that the system may take the memory back.
        on_disk: Some(true),
        modifier: Some(Modifier::Idf),
        datatype: None,
    };
    let wal = WalOptions {
        segment_capacity: log::PART,
        ..WalOptions::default()
    };
    EdgeConfigBuilder::new()
        .vector(DENSE, dense)
        .sparse_vector(BM25, sparse)
        .wal_options(wal)
        .optimizers(segments.closing())
        .build()
}

/// Removes what is of no use to the engine, before it opens it.
fn tidy(path: &Path) -> io::Result<()> {
    if let Err(error) = fs::remove_dir_all(path.join(UNFINISHED))
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    log::trim(path)
}

/// Indexes the fields, in each segment that has no index of them.
fn declare_fields(shard: &EdgeShard) -> Result<(), OperationError> {
    let fields = KEYWORD_FIELDS
        .into_iter()
        .chain([TENANT])
        .map(|field| (field, PayloadSchemaType::Keyword))
        .chain([
            ("version", PayloadSchemaType::Integer),
            ("published", PayloadSchemaType::Bool),
        ]);
    for (field, kind) in fields {
        let field_name = field
            .parse()
            .map_err(|()| OperationError::service_error(format!("bad field {field}")))?;
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
