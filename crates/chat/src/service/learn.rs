//! Teaching: files and pages to ingestion, and their jobs as a message that shows how far they are.

use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use stoa_proto::ingestion::{
    Job, JobState, RetryJobRequest, SubmitHeader, SubmitRequest, SubmitResponse, SubmitUrlRequest,
    WatchJobRequest, submit_request::Part,
};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{FIRST_WAIT, LONGEST_WAIT, Task, outgoing};
use crate::{
    delivery::Ended,
    event::{Press, Source},
    platform::{Button, Platform, Refusal},
    reply::Reply,
};

/// Bytes of a message to ingestion.
const CHUNK: usize = 256 << 10;
/// Parts that are read ahead.
const PARTS_AHEAD: usize = 4;
/// How long an upload, and a job, may take.
const UPLOAD: Duration = Duration::from_secs(600);
const WATCH: Duration = Duration::from_secs(3_600);

/// What a message begins with that asks for an answer: a reply to it is learned.
pub const ANSWER_MARK: &str = "✎ ";
/// Most characters of a question that name its answer.
const ANSWER_NAME: usize = 80;

/// What becomes of one source.
#[derive(Clone)]
enum State {
    Sending,
    Job(Box<Job>),
    Refused(String),
}

/// What is to be learned.
enum Given {
    Source(Source),
    /// A job that was submitted before.
    Job(Box<Job>),
}

impl Given {
    fn name(&self) -> String {
        match self {
            Self::Source(Source::File { name, .. } | Source::Text { name, .. }) => name.clone(),
            Self::Source(Source::Url(url)) => url.clone(),
            Self::Job(job) => job.document.clone(),
        }
    }
}

impl State {
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
}

