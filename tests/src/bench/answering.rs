//! Answers of the language model, against llama.cpp called bare.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use stoa_proto::generation::{
    AnswerRequest, Done, answer_response::Event, generation_service_client::GenerationServiceClient,
};
use stoa_tests::Stoa;
use uuid::Uuid;

use crate::{
    bare::BareWriter,
    corpus::Corpus,
    report::{Goal, Report, percentile},
    searching::SPACE,
};

/// Tokens that are enough to tell: a small base model writes few for most questions.
const ENOUGH_TOKENS: usize = 500;

pub(crate) async fn measure(stoa: &Stoa<'_>, corpus: &Corpus, report: &mut Report) -> Result<()> {
    let bare = BareWriter::load()?;
    // A prompt of the same length as Stoa's, of the same kind of text.
    let text: String = corpus
        .texts
        .iter()
        .take(40)
        .map(|text| text.text.as_str())
        .collect();
    let mut overheads = Vec::new();
    let (mut tokens, mut ours, mut theirs) = (0, Duration::ZERO, Duration::ZERO);
    for question in &corpus.questions {
        if tokens >= ENOUGH_TOKENS {
            break;
        }
        let done = answer(stoa, SPACE, &question.text).await?;
        let timings = done.timings.context("an answer has timings")?;
        if done.completion_tokens < 2 {
            continue;
        }
        overheads.push(timings.first_token_ms - timings.retrieval_ms - timings.prompt_ms);
        // The first token is there when the writing begins.
        let count = done.completion_tokens as usize - 1;
        ours += Duration::from_secs_f64((timings.total_ms - timings.first_token_ms) / 1e3);
        theirs += bare.write(&text, done.prompt_tokens as usize, count)?;
        tokens += count;
    }
    ensure!(tokens > 0, "the model wrote nothing");
    let rate = |took: Duration| tokens as f64 / took.as_secs_f64();
    report.add(
        "answering, tokens per second of bare llama.cpp",
        rate(ours) / rate(theirs),
        "",
        Goal::AtLeast(0.95),
        format!(
            "{:.1} tokens/s against {:.1}, {tokens} tokens",
            rate(ours),
            rate(theirs)
        ),
    );
    let how = format!(
        "{} answers, less retrieval and the model's prompt",
        overheads.len()
    );
    report.add(
        "from `Answer` to the first token, median",
        percentile(&mut overheads, 0.5),
        "ms",
        Goal::AtMost(10.0),
        how,
    );
    Ok(())
}

/// Asks one question and waits for the end of its answer.
pub(crate) async fn answer(stoa: &Stoa<'_>, space: &str, question: &str) -> Result<Done> {
    let request = AnswerRequest {
        space: space.to_owned(),
        conversation: Uuid::new_v4().to_string(),
        turn_id: Uuid::new_v4().to_string(),
        question: question.to_owned(),
        ..AnswerRequest::default()
    };
    let mut events = GenerationServiceClient::new(stoa.channel())
        .answer(request)
        .await?
        .into_inner();
    while let Some(event) = events.message().await? {
        match event.event {
            Some(Event::Done(done)) => return Ok(done),
            Some(Event::Failed(failed)) => anyhow::bail!("{}", failed.reason),
            _ => {}
        }
    }
    anyhow::bail!("the answer broke off")
}
