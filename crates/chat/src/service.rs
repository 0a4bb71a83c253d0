//! Works on what people said: asks the services, and delivers what they answer.

mod ask;
mod budget;
mod decide;
mod list;
mod teach;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_nats::jetstream::kv::Store;
use futures::{FutureExt, future::BoxFuture};
use stoa_kit::{Config, grpc, nats::Nats};
use stoa_proto::{
    generation::generation_service_client::GenerationServiceClient,
    ingestion::ingestion_service_client::IngestionServiceClient,
    retrieval::retrieval_service_client::RetrievalServiceClient,
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use uuid::Uuid;

use self::budget::Budgets;
pub use self::teach::{ANSWER_MARK, answer_source};

use crate::{
    Error,
    delivery::{Delivery, Ended},
    event::{Action, Press, Said, turn_id},
    inbox::{Event, Fate, Handler},
    platform::{Button, Outgoing, Platform, Refusal},
    reply::{Reply, Syntax},
    settings::{Book, Settings},
    words::Language,
};

/// How long a service may be away before the person is told.
const SERVICE_PATIENCE: Duration = Duration::from_secs(60);
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Where the events of a platform are worked on.
pub struct Desk<P> {
    platform: Arc<P>,
    generation: GenerationServiceClient<grpc::Client>,
    ingestion: IngestionServiceClient<grpc::Client>,
    retrieval: RetrievalServiceClient<grpc::Client>,
    deliveries: Store,
    settings: Book,
    budgets: Budgets,
    /// Turns that are being answered, by conversation.
    writing: Mutex<HashMap<String, Uuid>>,
}

/// An event and what is needed to reply to it.
struct Task<'a, P: Platform> {
    desk: &'a Desk<P>,
    /// Id of the reply, and of the turn if it is one.
    id: Uuid,
    space: String,
    said: Said<P::Place>,
    settings: Arc<Settings>,
    stop: CancellationToken,
}

impl<P: Platform> Desk<P> {
    /// Connects to the services.
    pub async fn new(
        platform: Arc<P>,
        config: &Config,
        nats: &Nats,
        settings: Book,
    ) -> Result<Self, Error> {
        let connect = |address: &str| -> Result<grpc::Client, Error> {
            Ok(grpc::connect(address, config.require_token()?)?)
        };
        Ok(Self {
            platform,
            generation: GenerationServiceClient::new(connect(&config.generation.address)?),
            ingestion: IngestionServiceClient::new(connect(&config.ingestion.address)?),
            retrieval: RetrievalServiceClient::new(connect(&config.retrieval.address)?),
            deliveries: nats.deliveries().await?,
            settings,
            budgets: Budgets::new(&config.chat),
            writing: Mutex::default(),
        })
    }
}

impl<P: Platform> Handler<Said<P::Place>> for Desk<P> {
    fn handle(
        self: Arc<Self>,
        event: Event<Said<P::Place>>,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Fate> {
        async move {
            let task = Task {
                desk: &self,
                id: turn_id(P::NAME, &event.id),
                settings: self.settings.of(&event.space),
                space: event.space,
                said: event.body,
                stop,
            };
            Box::pin(task.work()).await
        }
        .boxed()
    }
}

impl<P: Platform> Task<'_, P> {
    async fn work(&self) -> Fate {
        let done = match &self.said.action {
            Action::Ask { question } => self.ask(question).await,
            Action::Reask { question, original } => self.reask(question, *original).await,
            Action::Search { question } => self.search(question).await,
            Action::Learn {
                sources,
                collection,
            } => self.learn(sources, collection.as_deref()).await,
            Action::Documents => self.documents().await,
            Action::Forget { document } => self.forget(document).await,
            Action::Stop => self.stop_writing().await,
            Action::Reset => self.reset().await,
            Action::Usage => self.usage().await,
            Action::Unanswered => self.unanswered().await,
            Action::Settings(None) => self.show_settings().await,
            Action::Settings(Some(change)) => self.change_settings(change).await,
            Action::Misread => self.say(self.language().settings_help()).await,
            Action::Help => self.say(self.language().help()).await,
            Action::Complain { turn, reason } => self.rate(*turn, false, reason).await,
            Action::Teach { turn, answer } => self.teach_answer(*turn, answer).await,
            Action::Press(press) => self.press(*press).await,
        };
        done.map_or_else(Fate::from, |()| Fate::Done)
    }

    fn language(&self) -> Language {
        self.settings.language.unwrap_or(self.said.person.language)
    }

