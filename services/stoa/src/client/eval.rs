//! How good answers are, over questions whose answers are known.

mod asking;
mod compare;
mod export;
mod files;
mod review;
mod setup;
mod show;
mod tables;
mod variants;
mod ways;
mod word_vectors;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use stoa_eval::{Closed, Comparison, Level, Question, QuestionSet, Run, Setup, html};
use stoa_kit::Space;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Connection, output::print_json};
use crate::args::{Eval, EvalCommand, EvalRun};

pub(super) use asking::Asker;
pub(super) use compare::compare;
use ways::Way;

/// What `stoa eval --json` prints.
#[derive(Serialize)]
struct ResultJson<'a> {
    #[serde(flatten)]
    run: &'a Run,
    /// Why it fails, a line a gate.
    closed: Vec<String>,
    compared: Option<&'a Comparison>,
}

pub(super) async fn run(connection: &Connection, options: Eval) -> Result<ExitCode> {
    match options.command {
        None => measure(connection, options.run).await,
        Some(EvalCommand::Compare {
            first,
            second,
            level,
            output,
        }) => compare(&first, &second, level, &output),
        Some(EvalCommand::Review { questions, target }) => {
            let space = Space::parse(&target.space)?;
            review::run(connection, &space, &questions, &target.output).await
        }
        Some(EvalCommand::Export {
            questions,
            purpose: crate::args::Purpose::Embedding,
            negatives,
            out,
            target,
        }) => {
            let space = Space::parse(&target.space)?;
            let negatives = usize::from(negatives);
            export::run(connection, &space, &questions, negatives, out.as_deref()).await
        }
    }
}

async fn measure(connection: &Connection, options: EvalRun) -> Result<ExitCode> {
    let space = Space::parse(&options.target.space)?;
    let file = options
        .questions
        .as_deref()
        .context("name a file of questions: stoa eval QUESTIONS.jsonl (see `stoa eval --help`)")?;
    let set = files::questions(file)?;
    // Whoever named a file that is none learns it before the questions are asked.
    let earlier = options.against.as_deref().map(files::result).transpose()?;
    let run = ask(connection, &space, &set, &options).await?;
    let closed: Vec<Closed> = options
        .at_least
        .iter()
        .filter_map(|gate| gate.at_least(&run))
        .chain(options.at_most.iter().filter_map(|gate| gate.at_most(&run)))
        .collect();
    let compared = earlier.map(|earlier| stoa_eval::compare(&earlier, &run, Level::default()));
    if let Some(out) = &options.out {
        files::write(out, &(serde_json::to_string_pretty(&run)? + "\n"))?;
    }
    if let Some(report) = &options.report {
        files::write(report, &html(&run, &closed, compared.as_ref())?)?;
    }
    if options.target.output.json {
        print_json(&ResultJson {
            run: &run,
            closed: closed.iter().map(Closed::to_string).collect(),
            compared: compared.as_ref(),
        })?;
    } else {
        show::run(&run, &closed, &options);
        if let Some(compared) = &compared {
            compare::show(compared);
        }
    }
    Ok(if closed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Asks all questions, and forgets that they were asked, whatever comes of it.
async fn ask(
    connection: &Connection,
    space: &Space,
    set: &QuestionSet,
    options: &EvalRun,
) -> Result<Run> {
    let setup = setup::of(connection, space, set, options).await?;
    setup::warn_of_missing(&set.questions, &setup.documents);
    let asker = Asker::new(connection.clone(), space.clone());
    let asked = tokio::select! {
        asked = ask_in_all_ways(&asker, set, options, setup) => asked,
        _ = tokio::signal::ctrl_c() => Err(anyhow!("stopped: nothing was written")),
    };
    let forgotten = asker.leave().await;
    let run = asked?;
    forgotten?;
    Ok(run)
}

/// As people ask, and where it is wanted as nobody does.
async fn ask_in_all_ways(
    asker: &Asker,
    set: &QuestionSet,
    options: &EvalRun,
    mut setup: Setup,
) -> Result<Run> {
    let bar = progress(set.questions.len(), options.target.output.json);
    let began = OffsetDateTime::now_utc();
    let clock = Instant::now();
    let way = Way::of_people(asking::search_mode(options.mode));
    let asked = asker.ask_all(&set.questions, &way, options, &bar).await;
    bar.finish_and_clear();
    let (rows, models) = asked?;
    if !models.is_empty() {
        let models: Vec<String> = models.into_iter().collect();
        setup
            .models
            .insert("generation".to_owned(), models.join(", "));
    }
    let began = began.format(&Rfc3339).context("the clock is broken")?;
    let mut run = Run::new(setup, rows, began, clock.elapsed().as_secs_f64());
    if options.ladder || options.ablate {
        variants::add(asker, &set.questions, options, &mut run).await?;
    }
    Ok(run)
}

fn progress(questions: usize, quiet: bool) -> ProgressBar {
    let target = if quiet {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let bar = ProgressBar::with_draw_target(Some(questions as u64), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} questions, {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Questions that can be searched for: it is known where their answers stand.
fn with_places(questions: &[Question]) -> impl Iterator<Item = &Question> {
    questions
        .iter()
        .filter(|question| !question.evidence.is_empty())
}
