//! Passages as the server's points, and back.

use std::collections::HashMap;

use qdrant_client::{
    Payload as QdrantPayload,
    qdrant::{
        Filter, NamedVectors, PointId, PointStruct, Query, QueryPointsBuilder, Value, Vector,
        VectorInput, VectorsOutput, point_id::PointIdOptions, vector_output,
        vectors_output::VectorsOptions,
    },
};
use uuid::Uuid;

use crate::{
    index::{BM25, DENSE, Hit, IndexError, IndexName, Payload, Record, passage_id},
    keywords::Sparse,
};

pub(super) fn point(record: Record) -> Result<PointStruct, IndexError> {
    let Record {
        payload,
        dense,
        sparse,
    } = record;
    let id = passage_id(payload.document_id, payload.version, payload.ordinal);
    let words = Vector::new_sparse(sparse.indices, sparse.values);
    let mut vectors = NamedVectors::default().add_vector(BM25, words);
    if !dense.is_empty() {
        vectors = vectors.add_vector(DENSE, Vector::new_dense(dense));
    }
    let malformed = |reason: String| IndexError::Engine {
        operation: "write",
        reason,
    };
    let payload = serde_json::to_value(payload).map_err(|error| malformed(error.to_string()))?;
    let payload = QdrantPayload::try_from(payload).map_err(|error| malformed(error.to_string()))?;
    Ok(PointStruct::new(id.to_string(), vectors, payload))
}

/// A search for the passages that are nearest to a vector; with their vectors, by which they are judged later.
pub(super) fn request(
    index: &IndexName,
    name: &str,
    vector: VectorInput,
    filter: &Filter,
    limit: usize,
) -> QueryPointsBuilder {
    QueryPointsBuilder::new(index.as_str())
        .query(Query::new_nearest(vector))
        .using(name)
        .filter(filter.clone())
        .limit(limit as u64)
        .with_payload(true)
        .with_vectors(true)
}

pub(super) fn hit(
    id: Option<PointId>,
    payload: HashMap<String, Value>,
    vectors: Option<VectorsOutput>,
) -> Hit {
    let id = id.map(uuid).unwrap_or_default();
    let payload: serde_json::Value = QdrantPayload::from(payload).into();
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

pub(super) fn uuid(id: PointId) -> Uuid {
    match id.point_id_options {
        Some(PointIdOptions::Uuid(id)) => id.parse().unwrap_or_default(),
        Some(PointIdOptions::Num(number)) => Uuid::from_u64_pair(0, number),
        None => Uuid::nil(),
    }
}
