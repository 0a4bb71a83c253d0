//! Questions that were not answered: what they are about, and whether they are answered now.

use futures::{StreamExt, TryStreamExt, stream};
use stoa_kit::Space;
use stoa_proto::{
    generation::{Failed, Topic, UnansweredQuestion},
    retrieval::SearchRequest,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{Answerer, Reach, Unanswered, searching::read};
use crate::{
    parts::Otherwise,
    store::{Asked, Verdict},
};

/// Searches at once.
const SEARCHES: usize = 4;
/// Events of an answer that may wait to be thrown away.
const EVENTS: usize = 16;

impl Answerer {
    /// Groups questions by what they are about, the largest topic first.
    pub(crate) async fn topics(
        &self,
        space: &Space,
        questions: Vec<UnansweredQuestion>,
    ) -> Result<Vec<Topic>, Status> {
        // What many ask in the same words is one question of its topic, however often.
        let mut words: Vec<String> = Vec::new();
        let mut turns: Vec<Vec<UnansweredQuestion>> = Vec::new();
        for question in questions {
            match words.iter().position(|known| *known == question.question) {
                Some(at) => turns[at].push(question),
                None => {
                    words.push(question.question.clone());
                    turns.push(vec![question]);
                }
            }
        }
        let grouped = self.meaning.topics(&words).await?;
        let members: Vec<Vec<UnansweredQuestion>> = grouped
            .into_iter()
            .map(|topic| {
                let own = topic.questions.into_iter();
                own.flat_map(|at| std::mem::take(&mut turns[at])).collect()
            })
            .collect();
        stream::iter(members)
            .map(|members| self.topic(space, members))
            .buffered(SEARCHES)
            .try_collect()
            .await
    }

    async fn topic(
        &self,
        space: &Space,
        questions: Vec<UnansweredQuestion>,
    ) -> Result<Topic, Status> {
        let middle = questions.first().map(|question| question.question.clone());
        let request = SearchRequest {
            space: space.to_string(),
            // The one in the middle stands for its topic: a mean of vectors is no question that could be searched for.
            query: middle.unwrap_or_default(),
            limit: 1,
            ..SearchRequest::default()
        };
        let answer = self.retrieval.clone().search(request).await?.into_inner();
        let nearest = answer.passages.into_iter().next().map(read);
        Ok(Topic {
            questions,
            nearest: nearest.filter(|passage| passage.score >= self.settings.close_score),
        })
    }

    /// Whether the documents answer a question. Nothing of it is stored.
    pub(crate) async fn answers(&self, asked: &Asked, reach: Reach) -> Result<bool, Failed> {
        let (events, mut unread) = mpsc::channel(EVENTS);
        let (cancel, how) = (CancellationToken::new(), (reach, Otherwise::default()));
        let unheard = async { while unread.recv().await.is_some() {} };
        let answered = tokio::select! {
            answered = Box::pin(self.answer(asked, how, &events, &cancel)) => answered,
            // Read though nobody wants them, as a full channel would hold the answer up.
            () = unheard => Err(Unanswered::Gone),
        };
        match answered {
            Ok((verdict, _)) => Ok(matches!(verdict, Verdict::Supported | Verdict::Trimmed)),
            Err(Unanswered::Failed(failed)) => Err(failed),
            Err(Unanswered::Gone) => Err(Failed {
                reason: "the answer broke off: ask again".to_owned(),
                retryable: true,
            }),
        }
    }
}
