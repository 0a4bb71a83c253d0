//! Questions, and the answers that are shown while they are written.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt, future::OptionFuture};
use stoa_kit::grpc;
use stoa_proto::{
    CitedPlace,
    generation::{
        AnswerRequest, AnswerResponse, Done, Failed, FoundPassage, Verdict,
        answer_response::Event as Answer,
    },
    place, sources,
};
use stoa_reply::{Reply, messages_so_far};
use tokio::time::Instant;
use tonic::{Code, Request, Status, Streaming};
use uuid::Uuid;

use super::{
    Failure, SERVICE_PATIENCE, Service, Task, audience::for_people, backoff, failure::explanation,
    outgoing, with_buttons,
};
use crate::{
    command::{ButtonAction, within_limit},
    delivery::{Aborted, Delivery},
    platform::{Button, Platform},
};

/// Platforms show the typing indicator for about five seconds.
const TYPING: Duration = Duration::from_secs(4);
/// An answer that comes at once needs no indicator, and would wait for it where calls of a channel are serialized.
const BEFORE_TYPING: Duration = Duration::from_millis(300);
/// How often a preview is checked for its age: it is shown again at 25 s at the latest, and vanishes at 30.
const REFRESH: Duration = Duration::from_secs(5);
/// An answer may take this long, however slow the model.
const ANSWER_DEADLINE: Duration = Duration::from_secs(900);
/// Places that are named as the closest matches when the documents do not answer.
const POINTERS: usize = 3;

/// How an attempt at an answer ended.
enum Attempt {
    Done(Box<Done>, Vec<FoundPassage>),
    Failed(Failed),
    /// The service broke off.
    Broken(Status),
}

impl Attempt {
    fn is_transient(&self) -> bool {
        match self {
            // These say that the question or the configuration is wrong, which waiting does not change.
            Self::Broken(status) => !matches!(
                status.code(),
                Code::InvalidArgument | Code::FailedPrecondition | Code::Unauthenticated
            ),
            Self::Failed(failed) => failed.retryable,
            Self::Done(..) => false,
        }
    }
}

/// An answer that is being written, and how much of it is shown.
struct Draft<'d, 'a, P: Platform> {
    delivery: &'d mut Delivery<'a, P>,
    text: String,
    shown: usize,
    /// The first text waits for this: an answer that ends before is one message from the start.
    opens: Option<Instant>,
}

impl<P: Platform> Draft<'_, '_, P> {
    fn begin(&mut self) {
        self.text.clear();
        self.shown = 0;
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        let patience = self.delivery.patience();
        self.opens.get_or_insert_with(|| Instant::now() + patience);
    }

    fn has_news(&self) -> bool {
        self.text.len() > self.shown
    }

    fn is_shown(&self) -> bool {
        self.shown > 0
    }

    /// When news may be shown.
    fn due(&self) -> Instant {
        let next = self.delivery.next();
        self.opens.map_or(next, |opens| next.max(opens))
    }

    async fn show(&mut self, buttons: Vec<Vec<Button>>) -> Result<(), Aborted> {
        self.shown = self.text.len();
        let messages = messages_so_far::<P::Syntax>(&self.text);
        let wanted = with_buttons::<P>(messages, buttons, true);
        self.delivery.show(&wanted).await
    }
}

