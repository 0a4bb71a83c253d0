//! Teaching: documents go to ingestion, and one message shows how far their jobs are.

use std::{collections::HashSet, time::Duration};

use futures::FutureExt;
use stoa_kit::wire;
use stoa_proto::{
    ingestion::{GetJobRequest, Job, JobState, RetryJobRequest, Stage, WatchJobRequest},
    page_ranges,
};
use stoa_reply::Reply;
use tokio::{sync::watch, time::Instant};
use tonic::{Code, Request, Status};
use uuid::Uuid;

use super::{Failure, Task, audience::for_people, backoff, failure::explanation, outgoing};
use crate::{
    command::{ButtonAction, Source},
    delivery::Aborted,
    locale::Locale,
    platform::{Button, Platform},
};

/// How long a job may be watched.
const WATCH: Duration = Duration::from_secs(3_600);
/// The least time between two looks at jobs that have not changed.
const UNCHANGED: Duration = Duration::from_millis(200);

/// Marks a message that asks for an answer: a reply to it is learned.
pub const ANSWER_MARK: &str = "✎ ";
/// Most characters of a question that name its answer.
const ANSWER_NAME: usize = 80;

/// What is to be learned.
enum Submission {
    Source(Source),
    /// A job that was submitted before.
    Job(Box<Job>),
}

impl Submission {
    fn name(&self) -> String {
        match self {
            Self::Source(Source::File { name, .. } | Source::Text { name, .. }) => name.clone(),
            Self::Source(Source::Url(url)) => url.clone(),
            Self::Job(job) => job.document.clone(),
        }
    }
}

/// How far a submission is.
#[derive(Debug, Clone)]
enum Progress {
    Sending,
    Job(Box<Job>),
    Refused(String),
}

impl Progress {
    fn has_ended(&self) -> bool {
        match self {
            Self::Sending => false,
            Self::Refused(_) => true,
            Self::Job(job) => matches!(
                job.state(),
                JobState::Succeeded | JobState::Failed | JobState::Cancelled
            ),
        }
    }

    /// The name of the document, where there is something new to know of it.
    fn learned(&self) -> Option<String> {
        match self {
            Self::Job(job) if job.state() == JobState::Succeeded && !job.unchanged => {
                Some(job.document.clone())
            }
            _ => None,
        }
    }

    fn mark(&self) -> &'static str {
        match self {
            Self::Sending => "…",
            Self::Refused(_) => "✗",
            Self::Job(job) => match job.state() {
                JobState::Succeeded => "✓",
                JobState::Failed | JobState::Cancelled => "✗",
                _ => "…",
            },
        }
    }

    fn describe(&self, locale: Locale) -> String {
        match self {
            Self::Sending => locale.text("learn-receiving"),
            Self::Refused(reason) => reason.clone(),
            Self::Job(job) => describe(job, locale),
        }
    }

    /// The job that can be retried.
    fn failed(&self) -> Option<Uuid> {
        match self {
            Self::Job(job) if job.state() == JobState::Failed => Uuid::parse_str(&job.id).ok(),
            _ => None,
        }
    }
}

