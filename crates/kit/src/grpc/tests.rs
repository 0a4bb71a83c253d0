//! Servers and clients over real sockets.

mod calls;
mod certificates;
mod secured;

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, Stream};
use secrecy::SecretString;
use stoa_proto::embedding::{
    EmbedRequest, EmbedResponse, GetModelRequest, GetModelResponse, GetTokenizerRequest,
    GetTokenizerResponse, RerankRequest, RerankResponse,
    embedding_service_client::EmbeddingServiceClient,
    embedding_service_server::{EmbeddingService, EmbeddingServiceServer},
};
use tokio::{sync::Semaphore, task::JoinHandle};
use tonic::{Request, Response, Status};

use super::{Client, Role, Server, bind, client::connect_by, connect, read_out};
use crate::{Config, Shutdown};

const TOKEN: &str = "0123456789abcdef";

/// Longest that a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

type Caller = EmbeddingServiceClient<Client>;

/// A service that does what the first text says.
#[derive(Clone, Default)]
struct Fake {
    seen: Arc<Seen>,
    /// Whom it asks in turn.
    next: Option<Caller>,
    /// It says that it cannot now, whatever it is asked.
    refuses: bool,
}

/// What came of calls.
struct Seen {
    calls: AtomicUsize,
    /// Calls that were dropped in the middle.
    dropped: AtomicUsize,
    roles: Mutex<Vec<Role>>,
    /// Deadlines as they travelled.
    deadlines: Mutex<Vec<Option<String>>>,
    /// Lets those go on that wait.
    go_on: Semaphore,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            calls: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
            roles: Mutex::default(),
            deadlines: Mutex::default(),
            go_on: Semaphore::new(0),
        }
    }
}

impl Seen {
    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn last_role(&self) -> Option<Role> {
        self.roles.lock().expect("no panic").last().copied()
    }
}

/// Counts a call that does not get to its end.
struct Dropped(Option<Arc<Seen>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(seen) = &self.0 {
            seen.dropped.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tonic::async_trait]
impl EmbeddingService for Fake {
    async fn embed(
        &self,
        request: Request<EmbedRequest>,
    ) -> Result<Response<EmbedResponse>, Status> {
        let seen = &self.seen;
        let role = request.extensions().get::<Role>().copied();
        let deadline = request.metadata().get("grpc-timeout");
        let deadline = deadline.map(|value| value.to_str().expect("ascii").to_owned());
        seen.roles.lock().expect("no panic").extend(role);
        seen.deadlines.lock().expect("no panic").push(deadline);
        seen.calls.fetch_add(1, Ordering::SeqCst);
        let mut dropped = Dropped(Some(Arc::clone(seen)));
        let request = request.into_inner();
        let answered = match request.texts.first().map(String::as_str) {
            Some("wait") => {
                let go_on = seen.go_on.acquire().await.expect("open");
                go_on.forget();
                Ok(())
            }
            Some("refuse") => Err(Status::unavailable("not now")),
            Some("pass on") => {
                let mut next = self.next.clone().expect("somebody to ask");
                next.embed(texts("wait")).await.map(|_| ())
            }
            _ if self.refuses => Err(Status::unavailable("not now")),
            _ => Ok(()),
        };
        dropped.0 = None;
        answered.map(|()| Response::new(EmbedResponse::default()))
    }

    async fn rerank(&self, _: Request<RerankRequest>) -> Result<Response<RerankResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_model(
        &self,
        _: Request<GetModelRequest>,
    ) -> Result<Response<GetModelResponse>, Status> {
        self.seen.calls.fetch_add(1, Ordering::SeqCst);
        Err(Status::unavailable("never"))
    }

    type GetTokenizerStream =
        Pin<Box<dyn Stream<Item = Result<GetTokenizerResponse, Status>> + Send>>;

    /// One that begins and does not go on.
    async fn get_tokenizer(
        &self,
        _: Request<GetTokenizerRequest>,
    ) -> Result<Response<Self::GetTokenizerStream>, Status> {
        self.seen.calls.fetch_add(1, Ordering::SeqCst);
        Ok(Response::new(Box::pin(futures::stream::pending())))
    }
}

/// A server that runs.
struct Served {
    address: SocketAddr,
    seen: Arc<Seen>,
    shutdown: Shutdown,
    serving: JoinHandle<()>,
}

impl Served {
    async fn by(config: &Config, fake: Fake) -> Self {
        Self::aged(config, fake, Duration::from_secs(600)).await
    }

    async fn aged(config: &Config, fake: Fake, age: Duration) -> Self {
        let (listener, address) = bind("127.0.0.1:0").await.expect("a free port");
        let (seen, shutdown) = (Arc::clone(&fake.seen), Shutdown::new());
        let mut server = Server::of(config).expect("a token");
        server.connection_age = age;
        server.add(EmbeddingServiceServer::new(fake));
        let running = shutdown.clone();
        let serving = tokio::spawn(async move {
            server.serve(listener, &running).await.expect("it serves");
        });
        Self {
            address,
            seen,
            shutdown,
            serving,
        }
    }

    async fn plain() -> Self {
        Self::by(&config(), Fake::default()).await
    }

    /// Takes no connection any more.
    async fn die(&mut self) {
        self.serving.abort();
        // An error means that it was aborted, as it was meant to be.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn config() -> Config {
    Config {
        token: Some(TOKEN.into()),
        ..Config::default()
    }
}

/// A caller of all these servers.
fn caller(servers: &[&Served]) -> Caller {
    let addresses = servers
        .iter()
        .map(|served| format!("http://{}", served.address));
    let addresses = addresses.collect::<Vec<_>>().join(",");
    let token = SecretString::from(TOKEN);
    EmbeddingServiceClient::new(connect(&addresses, &token).expect("addresses"))
}

/// A caller of a name that stands for what `addresses` holds.
fn caller_of_name(addresses: &Arc<Mutex<Vec<SocketAddr>>>) -> Caller {
    let addresses = Arc::clone(addresses);
    let lookup = Arc::new(move |_: &str, _: u16| {
        let found = addresses.lock().expect("no panic").clone();
        async move { Ok::<_, std::io::Error>(found) }.boxed()
    });
    let token = SecretString::from(TOKEN);
    let client = connect_by("http://embedding:7700", &(&token).into(), lookup);
    EmbeddingServiceClient::new(client.expect("a name"))
}

fn texts(first: &str) -> EmbedRequest {
    EmbedRequest {
        texts: vec![first.to_owned()],
        ..EmbedRequest::default()
    }
}

/// The same with a deadline in milliseconds.
fn within(first: &str, millis: u64) -> Request<EmbedRequest> {
    let mut request = Request::new(texts(first));
    request.set_timeout(Duration::from_millis(millis));
    request
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let came = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(came.is_ok(), "{what} did not come");
}
