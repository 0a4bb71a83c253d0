//! Answers marked by a language model, and how far people agree with it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Result;
use futures::{StreamExt, stream};
use stoa_eval::{
    Agreement, Answer, Answered, Ending, Found, JUDGE, Judging, Marks, Question, Unjudged, Values,
};
use stoa_kit::Space;
use stoa_proto::generation::{ListFeedbackRequest, RatedTurn, Rating, Turn, Verdict};

use super::model::Model;
use crate::client::Connection;

/// Thumbs that are looked at, the newest.
const MOST_THUMBS: u32 = 200;

/// Marks answers, and keeps what there is to say of it.
pub(crate) struct Judge {
    model: Model,
    judging: Mutex<Judging>,
}

impl Judge {
    pub(super) fn new(model: Model) -> Self {
        let judging = Judging {
            model: model.name().to_owned(),
            ..Judging::default()
        };
        Self {
            model,
            judging: Mutex::new(judging),
        }
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    /// The marks of an answer as figures. What is no answer has none: whether it should have been one, the refusals say.
    pub(super) async fn mark(&self, question: &Question, answered: &Answered) -> Values {
        if answered.ending != Ending::Given {
            return Values::new();
        }
        match self.ask(question, answered).await {
            Ok(marks) => {
                let values = marks.values();
                if !marks.reason.is_empty() {
                    let mut judging = self.judging();
                    judging.remarks.insert(question.id.clone(), marks.reason);
                }
                values
            }
            Err(reason) => {
                let id = question.id.clone();
                self.judging().unjudged.push(Unjudged { id, reason });
                Marks::missing()
            }
        }
    }

    async fn ask(&self, question: &Question, answered: &Answered) -> Result<Marks, String> {
        let mut answer = Answer::of(question, answered);
        let message = loop {
            let message = serde_json::to_string(&answer).map_err(|error| error.to_string())?;
            // Where it does not fit without any passage either, the model is asked all the same: its error says so.
            if self.model.fits(&JUDGE, &message) || !answer.shorten() {
                break message;
            }
        };
        self.model.ask(&JUDGE, &message, Ok::<Marks, String>).await
    }

    fn judging(&self) -> MutexGuard<'_, Judging> {
        self.judging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it did, with how far the people of a space agree.
    pub(super) async fn account(
        &self,
        connection: &Connection,
        space: &Space,
        at_once: usize,
    ) -> Result<Judging> {
        let agreement = self.agreement(connection, space, at_once).await?;
        let mut judging = self.judging().clone();
        // They came in the order in which the model finished, which is another one each time.
        judging.unjudged.sort_by(|a, b| a.id.cmp(&b.id));
        judging.agreement = agreement;
        Ok(judging)
    }

    /// Marks the answers that people gave a thumb for, and compares.
    async fn agreement(
        &self,
        connection: &Connection,
        space: &Space,
        at_once: usize,
    ) -> Result<Option<Agreement>> {
        let request = ListFeedbackRequest {
            space: space.to_string(),
            rating: Rating::Unspecified.into(),
            page_size: MOST_THUMBS,
        };
        let listed = connection.generation().list_feedback(request).await;
        let rated = listed
            .map_err(|status| connection.explain(&status))?
            .into_inner()
            .turns;
        // An answer is judged once, whoever gave it a thumb.
        let mut thumbs: BTreeMap<String, (Turn, Vec<bool>)> = BTreeMap::new();
        for rated in rated {
            let is_up = rated.rating() == Rating::Up;
            let RatedTurn { turn, .. } = rated;
            let turn = turn.unwrap_or_default();
            // Nobody judges what was not answered.
            if turn.verdict() == Verdict::Abstained {
                continue;
            }
            let known = thumbs.entry(turn.id.clone());
            known.or_insert_with(|| (turn, Vec::new())).1.push(is_up);
        }
        let judged = stream::iter(thumbs.into_values())
            .map(|(turn, thumbs)| async move {
                let (question, answered) = said(turn);
                // Without marks there is nothing to hold against the thumb; that does not fail the run.
                let marks = self.ask(&question, &answered).await.ok();
                marks.map(|marks| (marks.helps(), thumbs))
            })
            .buffered(at_once);
        let judged: Vec<Option<(bool, Vec<bool>)>> = judged.collect().await;
        let pairs: Vec<(bool, bool)> = judged
            .into_iter()
            .flatten()
            .flat_map(|(helps, thumbs)| thumbs.into_iter().map(move |is_up| (helps, is_up)))
            .collect();
        Ok(Agreement::of(&pairs))
    }
}

/// A turn of a chat as it is judged: from the words that it cites.
fn said(turn: Turn) -> (Question, Answered) {
    let passages = turn.citations.into_iter().map(|citation| Found {
        id: citation.passage_id,
        document: citation.document,
        title: citation.title,
        page: citation.page,
        text: citation.quote,
        score: citation.score,
    });
    let answered = Answered {
        passages: passages.collect(),
        text: turn.answer,
        ..Answered::default()
    };
    (Question::new(&turn.question), answered)
}
