//! Collections and aliases.

use qdrant_client::qdrant::{
    AliasDescription, ChangeAliases, CollectionClusterInfoRequest, CollectionClusterInfoResponse,
    CollectionConfig, CollectionDescription, CollectionInfo, CollectionOperationResponse,
    CollectionParams, CollectionStatus, CreateCollection, CreateFieldIndexCollection,
    DeleteCollection, Distance, FieldType, GetCollectionInfoRequest, GetCollectionInfoResponse,
    ListAliasesRequest, ListAliasesResponse, ListCollectionsRequest, ListCollectionsResponse,
    LocalShardInfo, Modifier, PayloadSchemaInfo, PayloadSchemaType, PointsOperationResponse,
    ReplicaState, UpdateResult, UpdateStatus, VectorParamsMap, alias_operations::Action,
    vectors_config,
};
use qdrant_edge::{
    CountRequest, EdgeConfig, EdgeConfigBuilder, EdgeShard, EdgeSparseVectorParams,
    EdgeVectorParams,
};
use tonic::Status;

use crate::{Collection, State, convert::engine, missing, unknown, wrong};

impl State {
    pub(crate) fn list(
        &self,
        _: ListCollectionsRequest,
    ) -> Result<ListCollectionsResponse, Status> {
        let held = self.held();
        let names = held.collections.keys();
        let collections = names.map(|name| CollectionDescription { name: name.clone() });
        Ok(ListCollectionsResponse {
            collections: collections.collect(),
            time: 0.0,
        })
    }

    pub(crate) fn create(
        &self,
        asked: CreateCollection,
    ) -> Result<CollectionOperationResponse, Status> {
        let mut held = self.held();
        let name = asked.collection_name.clone();
        if held.collections.contains_key(&name) {
            return Err(wrong(format!("Collection `{name}` already exists!")));
        }
        let config = config(&asked)?;
        held.made += 1;
        let path = self.folder.path().join(held.made.to_string());
        std::fs::create_dir(&path).map_err(engine)?;
        let collection = Collection {
            shard: EdgeShard::new(&path, config).map_err(engine)?,
            made: asked,
            fields: std::collections::BTreeMap::new(),
        };
        held.collections.insert(name, collection);
        Ok(done())
    }

    pub(crate) fn drop_collection(
        &self,
        asked: DeleteCollection,
    ) -> Result<CollectionOperationResponse, Status> {
        let mut held = self.held();
        let name = asked.collection_name;
        held.collections
            .remove(&name)
            .ok_or_else(|| missing(&name))?;
        held.aliases.retain(|_, collection| *collection != name);
        Ok(done())
    }

    pub(crate) fn info(
        &self,
        asked: GetCollectionInfoRequest,
    ) -> Result<GetCollectionInfoResponse, Status> {
        let mut held = self.held();
        let collection = held.collection(&asked.collection_name)?;
        let count = CountRequest {
            filter: None,
            exact: true,
        };
        let points = collection.shard.count(count).map_err(engine)?;
        let made = &collection.made;
        let params = CollectionParams {
            shard_number: made.shard_number.unwrap_or(1),
            replication_factor: made.replication_factor,
            vectors_config: made.vectors_config.clone(),
            sparse_vectors_config: made.sparse_vectors_config.clone(),
            ..CollectionParams::default()
        };
        let config = CollectionConfig {
            params: Some(params),
            hnsw_config: made.hnsw_config,
            quantization_config: made.quantization_config,
            ..CollectionConfig::default()
        };
        let fields = collection.fields.iter();
        let fields = fields.map(|(name, field)| (name.clone(), field.clone()));
        Ok(GetCollectionInfoResponse {
            result: Some(CollectionInfo {
                status: CollectionStatus::Green.into(),
                config: Some(config),
                payload_schema: fields.collect(),
                points_count: Some(points as u64),
                ..CollectionInfo::default()
            }),
            time: 0.0,
        })
    }

    pub(crate) fn cluster(
        &self,
        asked: CollectionClusterInfoRequest,
    ) -> Result<CollectionClusterInfoResponse, Status> {
        let mut held = self.held();
        let made = &held.collection(&asked.collection_name)?.made;
        let shards = made.shard_number.unwrap_or(1);
        let local = (0..shards).map(|shard_id| LocalShardInfo {
            shard_id,
            state: ReplicaState::Active.into(),
            ..LocalShardInfo::default()
        });
        Ok(CollectionClusterInfoResponse {
            peer_id: 1,
            shard_count: u64::from(shards),
            local_shards: local.collect(),
            ..CollectionClusterInfoResponse::default()
        })
    }

