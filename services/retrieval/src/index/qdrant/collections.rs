//! The collections of a server: one a model, and an alias that names the one that answers.
//!
//! Nothing is read or written by the alias: between two calls it may come to name vectors of another model. It says which
//! collection answers, and is moved in one step.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};
use qdrant_client::qdrant::{
    AliasOperations, BinaryQuantizationBuilder, ChangeAliases, CollectionInfo, CreateAlias,
    CreateCollection, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder, DeleteAlias,
    DeleteCollection, Distance, FieldType, GetCollectionInfoRequest, HnswConfigDiffBuilder,
    KeywordIndexParamsBuilder, ListAliasesRequest, ListCollectionsRequest, Modifier,
    ScalarQuantizationBuilder, SparseIndexConfigBuilder, SparseVectorParamsBuilder,
    SparseVectorsConfigBuilder, VectorParams, VectorParamsBuilder, VectorsConfigBuilder,
    alias_operations::Action, vectors_config,
};
use stoa_kit::config::{self, Quantization};
use tonic::{Code, Status};

use super::{QdrantIndex, server::Server};
use crate::index::{
    BM25, DENSE, IndexError, IndexName, Indexes, KEYWORD_FIELDS, TENANT, VectorIndex,
};

/// Alias of the collection that answers.
pub(super) const ALIAS: &str = "passages";
/// Links of a passage in the graph of its space. There is none over all spaces: no search goes beyond one.
const LINKS: u64 = 16;

/// The indexes on a server.
pub struct QdrantIndexes {
    server: Server,
    settings: config::Qdrant,
}

impl QdrantIndexes {
    /// Those of the server that is configured, which is connected to at the first call.
    pub fn new(settings: &config::Qdrant) -> Result<Self, IndexError> {
        Ok(Self {
            server: Server::new(settings)?,
            settings: settings.clone(),
        })
    }

    fn failed(&self, operation: &'static str) -> impl Fn(Status) -> IndexError {
        move |status| self.server.failed(operation, &status)
    }

    /// Makes what is missing of a collection and its fields. What is there stays as it is.
    async fn declare(&self, name: &IndexName) -> Result<(), IndexError> {
        let info = match info(&self.server, name).await {
            Err(status) if status.code() == Code::NotFound => {
                let created = self.create(name).await;
                let made = info(&self.server, name).await;
                // Another process may have made it in between.
                made.map_err(|_| created.err().unwrap_or_else(|| self.vanished(name)))?
            }
            found => found.map_err(self.failed("open"))?,
        };
        check(name, &info).map_err(|reason| IndexError::Open {
            path: format!("collection {name} of Qdrant at {}", self.server.url),
            reason,
        })?;
        let fields = KEYWORD_FIELDS
            .map(|field| (field, FieldType::Keyword))
            .into_iter()
            .chain([
                (TENANT, FieldType::Keyword),
                ("version", FieldType::Integer),
                ("published", FieldType::Bool),
            ]);
        for (field, kind) in fields {
            if !info.payload_schema.contains_key(field) {
                self.declare_field(name, field, kind).await?;
            }
        }
        Ok(())
    }

    async fn create(&self, name: &IndexName) -> Result<(), IndexError> {
        let collection = made(name, &self.settings);
        let created = self.server.collections().create(collection).await;
        created.map_err(self.failed("make a collection"))?;
        Ok(())
    }

    async fn declare_field(
        &self,
        name: &IndexName,
        field: &str,
        kind: FieldType,
    ) -> Result<(), IndexError> {
        let mut request =
            CreateFieldIndexCollectionBuilder::new(name.as_str(), field, kind).wait(true);
        if field == TENANT {
            // What belongs to a space is stored together.
            request =
                request.field_index_params(KeywordIndexParamsBuilder::default().is_tenant(true));
        }
        let request = request.build();
        let declared = self.server.points().create_field_index(request).await;
        declared.map_err(self.failed("index a field"))?;
        Ok(())
    }

