mod again;
mod conversation;
mod feedback;
mod forgetting;
mod persona;
mod running;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream::BoxStream};
use stoa_kit::{Shutdown, Space, metrics::metrics, postgres, wire};
use stoa_proto::{
    MAX_QUESTION_BYTES,
    generation::{
        AnswerRequest, AnswerResponse, AnswerStyle, AskAgainRequest, AskAgainResponse,
        CancelRequest, CancelResponse, Delta, Done, ExportPersonRequest, ExportPersonResponse,
        Failed, FeedbackRequest, FeedbackResponse, ForgetDocumentRequest, ForgetDocumentResponse,
        ForgetPersonRequest, ForgetPersonResponse, GetConversationRequest, GetConversationResponse,
        GetPersonaRequest, GetPersonaResponse, GetTurnRequest, GetTurnResponse, GetUsageRequest,
        GetUsageResponse, ListFeedbackRequest, ListFeedbackResponse, ListPartsRequest,
        ListPartsResponse, ListTopicsRequest, ListTopicsResponse, ListUnansweredRequest,
        ListUnansweredResponse, Passages, ResetConversationRequest, ResetConversationResponse,
        SetPersonaRequest, SetPersonaResponse, Started, answer_response,
        generation_service_server::GenerationService,
    },
};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    answer::{Answerer, Events, Reach, Unanswered},
    parts::Otherwise,
    store::{Answered, Asked, Finished, Lease, Opened, Persona, Sign, Store, Verdict},
};
use running::Running;

const MAX_ID: usize = 256;
const MAX_PAGE: u32 = 1_000;
const DEFAULT_PAGE: u32 = 100;
/// Events that may wait for a slow reader.
const EVENTS: usize = 64;
/// How often a turn gives a sign of life and looks whether it is to stop.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How often a turn that somebody else answers is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How long it is waited for.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) struct Generation {
    answerer: Arc<Answerer>,
    store: Store,
    shutdown: Shutdown,
    running: Running,
}

impl Generation {
    pub(crate) fn new(answerer: Arc<Answerer>, store: Store, shutdown: Shutdown) -> Self {
        Self {
            answerer,
            store,
            shutdown,
            running: Running::default(),
        }
    }
}

/// One turn, on a task of its own.
struct TurnTask {
    answerer: Arc<Answerer>,
    store: Store,
    running: Running,
    asked: Asked,
    reach: Reach,
    otherwise: Otherwise,
    /// Its asker was being answered, and the stream of that broke off.
    resumes: bool,
    events: Events,
}

