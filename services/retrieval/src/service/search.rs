//! A search: what is looked for, and how well each passage answers.

use std::{collections::HashMap, time::Instant};

use stoa_kit::wire;
use stoa_language::script::is_unspaced;
use stoa_proto::{
    embedding::{EmbedRequest, TextKind},
    retrieval::SearchMode,
};
use tonic::Status;
use uuid::Uuid;

use super::{Retrieval, opened::Opened, took, validate::Search};
use crate::{
    index::{Found, Hit, Query},
    keywords::Sparse,
    question, ranking,
    relevance::{Judge, Relevance},
};

impl Retrieval {
    /// Searches and judges, the best first.
    pub(super) async fn find(&self, search: &Search) -> Result<Vec<(Hit, Relevance)>, Status> {
        let opened = self.opened().await?;
        let (query, mode) = (search.query.as_str(), search.mode);
        // To a model that does not know the script every such text is alike, and its ranking is noise.
        let unknown = !opened.knows_unspaced_scripts && query.chars().any(is_unspaced);
        let by_meaning = mode != SearchMode::Keyword && (mode == SearchMode::Dense || !unknown);
        let by_words = mode != SearchMode::Dense;
        // The vector is needed also where it is not searched by: passages found by words are judged with it.
        let began = Instant::now();
        let dense = self.embed(query, opened).await?;
        took("embed", began);
        let sparse = Sparse::of_query(query);
        let asked = Query {
            dense: by_meaning.then(|| dense.clone()),
            sparse: (by_words && !sparse.indices.is_empty()).then(|| sparse.clone()),
            candidates: self.config.retrieval.candidates.max(search.limit),
        };
        let began = Instant::now();
        let mut found = opened.index.search(search.scope.clone(), asked).await?;
        took("search", began);
        let began = Instant::now();
        if found.dense.is_empty() && found.keyword.is_empty() {
            opened.holds_something(search.scope.space.clone()).await?;
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
        let best = judged.take(search.limit).collect();
        took("rank", began);
        Ok(best)
    }

    async fn embed(&self, query: &str, opened: &Opened) -> Result<Vec<f32>, Status> {
        let parts = question::parts(query);
        let request = EmbedRequest {
            kind: TextKind::Query.into(),
            texts: parts.into_iter().map(str::to_owned).collect(),
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
