//! A search: what is looked for, and how well each passage answers.

use std::{collections::HashMap, sync::Arc, time::Instant};

use stoa_language::script::is_unspaced;
use stoa_proto::retrieval::{SearchMode, SearchPart};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{Retrieval, model::Model, opened::Opened, took, validate::Search};
use crate::{
    index::{Found, Hit, Query},
    keywords::Sparse,
    question, ranking,
    relevance::{Judge, Relevance},
};

impl Retrieval {
    /// Searches and judges, the best first; with the score below which nothing is near enough to be read.
    pub(super) async fn find(
        &self,
        search: &Search,
    ) -> Result<(Arc<Opened>, Vec<(Hit, Relevance)>), Status> {
        let opened = self.shelf.opened().await?;
        let found = self.find_in(&opened, search).await;
        match found {
            // Another model embeds by now, or the index was removed by another process.
            Err(status) if matches!(status.code(), Code::Aborted | Code::Unavailable) => {
                let opened = self.shelf.refresh().await?;
                let found = self.find_in(&opened, search).await?;
                Ok((opened, found))
            }
            found => Ok((opened, found?)),
        }
    }

    async fn find_in(
        &self,
        opened: &Opened,
        search: &Search,
    ) -> Result<Vec<(Hit, Relevance)>, Status> {
        if !search.given.is_empty() {
            return given(opened, search).await;
        }
        let (query, mode) = (search.query.as_str(), search.mode);
        let model = opened.asks();
        if model.is_none() && mode == SearchMode::Dense {
            return Err(Status::failed_precondition(format!(
                "the vectors of {} are of another model than the embedding service has: run `stoa reindex`, or set \
                 embedding.previous_address; until then search by words",
                opened.serving.name()
            )));
        }
        // To a model that does not know the script every such text is alike, and its ranking is noise.
        let is_unknown =
            |model: &Model| !model.knows_unspaced_scripts && query.chars().any(is_unspaced);
        let meant = model.filter(|model| !is_unknown(model));
        let by_meaning = match mode {
            SearchMode::Keyword => None,
            SearchMode::Dense => model,
            _ => meant,
        };
        let by_words = mode != SearchMode::Dense;
        // The vector is needed also where it is not searched by: passages found by words are judged with it.
        let began = Instant::now();
        let dense = match by_meaning.or(meant) {
            Some(model) => Some(embed(query, model).await?),
            None => None,
        };
        took("embed", began);
        let sparse = Sparse::of_query(query);
        let asked = Query {
            dense: dense.clone().filter(|_| by_meaning.is_some()),
            sparse: (by_words && !sparse.indices.is_empty()).then(|| sparse.clone()),
            // A caller that asks for more than the usual number of candidates gets as many.
            candidates: self.config.retrieval.candidates.max(search.limit),
        };
        let began = Instant::now();
        let mut found = opened.serving.search(search.scope.clone(), asked).await?;
        took("search", began);
        let began = Instant::now();
        // Before the ranking, so that two versions of one passage do not vouch for each other in it.
        keep_newest_versions(&mut found);
        let feedback = dense
            .as_deref()
            .filter(|_| by_meaning.is_some() && by_words && search.has(SearchPart::Feedback));
        let ranked = ranking::rank(found, feedback);
        // Before the limit, so that copies do not take the places of other passages.
        let hits = ranking::collapse(ranked);
        let judged_by = dense.as_ref().filter(|_| meant.is_some());
        let scale = model.unwrap_or(&opened.model).scale;
        let judge = Judge::new(judged_by, scale, &sparse, &hits);
        let judged = hits.into_iter().map(|hit| {
            let relevance = judge.judge(&hit);
            (hit, relevance)
        });
        let best = judged.take(search.limit).collect();
        took("rank", began);
        Ok(best)
    }
}

/// The passages that whoever searched in another way found, in their order. They are near enough to be read, since nobody
/// here knows better.
async fn given(opened: &Opened, search: &Search) -> Result<Vec<(Hit, Relevance)>, Status> {
    let ids = search.given.clone();
    let found = opened.serving.get(search.scope.clone(), ids).await?;
    let mut found: HashMap<Uuid, Hit> = found.into_iter().map(|hit| (hit.id, hit)).collect();
    let hits = search.given.iter().filter_map(|id| found.remove(id));
    let relevance = Relevance {
        score: 1.0,
        similarity: 0.0,
        coverage: 0.0,
    };
    Ok(hits
        .take(search.limit)
        .map(|hit| (hit, relevance))
        .collect())
}

async fn embed(query: &str, model: &Model) -> Result<Vec<f32>, Status> {
    let vectors = model.embed_question(question::parts(query)).await?;
    question::together(vectors).ok_or_else(|| Status::internal("the vector of the question is cut"))
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
