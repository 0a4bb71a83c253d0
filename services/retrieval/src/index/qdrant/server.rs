//! The connection to a server.
//!
//! The client's own connection takes no certificate authority but the system's, and connects anew for each kind of error;
//! so its messages are sent over a connection of ours.

use std::{error::Error, fs, time::Duration};

use qdrant_client::qdrant::{
    HealthCheckRequest, collections_client::CollectionsClient, points_client::PointsClient,
    qdrant_client::QdrantClient,
};
use secrecy::ExposeSecret;
use stoa_kit::{address::shown, config};
use tonic::{
    Code, Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use crate::index::IndexError;

/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Largest answer: a page of passages of 64 KiB, or the candidates of a search, with their vectors.
const MAX_MESSAGE: usize = 64 << 20;

/// A connection that sends the key with every call.
pub(super) type Keyed = InterceptedService<Channel, Key>;

/// A server. It is connected to at the first call, and again whenever the connection breaks.
#[derive(Clone)]
pub(super) struct Server {
    connection: Keyed,
    /// Its address, as it may be shown.
    pub(super) url: String,
}

impl Server {
    /// The server that is configured.
    pub(super) fn new(settings: &config::Qdrant) -> Result<Self, IndexError> {
        let url = settings.url.as_ref().map(|url| shown(url.expose()));
        let url = url.unwrap_or_default();
        let failed = |reason: String| IndexError::Open {
            path: url.clone(),
            reason,
        };
        let wrong = || {
            failed(
                "that is no address: set STOA_QDRANT_URL to http://HOST:6334 or https://HOST:6334, the gRPC port"
                    .to_owned(),
            )
        };
        // A user in the address is of no use to gRPC.
        let endpoint = Endpoint::from_shared(url.clone()).map_err(|_| wrong())?;
        let endpoint = match endpoint.uri().scheme_str() {
            Some("http") => endpoint,
            Some("https") => {
                let tls = trust(settings).map_err(&failed)?;
                endpoint
                    .tls_config(tls)
                    .map_err(|error| failed(whole(&error)))?
            }
            _ => return Err(wrong()),
        };
        let channel = endpoint
            .timeout(DEADLINE)
            .connect_timeout(CONNECT)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(20))
            .keep_alive_while_idle(true)
            .tcp_nodelay(true)
            .connect_lazy();
        let key = Key::of(settings).map_err(&failed)?;
        Ok(Self {
            connection: InterceptedService::new(channel, key),
            url,
        })
    }

    /// What is done with points.
    pub(super) fn points(&self) -> PointsClient<Keyed> {
        PointsClient::new(self.connection.clone()).max_decoding_message_size(MAX_MESSAGE)
    }

    /// What is done with collections.
    pub(super) fn collections(&self) -> CollectionsClient<Keyed> {
        CollectionsClient::new(self.connection.clone()).max_decoding_message_size(MAX_MESSAGE)
    }

    /// Reads points, and once more when the connection turns out to be broken.
    pub(super) async fn read<R, T, F>(
        &self,
        request: R,
        call: impl Fn(PointsClient<Keyed>, R) -> F,
    ) -> Result<T, Status>
    where
        R: Clone,
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let answer = match call(self.points(), request.clone()).await {
            // A server that was restarted breaks the connection with the first call after it. Only reading is repeated:
            // of a write it is not known whether it was made.
            Err(status) if status.code() == Code::Unavailable => call(self.points(), request).await,
            answer => answer,
        };
        answer.map(Response::into_inner)
    }

    /// Its version.
    pub(super) async fn version(&self) -> Result<String, IndexError> {
        let mut client = QdrantClient::new(self.connection.clone());
        let reply = client.health_check(HealthCheckRequest {}).await;
        let reply = reply.map_err(|status| self.failed("answer", &status))?;
        Ok(reply.into_inner().version)
    }

    /// A call that failed.
    pub(super) fn failed(&self, operation: &'static str, status: &Status) -> IndexError {
        let reason = whole(status);
        match status.code() {
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
                IndexError::Unavailable {
                    url: self.url.clone(),
                    reason,
                }
            }
            Code::NotFound => IndexError::Gone { reason },
            Code::Unauthenticated | Code::PermissionDenied => IndexError::Engine {
                operation,
                reason: format!(
                    "Qdrant at {} refuses the key: {reason}: set STOA_QDRANT_API_KEY to one that may write",
                    self.url
                ),
            },
            _ => IndexError::Engine { operation, reason },
        }
    }
}

/// Whom to trust: the authority that is configured, or those of the system.
fn trust(settings: &config::Qdrant) -> Result<ClientTlsConfig, String> {
    let tls = ClientTlsConfig::new();
    let Some(path) = &settings.ca else {
        return Ok(tls.with_native_roots());
    };
    let pem = fs::read(path).map_err(|error| {
        format!(
            "the certificates in {} (qdrant.ca) cannot be read: {error}",
            path.display()
        )
    })?;
    Ok(tls.ca_certificate(Certificate::from_pem(pem)))
}

/// Adds the key to each call.
#[derive(Debug, Clone)]
pub(super) struct Key(Option<MetadataValue<Ascii>>);

impl Key {
    fn of(settings: &config::Qdrant) -> Result<Self, String> {
        let Some(key) = &settings.api_key else {
            return Ok(Self(None));
        };
        let mut key: MetadataValue<Ascii> = key.expose_secret().parse().map_err(|_| {
            "the key holds characters that cannot be sent: check STOA_QDRANT_API_KEY".to_owned()
        })?;
        key.set_sensitive(true);
        Ok(Self(Some(key)))
    }
}

impl Interceptor for Key {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(key) = &self.0 {
            request.metadata_mut().insert("api-key", key.clone());
        }
        Ok(request)
    }
}

/// An error with its causes, each said once.
fn whole(error: &(dyn Error + 'static)) -> String {
    let mut said = match error.downcast_ref::<Status>() {
        Some(status) => status.message().to_owned(),
        None => error.to_string(),
    };
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Wrapped errors repeat their cause in their own words.
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> config::Qdrant {
        config::Qdrant {
            url: Some(url.into()),
            ..config::Qdrant::default()
        }
    }

    #[tokio::test]
    async fn what_is_no_address_is_said_with_what_to_write() {
        for wrong in ["qdrant:6334", "grpc://qdrant:6334", "http://", "not one"] {
            let Err(error) = Server::new(&settings(wrong)) else {
                panic!("{wrong} is taken");
            };
            assert!(error.to_string().contains("https://HOST:6334"), "{error}");
        }
        assert!(Server::new(&settings("http://qdrant:6334")).is_ok());
    }

    #[tokio::test]
    async fn a_missing_authority_is_named() {
        let mut settings = settings("https://qdrant:6334");
        settings.ca = Some("/nowhere/ca.pem".into());
        let Err(error) = Server::new(&settings) else {
            panic!("it is taken");
        };
        assert!(error.to_string().contains("/nowhere/ca.pem"), "{error}");
        assert!(error.to_string().contains("qdrant.ca"), "{error}");
    }
}
