use std::time::Duration;

use opentelemetry::propagation::Injector;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, ClientTlsConfig, Endpoint},
};

use crate::{address::shown, telemetry};

/// Deadline of a call that sets none.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(60);

/// A connection that sends the token, a deadline and the trace context with every call.
pub type Client = InterceptedService<Channel, Outgoing>;

/// The address or the token cannot be used.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// Not an address.
    #[error(
        "`{address}` is not an address of a service: use http://HOST:PORT or https://HOST:PORT"
    )]
    Address {
        /// What was given.
        address: String,
    },
    /// Not a header value.
    #[error("the token holds characters that cannot be sent: use printable ASCII")]
    Token,
}

/// Connects to a service at its first call, and again whenever the connection breaks.
pub fn connect(address: &str, token: &SecretString) -> Result<Client, ConnectError> {
    let invalid = || ConnectError::Address {
        address: shown(address),
    };
    let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|_| invalid())?;
    let endpoint = match endpoint.uri().scheme_str() {
        Some("https") => endpoint
            .tls_config(ClientTlsConfig::new())
            .map_err(|_| invalid())?,
        Some("http") => endpoint,
        _ => return Err(invalid()),
    };
    let channel = endpoint
        .connect_timeout(Duration::from_secs(5))
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20))
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
        .connect_lazy();
    Ok(InterceptedService::new(channel, Outgoing::new(token)?))
}

/// Adds to each call what every service expects.
#[derive(Debug, Clone)]
pub struct Outgoing {
    authorization: MetadataValue<Ascii>,
}

impl Outgoing {
    fn new(token: &SecretString) -> Result<Self, ConnectError> {
        let mut authorization: MetadataValue<Ascii> = format!("Bearer {}", token.expose_secret())
            .parse()
            .map_err(|_| ConnectError::Token)?;
        authorization.set_sensitive(true);
        Ok(Self { authorization })
    }
}

impl Interceptor for Outgoing {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if !request.metadata().contains_key("grpc-timeout") {
            request.set_timeout(DEFAULT_DEADLINE);
        }
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.authorization.clone());
        telemetry::inject(&mut Carrier(metadata));
        Ok(request)
    }
}

struct Carrier<'a>(&'a mut MetadataMap);

impl Injector for Carrier<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(key), Ok(value)) = (key.parse::<MetadataKey<Ascii>>(), value.parse()) {
            self.0.insert(key, value);
        }
    }
}