    pub(crate) fn aliases(&self, _: ListAliasesRequest) -> Result<ListAliasesResponse, Status> {
        let held = self.held();
        let aliases = held.aliases.iter().map(|(alias, name)| AliasDescription {
            alias_name: alias.clone(),
            collection_name: name.clone(),
        });
        Ok(ListAliasesResponse {
            aliases: aliases.collect(),
            time: 0.0,
        })
    }

    /// All of it or nothing.
    pub(crate) fn change_aliases(
        &self,
        asked: ChangeAliases,
    ) -> Result<CollectionOperationResponse, Status> {
        let mut held = self.held();
        let mut aliases = held.aliases.clone();
        for operation in asked.actions {
            match operation.action {
                Some(Action::CreateAlias(create)) => {
                    if !held.collections.contains_key(&create.collection_name) {
                        return Err(missing(&create.collection_name));
                    }
                    if aliases.contains_key(&create.alias_name) {
                        return Err(unknown("an alias that is taken without being given up"));
                    }
                    aliases.insert(create.alias_name, create.collection_name);
                }
                Some(Action::DeleteAlias(delete)) => {
                    aliases.remove(&delete.alias_name).ok_or_else(|| {
                        let name = &delete.alias_name;
                        Status::not_found(format!("Not found: Alias {name} does not exists!"))
                    })?;
                }
                other => return Err(unknown(format!("the action {other:?}"))),
            }
        }
        held.aliases = aliases;
        Ok(done())
    }

    pub(crate) fn index(
        &self,
        asked: CreateFieldIndexCollection,
    ) -> Result<PointsOperationResponse, Status> {
        let mut held = self.held();
        let collection = held.collection(&asked.collection_name)?;
        let kind = match asked.field_type() {
            FieldType::Keyword => PayloadSchemaType::Keyword,
            FieldType::Integer => PayloadSchemaType::Integer,
            FieldType::Bool => PayloadSchemaType::Bool,
            other => return Err(unknown(format!("an index of {other:?}"))),
        };
        if asked.wait != Some(true) {
            return Err(unknown("an index that is not waited for"));
        }
        let field = PayloadSchemaInfo {
            data_type: kind.into(),
            params: asked.field_index_params,
            points: None,
        };
        collection.fields.insert(asked.field_name, field);
        Ok(changed())
    }
}

/// How the engine is to be set up for a collection.
fn config(asked: &CreateCollection) -> Result<EdgeConfig, Status> {
    let vectors = asked.vectors_config.as_ref();
    let vectors = vectors.and_then(|vectors| vectors.config.as_ref());
    let Some(vectors_config::Config::ParamsMap(VectorParamsMap { map })) = vectors else {
        return Err(unknown("vectors without names"));
    };
    let mut config = EdgeConfigBuilder::new();
    for (name, params) in map {
        if params.distance() != Distance::Cosine {
            return Err(unknown(format!("distance {:?}", params.distance())));
        }
        let size = usize::try_from(params.size).map_err(wrong)?;
        let params = EdgeVectorParams::builder(size, qdrant_edge::Distance::Cosine).build();
        config = config.vector(name.as_str(), params);
    }
    for (name, params) in asked.sparse_vectors_config.iter().flat_map(|all| &all.map) {
        if params.modifier() != Modifier::Idf {
            return Err(unknown("sparse vectors without IDF"));
        }
        let params = EdgeSparseVectorParams {
            full_scan_threshold: None,
            on_disk: None,
            modifier: Some(qdrant_edge::Modifier::Idf),
            datatype: None,
        };
        config = config.sparse_vector(name.as_str(), params);
    }
    Ok(config.build())
}

pub(crate) fn changed() -> PointsOperationResponse {
    PointsOperationResponse {
        result: Some(UpdateResult {
            operation_id: Some(1),
            status: UpdateStatus::Completed.into(),
        }),
        ..PointsOperationResponse::default()
    }
}

fn done() -> CollectionOperationResponse {
    CollectionOperationResponse {
        result: true,
        time: 0.0,
    }
}