impl<P: Platform> Task<'_, P> {
    /// Learns documents.
    pub(super) async fn learn(
        &self,
        sources: &[Source],
        collection: Option<&str>,
    ) -> Result<(), Failure> {
        self.require_teacher().await?;
        if sources.is_empty() {
            return self.say("learn-missing").await;
        }
        let submissions = told_apart(sources)
            .into_iter()
            .map(Submission::Source)
            .collect();
        self.show_progress(submissions, self.collection(collection))
            .await
    }

    /// The collection that a document goes to, so that it is used where it was taught; empty for the default.
    fn collection<'c>(&'c self, wanted: Option<&'c str>) -> &'c str {
        let first = || self.settings.collections(&self.incoming.channel).first();
        wanted
            .or_else(|| first().map(String::as_str))
            .unwrap_or_default()
    }

    /// Asks for the answer to a question that had none.
    pub(super) async fn ask_for_answer(&self, turn: Uuid) -> Result<(), Failure> {
        self.require_teacher().await?;
        let turn = self.turn(turn).await?;
        let prompt = format!("{ANSWER_MARK}{}", self.locale().text("teach-prompt"));
        let reply = Reply::default().plain(prompt).plain(turn.question);
        self.deliver(&reply, Vec::new()).await
    }

    /// Learns the answer to a question that had none.
    pub(super) async fn teach_answer(&self, turn: Uuid, answer: &str) -> Result<(), Failure> {
        self.require_teacher().await?;
        let turn = self.turn(turn).await?;
        let submission = Submission::Source(answer_source(&turn.question, answer));
        self.show_progress(vec![submission], self.collection(None))
            .await
    }

    /// Retries a job that failed.
    pub(super) async fn retry(&self, job: Uuid) -> Result<(), Failure> {
        self.require_teacher().await?;
        let job = job.to_string();
        let now = self.job(&job).await?;
        let seen = format!("{job} {}", changed_at(&now));
        let begun = self.aimed_at().await?;
        let job = if begun.is_some_and(|begun| begun != seen) {
            // It has changed since: it was retried before a restart, and may have failed once more already.
            now
        } else {
            // Before the call: after a restart it is seen that the job has changed.
            self.aim(&seen).await?;
            let request = RetryJobRequest {
                space: self.space.clone(),
                id: job.clone(),
            };
            let retried = self.call(|| async { self.ingestion().retry_job(request.clone()).await });
            match retried.await {
                Err(Failure::Service(status)) if status.code() == Code::FailedPrecondition => {
                    let later = self.job(&job).await?;
                    if changed_at(&later) == changed_at(&now) {
                        return Err(status.into());
                    }
                    // It was retried a moment ago, by a call whose answer was lost or by somebody else.
                    later
                }
                retried => retried?.job.unwrap_or_default(),
            }
        };
        self.show_progress(vec![Submission::Job(Box::new(job))], "")
            .await
    }

    async fn job(&self, id: &str) -> Result<Job, Failure> {
        let request = GetJobRequest {
            space: self.space.clone(),
            id: id.to_owned(),
        };
        let job = self.call(|| async { self.ingestion().get_job(request.clone()).await });
        Ok(job.await?.job.unwrap_or_default())
    }

    /// Submits documents, and shows how far they are until all have ended.
    async fn show_progress(
        &self,
        submissions: Vec<Submission>,
        collection: &str,
    ) -> Result<(), Failure> {
        let mut delivery = self.open(None).await?;
        let names: Vec<String> = submissions.iter().map(Submission::name).collect();
        let mut progress = Vec::new();
        let mut work = Vec::new();
        for submission in submissions {
            let (sender, receiver) = watch::channel(Progress::Sending);
            progress.push(receiver);
            work.push(match submission {
                Submission::Source(source) => self.teach(source, collection, sender).boxed(),
                Submission::Job(job) => self.follow(*job, sender).boxed(),
            });
        }
        let mut work = futures::future::try_join_all(work);
        let mut shown: Option<Reply> = None;
        loop {
            let reply = self.progress(&names, &progress);
            let is_new = shown.as_ref() != Some(&reply);
            // Progress is looked at five times a second, and shown no faster than the platform lets a message be
            // edited.
            let due = if is_new {
                delivery.next()
            } else {
                Instant::now() + UNCHANGED
            };
            tokio::select! {
                ended = &mut work => {
                    ended?;
                    break;
                }
                () = tokio::time::sleep_until(due) => if is_new {
                    delivery.show(&outgoing::<P>(&reply, Vec::new())).await?;
                    shown = Some(reply);
                }
            }
        }
        // Once more, as what happened last came with the end of the work and was not shown.
        let mut reply = self.progress(&names, &progress);
        let learned: Vec<String> = progress
            .iter()
            .filter_map(|item| item.borrow().learned())
            .collect();
        let open = self.open_about(&learned).await;
        if !open.is_empty() {
            // What was asked in vain before is asked again, and a model takes its time.
            if delivery.next() <= Instant::now() {
                delivery.show(&outgoing::<P>(&reply, Vec::new())).await?;
            }
            if let Some(said) = self.asked_again(&open).await? {
                reply = reply.plain(said);
            }
        }
        let failed = progress.iter().filter_map(|item| item.borrow().failed());
        let retries = failed.map(|job| vec![self.button("button-retry", ButtonAction::Retry(job))]);
        let retries: Vec<Vec<Button>> = retries.collect();
        delivery.finish(&outgoing::<P>(&reply, retries)).await?;
        Ok(())
    }

    /// How far every submission is, line by line.
    fn progress(&self, names: &[String], progress: &[watch::Receiver<Progress>]) -> Reply {
        let lines: Vec<String> = names
            .iter()
            .zip(progress)
            .map(|(name, item)| {
                let item = item.borrow();
                format!("{} {name}: {}", item.mark(), item.describe(self.locale()))
            })
            .collect();
        Reply::default().plain(lines.join("\n"))
    }

    async fn teach(
        &self,
        source: Source,
        collection: &str,
        progress: watch::Sender<Progress>,
    ) -> Result<(), Aborted> {
        match self.submit(&source, collection).await {
            Ok(job) => self.follow(job, progress).await,
            Err(Failure::Aborted(aborted)) => Err(aborted),
            Err(Failure::Service(status)) => {
                tracing::warn!(code = ?status.code(), "a document was not accepted: {}", status.message());
                progress.send_replace(Progress::Refused(explanation(&status, self.locale())));
                Ok(())
            }
            // Submitting checks nothing else.
            Err(_) => Ok(()),
        }
    }

    /// Follows a job to its end, across restarts of ingestion.
    async fn follow(&self, job: Job, progress: watch::Sender<Progress>) -> Result<(), Aborted> {
        let request = WatchJobRequest {
            space: self.space.clone(),
            id: job.id.clone(),
        };
        progress.send_replace(Progress::Job(Box::new(job)));
        let mut backoff = backoff();
        // The job's state decides, and not how the stream ended: a deadline of the watch looks like a restart of
        // ingestion.
        while !progress.borrow().has_ended() {
            let watched = tokio::select! {
                watched = self.watch(request.clone(), &progress) => watched,
                () = self.stop.cancelled() => return Err(Aborted::Stopping),
            };
            match watched {
                Err(status) if status.code() == Code::NotFound => {
                    // It was forgotten meanwhile, with its document.
                    let text = self.locale().text("job-cancelled");
                    progress.send_replace(Progress::Refused(text));
                }
                _ if progress.borrow().has_ended() => {}
                // The stream broke off, as it does when ingestion restarts; the job itself goes on.
                _ => self.pause(backoff.next_wait()).await?,
            }
        }
        Ok(())
    }

    async fn watch(
        &self,
        request: WatchJobRequest,
        progress: &watch::Sender<Progress>,
    ) -> Result<(), Status> {
        let mut request = Request::new(request);
        request.set_timeout(WATCH);
        let mut jobs = self.ingestion().watch_job(request).await?.into_inner();
        while let Some(change) = jobs.message().await? {
            if let Some(job) = change.job {
                progress.send_replace(Progress::Job(Box::new(job)));
            }
        }
        Ok(())
    }
}

