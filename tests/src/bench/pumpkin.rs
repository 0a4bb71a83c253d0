//! A Chinese textbook of two hundred pages, and questions with the page that answers each.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use stoa_proto::retrieval::{SearchRequest, retrieval_service_client::RetrievalServiceClient};
use stoa_tests::Stoa;

use crate::{
    answering::answer,
    report::{Goal, Report, percentile},
};

/// The space that the book is in.
const SPACE: &str = "pumpkin";
/// Passages to ask for, so that ten different pages are among them.
const PASSAGES: u32 = 40;

/// The book and its questions.
pub(crate) struct PumpkinBook {
    file: PathBuf,
    questions: Vec<(String, u32)>,
}

impl PumpkinBook {
    /// `None` when it is not there.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join("questions.jsonl");
        if !path.is_file() {
            return Ok(None);
        }
        let lines = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let mut questions = Vec::new();
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let value: Value = serde_json::from_str(line)?;
            let text = value["text"].as_str().unwrap_or_default().trim();
            let page = value["page"]
                .as_u64()
                .and_then(|page| u32::try_from(page).ok());
            // Some of the questions are empty.
            if let (Some(page), false) = (page, text.is_empty()) {
                questions.push((text.to_owned(), page));
            }
        }
        Ok(Some(Self {
            file: folder.join("pumpkin_book.pdf"),
            questions,
        }))
    }
}

/// Teaches the book and looks for the pages.
pub(crate) async fn measure(
    stoa: &Stoa<'_>,
    book: &PumpkinBook,
    report: &mut Report,
) -> Result<()> {
    let file = book.file.display().to_string();
    let output = stoa.run(&["learn", &file, "--space", SPACE]);
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let mut client = RetrievalServiceClient::new(stoa.channel());
    let mut ranks = Vec::new();
    for (question, page) in &book.questions {
        let request = SearchRequest {
            space: SPACE.to_owned(),
            query: question.clone(),
            limit: PASSAGES,
            ..SearchRequest::default()
        };
        let mut pages: Vec<u32> = Vec::new();
        for passage in client.search(request).await?.into_inner().passages {
            if !pages.contains(&passage.page) {
                pages.push(passage.page);
            }
        }
        ranks.push(pages.iter().position(|found| found == page));
    }
    for (name, top, goal) in [
        ("Chinese book, the page is the first", 1, 0.76),
        ("Chinese book, the page is in the first 3", 3, 0.87),
        ("Chinese book, the page is in the first 5", 5, 0.90),
        ("Chinese book, the page is in the first 10", 10, 0.94),
    ] {
        let found = ranks.iter().flatten().filter(|rank| **rank < top).count();
        report.add(
            name,
            found as f64 / ranks.len() as f64,
            "",
            Goal::AtLeast(goal),
            format!("{} questions", ranks.len()),
        );
    }
    let mut added = Vec::new();
    // The first answer loads the dictionaries.
    answer(stoa, SPACE, "什么是机器学习？").await?;
    for (question, _) in &book.questions {
        let done = answer(stoa, SPACE, question).await?;
        let timings = done.timings.context("an answer has timings")?;
        added.push(timings.total_ms - timings.retrieval_ms);
    }
    report.add(
        "answering with quotes, over the search, median",
        percentile(&mut added, 0.5),
        "ms",
        Goal::AtMost(60.0),
        format!("{} questions of the Chinese book", added.len()),
    );
    Ok(())
}
