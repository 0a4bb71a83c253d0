//! Connections to the gateway: directly, or through the proxy of the environment.

use std::time::Duration;

use http::{Uri, uri::InvalidUri};
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::Intercept,
    },
    rt::TokioIo,
};
use stoa_kit::{
    address::shown,
    outbound::{Proxies, cause},
};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Connector, MaybeTlsStream, WebSocketStream};
use tower::ServiceExt;

/// How long it may take until a connection stands.
const CONNECT: Duration = Duration::from_secs(10);
/// The version of the gateway, and the form of its events.
const QUERY: &str = "/?v=10&encoding=json";

/// A connection to the gateway.
pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why there is no connection.
#[derive(Debug, Error)]
pub(super) enum DialError {
    #[error("{url} is not the address of a gateway: {source}")]
    Address { url: String, source: InvalidUri },
    #[error("{0} is not the address of a gateway: it begins with ws:// or wss://")]
    Scheme(String),
    #[error("the proxy {0} is of a kind that is not supported: set one that begins with http://")]
    Proxy(String),
    #[error("{url} cannot be reached{by}: {reason}")]
    Unreachable {
        url: String,
        /// The proxy, with the words before it.
        by: String,
        reason: String,
    },
}

/// Opens connections.
pub(super) struct Dialer {
    proxies: Proxies,
    tls: Connector,
}

impl Dialer {
    pub(super) fn new() -> Result<Self, tokio_websockets::Error> {
        Ok(Self {
            proxies: Proxies::from_env(),
            tls: Connector::new()?,
        })
    }

    /// Connects to a gateway.
    pub(super) async fn dial(&self, url: &str) -> Result<Socket, DialError> {
        let whole = format!("{}{QUERY}", url.trim_end_matches('/'));
        let uri: Uri = whole.parse().map_err(|source| DialError::Address {
            url: url.to_owned(),
            source,
        })?;
        let (secure, port) = match uri.scheme_str() {
            Some("wss") => (true, 443),
            Some("ws") => (false, 80),
            _ => return Err(DialError::Scheme(url.to_owned())),
        };
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(port);
        let proxy = self.proxies.of_tunnel(host, port);
        let by = proxy.as_ref().and_then(|proxy| proxy.uri().authority());
        let by = by.map_or_else(String::new, |by| {
            format!(" by the proxy {}", shown(by.as_str()))
        });
        let unreachable = |reason: String| DialError::Unreachable {
            url: url.to_owned(),
            by: by.clone(),
            reason,
        };
        let connecting = async {
            // Only the host and the port of it matter.
            let target: Uri =
                format!("http://{host}:{port}/")
                    .parse()
                    .map_err(|source| DialError::Address {
                        url: url.to_owned(),
                        source,
                    })?;
            let stream = open(proxy, target, &unreachable).await?;
            // A certificate names an IPv6 address without its brackets.
            let name = host.trim_start_matches('[').trim_end_matches(']');
            let plain = Connector::Plain;
            let tls = if secure { &self.tls } else { &plain };
            let stream = tls.wrap(name, stream).await;
            let stream = stream.map_err(|error| unreachable(cause(&error)))?;
            let opened = ClientBuilder::from_uri(uri.clone())
                .connect_on(stream)
                .await;
            let (socket, _) = opened.map_err(|error| unreachable(cause(&error)))?;
            Ok(socket)
        };
        tokio::time::timeout(CONNECT, connecting)
            .await
            .unwrap_or_else(|_| Err(unreachable(format!("no answer within {CONNECT:?}"))))
    }
}

/// Opens a connection to a host: through the proxy, or directly.
async fn open(
    proxy: Option<Intercept>,
    target: Uri,
    unreachable: impl Fn(String) -> DialError,
) -> Result<TcpStream, DialError> {
    let stream = match proxy {
        Some(proxy) if proxy.uri().scheme_str() != Some("http") => {
            let scheme = proxy.uri().scheme_str().unwrap_or_default();
            return Err(DialError::Proxy(format!("{scheme}://…")));
        }
        Some(proxy) => {
            let mut tunnel = Tunnel::new(proxy.uri().clone(), HttpConnector::new());
            if let Some(password) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(password.clone());
            }
            let opened = tunnel.oneshot(target).await;
            opened.map_err(|error| unreachable(cause(&error)))?
        }
        None => {
            let opened = HttpConnector::new().oneshot(target).await;
            opened.map_err(|error| unreachable(cause(&error)))?
        }
    };
    Ok(TokioIo::into_inner(stream))
}
