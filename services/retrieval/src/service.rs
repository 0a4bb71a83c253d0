use std::{collections::HashMap, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use stoa_kit::{Config, Space, grpc, wire};
use stoa_language::script::is_unspaced;
use stoa_proto::{
    Scale,
    embedding::{
        EmbedRequest, GetModelRequest, TextKind, embedding_service_client::EmbeddingServiceClient,
    },
    retrieval::{
        DeleteRequest, DeleteResponse, GetPassageRequest, GetPassageResponse, Passage,
        PublishRequest, PublishResponse, SearchMode, SearchRequest, SearchResponse, StatsRequest,
        StatsResponse, UpsertRequest, UpsertResponse, retrieval_service_server::RetrievalService,
    },
};
use tokio::sync::OnceCell;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::{
    index::{
        CountKey, EVERYBODY, EdgeIndex, Found, Hit, IndexError, Payload, QdrantIndex, Query,
        Record, Scope, VectorIndex, VersionKey, passage_id,
    },
    keywords::Sparse,
    question, ranking,
    relevance::{Judge, Relevance},
    surroundings::{self, Needs},
};

/// Largest request: 512 passages of 64 KiB with their vectors.
pub(crate) const MAX_MESSAGE: usize = 40 << 20;
const MAX_PASSAGES: usize = 512;
const MAX_TEXT: usize = 64 << 10;
/// Bytes of a passage's context.
const MAX_CONTEXT: usize = 4 << 10;
const MAX_QUERY: usize = 8 << 10;
const MAX_LIMIT: u32 = 100;
const DEFAULT_LIMIT: u32 = 8;
const MAX_NEIGHBOURS: u32 = 8;

type EmbeddingClient = EmbeddingServiceClient<grpc::Client>;

/// The index of the model that embeds.
struct Opened {
    index: Box<dyn VectorIndex>,
    model: String,
    dimensions: usize,
    knows_unspaced_scripts: bool,
    scale: Scale,
    floor: f32,
}

impl Opened {
    /// Refuses vectors of another model: at the same length they compare to nothing and would be found by chance.
    fn own(&self, model: &str) -> Result<(), Status> {
        if model == self.model {
            return Ok(());
        }
        Err(Status::failed_precondition(format!(
            "the vectors are of the model `{model}` and the index is of `{}`: start the retrieval service again, and \
             learn the documents again",
            self.model
        )))
    }

    /// An answer of nothing is no answer where the documents were learned with another model.
    async fn holds_something(&self, space: Space) -> Result<(), Status> {
        let others = self.index.others();
        if others.is_empty() {
            return Ok(());
        }
        let all = CountKey {
            space: space.clone(),
            document_id: None,
            version: None,
            published: None,
        };
        let held = self.index.count(all).await.map_err(|e| status(&e))?;
        if held > 0 {
            return Ok(());
        }
        Err(Status::failed_precondition(format!(
            "nothing in space {space} is learned with the model `{}`, and there is an index of another ({}): forget the \
             documents and learn them again, or set embedding.model back",
            self.model,
            others.join(", ")
        )))
    }
}

pub(crate) struct Retrieval {
    config: Config,
    embedding: EmbeddingClient,
    opened: OnceCell<Opened>,
}

impl Retrieval {
    pub(crate) fn new(config: &Config, embedding: EmbeddingClient) -> Self {
        Self {
            config: config.clone(),
            embedding,
            opened: OnceCell::new(),
        }
    }

    /// Opens the index as soon as it can be, so that the first caller does not wait.
    pub(crate) async fn open(&self) {
        let retry = ExponentialBuilder::default()
            .with_max_delay(Duration::from_secs(5))
            .without_max_times();
        let opened = (|| self.opened())
            .retry(retry)
            .when(|status| status.code() == Code::Unavailable)
            .notify(|status, wait| tracing::debug!(?wait, "the index waits: {}", status.message()))
            .await;
        if let Err(status) = opened {
            tracing::error!("{}", status.message());
        }
    }

    async fn opened(&self) -> Result<&Opened, Status> {
        self.opened
            .get_or_try_init(|| async {
                let model = self
                    .embedding
                    .clone()
                    .get_model(GetModelRequest {})
                    .await?
                    .into_inner();
                let knows_unspaced_scripts = model.knows_unspaced_scripts;
                let scale = Scale {
                    unrelated: model.unrelated,
                    paraphrase: model.paraphrase,
                };
                let floor = model.floor;
                let (name, dimensions) = (model.model, model.dimensions as usize);
                let index: Box<dyn VectorIndex> = match &self.config.qdrant.url {
                    Some(url) => {
                        let key = self.config.qdrant.api_key.as_ref();
                        Box::new(
                            QdrantIndex::open(url, key, &name, dimensions)
                                .await
                                .map_err(|e| status(&e))?,
                        )
                    }
                    None => {
                        let (folder, model) = (self.config.data.dir.join("index"), name.clone());
                        let opening = tokio::task::spawn_blocking(move || {
                            EdgeIndex::open(&folder, &model, dimensions)
                        })
                        .await;
                        let opened =
                            opening.map_err(|error| Status::internal(error.to_string()))?;
                        Box::new(opened.map_err(|error| status(&error))?)
                    }
                };
                tracing::info!(model = %name, dimensions, others = ?index.others(), "the index is open");
                Ok(Opened {
                    index,
                    model: name,
                    dimensions,
                    knows_unspaced_scripts,
                    scale,
                    floor,
                })
            })
            .await
    }

    async fn embed(&self, query: &str, opened: &Opened) -> Result<Vec<f32>, Status> {
        let request = EmbedRequest {
            kind: TextKind::Query.into(),
            texts: question::parts(query)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        };
        let response = self.embedding.clone().embed(request).await?.into_inner();
        opened.own(&response.model)?;
        let vectors = wire::unpack_f32(&response.vectors).unwrap_or_default();
        let vectors = vectors
            .chunks(response.dimensions.max(1) as usize)
            .map(<[f32]>::to_vec);
        question::together(vectors.collect())
            .ok_or_else(|| Status::internal("the vector of the question is cut"))
    }

    /// Searches and judges, the best first.
    async fn find(
        &self,
        scope: Scope,
        query: &str,
        mode: SearchMode,
        limit: usize,
    ) -> Result<Vec<(Hit, Relevance)>, Status> {
        let opened = self.opened().await?;
        // To a model that does not know the script every such text is alike, and its ranking is noise.
        let unknown = !opened.knows_unspaced_scripts && query.chars().any(is_unspaced);
        let by_meaning = mode != SearchMode::Keyword && (mode == SearchMode::Dense || !unknown);
        let by_words = mode != SearchMode::Dense;
        let dense = self.embed(query, opened).await?;
        let sparse = Sparse::of_query(query);
        let asked = Query {
            dense: by_meaning.then(|| dense.clone()),
            sparse: (by_words && !sparse.indices.is_empty()).then(|| sparse.clone()),
            candidates: self.config.retrieval.candidates.max(limit),
        };
        let mut found = opened
            .index
            .search(scope.clone(), asked)
            .await
            .map_err(|error| status(&error))?;
        if found.dense.is_empty() && found.keyword.is_empty() {
            opened.holds_something(scope.space).await?;
        }
        keep_newest_versions(&mut found);
        let feedback = by_meaning && by_words;
        let ranked = ranking::rank(found, feedback.then_some(&*dense));
        let hits = ranking::collapse(ranked);
        let judge = Judge::new((!unknown).then_some(&dense), opened.scale, &sparse, &hits);
        let judged = hits.into_iter().map(|hit| {
            let relevance = judge.judge(&hit);
            (hit, relevance)
        });
        Ok(judged.take(limit).collect())
    }

    /// Reads the neighbours of passages that are not whole, and takes from them what completes them.
    async fn complete(&self, scope: Scope, passages: &mut [Passage]) -> Result<(), Status> {
        let mut wanted: Vec<(usize, bool, Uuid)> = Vec::new();
        for (at, passage) in passages.iter().enumerate() {
            let needs = Needs::of(&passage.text);
            let document = document_id(&passage.document_id)?;
            let id = |ordinal| passage_id(document, passage.version, ordinal);
            let before = passage.ordinal.checked_sub(1).filter(|_| needs.before);
            wanted.extend(before.map(|ordinal| (at, true, id(ordinal))));
            if needs.after {
                wanted.push((at, false, id(passage.ordinal.saturating_add(1))));
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let ids = wanted.iter().map(|(_, _, id)| *id).collect();
        let index = &self.opened().await?.index;
        let found = index.get(scope, ids).await;
        let found = found.map_err(|error| status(&error))?;
        let texts: HashMap<Uuid, String> = found
            .into_iter()
            .filter_map(|hit| Some((hit.id, hit.payload?.text)))
            .collect();
        for (at, before, id) in wanted {
            let (Some(text), passage) = (texts.get(&id), &mut passages[at]) else {
                continue;
            };
            if before {
                surroundings::before(&passage.text, text).clone_into(&mut passage.before);
            } else {
                surroundings::after(&passage.text, text).clone_into(&mut passage.after);
            }
        }
        Ok(())
    }

    fn records(&self, request: UpsertRequest, opened: &Opened) -> Result<Vec<Record>, Status> {
        let space = Space::parse(&request.space)?;
        let document_id = document_id(&request.document_id)?;
        if request.version == 0 {
            return Err(Status::invalid_argument("version counts from 1"));
        }
        opened.own(&request.model)?;
        let count = request.passages.len();
        if !(1..=MAX_PASSAGES).contains(&count) {
            return Err(Status::invalid_argument(format!(
                "{count} passages given: send 1 to {MAX_PASSAGES}"
            )));
        }
        let access = if request.access.is_empty() {
            vec![EVERYBODY.to_owned()]
        } else {
            request.access
        };
        let (document, title, collection, version) = (
            request.document,
            request.title,
            request.collection,
            request.version,
        );
        let record = |passage: stoa_proto::retrieval::PassageRecord| {
            let ordinal = passage.ordinal;
            let invalid =
                |what: String| Status::invalid_argument(format!("passage {ordinal}: {what}"));
            if passage.text.trim().is_empty() || passage.text.len() > MAX_TEXT {
                return Err(invalid(format!("the text must have 1 to {MAX_TEXT} bytes")));
            }
            let dense = wire::unpack_f32(&passage.vector).unwrap_or_default();
            if dense.len() != opened.dimensions || dense.iter().any(|value| !value.is_finite()) {
                return Err(invalid(format!(
                    "the vector must have {} finite numbers",
                    opened.dimensions
                )));
            }
            if passage.context.len() > MAX_CONTEXT {
                return Err(invalid(format!(
                    "the context must have at most {MAX_CONTEXT} bytes"
                )));
            }
            let words = format!("{}\n{}", passage.context, passage.text);
            let sparse = Sparse::of_passage(&words);
            let payload = Payload {
                space: space.as_str().to_owned(),
                document_id,
                version,
                published: false,
                document: document.clone(),
                title: title.clone(),
                collection: collection.clone(),
                access: access.clone(),
                ordinal,
                page: passage.page,
                heading_path: passage.heading_path,
                language: passage.language,
                text: passage.text,
            };
            Ok(Record {
                payload,
                dense,
                sparse,
            })
        };
        request.passages.into_iter().map(record).collect()
    }
}

#[tonic::async_trait]
impl RetrievalService for Retrieval {
    async fn upsert(
        &self,
        request: Request<UpsertRequest>,
    ) -> Result<Response<UpsertResponse>, Status> {
        let opened = self.opened().await?;
        let records = self.records(request.into_inner(), opened)?;
        opened
            .index
            .upsert(records)
            .await
            .map_err(|error| status(&error))?;
        Ok(Response::new(UpsertResponse {}))
    }

    async fn publish(
        &self,
        request: Request<PublishRequest>,
    ) -> Result<Response<PublishResponse>, Status> {
        let request = request.into_inner();
        let key = VersionKey {
            space: Space::parse(&request.space)?,
            document_id: document_id(&request.document_id)?,
            version: request.version,
        };
        let opened = self.opened().await?;
        opened
            .index
            .publish(key, request.passages as usize)
            .await
            .map_err(|error| status(&error))?;
        Ok(Response::new(PublishResponse {}))
    }

    async fn delete(
        &self,
        request: Request<DeleteRequest>,
    ) -> Result<Response<DeleteResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let document_id = document_id(&request.document_id)?;
        let version = (request.version > 0).then_some(request.version);
        let opened = self.opened().await?;
        let remaining = opened
            .index
            .delete(space, document_id, version)
            .await
            .map_err(|error| status(&error))?;
        Ok(Response::new(DeleteResponse {
            remaining: remaining as u64,
        }))
    }

    async fn search(
        &self,
        request: Request<SearchRequest>,
    ) -> Result<Response<SearchResponse>, Status> {
        let request = request.into_inner();
        let mode = request.mode();
        let scope = Scope {
            space: Space::parse(&request.space)?,
            collections: request.collections,
            access: request.access,
        };
        let query = request.query.trim();
        if query.is_empty() || query.len() > MAX_QUERY {
            return Err(Status::invalid_argument(format!(
                "the question must have 1 to {MAX_QUERY} bytes"
            )));
        }
        let limit = if request.limit == 0 {
            DEFAULT_LIMIT
        } else {
            request.limit
        };
        if limit > MAX_LIMIT {
            return Err(Status::invalid_argument(format!(
                "limit is {limit}: ask for at most {MAX_LIMIT}"
            )));
        }
        let found = self
            .find(scope.clone(), query, mode, limit as usize)
            .await?;
        let mut passages: Vec<Passage> = found
            .into_iter()
            .filter_map(|(hit, relevance)| passage(hit, Some(relevance)))
            .collect();
        self.complete(scope, &mut passages).await?;
        let floor = self.opened().await?.floor;
        Ok(Response::new(SearchResponse { passages, floor }))
    }

    async fn get_passage(
        &self,
        request: Request<GetPassageRequest>,
    ) -> Result<Response<GetPassageResponse>, Status> {
        let request = request.into_inner();
        let scope = Scope {
            space: Space::parse(&request.space)?,
            collections: Vec::new(),
            access: request.access,
        };
        let missing = || {
            Status::not_found(format!(
                "space {} holds no passage {}",
                scope.space, request.id
            ))
        };
        let id: Uuid = request.id.parse().map_err(|_| missing())?;
        let index = &self.opened().await?.index;
        let found = index
            .get(scope.clone(), vec![id])
            .await
            .map_err(|error| status(&error))?;
        let Some(payload) = found.first().and_then(|hit| hit.payload.clone()) else {
            return Err(missing());
        };
        let reach = request.neighbours.min(MAX_NEIGHBOURS);
        let near = |ordinal| passage_id(payload.document_id, payload.version, ordinal);
        let around = payload.ordinal.saturating_sub(reach)..=payload.ordinal.saturating_add(reach);
        let ids = around
            .filter(|ordinal| *ordinal != payload.ordinal)
            .map(near)
            .collect();
        let mut neighbours: Vec<Passage> = index
            .get(scope.clone(), ids)
            .await
            .map_err(|error| status(&error))?
            .into_iter()
            .filter_map(|hit| passage(hit, None))
            .collect();
        neighbours.sort_by_key(|passage| passage.ordinal);
        let (before, after) = neighbours
            .into_iter()
            .partition(|passage| passage.ordinal < payload.ordinal);
        let found = found.into_iter().next().and_then(|hit| passage(hit, None));
        Ok(Response::new(GetPassageResponse {
            passage: found,
            before,
            after,
        }))
    }

    async fn stats(
        &self,
        request: Request<StatsRequest>,
    ) -> Result<Response<StatsResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let one = (!request.document_id.is_empty())
            .then(|| document_id(&request.document_id))
            .transpose()?;
        let index = &self.opened().await?.index;
        let count = |published| CountKey {
            space: space.clone(),
            document_id: one,
            version: (request.version > 0).then_some(request.version),
            published: Some(published),
        };
        let passages = index
            .count(count(true))
            .await
            .map_err(|error| status(&error))?;
        let unpublished = index
            .count(count(false))
            .await
            .map_err(|error| status(&error))?;
        Ok(Response::new(StatsResponse {
            passages: passages as u64,
            unpublished: unpublished as u64,
        }))
    }
}

/// On a server, a search can fall between showing a version and removing the one before: the newer one counts.
fn keep_newest_versions(found: &mut Found) {
    let mut newest: HashMap<Uuid, u32> = HashMap::new();
    let hits = found.dense.iter().chain(&found.keyword);
    for payload in hits.filter_map(|hit| hit.payload.as_ref()) {
        let version = newest.entry(payload.document_id).or_default();
        *version = payload.version.max(*version);
    }
    let current = |hit: &Hit| {
        hit.payload
            .as_ref()
            .is_some_and(|p| newest.get(&p.document_id) == Some(&p.version))
    };
    found.dense.retain(current);
    found.keyword.retain(current);
}

fn passage(hit: Hit, relevance: Option<Relevance>) -> Option<Passage> {
    let payload = hit.payload?;
    let (score, similarity, coverage) = relevance.map_or((0.0, 0.0, 0.0), |found| {
        (found.score, found.similarity, found.coverage)
    });
    Some(Passage {
        id: hit.id.to_string(),
        document_id: payload.document_id.to_string(),
        version: payload.version,
        document: payload.document,
        title: payload.title,
        collection: payload.collection,
        ordinal: payload.ordinal,
        page: payload.page,
        heading_path: payload.heading_path,
        language: payload.language,
        text: payload.text,
        score,
        similarity,
        coverage,
        before: String::new(),
        after: String::new(),
    })
}

fn document_id(id: &str) -> Result<Uuid, Status> {
    id.parse()
        .map_err(|_| Status::invalid_argument(format!("`{id}` is not the id of a document")))
}

fn status(error: &IndexError) -> Status {
    let text = error.to_string();
    match error {
        IndexError::Incomplete { .. } | IndexError::Superseded { .. } | IndexError::Open { .. } => {
            Status::failed_precondition(text)
        }
        IndexError::Engine { .. } => Status::internal(text),
        IndexError::Unavailable { .. } => Status::unavailable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(folder: &std::path::Path, model: &str) -> Opened {
        Opened {
            index: Box::new(EdgeIndex::open(folder, model, 4).expect("opens")),
            model: model.to_owned(),
            dimensions: 4,
            knows_unspaced_scripts: true,
            scale: Scale {
                unrelated: 0.0,
                paraphrase: 1.0,
            },
            floor: 0.0,
        }
    }

    #[tokio::test]
    async fn what_another_model_learned_is_named_and_not_taken_for_nothing() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let space = Space::parse("kept").expect("valid");
        let before = opened(folder.path(), "small-1a2b3c4d");
        assert!(before.holds_something(space.clone()).await.is_ok());
        drop(before);
        let now = opened(folder.path(), "small-5e6f7a8b");
        let refused = now.holds_something(space).await.expect_err("of another");
        assert_eq!(refused.code(), Code::FailedPrecondition);
        for named in ["small-1a2b3c4d", "small-5e6f7a8b", "learn them again"] {
            assert!(refused.message().contains(named), "{refused}");
        }
    }

    #[test]
    fn vectors_of_another_model_are_refused_at_the_same_length() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let opened = opened(folder.path(), "small-1a2b3c4d");
        assert!(opened.own("small-1a2b3c4d").is_ok());
        let refused = opened.own("small-5e6f7a8b").expect_err("of another");
        assert!(refused.message().contains("small-5e6f7a8b"), "{refused}");
    }
}