impl<P: Platform> Task<'_, P> {
    /// Answers a question, showing the answer as it is written.
    pub(super) async fn ask(&self, question: &str) -> Result<(), Failure> {
        if question.trim().is_empty() {
            return self.say("question-missing").await;
        }
        let delivery = self.open(None).await?;
        self.deliver_answer(question, delivery).await
    }

    /// Answers a question that was edited, in the messages of its first answer.
    pub(super) async fn reask(&self, question: &str, original: Uuid) -> Result<(), Failure> {
        let delivery = self.open(Some(original)).await?;
        self.deliver_answer(question, delivery).await
    }

    async fn deliver_answer(
        &self,
        question: &str,
        mut delivery: Delivery<'_, P>,
    ) -> Result<(), Failure> {
        // Whatever it was asked by: a command and a button come even from where it is silent.
        if !self.settings.answers(&self.incoming.channel) {
            return Err(Failure::NotHere);
        }
        self.require_budget().await?;
        let question = self.with_background(question).await?;
        let (question, attached) = self.with_attached(question).await?;
        let _writing = self.service.writes(&self.incoming.conversation, self.id);
        let attempt = self.answer(&question, &mut delivery).await?;
        let (reply, buttons) = self.rendered(attempt);
        let reply = self.with_notes(reply, &attached);
        delivery.finish(&outgoing::<P>(&reply, buttons)).await?;
        Ok(())
    }

    /// The question, under what it stands under.
    async fn with_background(&self, question: &str) -> Result<String, Failure> {
        let (platform, place) = (&self.service.platform, &self.incoming.place);
        let background =
            self.ask_platform("what a question is about", || platform.background(place));
        Ok(within_limit(match background.await?.flatten() {
            Some(background) => format!("{background}\n\n{question}"),
            None => question.to_owned(),
        }))
    }

    /// Asks until there is an answer, or no sense in asking again.
    async fn answer(
        &self,
        question: &str,
        delivery: &mut Delivery<'_, P>,
    ) -> Result<Attempt, Aborted> {
        let began = Instant::now();
        let mut backoff = backoff();
        let mut resumes = false;
        loop {
            let attempt = self.attempt(question, resumes, delivery).await?;
            resumes = true;
            if !attempt.is_transient() || began.elapsed() > SERVICE_PATIENCE {
                return Ok(attempt);
            }
            // Safe to repeat: the turn has the same id, so an answer that was stored meanwhile is replayed.
            self.pause(backoff.next_wait()).await?;
        }
    }

    /// Follows the answer until it ends, and shows it at the platform's pace.
    async fn attempt(
        &self,
        question: &str,
        resumes: bool,
        delivery: &mut Delivery<'_, P>,
    ) -> Result<Attempt, Aborted> {
        // Polled beside the answer, which must not wait for it, and dropped before anything is shown: where a platform
        // serializes calls, one that is never polled would block the next for ever.
        let mut typing = Some(Box::pin(self.keep_typing()));
        let mut events = tokio::select! {
            events = self.stream(question, resumes) => match events {
                Ok(events) => events,
                Err(status) => return Ok(Attempt::Broken(status)),
            },
            Some(never) = OptionFuture::from(typing.as_mut()) => match never {},
            () = self.stop.cancelled() => return Err(Aborted::Stopping),
        };
        let mut refresh = tokio::time::interval(REFRESH);
        let mut passages = Vec::new();
        let mut draft = Draft {
            delivery,
            text: String::new(),
            shown: 0,
            opens: None,
        };
        let attempt = loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(AnswerResponse { event })) => match event {
                        Some(Answer::Passages(found)) => passages = found.passages,
                        Some(Answer::Delta(delta)) => draft.push(&delta.text),
                        Some(Answer::Done(done)) => break Attempt::Done(Box::new(done), passages),
                        Some(Answer::Failed(failed)) => break Attempt::Failed(failed),
                        // Once more: another process answered it meanwhile, and what came before does not count.
                        Some(Answer::Started(_)) => draft.begin(),
                        Some(Answer::Drafting(_)) | None => {}
                    },
                    Some(Err(status)) => return Ok(Attempt::Broken(status)),
                    None => return Ok(Attempt::Broken(Status::unavailable("the answer broke off"))),
                },
                () = tokio::time::sleep_until(draft.due()), if draft.has_news() => {
                    // The text tells that something happens; beside it, the indicator would only cost calls.
                    typing = None;
                    let stop = self.button("button-stop", ButtonAction::Stop(self.id));
                    draft.show(vec![vec![stop]]).await?;
                }
                Some(never) = OptionFuture::from(typing.as_mut()) => match never {},
                _ = refresh.tick(), if draft.is_shown() => draft.delivery.refresh().await,
                () = self.stop.cancelled() => return Err(Aborted::Stopping),
            }
        };
        drop(typing);
        grpc::read_out(events).await;
        Ok(attempt)
    }

    async fn stream(
        &self,
        question: &str,
        resumes: bool,
    ) -> Result<Streaming<AnswerResponse>, Status> {
        let mut request = Request::new(AnswerRequest {
            space: self.space.clone(),
            conversation: self.incoming.conversation.clone(),
            turn_id: self.id.to_string(),
            question: question.to_owned(),
            user: self.incoming.person.id.clone(),
            collections: self.collections(),
            resumes,
            // Everything else is as the server and the space are set.
            ..AnswerRequest::default()
        });
        request.set_timeout(ANSWER_DEADLINE);
        Ok(self.generation().answer(request).await?.into_inner())
    }

    /// Shows the typing indicator for as long as it is polled.
    async fn keep_typing(&self) -> Infallible {
        let begins = Instant::now() + BEFORE_TYPING;
        let mut tick = tokio::time::interval_at(begins, TYPING);
        loop {
            tick.tick().await;
            if let Err(error) = self.service.platform.typing(&self.incoming.place).await {
                tracing::debug!(platform = P::NAME, "typing was not shown: {error}");
            }
        }
    }

    /// Collections that are used in the channel.
    pub(super) fn collections(&self) -> Vec<String> {
        self.settings.collections(&self.incoming.channel).to_vec()
    }

    /// The reply that an attempt ends in, and its buttons.
    fn rendered(&self, attempt: Attempt) -> (Reply, Vec<Vec<Button>>) {
        let text = match attempt {
            Attempt::Done(done, passages) => {
                return (self.answered(&done, &passages), self.buttons(&done));
            }
            // The question itself is refused, so that trying again is not offered.
            Attempt::Broken(status) if status.code() == Code::InvalidArgument => {
                let text = explanation(&status, self.locale());
                return (Reply::default().plain(text), Vec::new());
            }
            Attempt::Failed(failed) => {
                tracing::warn!("a question was not answered: {}", failed.reason);
                let reason = for_people(&failed.reason, self.locale());
                let values = [("reason", reason.into())];
                self.locale().format("answer-failed", values)
            }
            Attempt::Broken(status) => {
                tracing::warn!(code = ?status.code(), "a question was not answered: {}", status.message());
                explanation(&status, self.locale())
            }
        };
        let again = self.button("button-try-again", ButtonAction::Again(self.id));
        (Reply::default().plain(text), vec![vec![again]])
    }

    fn answered(&self, done: &Done, passages: &[FoundPassage]) -> Reply {
        if done.verdict() == Verdict::Abstained {
            return self.abstained(passages);
        }
        let mut reply = Reply::default().markdown(&done.text);
        if done.verdict() == Verdict::Cancelled {
            reply = reply.plain(self.locale().text("answer-stopped"));
        }
        if done.citations.is_empty() {
            return reply;
        }
        let sources: Vec<String> = sources(&done.citations)
            .iter()
            .map(|source| self.listed(source))
            .collect();
        reply.plain(sources.join("\n"))
    }

    /// Says that the documents don't, and what came closest.
    fn abstained(&self, passages: &[FoundPassage]) -> Reply {
        // Not the text that generation ends with: that is in the language of the question, of which a short one shows
        // little, while here the person's language, or the one that was set, is known. And titles are plain text here;
        // in generation's Markdown one could pass for formatting.
        let locale = self.locale();
        let mut closest: Vec<String> = Vec::new();
        for passage in passages {
            let place = place(
                &passage.title,
                &passage.document,
                &passage.heading_path,
                passage.page,
                |page| locale.page(page),
            );
            if closest.len() < POINTERS && !closest.contains(&place) {
                closest.push(place);
            }
        }
        let reply = Reply::default().markdown(locale.text("answer-abstained"));
        if closest.is_empty() {
            return reply;
        }
        let heading = locale.text("answer-closest");
        reply.plain(format!("{heading}\n{}", closest.join("\n")))
    }

    /// A source in the list below an answer.
    pub(super) fn listed(&self, source: &CitedPlace<'_>) -> String {
        let name = source.name(|page| self.locale().page(page));
        format!("{} {name}", source.marks())
    }

    fn buttons(&self, done: &Done) -> Vec<Vec<Button>> {
        // There is nothing to rate, and no source to show, in a greeting.
        if done.verdict() == Verdict::Conversed {
            return Vec::new();
        }
        let rate = |label: &str, action| Button {
            label: label.to_owned(),
            action,
        };
        // An answer without citations came from the conversation or was stopped before its first quote.
        let cites = !done.citations.is_empty();
        let sources = cites.then(|| self.button("button-sources", ButtonAction::Sources(self.id)));
        let others = [
            rate("👍", ButtonAction::Up(self.id)),
            rate("👎", ButtonAction::Down(self.id)),
            self.button("button-regenerate", ButtonAction::Again(self.id)),
        ];
        vec![sources.into_iter().chain(others).collect()]
    }

    /// The turn that is being answered in the conversation.
    pub(super) fn being_written(&self) -> Option<Uuid> {
        let writing = self.service.writing();
        writing.get(&self.incoming.conversation).copied()
    }
}

/// A turn is being answered, until this is dropped.
struct Writing<'a, P: Platform> {
    service: &'a Service<P>,
    conversation: &'a str,
}

impl<P: Platform> Service<P> {
    fn writes<'a>(&'a self, conversation: &'a str, turn: Uuid) -> Writing<'a, P> {
        self.writing().insert(conversation.to_owned(), turn);
        Writing {
            service: self,
            conversation,
        }
    }

    fn writing(&self) -> MutexGuard<'_, HashMap<String, Uuid>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Platform> Drop for Writing<'_, P> {
    fn drop(&mut self) {
        // The turn that is removed is the one that was put in: a conversation has one answer at a time.
        self.service.writing().remove(self.conversation);
    }
}
