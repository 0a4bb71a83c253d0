//! Carries out what people ask for: calls the services, and delivers what they answer.

mod access;
mod answer;
mod attached;
mod audience;
mod budget;
mod failure;
mod feedback;
mod learn;
mod lists;
mod open;
mod privacy;
mod settings;
mod upload;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use stoa_inbox::{Event, Handler, Outcome};
use stoa_kit::grpc;
use stoa_proto::{
    generation::generation_service_client::GenerationServiceClient,
    ingestion::ingestion_service_client::IngestionServiceClient,
    retrieval::retrieval_service_client::RetrievalServiceClient,
};
use stoa_reply::Reply;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use uuid::Uuid;

use self::{budget::Budgets, failure::Failure};
use crate::{
    Context, Error,
    command::{ButtonAction, Command, Incoming, turn_id},
    delivery::{Aborted, Delivery, Destination, Records},
    locale::Locale,
    platform::{Button, Message, Outgoing, Platform, PlatformError},
    retry::Backoff,
    settings::{Cache, Settings},
};

pub use self::learn::{ANSWER_MARK, answer_source};

/// How long a service may be away before the person is told: longer than a restart takes.
const SERVICE_PATIENCE: Duration = Duration::from_secs(60);

/// Carries out the commands of a platform's people.
pub struct Service<P> {
    platform: Arc<P>,
    generation: GenerationServiceClient<grpc::Client>,
    ingestion: IngestionServiceClient<grpc::Client>,
    retrieval: RetrievalServiceClient<grpc::Client>,
    deliveries: Records,
    settings: Cache,
    budgets: Budgets,
    /// Days that turns are kept; 0 is for ever.
    keep_turns_days: u32,
    /// Turns that are being answered, by conversation.
    writing: Mutex<HashMap<String, Uuid>>,
}

impl<P: Platform> Service<P> {
    /// Connects to the services. `fence` is that of the term of the platform's lease.
    pub async fn new(platform: Arc<P>, context: &Context, fence: u64) -> Result<Self, Error> {
        let config = &context.config;
        let credentials = grpc::Credentials::of(config)?;
        let connect = |address: &str| -> Result<grpc::Client, Error> {
            Ok(grpc::connect(address, &credentials)?)
        };
        Ok(Self {
            platform,
            generation: GenerationServiceClient::new(connect(&config.generation.address)?),
            ingestion: IngestionServiceClient::new(connect(&config.ingestion.address)?),
            retrieval: RetrievalServiceClient::new(connect(&config.retrieval.address)?),
            deliveries: Records::new(context.nats.deliveries().await?, fence),
            settings: context.settings.clone(),
            budgets: Budgets::new(&config.chat),
            keep_turns_days: config.generation.keep_turns_days,
            writing: Mutex::default(),
        })
    }
}

impl<P: Platform> Handler<Incoming<P::Place>> for Service<P> {
    fn handle(
        self: Arc<Self>,
        event: Event<Incoming<P::Place>>,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Outcome> {
        async move {
            let task = Task {
                service: &self,
                id: turn_id(P::NAME, &event.id),
                settings: self.settings.of(&event.space),
                space: event.space,
                incoming: event.body,
                stop,
            };
            Box::pin(task.run()).await
        }
        .boxed()
    }
}

/// A command, and what is needed to reply to it.
struct Task<'a, P: Platform> {
    service: &'a Service<P>,
    /// Id of the reply, and of the turn if it is one.
    id: Uuid,
    space: String,
    incoming: Incoming<P::Place>,
    settings: Arc<Settings>,
    stop: CancellationToken,
}