    fn vanished(&self, name: &IndexName) -> IndexError {
        IndexError::Open {
            path: format!("collection {name} of Qdrant at {}", self.server.url),
            reason: "it was made, and is not there".to_owned(),
        }
    }
}

impl Indexes for QdrantIndexes {
    fn names(&self) -> BoxFuture<'_, Result<Vec<IndexName>, IndexError>> {
        async move { names(&self.server).await.map_err(self.failed("open")) }.boxed()
    }

    fn current(&self) -> BoxFuture<'_, Result<Option<IndexName>, IndexError>> {
        async move {
            let Some(collection) = current(&self.server).await.map_err(self.failed("open"))? else {
                return Ok(None);
            };
            let name = IndexName::parse(&collection);
            name.map(Some).ok_or_else(|| IndexError::Open {
                path: format!("alias {ALIAS} of Qdrant at {}", self.server.url),
                reason: format!(
                    "it names the collection {collection}, which was not made by Stoa: give Stoa a server, or a name, of \
                     its own, or remove the alias"
                ),
            })
        }
        .boxed()
    }

    fn open(&self, name: IndexName) -> BoxFuture<'_, Result<Arc<dyn VectorIndex>, IndexError>> {
        async move {
            self.declare(&name).await?;
            let index = QdrantIndex::new(self.server.clone(), name);
            Ok(Arc::new(index) as Arc<dyn VectorIndex>)
        }
        .boxed()
    }

    fn choose(&self, name: IndexName) -> BoxFuture<'_, Result<(), IndexError>> {
        async move {
            let named = current(&self.server).await.map_err(self.failed("open"))?;
            // One request, which the server carries out in one step.
            let taken = named.map(|_| {
                Action::DeleteAlias(DeleteAlias {
                    alias_name: ALIAS.to_owned(),
                })
            });
            let given = Action::CreateAlias(CreateAlias {
                collection_name: name.to_string(),
                alias_name: ALIAS.to_owned(),
            });
            let actions = taken
                .into_iter()
                .chain([given])
                .map(|action| AliasOperations {
                    action: Some(action),
                });
            let request = ChangeAliases {
                actions: actions.collect(),
                timeout: None,
            };
            let changed = self.server.collections().update_aliases(request).await;
            changed.map_err(self.failed("move the alias"))?;
            Ok(())
        }
        .boxed()
    }

    fn remove(&self, name: IndexName) -> BoxFuture<'_, Result<(), IndexError>> {
        async move {
            let request = DeleteCollection {
                collection_name: name.to_string(),
                timeout: None,
            };
            let removed = self.server.collections().delete(request).await;
            removed.map_err(self.failed("remove a collection"))?;
            Ok(())
        }
        .boxed()
    }
}

/// Names of the collections that are indexes.
pub(super) async fn names(server: &Server) -> Result<Vec<IndexName>, Status> {
    let mut collections = server.collections();
    let found = collections.list(ListCollectionsRequest {}).await?;
    let found = found.into_inner().collections.into_iter();
    let mut names: Vec<IndexName> = found
        .filter_map(|found| IndexName::parse(&found.name))
        .collect();
    names.sort();
    Ok(names)
}

/// The collection that the alias names.
pub(super) async fn current(server: &Server) -> Result<Option<String>, Status> {
    let mut collections = server.collections();
    let found = collections.list_aliases(ListAliasesRequest {}).await?;
    let mut aliases = found.into_inner().aliases.into_iter();
    let found = aliases.find(|alias| alias.alias_name == ALIAS);
    Ok(found.map(|alias| alias.collection_name))
}

/// What the server says of a collection.
pub(super) async fn info(server: &Server, name: &IndexName) -> Result<CollectionInfo, Status> {
    let request = GetCollectionInfoRequest {
        collection_name: name.to_string(),
    };
    let answer = server.collections().get(request).await?.into_inner();
    answer
        .result
        .ok_or_else(|| Status::not_found(format!("nothing is known of {name}")))
}