impl TurnTask {
    async fn run(self) {
        let began = tokio::time::Instant::now();
        let mut resumes = self.resumes;
        loop {
            // Once: two attempts that both resume would otherwise take the turn from each other for ever.
            match self
                .store
                .open(&self.asked, std::mem::take(&mut resumes))
                .await
            {
                Ok(Opened::Mine(lease)) => {
                    if self.answer(&lease).await {
                        return;
                    }
                }
                Ok(Opened::Done(answered)) => return self.replay(*answered).await,
                Ok(Opened::Busy) if began.elapsed() < PATIENCE => {
                    tokio::select! {
                        () = tokio::time::sleep(LOOK) => {}
                        () = self.events.closed() => return,
                    }
                }
                Ok(Opened::Busy) => {
                    return self
                        .fail(
                            "another worker has been answering this for long: ask again",
                            true,
                        )
                        .await;
                }
                Ok(Opened::Foreign) => {
                    let status = Status::already_exists(
                        "the turn id belongs to another question: use a new one",
                    );
                    // The asker may have gone.
                    let _ = self.events.send(Err(status)).await;
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, "the turn could not be opened");
                    return self
                        .fail("the database does not answer: try again shortly", true)
                        .await;
                }
            }
        }
    }

    /// Answers the turn. `false`: it is another attempt's by now, whose answer counts.
    async fn answer(&self, lease: &Lease) -> bool {
        let running = self.running.enter(lease.turn);
        let began = tokio::time::Instant::now();
        let how = (self.reach.clone(), self.otherwise.clone());
        // Dropping the answer ends its model call and its checks: an attempt that has lost its lease must not go on
        // computing.
        let answered = tokio::select! {
            answered = self.answerer.answer(&self.asked, how, &self.events, running.cancel()) => answered,
            () = self.hold(lease, running.cancel()) => return false,
        };
        drop(running);
        let verdict = match &answered {
            Ok((verdict, answered)) => {
                measure(&answered.done, began.elapsed());
                verdict.as_str()
            }
            Err(Unanswered::Gone) => Verdict::Cancelled.as_str(),
            Err(Unanswered::Failed(_)) => "failed",
        };
        metrics().answers.of([verdict]).inc();
        match answered {
            Ok((verdict, answered)) => {
                return self.store_and_finish(lease, verdict, answered).await;
            }
            Err(Unanswered::Gone) => self.abandon(lease).await,
            Err(Unanswered::Failed(failed)) => {
                self.abandon(lease).await;
                self.send(answer_response::Event::Failed(failed)).await;
            }
        }
        true
    }

    /// `Done` goes out when the turn is stored, so that whoever saw it finds it again. `false`: another attempt has it.
    async fn store_and_finish(
        &self,
        lease: &Lease,
        verdict: Verdict,
        mut answered: Answered,
    ) -> bool {
        answered.done.verdict = match verdict {
            Verdict::Supported => stoa_proto::generation::Verdict::Supported,
            Verdict::Trimmed => stoa_proto::generation::Verdict::Trimmed,
            Verdict::Abstained => stoa_proto::generation::Verdict::Abstained,
            Verdict::Cancelled => stoa_proto::generation::Verdict::Cancelled,
            Verdict::Conversed => stoa_proto::generation::Verdict::Conversed,
        }
        .into();
        match self.store.finish(lease, verdict, &answered).await {
            Ok(Finished::Stored) => self.send(answer_response::Event::Done(answered.done)).await,
            // The caller looks again and gives the answer that the other attempt stored.
            Ok(Finished::Lost) => return false,
            Ok(Finished::DocumentForgotten) => {
                self.abandon(lease).await;
                let reason = "a document that the answer rests on was just forgotten: ask again";
                self.fail(reason, true).await;
            }
            Err(error) => {
                let why = postgres::failed(error);
                let reason = format!("the answer could not be stored: {}", why.message());
                self.fail(&reason, true).await;
            }
        }
        true
    }

    async fn abandon(&self, lease: &Lease) {
        if let Err(error) = self.store.abandon(lease).await {
            tracing::warn!(%error, "the turn stays open until its lease ends");
        }
    }

    /// Gives signs of life until the turn is another attempt's.
    async fn hold(&self, lease: &Lease, cancel: &CancellationToken) {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            match self.store.heartbeat(lease).await {
                Ok(Sign::Cancelled) => cancel.cancel(),
                Ok(Sign::Held) => {}
                Ok(Sign::Lost) => {
                    tracing::warn!(turn = %lease.turn, "the turn was taken over: this attempt at it ends");
                    return;
                }
                Err(error) => tracing::warn!(%error, "the turn gave no sign of life"),
            }
        }
    }

    async fn replay(&self, answered: Answered) {
        let Answered {
            standalone,
            passages,
            done,
            ..
        } = answered;
        let started = Started {
            turn_id: self.asked.id.to_string(),
            standalone_question: standalone,
            replayed: true,
        };
        self.send(answer_response::Event::Started(started)).await;
        self.send(answer_response::Event::Passages(Passages { passages }))
            .await;
        self.send(answer_response::Event::Delta(Delta {
            text: done.text.clone(),
        }))
        .await;
        self.send(answer_response::Event::Done(done)).await;
    }

    async fn fail(&self, reason: &str, retryable: bool) {
        self.send(answer_response::Event::Failed(Failed {
            reason: reason.to_owned(),
            retryable,
        }))
        .await;
    }

    async fn send(&self, event: answer_response::Event) {
        // The asker may have gone.
        let _ = self
            .events
            .send(Ok(AnswerResponse { event: Some(event) }))
            .await;
    }
}

/// What an answer took.
fn measure(done: &Done, took: Duration) {
    let metrics = metrics();
    metrics
        .answer_duration_seconds
        .of([])
        .observe(took.as_secs_f64());
    let tokens = &metrics.model_tokens;
    tokens.of(["prompt"]).inc_by(done.prompt_tokens.into());
    tokens
        .of(["completion"])
        .inc_by(done.completion_tokens.into());
}

#[tonic::async_trait]
impl GenerationService for Generation {
    type AnswerStream = BoxStream<'static, Result<AnswerResponse, Status>>;
    type AskAgainStream = BoxStream<'static, Result<AskAgainResponse, Status>>;

    async fn answer(
        &self,
        request: Request<AnswerRequest>,
    ) -> Result<Response<Self::AnswerStream>, Status> {
        if self.shutdown.is_stopping() {
            return Err(Status::unavailable("the service is stopping: ask again"));
        }
        let request = request.into_inner();
        let question = request.question.trim();
        if question.is_empty() || question.len() > MAX_QUESTION_BYTES {
            return Err(Status::invalid_argument(format!(
                "the question must have 1 to {MAX_QUESTION_BYTES} bytes"
            )));
        }
        if request.conversation.len() > MAX_ID || request.user.len() > MAX_ID {
            return Err(Status::invalid_argument(format!(
                "conversation and user have at most {MAX_ID} bytes"
            )));
        }
        let otherwise = Otherwise::of(request.options, &request.user, &request.conversation)?;
        let asked = Asked {
            id: turn_id(&request.turn_id)?,
            space: Space::parse(&request.space)?,
            conversation: request.conversation,
            asker: request.user,
            question: question.to_owned(),
        };
        let (events, stream) = mpsc::channel(EVENTS);
        let task = TurnTask {
            answerer: Arc::clone(&self.answerer),
            store: self.store.clone(),
            running: self.running.clone(),
            asked,
            reach: Reach {
                collections: request.collections,
                access: request.access,
            },
            otherwise,
            resumes: request.resumes,
            events,
        };
        // On a task of its own: a stream that is dropped in the middle must not leave a turn half stored, and a stop
        // waits for those that write.
        self.shutdown.spawn("answer", task.run());
        Ok(Response::new(ReceiverStream::new(stream).boxed()))
    }