/// When a job last changed, as a text that is another one after each change.
fn changed_at(job: &Job) -> String {
    let at = job.updated_at.unwrap_or_default();
    format!("{}.{:09}", at.seconds, at.nanos)
}

/// One line on a job.
fn describe(job: &Job, locale: Locale) -> String {
    let reason = job.error.as_ref();
    let reason = reason.map_or_else(String::new, |error| for_people(&error.reason, locale));
    match job.state() {
        JobState::Succeeded if job.unchanged => locale.text("job-unchanged"),
        JobState::Succeeded => {
            let values = [
                ("pages", job.pages.into()),
                ("passages", job.passages.into()),
            ];
            let learned = locale.format("job-learned", values);
            let learned = match job.pages_without_text.as_slice() {
                [] => learned,
                silent => {
                    let values = [
                        ("learned", learned.into()),
                        ("count", silent.len().into()),
                        ("pages", page_ranges(silent).into()),
                    ];
                    locale.format("job-learned-in-part", values)
                }
            };
            match replaced_on(job, locale) {
                Some(date) => {
                    let document = job.document.as_str();
                    let values = [
                        ("learned", learned.into()),
                        ("document", document.into()),
                        ("date", date.into()),
                    ];
                    locale.format("job-replaces", values)
                }
                None => learned,
            }
        }
        JobState::Failed => locale.format("job-failed", [("reason", reason.into())]),
        JobState::Cancelled => locale.text("job-cancelled"),
        JobState::Unspecified | JobState::Queued | JobState::Running => {
            let state = describe_stage(job, locale);
            if reason.is_empty() {
                return state;
            }
            let values = [("state", state.into()), ("reason", reason.into())];
            locale.format("job-retrying", values)
        }
    }
}

