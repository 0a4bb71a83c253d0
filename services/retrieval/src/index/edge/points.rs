//! Passages as the engine's points, and back.

use std::collections::HashMap;

use qdrant_edge::{
    Filter, NamedQuery, NamedVectors, PointId, PointStruct, QueryEnum, QueryRequest, ScoringQuery,
    Vector, VectorInternal, VectorStructInternal, WithPayloadInterface, WithVector,
};
use serde_json::Value;
use uuid::Uuid;

use super::engine;
use crate::{
    index::{BM25, DENSE, Hit, IndexError, Record, passage_id},
    keywords::Sparse,
};

pub(super) fn point(record: Record) -> Result<qdrant_edge::PointStructPersisted, IndexError> {
    let Record {
        payload,
        dense,
        sparse,
    } = record;
    let id = passage_id(payload.document_id, payload.version, payload.ordinal);
    let sparse = Vector::new_sparse(sparse.indices, sparse.values)
        .map_err(|error| engine("write", error))?;
    let mut vectors = NamedVectors::default().add_vector(BM25, sparse);
    if !dense.is_empty() {
        vectors = vectors.add_vector(DENSE, dense);
    }
    let payload = serde_json::to_value(payload).map_err(|error| engine("write", error))?;
    Ok(PointStruct::new(PointId::Uuid(id), vectors, payload).into())
}

/// A search for the passages that are nearest to a vector; with their vectors, by which they are judged later.
pub(super) fn request(
    name: &str,
    vector: VectorInternal,
    filter: Filter,
    limit: usize,
) -> QueryRequest {
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

pub(super) fn hit(
    id: PointId,
    payload: Option<qdrant_edge::Payload>,
    vector: Option<VectorStructInternal>,
) -> Hit {
    let id = uuid(id);
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

pub(super) fn uuid(id: PointId) -> Uuid {
    match id {
        PointId::Uuid(id) => id,
        PointId::NumId(number) => Uuid::from_u64_pair(0, number),
    }
}
