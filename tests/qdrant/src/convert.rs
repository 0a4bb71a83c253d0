//! What travels, as the engine has it, and back.

use std::collections::HashMap;

use qdrant_client::{
    Payload as QdrantPayload,
    qdrant::{
        self, Condition, FieldCondition, Filter, NamedVectorsOutput, PointId, PointStruct, Value,
        VectorOutput, VectorsOutput, WithPayloadSelector, WithVectorsSelector,
        condition::ConditionOneOf, r#match::MatchValue, point_id::PointIdOptions, vector,
        vector_output, vectors::VectorsOptions, vectors_output, with_payload_selector,
        with_vectors_selector,
    },
};
use qdrant_edge::{NamedVectors, VectorInternal, VectorStructInternal};
use serde_json::json;
use tonic::Status;
use uuid::Uuid;

use crate::{Collection, unknown, wrong};

/// An error of the engine, or of the machine.
pub(crate) fn engine(error: impl std::fmt::Display) -> Status {
    Status::internal(format!("Service internal error: {error}"))
}

pub(crate) fn id(id: Option<PointId>) -> Result<qdrant_edge::PointId, Status> {
    match id.and_then(|id| id.point_id_options) {
        Some(PointIdOptions::Uuid(id)) => {
            let id = id.parse::<Uuid>().map_err(wrong)?;
            Ok(qdrant_edge::PointId::Uuid(id))
        }
        _ => Err(unknown("ids that are no UUID")),
    }
}

pub(crate) fn id_out(id: qdrant_edge::PointId) -> PointId {
    match id {
        qdrant_edge::PointId::Uuid(id) => id.to_string().into(),
        qdrant_edge::PointId::NumId(id) => id.into(),
    }
}

/// A point to be written; its vectors must be those of the collection.
pub(crate) fn point(
    collection: &Collection,
    point: PointStruct,
) -> Result<qdrant_edge::PointStructPersisted, Status> {
    let options = point.vectors.and_then(|vectors| vectors.vectors_options);
    let Some(VectorsOptions::Vectors(named)) = options else {
        return Err(unknown("vectors without names"));
    };
    let mut vectors = NamedVectors::default();
    for (name, given) in named.vectors {
        vectors = match given.vector {
            Some(vector::Vector::Dense(dense)) => {
                collection.check_length(&name, dense.data.len())?;
                vectors.add_vector(name.as_str(), dense.data)
            }
            Some(vector::Vector::Sparse(sparse)) => {
                let sparse = qdrant_edge::Vector::new_sparse(sparse.indices, sparse.values);
                vectors.add_vector(name.as_str(), sparse.map_err(wrong)?)
            }
            _ => return Err(unknown(format!("the vector {name}"))),
        };
    }
    let payload: serde_json::Value = QdrantPayload::from(point.payload).into();
    let point = qdrant_edge::PointStruct::new(id(point.id)?, vectors, payload);
    Ok(point.into())
}

pub(crate) fn filter(filter: Option<Filter>) -> Result<Option<qdrant_edge::Filter>, Status> {
    let Some(filter) = filter else {
        return Ok(None);
    };
    if !filter.should.is_empty() || filter.min_should.is_some() {
        return Err(unknown("should"));
    }
    let conditions = |conditions: Vec<Condition>| {
        conditions
            .into_iter()
            .map(condition)
            .collect::<Result<Vec<_>, _>>()
    };
    let rest = json!({
        "must": conditions(filter.must)?,
        "must_not": conditions(filter.must_not)?,
    });
    serde_json::from_value(rest).map(Some).map_err(engine)
}

fn condition(condition: Condition) -> Result<serde_json::Value, Status> {
    match condition.condition_one_of {
        Some(ConditionOneOf::Field(field)) => of_field(field),
        Some(ConditionOneOf::HasId(ids)) => {
            let ids = ids.has_id.into_iter().map(|given| id(Some(given)));
            let ids = ids.collect::<Result<Vec<_>, _>>()?;
            Ok(json!({ "has_id": ids }))
        }
        Some(ConditionOneOf::HasVector(has)) => Ok(json!({ "has_vector": has.has_vector })),
        other => Err(unknown(format!("the condition {other:?}"))),
    }
}

fn of_field(field: FieldCondition) -> Result<serde_json::Value, Status> {
    let key = field.key.clone();
    let matched = field.r#match.and_then(|matched| matched.match_value);
    let matched = match (matched, field.range) {
        (Some(MatchValue::Keyword(value)), None) => json!({ "value": value }),
        (Some(MatchValue::Integer(value)), None) => json!({ "value": value }),
        (Some(MatchValue::Boolean(value)), None) => json!({ "value": value }),
        (Some(MatchValue::Keywords(values)), None) => json!({ "any": values.strings }),
        (None, Some(range)) => {
            let range =
                json!({ "lt": range.lt, "gt": range.gt, "lte": range.lte, "gte": range.gte });
            return Ok(json!({ "key": key, "range": range }));
        }
        other => return Err(unknown(format!("the match {other:?} of {key}"))),
    };
    Ok(json!({ "key": key, "match": matched }))
}

/// Whether the payload is asked for.
pub(crate) fn with_payload(asked: Option<WithPayloadSelector>) -> Result<bool, Status> {
    match asked.and_then(|asked| asked.selector_options) {
        None => Ok(false),
        Some(with_payload_selector::SelectorOptions::Enable(with)) => Ok(with),
        Some(other) => Err(unknown(format!("the payload {other:?}"))),
    }
}

/// Whether the vectors are asked for.
pub(crate) fn with_vectors(asked: Option<WithVectorsSelector>) -> Result<bool, Status> {
    match asked.and_then(|asked| asked.selector_options) {
        None => Ok(false),
        Some(with_vectors_selector::SelectorOptions::Enable(with)) => Ok(with),
        Some(other) => Err(unknown(format!("the vectors {other:?}"))),
    }
}

pub(crate) fn payload_out(
    payload: Option<qdrant_edge::Payload>,
) -> Result<HashMap<String, Value>, Status> {
    let Some(payload) = payload else {
        return Ok(HashMap::new());
    };
    let payload = serde_json::Value::Object(payload.0.into_iter().collect());
    Ok(QdrantPayload::try_from(payload).map_err(engine)?.into())
}

pub(crate) fn vectors_out(vectors: Option<VectorStructInternal>) -> Option<VectorsOutput> {
    let VectorStructInternal::Named(named) = vectors? else {
        return None;
    };
    let vectors = named.into_iter().filter_map(|(name, vector)| {
        let vector = match vector {
            VectorInternal::Dense(data) => {
                vector_output::Vector::Dense(qdrant::DenseVector { data })
            }
            VectorInternal::Sparse(sparse) => vector_output::Vector::Sparse(qdrant::SparseVector {
                values: sparse.values,
                indices: sparse.indices,
            }),
            VectorInternal::MultiDense(_) => return None,
        };
        let output = VectorOutput {
            vector: Some(vector),
            ..VectorOutput::default()
        };
        Some((name, output))
    });
    Some(VectorsOutput {
        vectors_options: Some(vectors_output::VectorsOptions::Vectors(
            NamedVectorsOutput {
                vectors: vectors.collect(),
            },
        )),
    })
}
