//! Questions put to a running server, as `search` and `ask` do.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use anyhow::{Result, anyhow, bail};
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use stoa_eval::{
    Answered, Cited, Ending, Found, Outcome, Prices, Question, Row, Values, measure_answer,
    measure_search,
};
use stoa_kit::{Space, grpc};
use stoa_proto::{
    generation::{
        AnswerOptions, AnswerRequest, Done, ForgetPersonRequest, FoundPassage, Verdict,
        answer_response::Event,
    },
    retrieval::{Passage, SearchMode, SearchRequest},
};
use uuid::Uuid;

use super::{judge::Judge, ways::Way};
use crate::{args::EvalRun, client::Connection};

/// Places that a result names.
const NAMED: usize = 10;

// A question that a set may hold is one that may be asked.
const _: () = assert!(stoa_eval::MAX_QUESTION == stoa_proto::MAX_QUESTION_BYTES);

/// Asks in a space under a name of its own, so that all that it asked can be taken out again.
pub(super) struct Asker {
    connection: Connection,
    space: Space,
    user: String,
    prices: Option<Prices>,
    judge: Option<Arc<Judge>>,
}

impl Asker {
    pub(super) fn new(connection: Connection, space: Space) -> Self {
        Self {
            connection,
            space,
            // The generation service leaves who is called so out of the unanswered questions.
            user: format!("eval:{}", Uuid::now_v7()),
            prices: None,
            judge: None,
        }
    }

    /// Has answers priced and judged.
    pub(super) fn measured_by(self, prices: Option<Prices>, judge: Option<Arc<Judge>>) -> Self {
        Self {
            prices,
            judge,
            ..self
        }
    }

