//! Questions that got no answer: listed by what they are about, taught, and asked again.

use stoa_proto::{
    generation::{AskAgainRequest, ListTopicsRequest, Topic, UnansweredQuestion},
    place,
};
use stoa_reply::Reply;
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
/// Questions of a topic that are asked again.
const AGAIN: usize = 20;
/// Most characters of a question.
const EXCERPT: usize = 300;

impl<P: Platform> Task<'_, P> {
    pub(super) async fn unanswered(&self) -> Result<(), Failure> {
        self.require_teacher().await?;
        let topics = self.topics().await?;
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

    async fn topics(&self) -> Result<Vec<Topic>, Failure> {
        let request = ListTopicsRequest {
            space: self.space.clone(),
            page_size: QUESTIONS,
        };
        let listed = self.call(|| async { self.generation().list_topics(request.clone()).await });
        Ok(listed.await?.topics)
    }

    /// A topic: the question in its middle, how many are like it, and where its answer belongs.
    fn described(&self, number: usize, middle: &UnansweredQuestion, topic: &Topic) -> String {
        let locale = self.locale();
        let mut lines = vec![format!("{number}. {}", excerpt(&middle.question, EXCERPT))];
        let others = different(topic).len() - 1;
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

    /// Asks again what got no answer about the same as a question whose answer was just learned. Says how much of it is
    /// answered now; nothing where the question is none of them. That it was learned stays so, whatever comes of this.
    pub(super) async fn asked_again(&self, question: &str) -> Result<Option<String>, Aborted> {
        match self.ask_topic_again(question).await {
            Ok(said) => Ok(said),
            Err(Failure::Aborted(aborted)) => Err(aborted),
            Err(failure) => {
                tracing::warn!(?failure, "a topic was not asked again");
                Ok(None)
            }
        }
    }

    async fn ask_topic_again(&self, question: &str) -> Result<Option<String>, Failure> {
        let wanted = words(question);
        let topics = self.topics().await?;
        let is_it = |topic: &&Topic| {
            let mut questions = topic.questions.iter();
            questions.any(|other| words(&other.question) == wanted)
        };
        let Some(topic) = topics.iter().find(is_it) else {
            return Ok(None);
        };
        let asked: Vec<&UnansweredQuestion> = different(topic).into_iter().take(AGAIN).collect();
        let request = AskAgainRequest {
            space: self.space.clone(),
            turn_ids: turns_of(topic, &asked),
            collections: self.collections(),
            access: Vec::new(),
        };
        let answers = self.call(|| async { self.generation().ask_again(request.clone()).await });
        let mut answers = answers.await?;
        let mut answered = 0_usize;
        while let Some(answer) = answers.message().await? {
            let is_counted = asked.iter().any(|one| one.turn_id == answer.turn_id);
            answered += usize::from(is_counted && answer.answered);
        }
        let values = [("count", asked.len().into()), ("answered", answered.into())];
        Ok(Some(self.locale().format("asked-again", values)))
    }
}

/// The questions of a topic in different words, each by the turn that asked it last.
fn different(topic: &Topic) -> Vec<&UnansweredQuestion> {
    let mut different: Vec<&UnansweredQuestion> = Vec::new();
    for question in &topic.questions {
        let is_same =
            |other: &&UnansweredQuestion| words(&other.question) == words(&question.question);
        if !different.iter().any(is_same) {
            different.push(question);
        }
    }
    different
}

/// All turns that asked these questions, so that none of them is left in the list.
fn turns_of(topic: &Topic, asked: &[&UnansweredQuestion]) -> Vec<String> {
    let is_asked = |question: &&UnansweredQuestion| {
        let mut asked = asked.iter();
        asked.any(|one| words(&one.question) == words(&question.question))
    };
    let questions = topic.questions.iter().filter(is_asked);
    questions.map(|question| question.turn_id.clone()).collect()
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
        let topic = Topic {
            questions: vec![
                question("1", "Who waters the plants?"),
                question("2", "Who  waters\nthe plants?"),
                question("3", "Are plants watered?"),
            ],
            nearest: None,
        };
        let asked = different(&topic);
        let turns: Vec<&str> = asked.iter().map(|one| one.turn_id.as_str()).collect();
        assert_eq!(turns, ["1", "3"]);
        assert_eq!(turns_of(&topic, &asked[..1]), ["1", "2"]);
    }
}
