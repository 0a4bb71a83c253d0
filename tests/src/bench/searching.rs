//! Teaching the texts of a corpus, and searching them.

use std::time::Instant;

use anyhow::{Result, ensure};
use stoa_proto::{
    embedding::{GetModelRequest, embedding_service_client::EmbeddingServiceClient},
    retrieval::{SearchMode, SearchRequest, retrieval_service_client::RetrievalServiceClient},
};
use stoa_tests::{Stoa, write};

use crate::{
    corpus::Corpus,
    report::{Goal, Report, percentile},
};

/// The space that the texts are in.
pub(crate) const SPACE: &str = "corpus";
/// Passages to ask for, so that ten different texts are among them.
const PASSAGES: u32 = 30;

async fn busy_seconds(stoa: &Stoa<'_>) -> Result<f64> {
    let mut client = EmbeddingServiceClient::new(stoa.channel());
    Ok(client
        .get_model(GetModelRequest {})
        .await?
        .into_inner()
        .busy_seconds)
}

/// Teaches the texts as a user would: a folder of files.
pub(crate) async fn learn(stoa: &Stoa<'_>, corpus: &Corpus, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for text in &corpus.texts {
        // One abstract of Cranfield is empty, and an empty file cannot be taught.
        let body = if text.text.trim().is_empty() {
            "no abstract"
        } else {
            &text.text
        };
        write(folder.path(), &format!("{}.txt", text.id), body);
    }
    let before = busy_seconds(stoa).await?;
    let began = Instant::now();
    let output = stoa.run(&[
        "learn",
        &folder.path().display().to_string(),
        "--space",
        SPACE,
    ]);
    let took = began.elapsed().as_secs_f64();
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let model = busy_seconds(stoa).await? - before;
    report.add(
        "learning, share of it in the embedding model",
        model / took,
        "",
        Goal::AtLeast(0.8),
        format!(
            "{model:.1} s of {took:.1} s for {} files of {}",
            corpus.texts.len(),
            corpus.name
        ),
    );
    Ok(())
}

pub(crate) async fn measure(stoa: &Stoa<'_>, corpus: &Corpus, report: &mut Report) -> Result<()> {
    let mut millis = Vec::new();
    for (mode, name, goal) in [
        (
            SearchMode::Hybrid,
            "nDCG@10, hybrid, of what is promised",
            0.46,
        ),
        (
            SearchMode::Keyword,
            "nDCG@10, keywords, of a Python baseline's BM25",
            0.388,
        ),
        (
            SearchMode::Dense,
            "nDCG@10, vectors, of all-MiniLM-L6-v2, in Python",
            0.400,
        ),
    ] {
        let mut client = RetrievalServiceClient::new(stoa.channel());
        let mut scores = Vec::new();
        for question in &corpus.questions {
            let request = SearchRequest {
                space: SPACE.to_owned(),
                query: question.text.clone(),
                limit: PASSAGES,
                mode: mode.into(),
                ..SearchRequest::default()
            };
            let began = Instant::now();
            let found = client.search(request).await?.into_inner().passages;
            if mode == SearchMode::Hybrid {
                millis.push(began.elapsed().as_secs_f64() * 1e3);
            }
            let mut ranking: Vec<String> = Vec::new();
            for passage in found {
                let name = passage.document.rsplit('/').next().unwrap_or_default();
                let id = name.trim_end_matches(".txt").to_owned();
                if !ranking.contains(&id) {
                    ranking.push(id);
                }
            }
            scores.extend(corpus.ndcg(&question.id, &ranking));
        }
        if scores.is_empty() {
            continue;
        }
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        report.add(
            name,
            mean,
            "",
            Goal::AtLeast(goal),
            format!("{} questions", scores.len()),
        );
    }
    if !corpus.is_judged() {
        report.leave_out(
            "nDCG@10",
            "nobody judged what answers what: it is measured with Cranfield",
        );
    }
    let how = format!(
        "{} searches over gRPC, the question's embedding included",
        millis.len()
    );
    for (name, share, goal) in [
        ("hybrid search, p50", 0.5, 15.0),
        ("hybrid search, p99", 0.99, 40.0),
    ] {
        report.add(
            name,
            percentile(&mut millis, share),
            "ms",
            Goal::AtMost(goal),
            how.clone(),
        );
    }
    Ok(())
}