/// A collection as it is made.
fn made(name: &IndexName, settings: &config::Qdrant) -> CreateCollection {
    let on_disk = settings.on_disk;
    let mut dense = VectorsConfigBuilder::default();
    dense.add_named_vector_params(
        DENSE,
        VectorParamsBuilder::new(name.dimensions() as u64, Distance::Cosine).on_disk(on_disk),
    );
    let mut sparse = SparseVectorsConfigBuilder::default();
    sparse.add_named_vector_params(
        BM25,
        SparseVectorParamsBuilder::default()
            .modifier(Modifier::Idf)
            .index(SparseIndexConfigBuilder::default().on_disk(on_disk)),
    );
    let graph = HnswConfigDiffBuilder::default()
        // No graph over all spaces; the one of each space is `payload_m`.
        .m(0)
        .payload_m(LINKS)
        .on_disk(on_disk);
    let collection = CreateCollectionBuilder::new(name.as_str())
        .vectors_config(dense)
        .sparse_vectors_config(sparse)
        .hnsw_config(graph)
        .shard_number(settings.shards)
        .replication_factor(settings.replicas);
    // What is compact stays in memory, where a search begins; the vectors themselves order what it finds.
    let collection = match settings.quantization {
        Quantization::None => collection,
        Quantization::Scalar => {
            collection.quantization_config(ScalarQuantizationBuilder::default().always_ram(true))
        }
        Quantization::Binary => {
            collection.quantization_config(BinaryQuantizationBuilder::new(true))
        }
    };
    collection.build()
}

/// Refuses a collection that has this name and is another one.
fn check(name: &IndexName, info: &CollectionInfo) -> Result<(), String> {
    let params = info
        .config
        .as_ref()
        .and_then(|config| config.params.as_ref());
    let vectors = params.and_then(|params| params.vectors_config.as_ref()?.config.as_ref());
    let dense: Option<&VectorParams> = match vectors {
        Some(vectors_config::Config::ParamsMap(named)) => named.map.get(DENSE),
        _ => None,
    };
    let fits = dense.is_some_and(|dense| {
        dense.size == name.dimensions() as u64 && dense.distance == i32::from(Distance::Cosine)
    });
    let sparse = params.and_then(|params| params.sparse_vectors_config.as_ref()?.map.get(BM25));
    let has_words = sparse.is_some_and(|sparse| sparse.modifier == Some(i32::from(Modifier::Idf)));
    if fits && has_words {
        return Ok(());
    }
    Err(format!(
        "it was not made by Stoa: it needs vectors `{DENSE}` of {} numbers compared by cosine, and sparse ones `{BM25}` with \
         IDF; remove it, or give Stoa a server of its own",
        name.dimensions()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_is_made_as_it_is_configured() {
        let name = IndexName::of("model", 8);
        let plain = made(&name, &config::Qdrant::default());
        assert_eq!(plain.collection_name, "passages-model-8");
        assert_eq!(
            (plain.shard_number, plain.replication_factor),
            (Some(1), Some(1))
        );
        assert_eq!(plain.quantization_config, None);
        let graph = plain.hnsw_config.expect("it says how");
        assert_eq!((graph.m, graph.payload_m), (Some(0), Some(LINKS)));
        let large = config::Qdrant {
            shards: 6,
            replicas: 2,
            on_disk: true,
            quantization: Quantization::Scalar,
            ..config::Qdrant::default()
        };
        let large = made(&name, &large);
        assert_eq!(
            (large.shard_number, large.replication_factor),
            (Some(6), Some(2))
        );
        assert!(large.quantization_config.is_some());
    }

    #[test]
    fn a_collection_of_somebody_else_is_refused() {
        let refused = check(&IndexName::of("model", 8), &CollectionInfo::default());
        assert!(
            refused
                .expect_err("it has no vectors")
                .contains("8 numbers")
        );
    }
}
