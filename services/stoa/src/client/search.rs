use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use stoa_kit::Space;
use stoa_proto::{
    place,
    retrieval::{Passage, SearchMode, SearchRequest},
};

use super::{
    Connection,
    output::{FAINT, PassageJson, STRONG, page, page_name, print_json, say},
};
use crate::args::{Mode, Output};

#[derive(Serialize)]
struct SearchJson {
    passages: Vec<PassageJson>,
}

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    question: &str,
    limit: u32,
    mode: Mode,
    output: &Output,
) -> Result<ExitCode> {
    let request = SearchRequest {
        space: space.to_string(),
        query: question.to_owned(),
        limit,
        mode: SearchMode::from(mode).into(),
        ..SearchRequest::default()
    };
    let response = connection
        .retrieval()
        .search(request)
        .await
        .map_err(|status| connection.explain(&status))?;
    let passages = response.into_inner().passages;
    if output.json {
        print_json(&SearchJson {
            passages: passages.into_iter().map(json).collect(),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    if passages.is_empty() {
        say!("Nothing found in space {space}: teach it with `stoa learn PATH --space {space}`");
    }
    for (passage, n) in passages.iter().zip(1..) {
        let place = place(
            &passage.title,
            &passage.document,
            &[],
            passage.page,
            page_name,
        );
        say!(
            "{STRONG}{n}. {place}{STRONG:#} {FAINT}{:.2}{FAINT:#}",
            passage.score
        );
        if !passage.heading_path.is_empty() {
            say!("   {FAINT}{}{FAINT:#}", passage.heading_path.join(" › "));
        }
        let text: String = passage
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(300)
            .collect();
        say!("   {text}\n");
    }
    Ok(ExitCode::SUCCESS)
}

fn json(passage: Passage) -> PassageJson {
    PassageJson {
        id: passage.id,
        document: passage.document,
        title: passage.title,
        page: page(passage.page),
        text: passage.text,
        score: passage.score,
    }
}