impl<P: Platform> Task<'_, P> {
    // Every failure ends as a text to the person, and the event is done: redelivered, it would most likely fail again,
    // and they would wait without knowing.
    async fn run(&self) -> Outcome {
        let done = match self.once().await {
            Ok(()) => Ok(()),
            Err(Failure::Aborted(aborted)) => Err(aborted),
            Err(failure) => self.explain(&failure).await,
        };
        done.map_or_else(Outcome::from, |()| Outcome::Completed)
    }

    /// Carries the command out, unless the event came again after that was done.
    async fn once(&self) -> Result<(), Failure> {
        if self.open(None).await?.is_done() {
            return Ok(());
        }
        self.carry_out().await
    }

    async fn carry_out(&self) -> Result<(), Failure> {
        match &self.incoming.command {
            Command::Ask { question } => self.ask(question).await,
            Command::Reask { question, original } => self.reask(question, *original).await,
            Command::Search { question } => self.search(question).await,
            Command::Learn {
                sources,
                collection,
            } => self.learn(sources, collection.as_deref()).await,
            Command::Documents => self.documents().await,
            Command::Forget { document } => self.forget(document).await,
            Command::Stop => self.stop_writing().await,
            Command::Reset => self.reset().await,
            Command::Usage => self.usage().await,
            Command::Privacy => self.privacy().await,
            Command::ForgetMe => self.forget_me().await,
            Command::Unanswered => self.unanswered().await,
            Command::Settings(None) => self.show_settings().await,
            Command::Settings(Some(change)) => self.change_settings(change).await,
            Command::InvalidSetting => self.say("settings-help").await,
            Command::Help => self.help().await,
            Command::Welcome => self.say("welcome").await,
            Command::NoRoom => self.say("inbox-full").await,
            Command::Complain { turn, reason } => self.rate(*turn, false, reason).await,
            Command::Teach { turn, answer } => self.teach_answer(*turn, answer).await,
            Command::Button(action) => self.press(*action).await,
        }
    }

    async fn press(&self, action: ButtonAction) -> Result<(), Failure> {
        match action {
            ButtonAction::Sources(turn) => self.sources(turn).await,
            ButtonAction::Up(turn) => self.rate(turn, true, "").await,
            ButtonAction::Down(turn) => self.rate(turn, false, "").await,
            ButtonAction::Again(turn) => self.ask_again(turn).await,
            ButtonAction::Stop(turn) => self.stop_turn(turn).await,
            ButtonAction::Retry(job) => self.retry(job).await,
            ButtonAction::Teach(turn) => self.ask_for_answer(turn).await,
        }
    }

    fn locale(&self) -> Locale {
        self.settings
            .language
            .unwrap_or(self.incoming.person.locale)
    }

    /// Opens the delivery of the reply; `original` is the turn whose messages it takes over.
    async fn open(&self, original: Option<Uuid>) -> Result<Delivery<'_, P>, Aborted> {
        let destination = Destination {
            platform: &*self.service.platform,
            place: &self.incoming.place,
            records: &self.service.deliveries,
            stop: self.stop.clone(),
        };
        match original {
            None => Delivery::open(destination, self.id).await,
            Some(original) => Delivery::take_over(destination, self.id, original).await,
        }
    }

    /// Delivers one of the bot's own texts.
    async fn say(&self, text: &str) -> Result<(), Failure> {
        // Markdown, as the texts are the bot's own; what a person wrote or a document is called goes through `plain`.
        let reply = Reply::default().markdown(self.locale().text(text));
        self.deliver(&reply, Vec::new()).await
    }

    /// Delivers a reply, with buttons under it.
    async fn deliver(&self, reply: &Reply, buttons: Vec<Vec<Button>>) -> Result<(), Failure> {
        let mut delivery = self.open(None).await?;
        delivery.finish(&outgoing::<P>(reply, buttons)).await?;
        Ok(())
    }

    /// Records that what has no reply is done.
    async fn done(&self) -> Result<(), Failure> {
        Ok(self.open(None).await?.finish(&[]).await?)
    }

    /// What the command was about to act on when it was carried out before, by a process that ended.
    async fn aimed_at(&self) -> Result<Option<String>, Aborted> {
        Ok(self.open(None).await?.target().map(str::to_owned))
    }

    /// Records what the command is about to act on.
    async fn aim(&self, target: &str) -> Result<(), Aborted> {
        self.open(None).await?.aim(target).await
    }

    fn button(&self, label: &str, action: ButtonAction) -> Button {
        Button {
            label: self.locale().text(label),
            action,
        }
    }

    fn generation(&self) -> GenerationServiceClient<grpc::Client> {
        self.service.generation.clone()
    }

    fn ingestion(&self) -> IngestionServiceClient<grpc::Client> {
        self.service.ingestion.clone()
    }

    fn retrieval(&self) -> RetrievalServiceClient<grpc::Client> {
        self.service.retrieval.clone()
    }

    /// Calls a service, retrying for a while when it is not available.
    async fn call<T, F, R>(&self, mut call: F) -> Result<T, Failure>
    where
        F: FnMut() -> R,
        R: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        let began = Instant::now();
        let mut backoff = backoff();
        loop {
            let status = match call().await {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) => status,
            };
            // Anything else is an answer: it would be the same the next time. A token may be about to change everywhere.
            let is_transient = matches!(
                status.code(),
                Code::Unavailable | Code::DeadlineExceeded | Code::Aborted | Code::Unauthenticated
            );
            if !is_transient || began.elapsed() > SERVICE_PATIENCE {
                return Err(status.into());
            }
            self.pause(backoff.next_wait()).await?;
        }
    }

    /// Asks the platform something, retrying for a while until it answers or refuses. `None` when it refuses.
    async fn ask_platform<T, F, R>(&self, what: &str, mut ask: F) -> Result<Option<T>, Failure>
    where
        F: FnMut() -> R,
        R: Future<Output = Result<T, PlatformError>>,
    {
        let began = Instant::now();
        let mut backoff = backoff();
        loop {
            let pause = match ask().await {
                Ok(answer) => return Ok(Some(answer)),
                // The platform knows best how long; asked sooner, it would only refuse for longer.
                Err(PlatformError::RateLimited(pause)) => pause,
                Err(error @ (PlatformError::Unavailable(_) | PlatformError::Unsure(_))) => {
                    tracing::warn!(platform = P::NAME, "cannot find out {what} yet: {error}");
                    // What is asked for one conversation must not hold it up for ever.
                    if began.elapsed() > SERVICE_PATIENCE {
                        return Err(Status::unavailable(error.to_string()).into());
                    }
                    backoff.next_wait()
                }
                Err(error) => {
                    tracing::warn!(platform = P::NAME, "cannot find out {what}: {error}");
                    return Ok(None);
                }
            };
            self.pause(pause).await?;
        }
    }

    async fn pause(&self, wait: Duration) -> Result<(), Aborted> {
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(()),
            () = self.stop.cancelled() => Err(Aborted::Stopping),
        }
    }
}

/// Waits between attempts at a service, or at the platform.
fn backoff() -> Backoff {
    Backoff::new(Duration::from_millis(250), Duration::from_secs(5))
}

/// The messages of a reply, with buttons under the last.
fn outgoing<P: Platform>(reply: &Reply, buttons: Vec<Vec<Button>>) -> Vec<Outgoing<Message<P>>> {
    with_buttons::<P>(reply.messages::<P::Syntax>(), buttons, false)
}

fn with_buttons<P: Platform>(
    messages: Vec<Message<P>>,
    buttons: Vec<Vec<Button>>,
    draft: bool,
) -> Vec<Outgoing<Message<P>>> {
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
    // Those before the last are complete: they neither change nor need buttons.
    if let Some(last) = outgoing.last_mut() {
        last.buttons = buttons;
        last.draft = draft;
    }
    outgoing
}
