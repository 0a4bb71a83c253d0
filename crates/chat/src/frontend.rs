//! What every frontend does to start, stand by and speak.

use std::{future::Future, sync::Arc};

use stoa_inbox::{Inbox, Owner, lease};
use stoa_kit::{Config, Shutdown, grpc, nats, nats::Nats};
use stoa_proto::{
    generation::generation_service_server, settings::settings_service_client::SettingsServiceClient,
};
use tokio_util::sync::CancellationToken;

use crate::{Error, Platform, Service, settings};

/// What a frontend works with, whichever platform it is for.
#[derive(Clone)]
pub struct Context {
    /// The configuration.
    pub config: Config,
    /// The connection to NATS.
    pub nats: Nats,
    /// Where events are put.
    pub inbox: Inbox,
    /// The settings of every space.
    pub settings: settings::Cache,
    /// Owner of the frontend's tasks.
    pub shutdown: Shutdown,
}

/// One platform's side of a frontend.
pub trait Frontend: Sized + Send + Sync + 'static {
    /// Its API.
    type Platform: Platform;
    /// Where its events come from.
    type Source: EventSource;

    /// Checks the configuration, and starts what runs in every process whether it holds the lease or not.
    fn new(context: Context) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Starts what takes events under leases of its own, where processes can share that. `owner` is who holds them.
    fn listen(self: &Arc<Self>, _owner: &Arc<Owner>) {}

    /// Logs in, retrying while the platform does not answer. `None` when the process stops before.
    fn connect(
        &self,
        stop: &CancellationToken,
    ) -> impl Future<Output = Result<Option<Connection<Self>>, Error>> + Send;
}

/// A frontend that is logged in.
pub struct Connection<F: Frontend> {
    /// Where replies go.
    pub platform: Arc<F::Platform>,
    /// Where events come from, as far as they are taken under the platform's lease.
    pub source: F::Source,
}

/// Where a platform's events come from.
pub trait EventSource: Send + Sync {
    /// Puts events into the inbox until it is told to stop.
    fn run(&self, stop: &CancellationToken) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Runs a frontend, with a server for its health, until shutdown.
pub async fn serve<F: Frontend>(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    let (listener, address) = grpc::bind(&config.server.listen).await?;
    // Bound and read first: an address in use or a bad certificate is found before the bot logs in anywhere.
    let server = grpc::Server::of(config)?;
    Box::pin(start::<F>(config, shutdown)).await?;
    tracing::info!(%address, "{} is ready", F::Platform::NAME);
    Ok(server.serve(listener, shutdown).await?)
}

/// Starts a frontend: it takes its share of the events where they can be shared, speaks while this process holds the
/// platform's lease, and stands by otherwise.
pub async fn start<F: Frontend>(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    let name = F::Platform::NAME;
    let nats = nats::connect(config, name).await?;
    nats.need(name, shutdown);
    nats.measure(nats::INBOX, "inbox", shutdown);
    let credentials = grpc::Credentials::of(config)?;
    let generation = grpc::connect(&config.generation.address, &credentials)?;
    let peer = generation_service_server::SERVICE_NAME;
    grpc::need(shutdown, name, "generation", &generation, peer);
    let settings = SettingsServiceClient::new(generation);
    let context = Context {
        config: config.clone(),
        inbox: Inbox::new(&nats, name),
        settings: settings::Cache::open(&nats, settings, name, shutdown).await?,
        shutdown: shutdown.clone(),
        nats,
    };
    let frontend = Arc::new(Box::pin(F::new(context.clone())).await?);
    let owner = Arc::new(Owner::new(&config.data.dir, name));
    frontend.listen(&owner);
    let context = Arc::new(context);
    shutdown.spawn_vital(name, name, move || {
        let (frontend, context) = (Arc::clone(&frontend), Arc::clone(&context));
        let owner = Arc::clone(&owner);
        async move {
            let Context { nats, shutdown, .. } = &*context;
            let role = |term: lease::Term| Box::pin(speak(&*frontend, &context, term));
            Box::pin(lease::hold(nats, name, &owner, shutdown, role)).await;
        }
    });
    Ok(())
}

/// Takes events and carries commands out until `stop`; whichever of the two ends takes the other along.
async fn speak<F: Frontend>(
    frontend: &F,
    context: &Context,
    lease::Term { stop, fence }: lease::Term,
) -> Result<(), Error> {
    let Some(Connection { platform, source }) = frontend.connect(&stop).await? else {
        return Ok(());
    };
    // Before any command is carried out, or the bot would answer in channels where it is switched off.
    context.settings.ready().await;
    let service = Arc::new(Service::new(platform, context, fence).await?);
    // One of its own, as that of the caller stands for the lease: it must not be cancelled because one end failed.
    let stop = stop.child_token();
    let working = async {
        let at_once = context.config.chat.at_once;
        // Its end takes the other along: a frontend that receives and does not work would look healthy and never reply.
        let worked = stoa_inbox::work(&context.nats, F::Platform::NAME, at_once, service, &stop);
        let worked = worked.await;
        stop.cancel();
        worked
    };
    let receiving = async {
        let received = source.run(&stop).await;
        stop.cancel();
        received
    };
    let (received, worked) = tokio::join!(receiving, working);
    received?;
    Ok(worked?)
}
