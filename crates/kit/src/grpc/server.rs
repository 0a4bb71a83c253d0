mod gate;
mod guard;
mod tenancy;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use http::HeaderMap;
use opentelemetry::propagation::Extractor;
use thiserror::Error;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep, timeout_at},
};
use tonic::{
    body::Body, server::NamedService, service::RoutesBuilder, transport::server::TcpIncoming,
};
use tonic_health::server::HealthReporter;
use tower::Service;

use super::{
    credentials::Credentials,
    health,
    measure::{Measure, asks_for_health},
    tls::{self, TlsError},
};
use crate::{Config, Shutdown, config::ConfigError, shutdown::time_of_tasks, telemetry};
use gate::{Gate, Limits};
use guard::{Door, Guard};

pub(super) use gate::PUSHBACK;

/// How long a connection is used. What runs on it then is finished on it, and what comes next takes a new one, with the
/// certificates and the addresses of that time.
const CONNECTION_AGE: Duration = Duration::from_secs(600);

/// How often a peer is asked whether it is still there, and how long it may take to say so.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Calls of a connection beyond those that are worked on or wait: they are told so, and not left to wait for a stream.
const REFUSED: usize = 64;

/// How long callers may take to read their last answers when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// A server could not start or broke.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The port is taken or not allowed.
    #[error(
        "cannot listen on {address}: {source}. Choose another port with --listen HOST:PORT (port 0 takes a free one)"
    )]
    Bind {
        /// Where.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The reflection service was not built.
    #[error("gRPC reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport broke.
    #[error("gRPC server: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Listens on `address`, `HOST:PORT`.
pub async fn bind(address: &str) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |source| ServeError::Bind {
        address: address.to_owned(),
        source,
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    Ok((listener, local))
}

/// A gRPC server with health, reflection, deadlines, a limit for each service, mutual TLS where certificates are configured,
/// the shared token, and trace context.
pub struct Server {
    routes: RoutesBuilder,
    health: HealthReporter,
    door: Arc<Door>,
    limits: Limits,
    drain: Duration,
    pub(super) connection_age: Duration,
    names: Vec<&'static str>,
}

impl Server {
    /// The server that is configured, or why there is no token for it.
    pub fn of(config: &Config) -> Result<Self, ConfigError> {
        let credentials = Credentials::of(config)?;
        let (health, health_service) = tonic_health::server::health_reporter();
        let mut routes = RoutesBuilder::default();
        // It is answered without the token, as probes carry none.
        routes.add_service(health_service);
        Ok(Self {
            routes,
            health,
            door: Arc::new(Door::new(credentials)),
            limits: Limits {
                at_once: config.server.at_once,
                queue: config.server.queue,
            },
            drain: time_of_tasks(Duration::from_secs(config.server.drain_secs)),
            connection_age: CONNECTION_AGE,
            names: Vec::new(),
        })
    }

    /// Adds a service.
    pub fn add<S>(&mut self, service: S)
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.add_guarded(service);
    }

    fn add_guarded<S>(&mut self, service: S)
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let gate = Gate::new(S::NAME, self.limits);
        let guarded = Guard::new(service, Arc::clone(&self.door), gate);
        self.routes.add_service(guarded);
    }

    /// Serves until the process's tasks have ended after a shutdown began, and the calls in hand have within its time.
    pub async fn serve(
        mut self,
        listener: TcpListener,
        shutdown: &Shutdown,
    ) -> Result<(), ServeError> {
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(stoa_proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()?;
        // Behind the door like every service: what there is to call is nobody's business who has no token.
        self.add_guarded(reflection);
        shutdown.started();
        let names = self.names.clone();
        let mut lacking = shutdown.lacking();
        let now = lacking.borrow_and_update().clone();
        health::report(&self.health, &names, &now).await;
        let telling = health::tell(self.health, names, lacking, shutdown.clone());
        shutdown.spawn("health", telling);
        let stop = shutdown.clone();
        let stopped = async move { stop.stopped().await };
        let streams =
            (self.limits.at_once.saturating_add(self.limits.queue)).saturating_add(REFUSED);
        // Layers around all services are put on here, from the outermost in.
        let router = tonic::transport::Server::builder()
            .trace_fn(span)
            .layer(Measure(shutdown.clone()))
            .max_connection_age(self.connection_age)
            .max_concurrent_streams(u32::try_from(streams).unwrap_or(u32::MAX))
            .http2_keepalive_interval(Some(KEEP_ALIVE))
            .http2_keepalive_timeout(Some(KEEP_ALIVE))
            .add_routes(self.routes.routes());
        let door = Arc::clone(&self.door);
        let serving = async move {
            match door.credentials().tls().cloned() {
                Some(tls) => {
                    // Faults of the files are reported at the start.
                    tls.server()?;
                    let incoming = tls::incoming(listener, tls);
                    Box::pin(router.serve_with_incoming_shutdown(incoming, stopped)).await?;
                }
                None => {
                    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                    Box::pin(router.serve_with_incoming_shutdown(incoming, stopped)).await?;
                }
            }
            Ok::<_, ServeError>(())
        };
        tokio::select! {
            served = serving => served,
            () = self.door.farewell(shutdown, self.drain) => Ok(()),
        }
    }
}

impl Door {
    /// Resolves when the server need not wait for its callers any more: what they asked for is answered, as far as it was
    /// within the time that tasks have, and who does not close a connection must not hold the exit.
    async fn farewell(&self, shutdown: &Shutdown, drain: Duration) {
        shutdown.stopping().await;
        let until = Instant::now() + drain;
        shutdown.stopped().await;
        // Calls from before the stop have ended with the tasks. This waits for those that came later.
        self.calls.close();
        // An error means that some did not end.
        let _ = timeout_at(until, self.calls.wait()).await;
        sleep(FAREWELL).await;
    }
}

fn span(request: &http::Request<()>) -> tracing::Span {
    let path = request.uri().path();
    if asks_for_health(path) {
        return tracing::Span::none();
    }
    // The name under which trace viewers list it.
    let span = tracing::info_span!(
        "rpc",
        otel.name = path,
        otel.kind = "server",
        trace = tracing::field::Empty
    );
    telemetry::follow(&span, &Carrier(request.headers()));
    span
}

struct Carrier<'a>(&'a HeaderMap);

impl Extractor for Carrier<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
