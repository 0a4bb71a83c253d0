use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use serde::Serialize;
use stoa_kit::{Space, grpc};
use stoa_proto::{
    generation::{
        AnswerRequest, CancelRequest, Citation, Done, FoundPassage, Verdict, answer_response::Event,
    },
    sources,
};
use uuid::Uuid;

use super::{
    Connection,
    output::{FAINT, PassageJson, STRONG, given, page, page_name, print, print_json, say},
};
use crate::args::Output;

#[derive(Serialize)]
struct AskJson {
    answer: String,
    abstained: bool,
    citations: Vec<CitationJson>,
    passages: Vec<PassageJson>,
    model: String,
    timings: TimingsJson,
    turn_id: String,
}

#[derive(Serialize)]
struct CitationJson {
    n: u32,
    document: String,
    title: String,
    page: Option<u32>,
    passage_id: String,
    /// The day that the document says it is of.
    dated: Option<String>,
    quote: String,
    score: f32,
}

#[derive(Serialize)]
struct TimingsJson {
    retrieval_ms: f64,
    first_token_ms: f64,
    total_ms: f64,
}

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    question: &str,
    conversation: String,
    expected: Option<&str>,
    output: &Output,
) -> Result<ExitCode> {
    let turn_id = Uuid::now_v7().to_string();
    let request = AnswerRequest {
        space: space.to_string(),
        conversation,
        turn_id: turn_id.clone(),
        question: question.to_owned(),
        ..AnswerRequest::default()
    };
    let refused = |status| connection.explain(&status);
    let mut stream = connection
        .generation()
        .answer(request)
        .await
        .map_err(refused)?
        .into_inner();
    let mut passages = Vec::new();
    let ended = loop {
        let message = tokio::select! {
            message = stream.message() => message.map_err(refused)?,
            _ = tokio::signal::ctrl_c() => {
                let cancel = CancelRequest { space: space.to_string(), turn_id: turn_id.clone() };
                // It may have ended in the same moment.
                let _ = connection.generation().cancel(cancel).await;
                bail!("stopped");
            }
        };
        let Some(event) = message.and_then(|message| message.event) else {
            return Err(anyhow!("the answer broke off: ask again"));
        };
        match event {
            Event::Passages(found) => passages = found.passages,
            Event::Delta(delta) if !output.json => {
                print(format_args!("{}", delta.text));
            }
            Event::Done(done) => break Ok(done),
            Event::Failed(failed) => break Err(anyhow!("{}", failed.reason)),
            // It was taken over: what was printed does not count.
            Event::Started(_) if !passages.is_empty() && !output.json => say!("\n"),
            Event::Started(_) | Event::Drafting(_) | Event::Delta(_) => {}
        }
    };
    grpc::read_out(stream).await;
    end(ended?, passages, expected, output)
}

/// Shows the end of an answer. It is a failure where the document that is expected is not cited.
fn end(
    done: Done,
    passages: Vec<FoundPassage>,
    expected: Option<&str>,
    output: &Output,
) -> Result<ExitCode> {
    let missing = expected.filter(|document| !cites(&done, document));
    if output.json {
        print_json(&json(done, passages))?;
    } else {
        show_sources(&done);
    }
    if let Some(document) = missing {
        // After the answer was shown: who reads the log of a check wants to see what was said instead.
        bail!("the answer does not cite {document}");
    }
    Ok(ExitCode::SUCCESS)
}

fn cites(done: &Done, document: &str) -> bool {
    done.citations
        .iter()
        .any(|citation| citation.document == document)
}

fn show_sources(done: &Done) {
    say!("");
    if !done.citations.is_empty() {
        say!("\n{STRONG}Sources{STRONG:#}");
    }
    for source in sources(&done.citations) {
        say!("{} {}", source.marks(), source.name(page_name));
        for citation in &source.citations {
            let quote: String = citation.quote.chars().take(160).collect();
            say!("    {FAINT}{quote}{FAINT:#}");
        }
    }
}

fn json(done: Done, passages: Vec<FoundPassage>) -> AskJson {
    let timings = done.timings.unwrap_or_default();
    AskJson {
        abstained: done.verdict() == Verdict::Abstained,
        answer: done.text,
        citations: done.citations.into_iter().map(citation).collect(),
        passages: passages.into_iter().map(passage).collect(),
        model: done.model,
        timings: TimingsJson {
            retrieval_ms: timings.retrieval_ms,
            first_token_ms: timings.first_token_ms,
            total_ms: timings.total_ms,
        },
        turn_id: done.turn_id,
    }
}

fn citation(citation: Citation) -> CitationJson {
    CitationJson {
        n: citation.n,
        document: citation.document,
        title: citation.title,
        page: page(citation.page),
        passage_id: citation.passage_id,
        dated: given(citation.dated),
        quote: citation.quote,
        score: citation.score,
    }
}

fn passage(passage: FoundPassage) -> PassageJson {
    PassageJson {
        id: passage.id,
        document: passage.document,
        title: passage.title,
        page: page(passage.page),
        text: passage.text,
        score: passage.score,
    }
}
