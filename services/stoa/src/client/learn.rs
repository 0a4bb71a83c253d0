//! Files, folders and pages to the ingestion service, with progress.

mod items;
mod outcome;

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use backon::Retryable;
use futures::{StreamExt, stream};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use stoa_kit::{Space, retry};
use stoa_proto::ingestion::{
    Job, JobState, SubmitHeader, SubmitRequest, SubmitUrlRequest, WatchJobRequest,
    submit_request::Part,
};
use tonic::{Code, Request};

use super::{
    Connection, jobs,
    output::{BAD, FAINT, GOOD, counts, plural, print_json, say},
    unanswered::{self, Again},
};
use crate::args::Output;
use items::Item;
use outcome::{JobJson, Outcome};

/// Documents on their way at once: enough to keep the workers and the model busy.
const AT_ONCE: usize = 32;
/// Bytes of a message.
const CHUNK: usize = 256 << 10;
/// How long an upload may take.
const UPLOAD: Duration = Duration::from_secs(3_600);

pub(super) struct Options {
    pub(super) collection: String,
    pub(super) wait: bool,
}

#[derive(Serialize)]
struct LearnJson {
    jobs: Vec<JobJson>,
    /// Questions that got no answer and come nearest to what was learned: they were asked again.
    asked_again: Option<Again>,
}

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    sources: &[String],
    options: &Options,
    output: &Output,
) -> Result<ExitCode> {
    let screen = Screen::new(output.json);
    // All of them are tried: one bad file of a thousand must not keep the rest from being learned.
    let outcomes = teach(connection, space, sources, options, &screen).await;
    screen.close();
    let failed = outcomes
        .iter()
        .filter(|outcome| !outcome.is_good(options.wait))
        .count();
    if !output.json && outcomes.len() > 1 {
        say!("{}", ending(&outcomes, failed, options.wait));
    }
    let learned: Vec<&str> = outcomes.iter().filter_map(Outcome::learned).collect();
    // What was learned stays so, whatever comes of this.
    let asked = unanswered::after_learning(connection, space, &learned).await;
    if let (false, Err(error)) = (output.json, &asked) {
        say!("{FAINT}What got no answer before was not asked again: {error:#}{FAINT:#}");
    }
    let asked_again = asked.unwrap_or_default();
    if output.json {
        let jobs = outcomes.iter().map(Outcome::json).collect();
        print_json(&LearnJson { jobs, asked_again })?;
    } else if let Some(Again { asked, answered }) = asked_again {
        let asked = plural(asked as u64, "question");
        say!("{asked} near it got no answer before: {answered} answered now");
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What became of many documents, in a line, and what to do next.
fn ending(outcomes: &[Outcome], failed: usize, waited: bool) -> String {
    let good = outcomes.len() - failed;
    let all = plural(outcomes.len() as u64, "document");
    let said = if waited {
        let (pages, passages) = totals(outcomes);
        format!("{good} of {all} learned: {}", counts(pages, passages))
    } else {
        format!("{good} of {all} handed over: `stoa jobs` shows the progress")
    };
    match failed {
        0 => said,
        failed => format!(
            "{said}; {failed} failed, each says why above: mend them and teach the same again"
        ),
    }
}

/// Teaches what `stoa up` was started with; says only what was new or went wrong.
pub(crate) async fn teach_at_start(
    connection: &Connection,
    space: &Space,
    sources: &[String],
) -> Result<()> {
    let options = Options {
        collection: String::new(),
        wait: true,
    };
    let outcomes = teach(connection, space, sources, &options, &Screen::new(true)).await;
    for outcome in &outcomes {
        match &outcome.result {
            Ok(job) if job.state() == JobState::Succeeded && job.unchanged => {}
            Ok(job) if job.state() == JobState::Succeeded => {
                tracing::info!("{}: {}", job.document, jobs::summary(job));
            }
            Ok(job) => {
                return Err(anyhow!(
                    "{} was not taught: {}",
                    job.document,
                    jobs::summary(job)
                ));
            }
            Err(reason) => return Err(anyhow!("{} was not taught: {reason}", outcome.source)),
        }
    }
    Ok(())
}

async fn teach(
    connection: &Connection,
    space: &Space,
    sources: &[String],
    options: &Options,
    screen: &Screen,
) -> Vec<Outcome> {
    let items = items::of(sources);
    screen.expect(items.len());
    let names: Vec<String> = items.iter().map(Item::source).collect();
    let bulk = items.len() > 1;
    let work = stream::iter(items.into_iter().enumerate()).map(|(index, item)| {
        let teacher = Teacher {
            connection: connection.clone(),
            space: space.clone(),
            screen: screen.clone(),
            bulk,
        };
        let (collection, wait) = (options.collection.clone(), options.wait);
        async move { (index, teacher.teach(item, collection, wait).await) }
    });
    let mut done: Vec<(usize, Result<Job, String>)> =
        work.buffer_unordered(AT_ONCE).collect().await;
    // In the order in which they were named, though they end as they like.
    done.sort_by_key(|(index, _)| *index);
    names
        .into_iter()
        .zip(done)
        .map(|(source, (_, result))| Outcome { source, result })
        .collect()
}

struct Teacher {
    connection: Connection,
    space: Space,
    screen: Screen,
    /// There are several: a single document that somebody waits for goes before them.
    bulk: bool,
}

impl Teacher {
    async fn teach(&self, item: Item, collection: String, wait: bool) -> Result<Job, String> {
        let source = item.source();
        let asked = item.name();
        let line = self.screen.line(&source);
        let result = match self.submit(item, collection).await {
            Ok(job) if wait => self.watch(job, &line).await,
            submitted => submitted,
        };
        let result = result.map_err(|error| format!("{error:#}"));
        let known_as = result
            .as_ref()
            .ok()
            .and_then(|job| known_as(job, asked.as_deref()));
        self.screen
            .end(&line, &source, &result, &known_as.unwrap_or_default());
        result
    }

    async fn submit(&self, item: Item, collection: String) -> Result<Job> {
        let job = match item {
            Item::Unreadable { reason, .. } => return Err(anyhow!(reason)),
            Item::Url(url) => {
                let request = SubmitUrlRequest {
                    space: self.space.to_string(),
                    url,
                    collection,
                    bulk: self.bulk,
                    ..SubmitUrlRequest::default()
                };
                let answer = self.connection.ingestion().submit_url(request).await;
                answer
                    .map_err(|status| self.connection.explain(&status))?
                    .into_inner()
                    .job
            }
            Item::File { path, name, origin } => {
                let bytes = tokio::fs::read(&path)
                    .await
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let header = SubmitHeader {
                    space: self.space.to_string(),
                    name,
                    collection,
                    origin: origin.unwrap_or_default(),
                    bulk: self.bulk,
                    ..SubmitHeader::default()
                };
                // Read once and kept for the retries, as the file may change between two of them.
                let bytes = Arc::new(bytes);
                // A server that has its hands full says so; it is asked again.
                let retry = retry::waits(Duration::from_secs(2), Duration::from_secs(10))
                    .with_max_times(20);
                let answer = (|| self.upload(header.clone(), Arc::clone(&bytes)))
                    .retry(retry)
                    .when(|status| {
                        matches!(status.code(), Code::Unavailable | Code::Aborted)
                            // A server that is not there is told at once, and not after 20 tries.
                            && !status.message().contains("connect")
                    })
                    .await;
                answer.map_err(|status| self.connection.explain(&status))?
            }
        };
        job.context("the server did not say which job it made")
    }

    async fn upload(
        &self,
        header: SubmitHeader,
        bytes: Arc<Vec<u8>>,
    ) -> Result<Option<Job>, tonic::Status> {
        let count = bytes.len().div_ceil(CHUNK);
        let chunk = move |index: usize| {
            let end = bytes.len().min((index + 1) * CHUNK);
            SubmitRequest {
                part: Some(Part::Chunk(bytes[index * CHUNK..end].to_vec())),
            }
        };
        let first = SubmitRequest {
            part: Some(Part::Header(header)),
        };
        let parts = stream::iter([first]).chain(stream::iter((0..count).map(chunk)));
        let mut request = Request::new(parts);
        request.set_timeout(UPLOAD);
        Ok(self
            .connection
            .ingestion()
            .submit(request)
            .await?
            .into_inner()
            .job)
    }

    async fn watch(&self, job: Job, line: &ProgressBar) -> Result<Job> {
        if has_ended(&job) {
            return Ok(job);
        }
        let request = WatchJobRequest {
            space: self.space.to_string(),
            id: job.id.clone(),
        };
        let refused = |status| self.connection.explain(&status);
        let mut changes = self
            .connection
            .ingestion()
            .watch_job(request)
            .await
            .map_err(refused)?
            .into_inner();
        let mut last = job;
        while let Some(change) = changes.message().await.map_err(refused)? {
            if let Some(job) = change.job {
                show(line, &job);
                last = job;
            }
        }
        if has_ended(&last) {
            return Ok(last);
        }
        Err(anyhow!(
            "the server is stopping: the job goes on at its next start, see `stoa jobs`"
        ))
    }
}

/// A name that a document has in place of the one that was asked for, which another file has.
fn known_as(job: &Job, asked: Option<&str>) -> Option<String> {
    let name = &job.document;
    let is_other = asked.is_some_and(|asked| asked != name);
    is_other.then(|| format!("; it is kept as {name}"))
}

fn has_ended(job: &Job) -> bool {
    matches!(
        job.state(),
        JobState::Succeeded | JobState::Failed | JobState::Cancelled
    )
}

fn show(line: &ProgressBar, job: &Job) {
    let stage = jobs::doing(job.stage());
    let waiting = job
        .error
        .as_ref()
        .filter(|_| job.state() == JobState::Queued);
    let message = match waiting {
        Some(error) => format!("waits to try again: {}", error.reason),
        None if job.total > 0 => format!("{stage} {}/{}", job.done, job.total),
        None => stage.to_owned(),
    };
    line.set_message(message);
}

/// Progress on a terminal, a line a document elsewhere, and nothing but JSON with --json.
#[derive(Clone)]
struct Screen {
    bars: MultiProgress,
    all: ProgressBar,
    quiet: bool,
}

impl Screen {
    fn new(quiet: bool) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bars = MultiProgress::with_draw_target(target);
        let all = bars.add(ProgressBar::new(0));
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} documents, {elapsed}")
        {
            all.set_style(style);
        }
        Self { bars, all, quiet }
    }

    fn expect(&self, documents: usize) {
        self.all.set_length(documents as u64);
        self.all.enable_steady_tick(Duration::from_millis(200));
    }

    fn line(&self, source: &str) -> ProgressBar {
        let line = self
            .bars
            // The bar of the whole stays the last line.
            .insert_before(&self.all, ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {msg}") {
            line.set_style(style);
        }
        line.set_prefix(source.to_owned());
        line.set_message("uploading");
        line.enable_steady_tick(Duration::from_millis(120));
        line
    }

    fn end(&self, line: &ProgressBar, source: &str, result: &Result<Job, String>, known_as: &str) {
        line.finish_and_clear();
        self.bars.remove(line);
        self.all.inc(1);
        if self.quiet {
            return;
        }
        // A line is printed with the bars out of its way, or they would be drawn through it.
        self.bars.suspend(|| match result {
            Ok(job) if job.state() == JobState::Succeeded => {
                say!("{GOOD}✓{GOOD:#} {source}: {}{known_as}", jobs::summary(job));
            }
            Ok(job) if has_ended(job) => {
                say!("{BAD}✗{BAD:#} {source}: {}", jobs::summary(job));
            }
            Ok(job) => {
                say!("… {source}: {} as job {}", jobs::state(job.state()), job.id);
            }
            Err(reason) => say!("{BAD}✗{BAD:#} {source}: {reason}"),
        });
    }

    fn close(&self) {
        self.all.finish_and_clear();
    }
}

fn totals(outcomes: &[Outcome]) -> (u32, u32) {
    let jobs = outcomes
        .iter()
        .filter_map(|outcome| outcome.result.as_ref().ok());
    jobs.filter(|job| job.state() == JobState::Succeeded)
        .fold((0, 0), |(pages, passages), job| {
            (pages + job.pages, passages + job.passages)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_says_what_became_of_them_and_what_to_do_next() {
        let learned = || Outcome {
            source: "a.md".to_owned(),
            result: Ok(Job {
                state: JobState::Succeeded.into(),
                pages: 2,
                passages: 5,
                ..Job::default()
            }),
        };
        let failed = Outcome {
            source: "b.md".to_owned(),
            result: Err("it is empty".to_owned()),
        };
        let good = ending(&[learned(), learned()], 0, true);
        assert_eq!(good, "2 of 2 documents learned: 4 pages, 10 passages");
        let queued = ending(&[learned(), learned()], 0, false);
        assert!(queued.contains("`stoa jobs`"), "{queued}");
        let bad = ending(&[learned(), failed], 1, true);
        assert!(bad.starts_with("1 of 2 documents learned"), "{bad}");
        assert!(bad.contains("1 failed"), "{bad}");
    }
}
