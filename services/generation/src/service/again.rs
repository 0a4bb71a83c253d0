//! Questions that were not answered, by topic and asked again.

use std::{collections::HashMap, sync::Arc};

use futures::{StreamExt, stream::BoxStream};
use stoa_kit::{Shutdown, Space, postgres};
use stoa_proto::generation::{
    AskAgainRequest, AskAgainResponse, ListTopicsRequest, ListTopicsResponse, UnansweredQuestion,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status};
use uuid::Uuid;

use super::{DEFAULT_PAGE, EVENTS, Generation, MAX_PAGE, turn_id};
use crate::{
    answer::{Answerer, Reach},
    store::{Asked, Store},
};

/// Most questions of one AskAgain.
const MAX_AGAIN: usize = 200;

type Answers = Result<AskAgainResponse, Status>;

/// Asks questions again, one after the other, on a task of its own.
struct AgainTask {
    answerer: Arc<Answerer>,
    store: Store,
    shutdown: Shutdown,
    space: Space,
    reach: Reach,
    questions: Vec<(Uuid, String)>,
    answers: mpsc::Sender<Answers>,
}

impl Generation {
    /// Questions that were not answered, the newest; 0 takes the usual number of them.
    pub(super) async fn open(
        &self,
        space: &Space,
        page_size: u32,
    ) -> Result<Vec<UnansweredQuestion>, Status> {
        let limit = match page_size {
            0 => DEFAULT_PAGE,
            size => size.min(MAX_PAGE),
        };
        let listed = self.store.unanswered(space, i64::from(limit)).await;
        listed.map_err(postgres::failed)
    }

    pub(super) async fn topics_of(
        &self,
        request: ListTopicsRequest,
    ) -> Result<Response<ListTopicsResponse>, Status> {
        let space = Space::parse(&request.space)?;
        let open = self.open(&space, request.page_size).await?;
        let topics = self.answerer.topics(&space, open).await?;
        Ok(Response::new(ListTopicsResponse { topics }))
    }

    pub(super) async fn ask_open(
        &self,
        request: AskAgainRequest,
    ) -> Result<Response<BoxStream<'static, Answers>>, Status> {
        let space = Space::parse(&request.space)?;
        // Each takes as long as an answer, on one connection.
        if request.turn_ids.len() > MAX_AGAIN {
            return Err(Status::invalid_argument(format!(
                "at most {MAX_AGAIN} questions are asked again at once"
            )));
        }
        let turns = request.turn_ids.iter().map(|id| turn_id(id));
        let turns: Vec<Uuid> = turns.collect::<Result<_, Status>>()?;
        let questions = self
            .store
            .open_questions(&space, &turns)
            .await
            .map_err(postgres::failed)?;
        let (answers, stream) = mpsc::channel(EVENTS);
        let task = AgainTask {
            answerer: Arc::clone(&self.answerer),
            store: self.store.clone(),
            shutdown: self.shutdown.clone(),
            space,
            reach: Reach {
                collections: request.collections,
                access: request.access,
            },
            questions,
            answers,
        };
        self.shutdown.spawn("ask again", task.run());
        Ok(Response::new(ReceiverStream::new(stream).boxed()))
    }
}

impl AgainTask {
    async fn run(self) {
        let answers = self.answers.clone();
        let asking = async {
            if let Err(status) = self.ask_all().await {
                // The asker may have gone.
                let _ = self.answers.send(Err(status)).await;
            }
        };
        // What nobody waits for is not asked to its end.
        tokio::select! {
            () = asking => {}
            () = answers.closed() => {}
        }
    }

    async fn ask_all(&self) -> Result<(), Status> {
        // What was asked several times in the same words is asked once.
        let mut known: HashMap<&str, bool> = HashMap::new();
        for (turn, question) in &self.questions {
            let answered = match known.get(question.as_str()) {
                Some(answered) => *answered,
                None => self.ask(question).await?,
            };
            known.insert(question, answered);
            if answered {
                let marked = self.store.mark_answered(&self.space, *turn).await;
                marked.map_err(postgres::failed)?;
            }
            let answer = AskAgainResponse {
                turn_id: turn.to_string(),
                answered,
            };
            // The asker may have gone, which `run` sees.
            let _ = self.answers.send(Ok(answer)).await;
        }
        Ok(())
    }

    async fn ask(&self, question: &str) -> Result<bool, Status> {
        // Between two questions: a stop would wait for all that are left.
        if self.shutdown.is_stopping() {
            return Err(Status::unavailable("the service is stopping: ask again"));
        }
        let asked = Asked {
            id: Uuid::now_v7(),
            space: self.space.clone(),
            conversation: String::new(),
            asker: String::new(),
            question: question.to_owned(),
        };
        let answered = self.answerer.answers(&asked, self.reach.clone()).await;
        answered.map_err(|failed| Status::unavailable(failed.reason))
    }
}