fn describe_stage(job: &Job, locale: Locale) -> String {
    let stage = locale.text(match job.stage() {
        Stage::Unspecified => "stage-waiting",
        Stage::Fetch => "stage-fetch",
        Stage::Parse => "stage-parse",
        Stage::Chunk => "stage-chunk",
        Stage::Embed => "stage-embed",
        Stage::Index => "stage-index",
    });
    if job.total == 0 {
        return locale.format("job-stage", [("stage", stage.into())]);
    }
    let values = [
        ("stage", stage.into()),
        ("done", job.done.into()),
        ("total", job.total.into()),
    ];
    locale.format("job-stage-counted", values)
}

/// The day on which the document was taught that a job took the place of.
fn replaced_on(job: &Job, locale: Locale) -> Option<String> {
    let taught_at = job.replaces.as_ref()?.taught_at.as_ref()?;
    Some(locale.date(wire::instant(taught_at)?.date()))
}

/// Files of one name in one message are several documents: those after the first get a number.
fn told_apart(sources: &[Source]) -> Vec<Source> {
    let mut sources = sources.to_vec();
    let mut taken = HashSet::new();
    for source in &mut sources {
        let (Source::File { name, .. } | Source::Text { name, .. }) = source else {
            continue;
        };
        let asked = name.clone();
        let mut numbers = 2_u32..;
        // Also where a number makes two alike: "a (2).md" may be in the message already.
        while !taken.insert(name.clone()) {
            *name = numbered(&asked, numbers.next().unwrap_or_default());
        }
    }
    sources
}

fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{stem} ({number}).{ending}"),
        _ => format!("{name} ({number})"),
    }
}

/// A question and its answer, as something to learn.
pub fn answer_source(question: &str, answer: &str) -> Source {
    let question: String = question.split_whitespace().collect::<Vec<_>>().join(" ");
    // Characters and not bytes: 80 bytes of Chinese are 26 characters, which tell few questions apart.
    let short: String = question.chars().take(ANSWER_NAME).collect();
    Source::Text {
        name: format!("{short}.md"),
        text: format!("# {question}\n\n{answer}\n"),
    }
}

#[cfg(test)]
mod tests {
    use stoa_proto::ingestion::EarlierVersion;

    use super::*;

    fn file(name: &str) -> Source {
        Source::Text {
            name: name.to_owned(),
            text: "Lamps.".to_owned(),
        }
    }

    #[test]
    fn files_of_one_name_in_one_message_are_told_apart() {
        let sent = ["a.md", "a.md", "a (2).md", "a.md", "LICENSE", "LICENSE"].map(file);
        let expected = [
            "a.md",
            "a (2).md",
            "a (2) (2).md",
            "a (3).md",
            "LICENSE",
            "LICENSE (2)",
        ];
        assert_eq!(told_apart(&sent), expected.map(file));
    }

    #[test]
    fn what_is_replaced_is_said_with_its_day() {
        let mut job = Job {
            document: "manual.txt".to_owned(),
            pages: 1,
            passages: 2,
            ..Job::default()
        };
        job.set_state(JobState::Succeeded);
        for locale in Locale::all() {
            assert!(!describe(&job, locale).contains("manual.txt"));
        }
        job.replaces = Some(EarlierVersion {
            // The third of May 2026.
            taught_at: Some(prost_types::Timestamp {
                seconds: 1_777_800_000,
                nanos: 0,
            }),
            taught_by: String::new(),
        });
        let said = Locale::all()
            .into_iter()
            .map(|locale| describe(&job, locale));
        let said: Vec<String> = said.collect();
        assert!(
            said.iter().all(|text| text.contains("manual.txt")),
            "{said:?}"
        );
        assert!(
            said.iter().any(|text| text.contains("3 May 2026")),
            "{said:?}"
        );
        assert!(
            said.iter().any(|text| text.contains("2026 年 5 月 3 日")),
            "{said:?}"
        );
    }
}