impl<P: Platform> Task<'_, P> {
    /// Teaches what was given. The message shows each document's stage, and how it ended.
    pub(super) async fn learn(
        &self,
        sources: &[Source],
        collection: Option<&str>,
    ) -> Result<(), Ended> {
        if !self.may_teach().await? {
            return Ok(());
        }
        if sources.is_empty() {
            return self.say(self.language().nothing_to_learn()).await;
        }
        let given = sources.iter().cloned().map(Given::Source).collect();
        self.show(given, self.collection(collection)).await
    }

    /// The collection that a document goes to, so that it is seen where it was taught; empty for the default.
    fn collection<'c>(&'c self, wanted: Option<&'c str>) -> &'c str {
        let first = || self.settings.collections(&self.said.channel).first();
        wanted
            .or_else(|| first().map(String::as_str))
            .unwrap_or_default()
    }

    /// Asks for the answer to a question that had none.
    pub(super) async fn ask_for_answer(&self, turn: Uuid) -> Result<(), Ended> {
        if !self.may_teach().await? {
            return Ok(());
        }
        let Some(turn) = self.turn(turn).await? else {
            return Ok(());
        };
        let prompt = format!("{ANSWER_MARK}{}", self.language().teach_prompt());
        let reply = Reply::default().plain(prompt).plain(turn.question);
        self.reply(&reply).await
    }

    /// Learns the answer to a question that had none.
    pub(super) async fn teach_answer(&self, turn: Uuid, answer: &str) -> Result<(), Ended> {
        if !self.may_teach().await? {
            return Ok(());
        }
        let Some(turn) = self.turn(turn).await? else {
            return Ok(());
        };
        let given = Given::Source(answer_source(&turn.question, answer));
        self.show(vec![given], self.collection(None)).await
    }

    /// Tries a job again that has failed.
    pub(super) async fn retry(&self, job: Uuid) -> Result<(), Ended> {
        if !self.may_teach().await? {
            return Ok(());
        }
        let request = RetryJobRequest {
            space: self.space.clone(),
            id: job.to_string(),
        };
        let retried = self
            .call(|| async { self.desk.ingestion.clone().retry_job(request.clone()).await })
            .await?;
        let job = match retried {
            Ok(retried) => retried.job.unwrap_or_default(),
            Err(status) => return self.apologise(&status).await,
        };
        self.show(vec![Given::Job(Box::new(job))], "").await
    }

    /// Shows how documents go on until all have ended.
    async fn show(&self, given: Vec<Given>, collection: &str) -> Result<(), Ended> {
        let mut delivery = self.open().await?;
        if delivery.is_done() {
            return Ok(());
        }
        let (senders, mut states): (Vec<_>, Vec<_>) =
            given.iter().map(|_| watch::channel(State::Sending)).unzip();
        let names: Vec<String> = given.iter().map(Given::name).collect();
        let mut work = Vec::new();
        for (given, states) in given.into_iter().zip(senders) {
            let following = match given {
                Given::Source(source) => self.teach(source, collection, states).boxed(),
                Given::Job(job) => self.follow(*job, states).boxed(),
            };
            work.push(following);
        }
        let mut work = futures::future::try_join_all(work);
        let mut shown: Option<Reply> = None;
        loop {
            let reply = self.progress(&names, &mut states);
            let is_new = shown.as_ref().is_none_or(|shown| *shown != reply);
            tokio::select! {
                ended = &mut work => {
                    ended?;
                    break;
                }
                () = tokio::time::sleep_until(delivery.next()), if is_new => {
                    delivery.show(&outgoing::<P>(&reply, Vec::new())).await?;
                    shown = Some(reply);
                }
                () = tokio::time::sleep(Duration::from_millis(200)), if !is_new => {}
            }
        }
        let reply = self.progress(&names, &mut states);
        let failed: Vec<Uuid> = states
            .iter()
            .filter_map(|state| match &*state.borrow() {
                State::Job(job) if job.state() == JobState::Failed => Uuid::parse_str(&job.id).ok(),
                _ => None,
            })
            .collect();
        let retries = failed.into_iter().map(|job| {
            vec![Button {
                label: self.language().say("Retry", "重试").to_owned(),
                press: Press::Retry(job),
            }]
        });
        delivery
            .finish(&outgoing::<P>(&reply, retries.collect()))
            .await
    }

    fn progress(&self, names: &[String], states: &mut [watch::Receiver<State>]) -> Reply {
        let lines: Vec<String> = names
            .iter()
            .zip(states)
            .map(|(name, state)| {
                let state = state.borrow_and_update();
                let mark = match &*state {
                    State::Refused(_) => "✗",
                    State::Job(job) => match job.state() {
                        JobState::Succeeded => "✓",
                        JobState::Failed | JobState::Cancelled => "✗",
                        _ => "…",
                    },
                    State::Sending => "…",
                };
                let what = match &*state {
                    State::Sending => self.language().say("taking it", "接收中").to_owned(),
                    State::Refused(reason) => reason.clone(),
                    State::Job(job) => self.language().job(job),
                };
                format!("{mark} {name}: {what}")
            })
            .collect();
        Reply::default().plain(lines.join("\n"))
    }

    async fn teach(
        &self,
        source: Source,
        collection: &str,
        states: watch::Sender<State>,
    ) -> Result<(), Ended> {
        let submitted = match &source {
            Source::Url(url) => self.submit_url(url, collection).await?,
            Source::File { size, .. } if *size > P::MAX_FILE => Err(Status::resource_exhausted(
                self.language().too_large(P::MAX_FILE),
            )),
            Source::File { id, name, .. } => {
                self.submit_file(id, self.header(name, collection)).await?
            }
            Source::Text { name, text } => {
                self.submit_text(text, self.header(name, collection))
                    .await?
            }
        };
        match submitted {
            Ok(job) => self.follow(job, states).await,
            Err(status) => {
                let reason = match status.code() {
                    tonic::Code::Unavailable | tonic::Code::Internal | tonic::Code::Unknown => {
                        tracing::warn!("a document was not taken: {}", status.message());
                        self.language().trouble().to_owned()
                    }
                    _ => status.message().to_owned(),
                };
                states.send_replace(State::Refused(reason));
                Ok(())
            }
        }
    }

    async fn submit_url(&self, url: &str, collection: &str) -> Result<Result<Job, Status>, Ended> {
        let request = SubmitUrlRequest {
            space: self.space.clone(),
            url: url.to_owned(),
            collection: collection.to_owned(),
            ..SubmitUrlRequest::default()
        };
        let submitted = self
            .call(|| async {
                self.desk
                    .ingestion
                    .clone()
                    .submit_url(request.clone())
                    .await
            })
            .await?;
        Ok(submitted.map(|submitted| submitted.job.unwrap_or_default()))
    }

    async fn submit_text(
        &self,
        text: &str,
        header: SubmitHeader,
    ) -> Result<Result<Job, Status>, Ended> {
        let chunks = pieces(Bytes::from(text.to_owned())).into_iter();
        let parts: Vec<SubmitRequest> = std::iter::once(Part::Header(header))
            .chain(chunks.map(Part::Chunk))
            .map(|part| SubmitRequest { part: Some(part) })
            .collect();
        let submitted = self
            .call(|| async {
                let parts = stream::iter(parts.clone());
                self.desk.ingestion.clone().submit(parts).await
            })
            .await?;
        Ok(submitted.map(|submitted| submitted.job.unwrap_or_default()))
    }

    fn header(&self, name: &str, collection: &str) -> SubmitHeader {
        SubmitHeader {
            space: self.space.clone(),
            name: name.to_owned(),
            collection: collection.to_owned(),
            ..SubmitHeader::default()
        }
    }

    async fn submit_file(
        &self,
        file: &str,
        header: SubmitHeader,
    ) -> Result<Result<Job, Status>, Ended> {
        let submitted = self.call(|| self.pass_on(file, header.clone())).await?;
        Ok(submitted.map(|submitted| submitted.job.unwrap_or_default()))
    }

    /// Streams a file from the platform to ingestion.
    async fn pass_on(
        &self,
        file: &str,
        header: SubmitHeader,
    ) -> Result<Response<SubmitResponse>, Status> {
        let file = match self.desk.platform.open(file).await {
            Ok(file) => file,
            Err(Refusal::Unreachable(reason)) => return Err(Status::unavailable(reason)),
            Err(Refusal::Later(wait)) => {
                tokio::time::sleep(wait).await;
                return Err(Status::unavailable("the platform is busy"));
            }
            Err(refusal) => return Err(Status::not_found(refusal.to_string())),
        };
        let (parts, taken) = mpsc::channel(PARTS_AHEAD);
        let header = Part::Header(header);
        let feeding = async move {
            let mut file = file;
            let mut ready = vec![header];
            loop {
                for part in ready {
                    if parts
                        .send(SubmitRequest { part: Some(part) })
                        .await
                        .is_err()
                    {
                        return Ok(());
                    }
                }
                ready = match file.next().await {
                    Some(bytes) => pieces(bytes?).into_iter().map(Part::Chunk).collect(),
                    None => return Ok(()),
                };
            }
        };
        let mut request = Request::new(ReceiverStream::new(taken));
        request.set_timeout(UPLOAD);
        let mut ingestion = self.desk.ingestion.clone();
        let submitting = ingestion.submit(request);
        tokio::select! {
            // A file that breaks off must not look complete: the call is dropped before its stream ends.
            biased;
            Err(refusal) = feeding => { let refusal: Refusal = refusal; Err(Status::unavailable(refusal.to_string())) }
            submitted = submitting => submitted,
        }
    }

    /// Follows a job to its end, over restarts of ingestion.
    async fn follow(&self, job: Job, states: watch::Sender<State>) -> Result<(), Ended> {
        let request = WatchJobRequest {
            space: self.space.clone(),
            id: job.id.clone(),
        };
        states.send_replace(State::Job(Box::new(job)));
        let mut wait = FIRST_WAIT;
        while !states.borrow().has_ended() {
            let mut watch = Request::new(request.clone());
            watch.set_timeout(WATCH);
            let mut client = self.desk.ingestion.clone();
            let watching = async {
                let mut jobs = client.watch_job(watch).await?.into_inner();
                while let Some(change) = jobs.message().await? {
                    if let Some(job) = change.job {
                        states.send_replace(State::Job(Box::new(job)));
                    }
                }
                Ok::<_, Status>(())
            };
            let watched = tokio::select! {
                watched = watching => watched,
                () = self.stop.cancelled() => return Err(Ended::Stopping),
            };
            match watched {
                Err(status) if status.code() == tonic::Code::NotFound => {
                    states.send_replace(State::Refused(status.message().to_owned()));
                }
                _ if states.borrow().has_ended() => {}
                _ => {
                    self.pause(wait).await?;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
        Ok(())
    }
}

/// A question and its answer as something to learn.
pub fn answer_source(question: &str, answer: &str) -> Source {
    let question: String = question.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = question.chars().take(ANSWER_NAME).collect();
    Source::Text {
        name: format!("{short}.md"),
        text: format!("# {question}\n\n{answer}\n"),
    }
}

fn pieces(mut bytes: Bytes) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let piece = bytes.split_to(bytes.len().min(CHUNK));
        pieces.push(piece.to_vec());
    }
    pieces
}
