//! What the doctor is told of a server's collections.

use qdrant_client::qdrant::{
    CollectionClusterInfoRequest, CollectionClusterInfoResponse, CollectionInfo, CollectionStatus,
    ReplicaState, payload_index_params::IndexParams,
};
use stoa_kit::config;
use tonic::Status;

use super::{collections, server::Server};
use crate::index::{Examined, IndexError, IndexName, TENANT, examined::said};

/// Looks at the server that is configured.
pub(in crate::index) async fn examine(
    settings: &config::Qdrant,
    url: &str,
) -> Result<Examined, IndexError> {
    let server = Server::new(settings)?;
    let version = server.version().await?;
    let place = format!("Qdrant {version} at {url}");
    let looked = look(&server, settings, &place).await;
    looked.map_err(|status| server.failed("look at the collections", &status))
}

async fn look(server: &Server, settings: &config::Qdrant, place: &str) -> Result<Examined, Status> {
    let names = collections::names(server).await?;
    let Some(alias) = collections::current(server).await? else {
        return Ok(Examined {
            summary: said(place, None, &names),
            faults: Vec::new(),
        });
    };
    let Some(name) = IndexName::parse(&alias) else {
        let fault = format!(
            "the alias {} names {alias}, which Stoa did not make: remove it, or give Stoa a server of its own",
            collections::ALIAS
        );
        return Ok(Examined {
            summary: place.to_owned(),
            faults: vec![fault],
        });
    };
    let info = collections::info(server, &name).await?;
    let request = CollectionClusterInfoRequest {
        collection_name: name.to_string(),
    };
    let mut client = server.collections();
    let cluster = client.collection_cluster_info(request).await?.into_inner();
    let mut summary = vec![said(place, Some(&name), &names), shape(&info, &cluster)];
    summary.extend(differences(&info, settings));
    if !is_tenant(&info) {
        summary.push(format!(
            "`{TENANT}` is no tenant index there, as an older version made it: give it one (keyword, is_tenant) where there \
             are many spaces"
        ));
    }
    Ok(Examined {
        summary: summary.join("; "),
        faults: faults(&info, &cluster),
    })
}

/// How many shards and copies there are, and of how many passages.
fn shape(info: &CollectionInfo, cluster: &CollectionClusterInfoResponse) -> String {
    let (shards, replicas) = shards_and_replicas(info);
    let passages = info.points_count.unwrap_or_default();
    let here = cluster.local_shards.len();
    let elsewhere = cluster.remote_shards.len();
    format!(
        "{passages} passages, shards: {shards}, replicas of each: {replicas}, on this node: {here}, on others: {elsewhere}"
    )
}

/// What is configured in another way. A collection is not changed once it is made.
fn differences(info: &CollectionInfo, settings: &config::Qdrant) -> Option<String> {
    let (shards, replicas) = shards_and_replicas(info);
    let is_quantized = info
        .config
        .as_ref()
        .is_some_and(|config| config.quantization_config.is_some());
    let wants_quantized = settings.quantization != config::Quantization::None;
    let mut keys = Vec::new();
    if shards != settings.shards {
        keys.push("qdrant.shards");
    }
    if replicas != settings.replicas {
        keys.push("qdrant.replicas");
    }
    if is_quantized != wants_quantized {
        keys.push("qdrant.quantization");
    }
    let keys = keys.join(", ");
    (!keys.is_empty()).then(|| format!("it was made with other {keys}, and stays so"))
}

fn shards_and_replicas(info: &CollectionInfo) -> (u32, u32) {
    let params = info
        .config
        .as_ref()
        .and_then(|config| config.params.as_ref());
    params.map_or((1, 1), |params| {
        (params.shard_number, params.replication_factor.unwrap_or(1))
    })
}

fn faults(info: &CollectionInfo, cluster: &CollectionClusterInfoResponse) -> Vec<String> {
    let mut faults = Vec::new();
    if info.status == i32::from(CollectionStatus::Red) {
        faults.push("Qdrant cannot work on the collection: look at its log".to_owned());
    }
    let local = cluster.local_shards.iter();
    let remote = cluster.remote_shards.iter();
    let shards = local
        .map(|shard| (shard.shard_id, cluster.peer_id, shard.state))
        .chain(remote.map(|shard| (shard.shard_id, shard.peer_id, shard.state)));
    for (shard, node, state) in shards {
        let state = ReplicaState::try_from(state).unwrap_or(ReplicaState::Dead);
        if state != ReplicaState::Active {
            faults.push(format!(
                "the replica of shard {shard} on node {node} is {}: check that node",
                state.as_str_name()
            ));
        }
    }
    faults
}

fn is_tenant(info: &CollectionInfo) -> bool {
    let field = info.payload_schema.get(TENANT);
    let params = field.and_then(|field| field.params.as_ref()?.index_params.as_ref());
    matches!(params, Some(IndexParams::KeywordIndexParams(params)) if params.is_tenant == Some(true))
}

#[cfg(test)]
mod tests {
    use qdrant_client::qdrant::{CollectionConfig, CollectionParams, LocalShardInfo};

    use super::*;

    #[test]
    fn a_replica_that_is_dead_is_a_fault_and_a_difference_is_not() {
        let params = CollectionParams {
            shard_number: 2,
            replication_factor: Some(1),
            ..CollectionParams::default()
        };
        let info = CollectionInfo {
            config: Some(CollectionConfig {
                params: Some(params),
                ..CollectionConfig::default()
            }),
            ..CollectionInfo::default()
        };
        let shard = |state: ReplicaState| LocalShardInfo {
            shard_id: 3,
            state: state.into(),
            ..LocalShardInfo::default()
        };
        let cluster = CollectionClusterInfoResponse {
            local_shards: vec![shard(ReplicaState::Active), shard(ReplicaState::Dead)],
            ..CollectionClusterInfoResponse::default()
        };
        let found = faults(&info, &cluster);
        let dead = found.iter().filter(|fault| fault.contains("shard 3"));
        assert_eq!(dead.count(), 1, "{found:?}");
        let differs = differences(&info, &config::Qdrant::default()).expect("two shards");
        assert!(
            differs.contains("qdrant.shards") && !differs.contains("replicas"),
            "{differs}"
        );
    }
}
