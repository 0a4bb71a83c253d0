//! Pages and files of the web, from public hosts only.
//!
//! Redirects are followed here and not in the client, so that each address on the way is checked as the first one is.

mod guard;

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use reqwest::{Client, Response, Url, header::LOCATION, redirect::Policy};
use stoa_kit::{
    address::shown,
    config::Ingestion,
    outbound::{self, Proxies},
};
use thiserror::Error;

use guard::Guard;

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Longest address, in bytes.
const MAX_URL: usize = 1_024;

/// An address may not be fetched, or gave nothing.
#[derive(Debug, Error)]
pub(crate) enum FetchError {
    #[error(
        "`{url}` is not an address of the web: use http:// or https://, without a user or a password, at most {MAX_URL} bytes"
    )]
    Address { url: String },
    #[error(
        "{host} is on a private network, which is not fetched (ingestion.allow_private_addresses)"
    )]
    Private { host: String },
    #[error("{url} redirects more than {REDIRECTS} times")]
    Redirects { url: String },
    #[error("{url} answered {status}")]
    Status { url: String, status: u16 },
    #[error("{url} is larger than {limit} bytes (ingestion.max_bytes)")]
    TooLarge { url: String, limit: u64 },
    #[error("{url}: {reason}")]
    Failed { url: String, reason: String },
}

impl FetchError {
    /// Whether trying again may help.
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            Self::Failed { .. } => true,
            _ => false,
        }
    }
}

/// An address that was checked: http or https, with a host.
#[derive(Debug, Clone)]
pub(crate) struct SafeUrl(Url);

impl SafeUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, FetchError> {
        let invalid = || FetchError::Address {
            url: shown(text).chars().take(200).collect(),
        };
        let url = Url::parse(text.trim()).map_err(|_| invalid())?;
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        // Credentials in an address would be kept and shown with the document.
        if !web || text.len() > MAX_URL || !url.username().is_empty() || url.password().is_some() {
            return Err(invalid());
        }
        Ok(Self(url))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Where an answer sends on to, if it does.
    fn redirected(&self, answer: &Response) -> Result<Option<Self>, FetchError> {
        if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = answer.headers().get(LOCATION) else {
            return Ok(None);
        };
        let location = String::from_utf8_lossy(location.as_bytes());
        // Servers send addresses relative to the page, against the older standard and with the newer one.
        match self.0.join(&location) {
            Ok(next) => Self::parse(next.as_str()).map(Some),
            Err(_) => Self::parse(&location).map(Some),
        }
    }
}

/// Gets bytes from the web, by the proxy of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`) where there is one
/// and `NO_PROXY` does not except the host.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    /// Connects to hosts itself, and resolves their names through the guard.
    direct: Client,
    /// Connects to the proxy, which is on a private network more often than not.
    proxied: Client,
    proxies: Arc<Proxies>,
    guard: Guard,
    limit: u64,
}

impl Fetcher {
    pub(crate) fn new(settings: &Ingestion) -> Result<Self, reqwest::Error> {
        let guard = Guard {
            allow_private: settings.allow_private_addresses,
        };
        let client = || {
            Client::builder()
                .user_agent(concat!("stoa/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(Duration::from_secs(10))
                .read_timeout(Duration::from_secs(30))
                .timeout(Duration::from_secs(300))
                .redirect(Policy::none())
        };
        Ok(Self {
            // The guard resolves at the moment of connecting: a name that was looked up before could lead elsewhere by
            // then.
            direct: client().no_proxy().dns_resolver(Arc::new(guard)).build()?,
            proxied: client().build()?,
            proxies: Arc::new(Proxies::from_env()),
            guard,
            limit: settings.max_bytes,
        })
    }

    pub(crate) async fn fetch(&self, url: &SafeUrl) -> Result<Bytes, FetchError> {
        let mut at = url.clone();
        for _ in 0..=REDIRECTS {
            let answer = self.ask(&at).await?;
            match at.redirected(&answer)? {
                Some(next) => at = next,
                None => return self.read(&at, answer).await,
            }
        }
        Err(FetchError::Redirects {
            url: url.as_str().to_owned(),
        })
    }

    /// One request, to the host or to the proxy for it.
    async fn ask(&self, url: &SafeUrl) -> Result<Response, FetchError> {
        self.guard.check_numbers(&url.0)?;
        let Some(proxy) = self.proxy(&url.0) else {
            let asked = self.direct.get(url.0.clone()).send().await;
            return asked.map_err(|error| failed(url, &error));
        };
        self.guard.check_name(&url.0).await?;
        let asked = self.proxied.get(url.0.clone()).send().await;
        asked.map_err(|error| FetchError::Failed {
            url: url.as_str().to_owned(),
            reason: format!("{} (by the proxy {proxy})", outbound::cause(&error)),
        })
    }

    /// The proxy for an address, as it may be shown. What is private is reached directly, where that is allowed.
    fn proxy(&self, url: &Url) -> Option<String> {
        let uri = url.as_str().parse().ok()?;
        let proxy = if self.guard.allow_private {
            self.proxies.of(&uri)
        } else {
            self.proxies.of_any(&uri)
        }?;
        Some(shown(&proxy.uri().to_string()))
    }

    async fn read(&self, url: &SafeUrl, answer: Response) -> Result<Bytes, FetchError> {
        let shown = || url.as_str().to_owned();
        if !answer.status().is_success() {
            return Err(FetchError::Status {
                url: shown(),
                status: answer.status().as_u16(),
            });
        }
        let mut bytes = BytesMut::new();
        let mut stream = answer.bytes_stream();
        // Counted as they come: the length in the header may be missing or wrong, and compressed answers grow.
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| failed(url, &error))?;
            if (bytes.len() + chunk.len()) as u64 > self.limit {
                return Err(FetchError::TooLarge {
                    url: shown(),
                    limit: self.limit,
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }
}

/// A name that leads to a private network is refused while connecting, which no further attempt changes.
fn failed(url: &SafeUrl, error: &reqwest::Error) -> FetchError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(FetchError::Private { host }) = cause.downcast_ref::<FetchError>() {
            return FetchError::Private { host: host.clone() };
        }
        source = cause.source();
    }
    FetchError::Failed {
        url: url.as_str().to_owned(),
        reason: outbound::cause(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_taken() {
        assert!(SafeUrl::parse("https://example.org/a").is_ok());
        for bad in [
            "file:///etc/passwd",
            "ftp://x",
            "example.org",
            "http://user:hunter2@example.org",
            "https://",
        ] {
            let refused = SafeUrl::parse(bad).expect_err(bad).to_string();
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }

    #[tokio::test]
    async fn no_private_host_is_asked_and_no_second_attempt_made() {
        stoa_kit::grpc::install_tls();
        let fetcher = Fetcher::new(&Ingestion::default()).expect("a client");
        for private in [
            "http://10.0.0.1/",
            "http://localhost/",
            "http://[::1]:7700/",
        ] {
            let url = SafeUrl::parse(private).expect("an address");
            let refused = fetcher.fetch(&url).await.expect_err(private);
            assert!(matches!(refused, FetchError::Private { .. }), "{refused}");
            assert!(!refused.is_retryable());
        }
    }
}
