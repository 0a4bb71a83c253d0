//! Questions, and what people do with answers.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt, future::OptionFuture};
use stoa_proto::{
    Source,
    generation::{
        AnswerRequest, CancelRequest, Done, Failed, FeedbackRequest, FoundPassage, GetTurnRequest,
        Rating, Turn, Verdict, answer_response::Event as Answer,
    },
    place, sources,
};
use tokio::time::Instant;
use tonic::{Code, Request, Status};
use uuid::Uuid;

use super::{Desk, FIRST_WAIT, LONGEST_WAIT, SERVICE_PATIENCE, Task, messages_with, outgoing};
use crate::{
    delivery::{Delivery, Ended},
    event::Press,
    platform::{Button, Platform, Refusal},
    reply::{Reply, messages_so_far},
};

/// Platforms show for about five seconds that somebody writes. An answer that comes at once needs no such sign, and would
/// wait for it where calls of a channel are made one after the other.
const TYPING: Duration = Duration::from_secs(4);
const BEFORE_TYPING: Duration = Duration::from_millis(300);
/// How often it is looked whether a preview is about to vanish.
const REFRESH: Duration = Duration::from_secs(5);
/// An answer may take this long, however slow the model.
const ANSWER_DEADLINE: Duration = Duration::from_secs(900);
/// Most bytes of a question, as generation takes them.
const MAX_QUESTION: usize = 8 << 10;
/// Passages named under an answer that was not found.
const POINTERS: usize = 3;
/// Most characters of a passage that are shown in a list.
const EXCERPT: usize = 300;

/// How an attempt at an answer ended.
enum Outcome {
    Done(Box<Done>, Vec<FoundPassage>),
    Failed(Failed),
    /// The service went away.
    Broken(Status),
}

