//! Questions that got no answer, by topic.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use stoa_eval::{Ending, group};
use stoa_kit::{Space, wire};
use stoa_proto::{
    embedding::{EmbedRequest, GetModelRequest, TextKind},
    generation::ListUnansweredRequest,
    retrieval::SearchMode,
};

use super::{
    Connection,
    eval::Asker,
    output::{FAINT, GOOD, STRONG, plural, print_json, say},
};
use crate::args::Output;

/// Texts that one call embeds.
const TEXTS: usize = 256;
/// Two questions are of one topic when their cosine is this far from that of unrelated texts to that of paraphrases.
const ALIKE: f32 = 0.5;
/// Questions of a topic that the terminal shows.
const SHOWN: usize = 5;

#[derive(Serialize)]
struct UnansweredJson {
    topics: Vec<TopicJson>,
}

#[derive(Serialize)]
struct TopicJson {
    /// The question in the middle first.
    questions: Vec<String>,
    /// The document that comes nearest, if there is one: the answer belongs there, or beside it.
    nearest: Option<String>,
    /// Of these, asked again with --again, how many are answered now.
    answered_now: Option<usize>,
}

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    limit: u32,
    again: bool,
    output: &Output,
) -> Result<ExitCode> {
    let request = ListUnansweredRequest {
        space: space.to_string(),
        page_size: limit,
    };
    let answer = connection.generation().list_unanswered(request).await;
    let listed = answer
        .map_err(|status| connection.explain(&status))?
        .into_inner()
        .questions;
    let mut questions: Vec<String> = Vec::new();
    for question in listed {
        // The same question by several people is one here: its count would only say who asks often.
        if !questions.contains(&question.question) {
            questions.push(question.question);
        }
    }
    let asker = Asker::new(connection.clone(), space.clone());
    let topics = topics(connection, &asker, &questions).await?;
    let topics = if again {
        ask_again(&asker, topics).await?
    } else {
        topics
    };
    if output.json {
        print_json(&UnansweredJson { topics })?;
    } else {
        show(space, &topics);
    }
    Ok(ExitCode::SUCCESS)
}

async fn topics(
    connection: &Connection,
    asker: &Asker,
    questions: &[String],
) -> Result<Vec<TopicJson>> {
    let model = connection.embedding().get_model(GetModelRequest {}).await;
    let model = model
        .map_err(|status| connection.explain(&status))?
        .into_inner();
    let least = model.unrelated + ALIKE * (model.paraphrase - model.unrelated);
    let vectors = embed(connection, questions).await?;
    let mut topics = Vec::new();
    for topic in group(&vectors, least) {
        let own = topic.questions.into_iter();
        let own: Vec<String> = own.filter_map(|n| questions.get(n).cloned()).collect();
        let middle = own.first().map(String::as_str).unwrap_or_default();
        let found = asker.search(middle, SearchMode::Hybrid, 1).await?;
        topics.push(TopicJson {
            nearest: found.into_iter().next().map(|found| found.document),
            questions: own,
            answered_now: None,
        });
    }
    Ok(topics)
}

async fn embed(connection: &Connection, questions: &[String]) -> Result<Vec<Vec<f32>>> {
    let mut vectors = Vec::with_capacity(questions.len());
    for texts in questions.chunks(TEXTS) {
        let request = EmbedRequest {
            kind: TextKind::Query.into(),
            texts: texts.to_vec(),
        };
        let answer = connection.embedding().embed(request).await;
        let answer = answer
            .map_err(|status| connection.explain(&status))?
            .into_inner();
        let values = wire::unpack_f32(&answer.vectors).context("the vectors are cut off")?;
        let length = answer.dimensions as usize;
        ensure!(
            length > 0 && values.len() == length * texts.len(),
            "the embedding service gave {} numbers for {} texts",
            values.len(),
            texts.len()
        );
        vectors.extend(values.chunks(length).map(<[f32]>::to_vec));
    }
    Ok(vectors)
}

/// Asks each question again, and removes the turns that this makes.
async fn ask_again(asker: &Asker, mut topics: Vec<TopicJson>) -> Result<Vec<TopicJson>> {
    for topic in &mut topics {
        let mut answered = 0;
        for question in &topic.questions {
            let said = asker.answer(question).await;
            if let Ending::Failed(reason) = &said.ending {
                asker.leave().await?;
                anyhow::bail!("{reason}");
            }
            answered += usize::from(said.ending == Ending::Given);
        }
        topic.answered_now = Some(answered);
    }
    asker.leave().await?;
    Ok(topics)
}

fn show(space: &Space, topics: &[TopicJson]) {
    if topics.is_empty() {
        say!("Every question in space {space} got an answer");
    }
    for topic in topics {
        let [middle, others @ ..] = &topic.questions[..] else {
            continue;
        };
        let count = plural(topic.questions.len() as u64, "question");
        say!("{STRONG}{middle}{STRONG:#} {FAINT}{count}{FAINT:#}");
        for question in others.iter().take(SHOWN) {
            say!("  {FAINT}{question}{FAINT:#}");
        }
        match (topic.answered_now, &topic.nearest) {
            (Some(now), _) if now == topic.questions.len() => {
                say!("  {GOOD}✓{GOOD:#} Answered now");
            }
            (Some(now), _) if now > 0 => say!("  {now} of them answered now"),
            (_, Some(document)) => say!(
                "  Add the answer to {document}, which comes nearest, or teach a document that has it"
            ),
            (_, None) => say!("  Teach a document that has the answer: `stoa learn PATH`"),
        }
    }
}
