//! How good answers are, over questions whose answers are known.

mod asking;
mod compare;
mod export;
mod files;
mod judge;
mod keeping;
mod model;
mod preference;
mod propose;
mod review;
mod setup;
mod show;
mod tables;
mod variants;
mod walk;
mod ways;
mod word_vectors;
mod wrong;

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use stoa_eval::{
    Closed, Comparison, JUDGE, Level, PREFER, Prices, Question, QuestionSet, Run, Setup, html,
};
use stoa_kit::{Config, Space};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Connection, output::print_json, unanswered};
use crate::args::{Eval, EvalCommand, EvalRun};

use asking::Asker;
pub(super) use compare::compare;
use judge::Judge;
use model::Model;
use ways::Way;
use wrong::Wrong;

/// Questions without an answer that a report groups, the newest.
const UNANSWERED: u32 = 200;

/// What `stoa eval --json` prints.
#[derive(Serialize)]
struct ResultJson<'a> {
    #[serde(flatten)]
    run: &'a Run,
    /// Why it fails, a line a gate.
    closed: Vec<String>,
    compared: Option<&'a Comparison>,
}

pub(super) async fn run(
    connection: &Connection,
    config: &Config,
    options: Eval,
) -> Result<ExitCode> {
    match options.command {
        None => measure(connection, config, options.run).await,
        Some(EvalCommand::Compare {
            first,
            second,
            level,
            no_judge,
            output,
        }) => {
            let judge = (!no_judge).then_some(config);
            compare(judge, [&first, &second], level, &output).await
        }
        Some(EvalCommand::Propose {
            questions,
            count,
            seed,
            target,
        }) => {
            let space = target.space()?;
            let wanted = propose::Wanted {
                space: &space,
                file: &questions,
                count: usize::from(count),
                seed,
            };
            propose::run(connection, config, &wanted, &target.output).await
        }
        Some(EvalCommand::Review { questions, target }) => {
            let space = target.space()?;
            review::run(connection, &space, &questions, &target.output).await
        }
        Some(EvalCommand::Export {
            questions,
            purpose: crate::args::Purpose::Embedding,
            negatives,
            out,
            target,
        }) => {
            let space = target.space()?;
            let negatives = usize::from(negatives);
            export::run(connection, &space, &questions, negatives, out.as_deref()).await
        }
    }
}

async fn measure(connection: &Connection, config: &Config, options: EvalRun) -> Result<ExitCode> {
    let space = options.target.space()?;
    let file = options
        .questions
        .as_deref()
        .context("name a file of questions: stoa eval QUESTIONS.jsonl (see `stoa eval --help`)")?;
    let mut set = files::questions(file)?;
    files::belongs(&set, &space, file)?;
    let wrong = Wrong::add_to(&mut set, file)?;
    // Whoever named a file that is none, or a model that is not there, learns it before the questions are asked.
    let earlier = options.against.as_deref().map(files::result).transpose()?;
    let model = if options.no_judge || options.search_only {
        None
    } else {
        Model::of(config).await?
    };
    let judge = model.map(|model| Arc::new(Judge::new(model)));
    let asking = ask(connection, config, (&space, &set), &options, judge.clone());
    let mut run = Box::pin(asking).await?;
    if options.report.is_some() {
        let open = unanswered::topics(connection, &space, UNANSWERED).await?;
        run.topics = open.iter().map(unanswered::shown).collect();
    }
    if let Some(wrong) = &wrong {
        // Before gates and files, so that a file which cannot be written does not lose it.
        wrong.keep(&set, &run.rows)?;
    }
    let closed: Vec<Closed> = options
        .at_least
        .iter()
        .filter_map(|gate| gate.at_least(&run))
        .chain(options.at_most.iter().filter_map(|gate| gate.at_most(&run)))
        .collect();
    let compared = match &earlier {
        Some(earlier) => Some(since(earlier, &run, judge.as_deref()).await),
        None => None,
    };
    // Written for a closed gate, too: whoever asks why it closed wants the result.
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

/// What became of an earlier run.
async fn since(earlier: &Run, run: &Run, judge: Option<&Judge>) -> Comparison {
    let level = Level::default();
    let mut compared = stoa_eval::compare(earlier, run, level);
    if let Some(judge) = judge {
        compared.preferences = Some(preference::ask(judge.model(), earlier, run, level).await);
    }
    compared
}

/// Prices of the model that answers, where both are configured; they are part of what a run is made with.
fn prices(config: &Config, setup: &mut Setup) -> Option<Prices> {
    let (prompt, completion) = config.eval.prompt_price.zip(config.eval.completion_price)?;
    let configuration = &mut setup.configuration;
    for (name, value) in [
        ("eval.prompt_price", prompt.to_string()),
        ("eval.completion_price", completion.to_string()),
        ("eval.currency", config.eval.currency.clone()),
    ] {
        configuration.insert(name.to_owned(), value);
    }
    Some(Prices { prompt, completion })
}

/// Asks all questions, and forgets that they were asked, whatever comes of it.
async fn ask(
    connection: &Connection,
    config: &Config,
    (space, set): (&Space, &QuestionSet),
    options: &EvalRun,
    judge: Option<Arc<Judge>>,
) -> Result<Run> {
    let mut setup = setup::of(connection, space, set, options).await?;
    setup::warn_of_missing(&set.questions, &setup.documents);
    let prices = prices(config, &mut setup);
    if let Some(judge) = &judge {
        let name = judge.model().name().to_owned();
        setup.models.insert("judging".to_owned(), name);
        for prompt in [JUDGE, PREFER] {
            let hash = setup::short_hash(prompt.text);
            setup.prompts.insert(prompt.name.to_owned(), hash);
        }
    }
    let asker = Asker::new(connection.clone(), space.clone()).measured_by(prices, judge.clone());
    let asking = async {
        let mut run = ask_in_all_ways(&asker, set, options, setup).await?;
        if let Some(judge) = &judge {
            let at_once = usize::from(options.concurrency);
            // Answers that were paid for are kept, whatever becomes of what is asked about them.
            match judge.account(connection, space, at_once).await {
                Ok(account) => run.judging = Some(account),
                Err(error) => run
                    .left_out
                    .push(format!("what the judge says of people's marks: {error:#}")),
            }
        }
        anyhow::Ok(run)
    };
    let asked = tokio::select! {
        asked = asking => asked,
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
    let way = Way::of_people(options.mode.into());
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
    if (options.ladder || options.ablate)
        && let Err(error) = variants::add(asker, &set.questions, options, &mut run).await
    {
        run.left_out.push(format!("other ways to ask: {error:#}"));
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