    async fn list_parts(
        &self,
        _: Request<ListPartsRequest>,
    ) -> Result<Response<ListPartsResponse>, Status> {
        let parts = self.answerer.parts().into_iter().map(i32::from);
        Ok(Response::new(ListPartsResponse {
            parts: parts.collect(),
        }))
    }

    async fn cancel(
        &self,
        request: Request<CancelRequest>,
    ) -> Result<Response<CancelResponse>, Status> {
        let request = request.into_inner();
        let (space, turn) = (Space::parse(&request.space)?, turn_id(&request.turn_id)?);
        if !self
            .store
            .request_cancel(&space, turn)
            .await
            .map_err(postgres::failed)?
        {
            return Err(Status::not_found("nobody is answering this turn"));
        }
        // Another replica sees the request at its next sign of life.
        self.running.cancel(turn);
        Ok(Response::new(CancelResponse {}))
    }

    async fn get_conversation(
        &self,
        request: Request<GetConversationRequest>,
    ) -> Result<Response<GetConversationResponse>, Status> {
        self.read_conversation(request.into_inner()).await
    }

    async fn get_turn(
        &self,
        request: Request<GetTurnRequest>,
    ) -> Result<Response<GetTurnResponse>, Status> {
        self.read_turn(request.into_inner()).await
    }

    async fn reset_conversation(
        &self,
        request: Request<ResetConversationRequest>,
    ) -> Result<Response<ResetConversationResponse>, Status> {
        self.forget_conversation(request.into_inner()).await
    }

    async fn feedback(
        &self,
        request: Request<FeedbackRequest>,
    ) -> Result<Response<FeedbackResponse>, Status> {
        self.rate(request.into_inner()).await
    }

    async fn list_feedback(
        &self,
        request: Request<ListFeedbackRequest>,
    ) -> Result<Response<ListFeedbackResponse>, Status> {
        self.list_rated(request.into_inner()).await
    }

    async fn list_unanswered(
        &self,
        request: Request<ListUnansweredRequest>,
    ) -> Result<Response<ListUnansweredResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let questions = self.open(&space, request.page_size).await?;
        Ok(Response::new(ListUnansweredResponse { questions }))
    }

    async fn list_topics(
        &self,
        request: Request<ListTopicsRequest>,
    ) -> Result<Response<ListTopicsResponse>, Status> {
        self.topics_of(request.into_inner()).await
    }

    async fn ask_again(
        &self,
        request: Request<AskAgainRequest>,
    ) -> Result<Response<Self::AskAgainStream>, Status> {
        self.ask_open(request.into_inner()).await
    }

    async fn get_usage(
        &self,
        request: Request<GetUsageRequest>,
    ) -> Result<Response<GetUsageResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let since = match &request.since {
            Some(at) => {
                wire::instant(at).ok_or_else(|| Status::invalid_argument("since is not a time"))?
            }
            None => OffsetDateTime::now_utc() - time::Duration::DAY,
        };
        let asker = (!request.user.is_empty()).then_some(request.user.as_str());
        let usage = self
            .store
            .usage(&space, asker, since)
            .await
            .map_err(postgres::failed)?;
        Ok(Response::new(usage))
    }

    async fn set_persona(
        &self,
        request: Request<SetPersonaRequest>,
    ) -> Result<Response<SetPersonaResponse>, Status> {
        self.change_persona(request.into_inner()).await
    }

    async fn get_persona(
        &self,
        request: Request<GetPersonaRequest>,
    ) -> Result<Response<GetPersonaResponse>, Status> {
        let space = Space::parse(&request.into_inner().space)?;
        let Persona { text, style } = self.store.persona(&space).await.map_err(postgres::failed)?;
        Ok(Response::new(GetPersonaResponse {
            text,
            style: style
                .map_or(AnswerStyle::Unspecified, persona::named)
                .into(),
        }))
    }

    async fn forget_document(
        &self,
        request: Request<ForgetDocumentRequest>,
    ) -> Result<Response<ForgetDocumentResponse>, Status> {
        self.erase_document(request.into_inner()).await
    }

    async fn forget_person(
        &self,
        request: Request<ForgetPersonRequest>,
    ) -> Result<Response<ForgetPersonResponse>, Status> {
        self.erase_person(request.into_inner()).await
    }

    async fn export_person(
        &self,
        request: Request<ExportPersonRequest>,
    ) -> Result<Response<ExportPersonResponse>, Status> {
        self.list_of_person(request.into_inner()).await
    }
}

fn turn_id(id: &str) -> Result<Uuid, Status> {
    id.parse()
        .map_err(|_| Status::invalid_argument(format!("turn_id must be a UUID, not `{id}`")))
}
