//! Questions that got no answer, by topic.

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use stoa_eval::Topic;
use stoa_kit::Space;
use stoa_proto::generation::{self, AskAgainRequest, ListTopicsRequest};
use tonic::{Code, Status};

use super::{
    Connection,
    output::{FAINT, GOOD, STRONG, plural, print_json, say},
};
use crate::args::Output;

/// Questions of a topic that the terminal shows.
const SHOWN: usize = 5;
/// Turns that are asked again in one call, which has an end.
const AGAIN: usize = 50;
/// Questions without an answer that are looked at after something was learned, the newest, and of those the ones that are
/// asked again.
const LOOKED_AT: u32 = 200;
const AFTER_LEARNING: usize = 20;

#[derive(Serialize)]
struct UnansweredJson {
    topics: Vec<Topic>,
}

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    limit: u32,
    again: bool,
    output: &Output,
) -> Result<ExitCode> {
    let open = topics(connection, space, limit).await?;
    let mut topics = Vec::with_capacity(open.len());
    for topic in &open {
        let mut shown = shown(topic);
        if again {
            shown.answered_now = Some(ask_again(connection, space, topic).await?);
        }
        topics.push(shown);
    }
    if output.json {
        print_json(&UnansweredJson { topics })?;
    } else {
        show(space, &topics);
    }
    Ok(ExitCode::SUCCESS)
}

/// What became of questions that were asked again.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Again {
    pub(super) asked: usize,
    pub(super) answered: usize,
}

/// Asks again what got no answer and comes nearest to documents that were just learned; nothing where there is none.
pub(super) async fn after_learning(
    connection: &Connection,
    space: &Space,
    documents: &[&str],
) -> Result<Option<Again>> {
    let mut again = Again::default();
    if documents.is_empty() {
        return Ok(None);
    }
    let topics = match list(connection, space, LOOKED_AT).await {
        // In a cluster it may be the ingestion service alone that is called, which answers nothing.
        Err(status) if status.code() == Code::Unimplemented => return Ok(None),
        listed => listed.map_err(|status| connection.explain(&status))?,
    };
    for topic in topics {
        let nearest = topic.nearest.as_ref();
        // What is nearest elsewhere has as little an answer as before, and each question costs an answer.
        let is_about = nearest.is_some_and(|found| documents.contains(&found.document.as_str()));
        if is_about && again.asked < AFTER_LEARNING {
            again.asked += shown(&topic).questions.len();
            again.answered += ask_again(connection, space, &topic).await?;
        }
    }
    Ok((again.asked > 0).then_some(again))
}

/// Topics of the newest questions that got no answer.
pub(super) async fn topics(
    connection: &Connection,
    space: &Space,
    limit: u32,
) -> Result<Vec<generation::Topic>> {
    let listed = list(connection, space, limit).await;
    listed.map_err(|status| connection.explain(&status))
}

async fn list(
    connection: &Connection,
    space: &Space,
    limit: u32,
) -> Result<Vec<generation::Topic>, Status> {
    let request = ListTopicsRequest {
        space: space.to_string(),
        page_size: limit,
    };
    let answer = connection.generation().list_topics(request).await?;
    Ok(answer.into_inner().topics)
}

/// A topic with each question once, whoever asked it as well.
pub(super) fn shown(topic: &generation::Topic) -> Topic {
    let mut questions: Vec<String> = Vec::new();
    for question in &topic.questions {
        // The same question by several people is one here: its count would only say who asks often.
        if !questions.contains(&question.question) {
            questions.push(question.question.clone());
        }
    }
    Topic {
        questions,
        nearest: topic.nearest.as_ref().map(|found| found.document.clone()),
        answered_now: None,
    }
}

/// Asks the questions of a topic again. Returns how many different ones are answered now.
async fn ask_again(
    connection: &Connection,
    space: &Space,
    topic: &generation::Topic,
) -> Result<usize> {
    let mut answered: Vec<&str> = Vec::new();
    for questions in topic.questions.chunks(AGAIN) {
        let ids = questions.iter().map(|question| question.turn_id.clone());
        let request = AskAgainRequest {
            space: space.to_string(),
            turn_ids: ids.collect(),
            ..AskAgainRequest::default()
        };
        let explain = |status| connection.explain(&status);
        let answers = connection.generation().ask_again(request).await;
        let mut answers = answers.map_err(explain)?.into_inner();
        while let Some(answer) = answers.message().await.map_err(explain)? {
            let asked = questions.iter().find(|own| own.turn_id == answer.turn_id);
            let words = asked.map(|own| own.question.as_str());
            if let Some(words) = words.filter(|words| answer.answered && !answered.contains(words))
            {
                answered.push(words);
            }
        }
    }
    Ok(answered.len())
}

fn show(space: &Space, topics: &[Topic]) {
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
