//! What is done with points.

use qdrant_client::qdrant::{
    self, BatchResult, CountPoints, CountResponse, CountResult, DeletePoints, GetPoints,
    GetResponse, PointsOperationResponse, PointsSelector, QueryBatchPoints, QueryBatchResponse,
    QueryPoints, RetrievedPoint, ScrollPoints, ScrollResponse, SetPayloadPoints, UpsertPoints,
    VectorParamsMap, points_selector::PointsSelectorOneOf, query, vector_input, vectors_config,
};
use qdrant_edge::{
    CountRequest, Filter, NamedQuery, PayloadOps, PointInsertOperations, PointOperations,
    QueryEnum, QueryRequest, ScoringQuery, ScrollRequest, SetPayloadOp, UpdateOperation,
    VectorInternal, WithPayloadInterface, WithVector,
};
use tonic::Status;

use crate::{
    Collection, State,
    collections::changed,
    convert::{self, engine},
    unknown, wrong,
};

impl Collection {
    /// Refuses a dense vector of another length, as the server does.
    pub(crate) fn check_length(&self, name: &str, length: usize) -> Result<(), Status> {
        let vectors = self.made.vectors_config.as_ref();
        let vectors = vectors.and_then(|vectors| vectors.config.as_ref());
        let params = match vectors {
            Some(vectors_config::Config::ParamsMap(VectorParamsMap { map })) => map.get(name),
            _ => None,
        };
        let params =
            params.ok_or_else(|| wrong(format!("Not existing vector name error: {name}")))?;
        if params.size == length as u64 {
            return Ok(());
        }
        Err(wrong(format!(
            "Vector dimension error: expected dim: {}, got {length}",
            params.size
        )))
    }
}

impl State {
    pub(crate) fn upsert(&self, asked: UpsertPoints) -> Result<PointsOperationResponse, Status> {
        waited(asked.wait)?;
        let mut held = self.held();
        let collection = held.collection(&asked.collection_name)?;
        let points = asked
            .points
            .into_iter()
            .map(|point| convert::point(collection, point))
            .collect::<Result<Vec<_>, _>>()?;
        let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
        let insert = UpdateOperation::PointOperation(insert);
        collection.shard.update(insert).map_err(engine)?;
        Ok(changed())
    }

    pub(crate) fn delete(&self, asked: DeletePoints) -> Result<PointsOperationResponse, Status> {
        waited(asked.wait)?;
        let mut held = self.held();
        let collection = held.collection(&asked.collection_name)?;
        let remove = PointOperations::DeletePointsByFilter(selected(asked.points)?);
        let remove = UpdateOperation::PointOperation(remove);
        collection.shard.update(remove).map_err(engine)?;
        Ok(changed())
    }

    pub(crate) fn set_payload(
        &self,
        asked: SetPayloadPoints,
    ) -> Result<PointsOperationResponse, Status> {
        waited(asked.wait)?;
        let mut held = self.held();
        let collection = held.collection(&asked.collection_name)?;
        let payload: serde_json::Value = qdrant_client::Payload::from(asked.payload).into();
        let payload = match payload {
            serde_json::Value::Object(fields) => fields.into_iter().collect(),
            other => return Err(wrong(format!("a payload that is {other}"))),
        };
        let set = SetPayloadOp {
            payload: qdrant_edge::Payload(payload),
            points: None,
            filter: Some(selected(asked.points_selector)?),
            key: None,
        };
        let set = UpdateOperation::PayloadOperation(PayloadOps::SetPayload(set));
        collection.shard.update(set).map_err(engine)?;
        Ok(changed())
    }

    pub(crate) fn get(&self, asked: GetPoints) -> Result<GetResponse, Status> {
        let mut held = self.held();
        let collection = held.collection(&asked.collection_name)?;
        let ids = asked
            .ids
            .into_iter()
            .map(|id| convert::id(Some(id)))
            .collect::<Result<Vec<_>, _>>()?;
        let with_payload = WithPayloadInterface::Bool(convert::with_payload(asked.with_payload)?);
        let with_vector = WithVector::Bool(convert::with_vectors(asked.with_vectors)?);
        let found = collection
            .shard
            .retrieve(&ids, Some(with_payload), Some(with_vector))
            .map_err(engine)?;
        let result = found.into_iter().map(retrieved);
        Ok(GetResponse {
            result: result.collect::<Result<Vec<_>, _>>()?,
            ..GetResponse::default()
        })
    }

    pub(crate) fn count(&self, asked: CountPoints) -> Result<CountResponse, Status> {
        let mut held = self.held();
        let collection = held.collection(&asked.collection_name)?;
        if asked.exact != Some(true) {
            return Err(unknown("a count that is not exact"));
        }
        let count = CountRequest {
            filter: convert::filter(asked.filter)?,
            exact: true,
        };
        let count = collection.shard.count(count).map_err(engine)? as u64;
        Ok(CountResponse {
            result: Some(CountResult { count }),
            ..CountResponse::default()
        })
    }