impl<P: Platform> Task<'_, P> {
    /// Answers a question, showing the answer as it is written.
    pub(super) async fn ask(&self, question: &str) -> Result<(), Ended> {
        if question.trim().is_empty() {
            return self.say(self.language().nothing_asked()).await;
        }
        let delivery = self.open().await?;
        self.deliver_answer(question, delivery).await
    }

    /// Answers a question that was changed, in the messages of its first answer.
    pub(super) async fn reask(&self, question: &str, original: Uuid) -> Result<(), Ended> {
        let Desk {
            platform,
            deliveries,
            ..
        } = self.desk;
        let (id, place) = (self.id, &self.said.place);
        let delivery =
            Delivery::open_instead(&**platform, place, deliveries, id, original, &self.stop);
        self.deliver_answer(question, delivery.await?).await
    }

    async fn deliver_answer(
        &self,
        question: &str,
        mut delivery: Delivery<'_, P>,
    ) -> Result<(), Ended> {
        if delivery.is_done() {
            return Ok(());
        }
        if !self.within_budget().await? {
            return Ok(());
        }
        let question = &self.in_context(question).await?;
        let _writing = self.desk.writes(&self.said.conversation, self.id);
        let began = Instant::now();
        let mut wait = FIRST_WAIT;
        let outcome = loop {
            let outcome = self.attempt(question, &mut delivery).await?;
            let passing = match &outcome {
                Outcome::Broken(status) => !matches!(
                    status.code(),
                    Code::InvalidArgument | Code::FailedPrecondition | Code::Unauthenticated
                ),
                Outcome::Failed(failed) => failed.retryable,
                Outcome::Done(..) => false,
            };
            if !passing || began.elapsed() > SERVICE_PATIENCE {
                break outcome;
            }
            // The turn is the same, so what was stored of it is not made again.
            self.pause(wait).await?;
            wait = (wait * 2).min(LONGEST_WAIT);
        };
        let (reply, buttons) = match outcome {
            Outcome::Done(done, passages) => (self.answered(&done, &passages), self.buttons(&done)),
            Outcome::Failed(failed) => (
                Reply::default().plain(self.language().failed(&failed.reason)),
                self.again(),
            ),
            Outcome::Broken(status) if status.code() == Code::InvalidArgument => {
                (Reply::default().plain(status.message()), Vec::new())
            }
            Outcome::Broken(status) => {
                tracing::warn!(code = ?status.code(), "a question was not answered: {}", status.message());
                (
                    Reply::default().markdown(self.language().trouble()),
                    self.again(),
                )
            }
        };
        delivery.finish(&outgoing::<P>(&reply, buttons)).await
    }

    /// The question, under what it stands under.
    async fn in_context(&self, question: &str) -> Result<String, Ended> {
        let mut wait = FIRST_WAIT;
        let background = loop {
            let pause = match self.desk.platform.background(&self.said.place).await {
                Ok(background) => break background,
                Err(Refusal::Later(pause)) => pause,
                Err(Refusal::Unreachable(_)) => {
                    wait = (wait * 2).min(LONGEST_WAIT);
                    wait
                }
                Err(refusal) => {
                    tracing::debug!("what a question is about is not known: {refusal}");
                    break None;
                }
            };
            self.pause(pause).await?;
        };
        let question = match background {
            Some(background) => format!("{background}\n\n{question}"),
            None => question.to_owned(),
        };
        let end = question.floor_char_boundary(MAX_QUESTION.min(question.len()));
        Ok(question[..end].to_owned())
    }

    /// Collections that are seen in the channel.
    pub(super) fn collections(&self) -> Vec<String> {
        self.settings.collections(&self.said.channel).to_vec()
    }

    /// Follows the answer until it ends, and shows it at the platform's pace.
    async fn attempt(
        &self,
        question: &str,
        delivery: &mut Delivery<'_, P>,
    ) -> Result<Outcome, Ended> {
        let mut request = Request::new(AnswerRequest {
            space: self.space.clone(),
            conversation: self.said.conversation.clone(),
            turn_id: self.id.to_string(),
            question: question.to_owned(),
            user: self.said.person.id.clone(),
            collections: self.collections(),
            ..AnswerRequest::default()
        });
        request.set_timeout(ANSWER_DEADLINE);
        // Beside the answer, which must not wait for it, and never while something is shown: a platform may make calls
        // one after the other, and one that nobody polls would hold up the next for ever.
        let mut typing = Some(Box::pin(self.keep_typing()));
        let mut client = self.desk.generation.clone();
        let mut events = tokio::select! {
            answer = client.answer(request) => match answer {
                Ok(events) => events.into_inner(),
                Err(status) => return Ok(Outcome::Broken(status)),
            },
            Some(never) = OptionFuture::from(typing.as_mut()) => match never {},
            () = self.stop.cancelled() => return Err(Ended::Stopping),
        };
        let mut refresh = tokio::time::interval(REFRESH);
        let mut text = String::new();
        let mut shown = 0;
        let mut passages = Vec::new();
        // An answer that ends before is one message from the start.
        let mut opens = None;
        loop {
            let due = opens.map_or_else(|| delivery.next(), |opens| delivery.next().max(opens));
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(event)) => match event.event {
                        Some(Answer::Passages(found)) => passages = found.passages,
                        Some(Answer::Delta(delta)) => {
                            text.push_str(&delta.text);
                            opens.get_or_insert_with(|| Instant::now() + delivery.patience());
                        }
                        Some(Answer::Done(done)) => return Ok(Outcome::Done(Box::new(done), passages)),
                        Some(Answer::Failed(failed)) => return Ok(Outcome::Failed(failed)),
                        Some(Answer::Started(_) | Answer::Drafting(_)) | None => {}
                    },
                    Some(Err(status)) => return Ok(Outcome::Broken(status)),
                    None => return Ok(Outcome::Broken(Status::unavailable("the answer broke off"))),
                },
                () = tokio::time::sleep_until(due), if text.len() > shown => {
                    shown = text.len();
                    typing = None;
                    let stop = vec![vec![self.button(self.language().say("Stop", "停止"), Press::Stop(self.id))]];
                    let wanted = messages_with::<P>(messages_so_far::<P::Syntax>(&text), stop, true);
                    delivery.show(&wanted).await?;
                }
                Some(never) = OptionFuture::from(typing.as_mut()) => match never {},
                _ = refresh.tick(), if shown > 0 => delivery.refresh().await,
                () = self.stop.cancelled() => return Err(Ended::Stopping),
            }
        }
    }

    /// Shows that a reply is being written, for as long as it is polled.
    async fn keep_typing(&self) -> Infallible {
        let begins = Instant::now() + BEFORE_TYPING;
        let mut tick = tokio::time::interval_at(begins, TYPING);
        loop {
            tick.tick().await;
            if let Err(refusal) = self.desk.platform.typing(&self.said.place).await {
                tracing::debug!("typing was not shown: {refusal}");
            }
        }
    }

    fn answered(&self, done: &Done, passages: &[FoundPassage]) -> Reply {
        let language = self.language();
        match done.verdict() {
            Verdict::Abstained => {
                let reply = Reply::default().markdown(language.abstained());
                if passages.is_empty() {
                    return reply;
                }
                let mut closest: Vec<String> = Vec::new();
                for passage in passages {
                    let place = place(
                        &passage.title,
                        &passage.document,
                        &passage.heading_path,
                        passage.page,
                        |page| language.page(page),
                    );
                    if closest.len() < POINTERS && !closest.contains(&place) {
                        closest.push(place);
                    }
                }
                reply.plain(format!("{}\n{}", language.closest(), closest.join("\n")))
            }
            verdict => {
                let mut reply = Reply::default().markdown(&done.text);
                if verdict == Verdict::Cancelled {
                    reply = reply.plain(language.cancelled());
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
        }
    }

    /// A source in the list below an answer.
    fn listed(&self, source: &Source<'_>) -> String {
        let name = source.name(|page| self.language().page(page));
        format!("{} {name}", source.marks())
    }

    fn button(&self, label: &str, press: Press) -> Button {
        Button {
            label: label.to_owned(),
            press,
        }
    }

    fn again(&self) -> Vec<Vec<Button>> {
        let label = self.language().say("Try again", "重试");
        vec![vec![self.button(label, Press::Again(self.id))]]
    }

    fn buttons(&self, done: &Done) -> Vec<Vec<Button>> {
        // A greeting is not rated.
        if done.verdict() == Verdict::Conversed {
            return Vec::new();
        }
        let language = self.language();
        let mut row = Vec::new();
        if !done.citations.is_empty() {
            row.push(self.button(language.say("Sources", "来源"), Press::Sources(self.id)));
        }
        row.push(self.button("👍", Press::Up(self.id)));
        row.push(self.button("👎", Press::Down(self.id)));
        row.push(self.button(
            language.say("Regenerate", "重新生成"),
            Press::Again(self.id),
        ));
        vec![row]
    }

    pub(super) async fn turn(&self, turn: Uuid) -> Result<Option<Turn>, Ended> {
        let request = GetTurnRequest {
            space: self.space.clone(),
            turn_id: turn.to_string(),
        };
        match self
            .call(|| async { self.desk.generation.clone().get_turn(request.clone()).await })
            .await?
        {
            Ok(response) => Ok(response.turn),
            Err(status) => {
                self.apologise(&status).await?;
                Ok(None)
            }
        }
    }

    /// Shows what an answer rests on.
    pub(super) async fn sources(&self, turn: Uuid) -> Result<(), Ended> {
        let Some(turn) = self.turn(turn).await? else {
            return Ok(());
        };
        if turn.citations.is_empty() {
            return self.say(self.language().no_sources()).await;
        }
        let mut reply = Reply::default();
        for source in sources(&turn.citations) {
            let mut quotes: Vec<String> = Vec::new();
            for citation in &source.citations {
                let quote = excerpt(&citation.quote, EXCERPT * 2);
                if !quotes.contains(&quote) {
                    quotes.push(quote);
                }
            }
            reply = reply.plain(self.listed(&source)).quote(quotes.join("\n"));
        }
        self.reply(&reply).await
    }

    pub(super) async fn rate(&self, turn: Uuid, helped: bool, reason: &str) -> Result<(), Ended> {
        let rating = if helped { Rating::Up } else { Rating::Down };
        let request = FeedbackRequest {
            space: self.space.clone(),
            turn_id: turn.to_string(),
            user: self.said.person.id.clone(),
            rating: rating.into(),
            reason: reason.to_owned(),
        };
        let rated = self
            .call(|| async { self.desk.generation.clone().feedback(request.clone()).await })
            .await?;
        match rated {
            Ok(_) => Ok(()),
            Err(status) => self.apologise(&status).await,
        }
    }

    /// Asks the question of a turn once more, as a turn of its own.
    pub(super) async fn ask_again(&self, turn: Uuid) -> Result<(), Ended> {
        match self.turn(turn).await? {
            Some(turn) => Box::pin(self.ask(&turn.question)).await,
            None => Ok(()),
        }
    }

    /// Stops the answer that is being written in the conversation.
    pub(super) async fn stop_writing(&self) -> Result<(), Ended> {
        let turn = self.desk.writing().get(&self.said.conversation).copied();
        match turn {
            // Its last message says that it was stopped.
            Some(turn) => match self.cancel(turn).await? {
                Ok(()) => Ok(()),
                Err(status) => self.apologise(&status).await,
            },
            None => self.say(self.language().nothing_to_stop()).await,
        }
    }

    /// Stops an answer by the button under it. There is nothing to reply: people see whether it goes on.
    pub(super) async fn stop_turn(&self, turn: Uuid) -> Result<(), Ended> {
        if let Err(status) = self.cancel(turn).await? {
            tracing::warn!(code = ?status.code(), "an answer was not stopped: {}", status.message());
        }
        Ok(())
    }

    async fn cancel(&self, turn: Uuid) -> Result<Result<(), Status>, Ended> {
        let request = CancelRequest {
            space: self.space.clone(),
            turn_id: turn.to_string(),
        };
        let cancelled = self
            .call(|| async { self.desk.generation.clone().cancel(request.clone()).await })
            .await?;
        Ok(match cancelled {
            // It may have ended by itself in between.
            Err(status) if status.code() != Code::NotFound => Err(status),
            _ => Ok(()),
        })
    }
}

/// A turn is being answered, until this is dropped.
struct Writing<'a, P: Platform> {
    desk: &'a Desk<P>,
    conversation: &'a str,
}

impl<P: Platform> Desk<P> {
    fn writes<'a>(&'a self, conversation: &'a str, turn: Uuid) -> Writing<'a, P> {
        self.writing().insert(conversation.to_owned(), turn);
        Writing {
            desk: self,
            conversation,
        }
    }

    fn writing(&self) -> MutexGuard<'_, HashMap<String, Uuid>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Platform> Drop for Writing<'_, P> {
    fn drop(&mut self) {
        self.desk.writing().remove(self.conversation);
    }
}

/// The beginning of a text, in one paragraph.
pub(super) fn excerpt(text: &str, most: usize) -> String {
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = words.chars().take(most).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short
}