    /// Removes what was asked: a space keeps its people's questions only.
    pub(super) async fn leave(&self) -> Result<()> {
        let request = ForgetPersonRequest {
            user: self.user.clone(),
        };
        let answer = self.connection.generation().forget_person(request).await;
        answer
            .map(drop)
            .map_err(|status| self.connection.explain(&status))
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn space(&self) -> &Space {
        &self.space
    }

    /// Searches and asks all questions, some at once; returns them in their order, and the models that answered.
    pub(super) async fn ask_all(
        &self,
        questions: &[Question],
        way: &Way,
        options: &EvalRun,
        bar: &ProgressBar,
    ) -> Result<(Vec<Row>, BTreeSet<String>)> {
        let asked = stream::iter(questions)
            .map(|question| self.ask_one(question, way, options.search_only))
            // In their order, though several are asked at once: rows of two runs are compared one by one.
            .buffered(usize::from(options.concurrency))
            .inspect(|_| bar.inc(1));
        let asked: Vec<(Row, String)> = asked.try_collect().await?;
        let (rows, models): (Vec<Row>, Vec<String>) = asked.into_iter().unzip();
        let models = models.into_iter().filter(|model| !model.is_empty());
        Ok((rows, models.collect()))
    }

    async fn ask_one(
        &self,
        question: &Question,
        way: &Way,
        search_only: bool,
    ) -> Result<(Row, String)> {
        let mut row = Row {
            id: question.id.clone(),
            question: question.question.clone(),
            language: question.language.clone(),
            tags: question.tags.clone(),
            outcome: Outcome::Searched,
            answer: String::new(),
            expected: question.answers.clone(),
            found: Vec::new(),
            values: Values::new(),
        };
        // What goes on from another question is not what is searched for: the answer says what was found.
        let stands_alone = question.before.is_empty();
        if stands_alone && !question.evidence.is_empty() {
            let (found, values) = self.measure(question, way).await?;
            row.found = found.iter().take(NAMED).map(place).collect();
            row.values = values;
        }
        let mut model = String::new();
        if !search_only {
            let answered = self.converse(question, way).await;
            if !stands_alone {
                row.found = answered.passages.iter().take(NAMED).map(place).collect();
                row.values = measure_search(question, &answered.passages);
            }
            let (outcome, values) = measure_answer(question, &answered);
            row.outcome = outcome;
            row.values.extend(values);
            if let Some(prices) = &self.prices {
                prices.add_to(&mut row.values);
            }
            // What people are not told is not judged: it would cost, and says nothing of them.
            if let Some(judge) = self.judge.as_ref().filter(|_| way.is_of_people()) {
                row.values.extend(judge.mark(question, &answered).await);
            }
            row.answer = match answered.ending {
                Ending::Failed(reason) => reason,
                Ending::Given | Ending::Refused => answered.text,
            };
            model = answered.model;
        }
        Ok((row, model))
    }

    /// Searches one question; returns what was found, and its figures.
    async fn measure(&self, question: &Question, way: &Way) -> Result<(Vec<Found>, Values)> {
        let began = Instant::now();
        let found = self.find(way.search(&self.space, question)).await?;
        let took = began.elapsed().as_secs_f64() * 1e3;
        let mut values = measure_search(question, &found);
        values.insert("search_ms".to_owned(), took);
        Ok((found, values))
    }

    pub(super) async fn search(
        &self,
        question: &str,
        mode: SearchMode,
        limit: u32,
    ) -> Result<Vec<Found>> {
        let request = SearchRequest {
            space: self.space.to_string(),
            query: question.to_owned(),
            limit,
            mode: mode.into(),
            ..SearchRequest::default()
        };
        self.find(request).await
    }

    async fn find(&self, request: SearchRequest) -> Result<Vec<Found>> {
        let response = self.connection.retrieval().search(request).await;
        let passages = response
            .map_err(|status| self.connection.explain(&status))?
            .into_inner()
            .passages;
        Ok(passages.into_iter().map(searched).collect())
    }

    /// Asks a question after those that it goes on from, in a conversation of their own.
    async fn converse(&self, question: &Question, way: &Way) -> Answered {
        let mut conversation = String::new();
        let mut topic = question.question.clone();
        if let Some(last) = question.before.last() {
            conversation = format!("eval:{}", Uuid::now_v7());
            topic = format!("{last} {topic}");
        }
        for earlier in &question.before {
            let options = way.answer(earlier);
            let answered = self
                .say(self.request(earlier, &conversation, options))
                .await;
            if matches!(answered.ending, Ending::Failed(_)) {
                return answered;
            }
        }
        let options = way.answer(&topic);
        self.say(self.request(&question.question, &conversation, options))
            .await
    }

    fn request(
        &self,
        question: &str,
        conversation: &str,
        options: Option<AnswerOptions>,
    ) -> AnswerRequest {
        AnswerRequest {
            space: self.space.to_string(),
            turn_id: Uuid::now_v7().to_string(),
            question: question.to_owned(),
            conversation: conversation.to_owned(),
            user: self.user.clone(),
            options,
            ..AnswerRequest::default()
        }
    }

    /// Waits for an answer. An error is an ending, too: the other questions go on.
    async fn say(&self, request: AnswerRequest) -> Answered {
        let began = Instant::now();
        let mut answered = Answered::default();
        if let Err(error) = self.listen(request, began, &mut answered).await {
            answered.ending = Ending::Failed(format!("{error:#}"));
        }
        answered.total_ms = began.elapsed().as_secs_f64() * 1e3;
        answered
    }

    async fn listen(
        &self,
        request: AnswerRequest,
        began: Instant,
        answered: &mut Answered,
    ) -> Result<()> {
        let refused = |status| self.connection.explain(&status);
        let answer = self.connection.generation().answer(request).await;
        let mut events = answer.map_err(refused)?.into_inner();
        let ended = loop {
            let Some(message) = events.message().await.map_err(refused)? else {
                bail!("the answer broke off");
            };
            match message.event {
                Some(Event::Passages(found)) => {
                    answered.passages = found.passages.into_iter().map(read).collect();
                }
                Some(Event::Delta(_)) if answered.first_text_ms.is_none() => {
                    answered.first_text_ms = Some(began.elapsed().as_secs_f64() * 1e3);
                }
                Some(Event::Done(done)) => {
                    end(done, answered);
                    break Ok(());
                }
                Some(Event::Failed(failed)) => break Err(anyhow!("{}", failed.reason)),
                _ => {}
            }
        };
        grpc::read_out(events).await;
        ended
    }
}

fn end(done: Done, answered: &mut Answered) {
    answered.ending = match done.verdict() {
        Verdict::Abstained => Ending::Refused,
        Verdict::Cancelled => Ending::Failed("it was stopped".to_owned()),
        Verdict::Supported | Verdict::Trimmed | Verdict::Conversed | Verdict::Unspecified => {
            Ending::Given
        }
    };
    answered.cited = done
        .citations
        .into_iter()
        .map(|citation| Cited {
            n: citation.n,
            passage: citation.passage_id,
            document: citation.document,
            title: citation.title,
            page: citation.page,
            quote: citation.quote,
        })
        .collect();
    answered.text = done.text;
    answered.model = done.model;
    answered.prompt_tokens = done.prompt_tokens;
    answered.completion_tokens = done.completion_tokens;
}

fn place(found: &Found) -> String {
    match found.page {
        0 => found.document.clone(),
        page => format!("{}, p. {page}", found.document),
    }
}

fn searched(passage: Passage) -> Found {
    Found {
        id: passage.id,
        document: passage.document,
        title: passage.title,
        page: passage.page,
        text: passage.text,
        score: passage.score,
    }
}

fn read(passage: FoundPassage) -> Found {
    Found {
        id: passage.id,
        document: passage.document,
        title: passage.title,
        page: passage.page,
        text: passage.text,
        score: passage.score,
    }
}