    pub(crate) fn scroll(&self, asked: ScrollPoints) -> Result<ScrollResponse, Status> {
        let mut held = self.held();
        let collection = held.collection(&asked.collection_name)?;
        if asked.order_by.is_some() {
            return Err(unknown("an order"));
        }
        let offset = asked.offset.map(|offset| convert::id(Some(offset)));
        let limit = asked.limit.and_then(|limit| usize::try_from(limit).ok());
        let with_payload = WithPayloadInterface::Bool(convert::with_payload(asked.with_payload)?);
        let request = ScrollRequest {
            offset: offset.transpose()?,
            limit,
            filter: convert::filter(asked.filter)?,
            with_payload: Some(with_payload),
            with_vector: WithVector::Bool(convert::with_vectors(asked.with_vectors)?),
            order_by: None,
        };
        let (found, next) = collection.shard.scroll(request).map_err(engine)?;
        let result = found.into_iter().map(retrieved);
        Ok(ScrollResponse {
            next_page_offset: next.map(convert::id_out),
            result: result.collect::<Result<Vec<_>, _>>()?,
            ..ScrollResponse::default()
        })
    }

    pub(crate) fn query(&self, asked: QueryBatchPoints) -> Result<QueryBatchResponse, Status> {
        let mut held = self.held();
        let collection = held.collection(&asked.collection_name)?;
        let mut result = Vec::new();
        for points in asked.query_points {
            if points.collection_name != asked.collection_name {
                return Err(wrong("a batch is of one collection"));
            }
            let found = collection.shard.query(request(collection, points)?);
            let found = found.map_err(engine)?.into_iter().map(scored);
            result.push(BatchResult {
                result: found.collect::<Result<Vec<_>, _>>()?,
            });
        }
        Ok(QueryBatchResponse {
            result,
            ..QueryBatchResponse::default()
        })
    }
}

fn request(collection: &Collection, asked: QueryPoints) -> Result<QueryRequest, Status> {
    if !asked.prefetch.is_empty() || asked.params.is_some() || asked.offset.is_some() {
        return Err(unknown("prefetches, parameters and offsets"));
    }
    let using = asked
        .using
        .ok_or_else(|| unknown("vectors without names"))?;
    let Some(query::Variant::Nearest(nearest)) = asked.query.and_then(|query| query.variant) else {
        return Err(unknown("queries but for what is nearest"));
    };
    let query = match nearest.variant {
        Some(vector_input::Variant::Dense(dense)) => {
            collection.check_length(&using, dense.data.len())?;
            VectorInternal::Dense(dense.data)
        }
        Some(vector_input::Variant::Sparse(sparse)) => {
            VectorInternal::Sparse(qdrant_edge::SparseVector {
                indices: sparse.indices,
                values: sparse.values,
            })
        }
        other => return Err(unknown(format!("the query {other:?}"))),
    };
    let limit = asked.limit.and_then(|limit| usize::try_from(limit).ok());
    Ok(QueryRequest {
        prefetches: Vec::new(),
        query: Some(ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery {
            query,
            using: Some(using),
        }))),
        filter: convert::filter(asked.filter)?,
        score_threshold: None,
        limit: limit.unwrap_or(10),
        offset: 0,
        params: None,
        with_vector: WithVector::Bool(convert::with_vectors(asked.with_vectors)?),
        with_payload: WithPayloadInterface::Bool(convert::with_payload(asked.with_payload)?),
    })
}

/// The points of a change: the server takes a list of ids as an error where one is not there.
fn selected(points: Option<PointsSelector>) -> Result<Filter, Status> {
    match points.and_then(|points| points.points_selector_one_of) {
        Some(PointsSelectorOneOf::Filter(filter)) => {
            convert::filter(Some(filter))?.ok_or_else(|| wrong("no filter"))
        }
        _ => Err(unknown("changes but by a filter")),
    }
}

/// A change that nobody waits for is not there yet for who asks next.
fn waited(wait: Option<bool>) -> Result<(), Status> {
    if wait == Some(true) {
        return Ok(());
    }
    Err(unknown("changes that are not waited for"))
}

fn retrieved(record: qdrant_edge::Record) -> Result<RetrievedPoint, Status> {
    Ok(RetrievedPoint {
        id: Some(convert::id_out(record.id)),
        payload: convert::payload_out(record.payload)?,
        vectors: convert::vectors_out(record.vector),
        ..RetrievedPoint::default()
    })
}

fn scored(point: qdrant_edge::ScoredPoint) -> Result<qdrant::ScoredPoint, Status> {
    Ok(qdrant::ScoredPoint {
        id: Some(convert::id_out(point.id)),
        payload: convert::payload_out(point.payload)?,
        score: point.score,
        version: point.version,
        vectors: convert::vectors_out(point.vector),
        ..qdrant::ScoredPoint::default()
    })
}
