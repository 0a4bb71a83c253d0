//! Questions that got no answer: listed by what they are about, taught, and asked again.

use std::time::Duration;

use stoa_proto::{
    generation::{AskAgainRequest, ListTopicsRequest, Topic, UnansweredQuestion},
    place,
};
use stoa_reply::Reply;
use tonic::Status;
use uuid::Uuid;

use super::{Failure, Task, lists::excerpt};
use crate::{
    command::ButtonAction,
    delivery::Aborted,
    platform::{Button, Platform},
};

/// Questions that are grouped, the newest.
const QUESTIONS: u32 = 100;
/// Topics that are shown.
const TOPICS: usize = 10;
/// Topics that have a button to answer them: what one row of buttons takes.
const ANSWERABLE: usize = 5;
/// Questions that are asked again after something was learned.
const AGAIN: usize = 20;
/// How long that may take: whoever taught a document waits for it.
const AT_MOST: Duration = Duration::from_secs(120);
/// Turns that one call asks again.
const MAX_TURNS: usize = 200;
/// Most characters of a question.
const EXCERPT: usize = 300;

impl<P: Platform> Task<'_, P> {
    pub(super) async fn unanswered(&self) -> Result<(), Failure> {
        self.require_teacher().await?;
        let request = self.of_topics();
        let listed = self.call(|| async { self.generation().list_topics(request.clone()).await });
        let topics = listed.await?.topics;
        if topics.is_empty() {
            return self.say("unanswered-empty").await;
        }
        let mut reply = Reply::default();
        let mut buttons = Vec::new();
        for (number, topic) in (1..).zip(topics.iter().take(TOPICS)) {
            let Some(middle) = topic.questions.first() else {
                continue;
            };
            reply = reply.plain(self.described(number, middle, topic));
            // By the turn and not by the words: a button has room for neither the question nor its topic.
            if let (1..=ANSWERABLE, Ok(turn)) = (number, Uuid::parse_str(&middle.turn_id)) {
                let values = [("number", number.into())];
                buttons.push(Button {
                    label: self.locale().format("button-answer", values),
                    action: ButtonAction::Teach(turn),
                });
            }
        }
        if topics.len() > TOPICS {
            reply = reply.plain("…");
        }
        self.deliver(&reply, vec![buttons]).await
    }

    fn of_topics(&self) -> ListTopicsRequest {
        ListTopicsRequest {
            space: self.space.clone(),
            page_size: QUESTIONS,
        }
    }

    /// A topic: the question in its middle, how many are like it, and where its answer belongs.
    fn described(&self, number: usize, middle: &UnansweredQuestion, topic: &Topic) -> String {
        let locale = self.locale();
        let mut lines = vec![format!("{number}. {}", excerpt(&middle.question, EXCERPT))];
        let others = different(&topic.questions).len() - 1;
        if others > 0 {
            let values = [("count", others.into())];
            lines.push(locale.format("unanswered-alike", values));
        }
        if let Some(nearest) = &topic.nearest {
            let place = place(
                &nearest.title,
                &nearest.document,
                &nearest.heading_path,
                nearest.page,
                |page| locale.page(page),
            );
            let values = [("place", place.into())];
            lines.push(locale.format("unanswered-nearest", values));
        }
        lines.join("\n")
    }

    /// Questions without an answer that come nearest to documents just learned. None where the service does not answer: that
    /// the documents were learned can be said without them.
    pub(super) async fn open_about(&self, documents: &[String]) -> Vec<UnansweredQuestion> {
        if documents.is_empty() {
            return Vec::new();
        }
        let topics = match self.generation().list_topics(self.of_topics()).await {
            Ok(listed) => listed.into_inner().topics,
            Err(status) => {
                tracing::warn!(code = ?status.code(), "the unanswered questions cannot be listed: {}", status.message());
                return Vec::new();
            }
        };
        let about = |topic: &Topic| {
            let nearest = topic.nearest.as_ref();
            nearest.is_some_and(|nearest| documents.contains(&nearest.document))
        };
        let topics = topics.into_iter().filter(about);
        topics.flat_map(|topic| topic.questions).collect()
    }

    /// Asks such questions again. Returns a line that says how many are answered now, and nothing where that failed.
    pub(super) async fn asked_again(
        &self,
        open: &[UnansweredQuestion],
    ) -> Result<Option<String>, Aborted> {
        let asked: Vec<&UnansweredQuestion> = different(open).into_iter().take(AGAIN).collect();
        let asking = tokio::select! {
            asking = tokio::time::timeout(AT_MOST, self.ask_open(open, &asked)) => {
                asking.unwrap_or_else(|_| Err(Status::deadline_exceeded("it takes too long")))
            }
            // Each question takes as long as an answer, and a stop does not wait for twenty of them.
            () = self.stop.cancelled() => return Err(Aborted::Stopping),
        };
        let answered = match asking {
            Ok(answered) => answered,
            Err(status) => {
                tracing::warn!(code = ?status.code(), "the unanswered questions cannot be asked again: {}", status.message());
                return Ok(None);
            }
        };
        let values = [("count", asked.len().into()), ("answered", answered.into())];
        Ok(Some(self.locale().format("asked-again", values)))
    }

    async fn ask_open(
        &self,
        open: &[UnansweredQuestion],
        asked: &[&UnansweredQuestion],
    ) -> Result<usize, Status> {
        let request = AskAgainRequest {
            space: self.space.clone(),
            turn_ids: turns_of(open, asked),
            collections: self.collections(),
            access: Vec::new(),
        };
        let mut answers = self.generation().ask_again(request).await?.into_inner();
        let mut answered = 0;
        while let Some(answer) = answers.message().await? {
            // Of turns with the same words one counts, as a person counts questions.
            let is_counted = asked.iter().any(|one| one.turn_id == answer.turn_id);
            answered += usize::from(is_counted && answer.answered);
        }
        Ok(answered)
    }
}

/// Questions in different words, each by the turn that comes first.
fn different(questions: &[UnansweredQuestion]) -> Vec<&UnansweredQuestion> {
    let mut different: Vec<&UnansweredQuestion> = Vec::new();
    for question in questions {
        let is_same =
            |other: &&UnansweredQuestion| words(&other.question) == words(&question.question);
        if !different.iter().any(is_same) {
            different.push(question);
        }
    }
    different
}

/// All turns that asked these questions, so that none of them is left in the list.
fn turns_of(open: &[UnansweredQuestion], asked: &[&UnansweredQuestion]) -> Vec<String> {
    let is_asked = |question: &&UnansweredQuestion| {
        let mut asked = asked.iter();
        asked.any(|one| words(&one.question) == words(&question.question))
    };
    let questions = open.iter().filter(is_asked);
    questions
        .map(|question| question.turn_id.clone())
        .take(MAX_TURNS)
        .collect()
}

/// What a question says, however it is laid out.
fn words(question: &str) -> String {
    question.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_twice_is_one_question_and_two_turns() {
        let question = |turn: &str, question: &str| UnansweredQuestion {
            turn_id: turn.to_owned(),
            question: question.to_owned(),
            ..UnansweredQuestion::default()
        };
        let open = [
            question("1", "Who waters the plants?"),
            question("2", "Who  waters\nthe plants?"),
            question("3", "Are plants watered?"),
        ];
        let asked = different(&open);
        let turns: Vec<&str> = asked.iter().map(|one| one.turn_id.as_str()).collect();
        assert_eq!(turns, ["1", "3"]);
        assert_eq!(turns_of(&open, &asked[..1]), ["1", "2"]);
    }
}
