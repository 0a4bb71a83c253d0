use std::{convert::Infallible, net::SocketAddr, time::Duration};

use http::HeaderMap;
use opentelemetry::propagation::Extractor;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use thiserror::Error;
use tokio::net::TcpListener;
use tonic::{
    Request, Status,
    body::Body,
    server::NamedService,
    service::{Interceptor, RoutesBuilder, interceptor::InterceptedService},
    transport::server::TcpIncoming,
};
use tonic_health::server::HealthReporter;
use tower::Service;

use super::{
    health,
    measure::{Measure, asks_for_health},
};
use crate::{Shutdown, config::token_problem, telemetry};

/// Longest a caller may take for one call that is not a stream; a caller's own deadline is kept if it is shorter.
const LONGEST_CALL: Duration = Duration::from_secs(600);

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

/// A gRPC server with health, reflection, deadlines, the shared token and trace context.
pub struct Server {
    routes: RoutesBuilder,
    health: HealthReporter,
    incoming: Incoming,
    names: Vec<&'static str>,
}

/// How long callers may take to read their last answers when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

impl Server {
    /// A server that asks every caller for the token. Health is answered without it, as probes carry none.
    pub fn new(token: &SecretString) -> Self {
        let (health, health_service) = tonic_health::server::health_reporter();
        let mut routes = RoutesBuilder::default();
        routes.add_service(health_service);
        Self {
            routes,
            health,
            incoming: Incoming {
                token: token.clone(),
            },
            names: Vec::new(),
        }
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
        self.routes
            .add_service(InterceptedService::new(service, self.incoming.clone()));
    }

    /// Serves until the process's tasks have ended after a shutdown began.
    pub async fn serve(
        mut self,
        listener: TcpListener,
        shutdown: &Shutdown,
    ) -> Result<(), ServeError> {
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(stoa_proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()?;
        self.routes
            .add_service(InterceptedService::new(reflection, self.incoming.clone()));
        shutdown.started();
        let names = self.names.clone();
        let mut lacking = shutdown.lacking();
        let now = lacking.borrow_and_update().clone();
        health::report(&self.health, &names, &now).await;
        let telling = health::tell(self.health, names, lacking, shutdown.clone());
        shutdown.spawn("health", telling);
        let stop = shutdown.clone();
        let serving = tonic::transport::Server::builder()
            .trace_fn(span)
            .layer(Measure(shutdown.clone()))
            .timeout(LONGEST_CALL)
            .http2_keepalive_interval(Some(Duration::from_secs(20)))
            .http2_keepalive_timeout(Some(Duration::from_secs(20)))
            .add_routes(self.routes.routes())
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener).with_nodelay(Some(true)),
                async move { stop.stopped().await },
            );
        tokio::select! {
            served = serving => Ok(served?),
            // A caller that does not close its connection must not hold the exit.
            () = async { shutdown.stopped().await; tokio::time::sleep(FAREWELL).await } => Ok(()),
        }
    }
}

/// Lets a call in when it carries the token.
#[derive(Clone)]
pub(super) struct Incoming {
    token: SecretString,
}

impl Incoming {
    /// Whether it is the token. A server whose own token keeps nobody out, however it came to it, lets nobody in; and
    /// how long the comparison takes tells nothing.
    fn is_token(&self, given: &str) -> bool {
        let known = self.token.expose_secret().as_bytes();
        token_problem(&self.token).is_none() && bool::from(given.as_bytes().ct_eq(known))
    }
}

impl Interceptor for Incoming {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let given = request
            .metadata()
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if given.is_some_and(|given| self.is_token(given)) {
            Ok(request)
        } else {
            Err(Status::unauthenticated(
                "the token is missing or wrong: set STOA_TOKEN to the server's token",
            ))
        }
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

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn asked(known: &str, header: Option<&str>) -> Result<(), Code> {
        let mut request = Request::new(());
        if let Some(header) = header {
            let metadata = request.metadata_mut();
            metadata.insert("authorization", header.parse().expect("a header"));
        }
        let mut incoming = Incoming {
            token: known.to_owned().into(),
        };
        incoming
            .call(request)
            .map(|_| ())
            .map_err(|status| status.code())
    }

    #[test]
    fn only_a_call_with_the_token_comes_in() {
        assert_eq!(asked(TOKEN, Some("Bearer 0123456789abcdef")), Ok(()));
        for header in [
            None,
            Some(""),
            Some("Bearer "),
            Some("0123456789abcdef"),
            Some("Bearer 0123456789abcdeX"),
            Some("Bearer 0123456789abcdef0"),
        ] {
            assert_eq!(
                asked(TOKEN, header),
                Err(Code::Unauthenticated),
                "{header:?}"
            );
        }
    }

    #[test]
    fn nothing_is_equal_to_a_token_that_keeps_nobody_out() {
        for known in ["", " ", "short"] {
            let own = format!("Bearer {known}");
            for header in [None, Some(""), Some("Bearer "), Some(own.as_str())] {
                assert_eq!(
                    asked(known, header),
                    Err(Code::Unauthenticated),
                    "{known:?} {header:?}"
                );
            }
        }
    }
}