    async fn press(&self, press: Press) -> Result<(), Ended> {
        match press {
            Press::Sources(turn) => self.sources(turn).await,
            Press::Up(turn) => self.rate(turn, true, "").await,
            Press::Down(turn) => self.rate(turn, false, "").await,
            Press::Again(turn) => self.ask_again(turn).await,
            Press::Stop(turn) => self.stop_turn(turn).await,
            Press::Retry(job) => self.retry(job).await,
            Press::Teach(turn) => self.ask_for_answer(turn).await,
        }
    }

    async fn open(&self) -> Result<Delivery<'_, P>, Ended> {
        Delivery::open(
            &*self.desk.platform,
            &self.said.place,
            &self.desk.deliveries,
            self.id,
            &self.stop,
        )
        .await
    }

    /// Delivers one of the bot's own texts.
    async fn say(&self, markdown: &str) -> Result<(), Ended> {
        self.reply(&Reply::default().markdown(markdown)).await
    }

    /// Delivers a reply without buttons.
    async fn reply(&self, reply: &Reply) -> Result<(), Ended> {
        let mut delivery = self.open().await?;
        if delivery.is_done() {
            return Ok(());
        }
        delivery.finish(&outgoing::<P>(reply, Vec::new())).await
    }

    /// Says what a service refused, to a person.
    async fn apologise(&self, status: &Status) -> Result<(), Ended> {
        tracing::warn!(code = ?status.code(), "a service refused: {}", status.message());
        match status.code() {
            Code::InvalidArgument
            | Code::FailedPrecondition
            | Code::NotFound
            | Code::ResourceExhausted => {
                self.reply(&Reply::default().plain(status.message())).await
            }
            _ => self.say(self.language().trouble()).await,
        }
    }

    /// Calls a service, again and again for a while when it does not answer.
    async fn call<T, F, R>(&self, mut call: F) -> Result<Result<T, Status>, Ended>
    where
        F: FnMut() -> R,
        R: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        let began = tokio::time::Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let status = match call().await {
                Ok(response) => return Ok(Ok(response.into_inner())),
                Err(status) => status,
            };
            let passing = matches!(
                status.code(),
                Code::Unavailable | Code::DeadlineExceeded | Code::Aborted
            );
            if !passing || began.elapsed() > SERVICE_PATIENCE {
                return Ok(Err(status));
            }
            self.pause(wait).await?;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn pause(&self, wait: Duration) -> Result<(), Ended> {
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(()),
            () = self.stop.cancelled() => Err(Ended::Stopping),
        }
    }

    /// Whether the person may teach and forget here; if not, they are told.
    async fn may_teach(&self) -> Result<bool, Ended> {
        Ok(self.has_one_of(&self.settings.teachers) || self.may_manage().await?)
    }

    fn has_one_of(&self, roles: &BTreeSet<String>) -> bool {
        let own = &self.said.person.roles;
        own.iter().any(|role| roles.contains(role))
    }

    /// Whether the person may do what only admins may; if not, they are told.
    async fn may_manage(&self) -> Result<bool, Ended> {
        if self.has_one_of(&self.settings.managers) {
            return Ok(true);
        }
        let mut wait = FIRST_WAIT;
        loop {
            let (place, person) = (&self.said.place, &self.said.person);
            let pause = match self.desk.platform.is_admin(place, person).await {
                Ok(true) => return Ok(true),
                Ok(false) => break,
                Err(Refusal::Later(pause)) => pause,
                Err(Refusal::Unreachable(_)) => {
                    wait = (wait * 2).min(LONGEST_WAIT);
                    wait
                }
                Err(refusal) => {
                    tracing::warn!("whether somebody is an admin is not known: {refusal}");
                    break;
                }
            };
            self.pause(pause).await?;
        }
        self.say(self.language().admins_only()).await?;
        Ok(false)
    }
}

/// The messages of a reply, with buttons under the last.
fn outgoing<P: Platform>(
    reply: &Reply,
    buttons: Vec<Vec<Button>>,
) -> Vec<Outgoing<<P::Syntax as Syntax>::Message>> {
    messages_with::<P>(reply.messages::<P::Syntax>(), buttons, false)
}

fn messages_with<P: Platform>(
    messages: Vec<<P::Syntax as Syntax>::Message>,
    buttons: Vec<Vec<Button>>,
    draft: bool,
) -> Vec<Outgoing<<P::Syntax as Syntax>::Message>> {
    let mut outgoing: Vec<_> = messages
        .into_iter()
        .enumerate()
        .map(|(number, message)| Outgoing {
            message,
            buttons: Vec::new(),
            first: number == 0,
            draft: false,
        })
        .collect();
    // Those before it are complete.
    if let Some(last) = outgoing.last_mut() {
        last.buttons = buttons;
        last.draft = draft;
    }
    outgoing
}
