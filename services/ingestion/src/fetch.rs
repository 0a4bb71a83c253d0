//! Pages and files of the web, from public hosts only.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use stoa_kit::config::Ingestion;
use thiserror::Error;

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Longest address, in bytes.
const MAX_URL: usize = 1_024;

/// An address may not be fetched, or gave nothing.
#[derive(Debug, Error)]
pub(crate) enum FetchError {
    #[error(
        "`{url}` is not an address of the web: use http:// or https://, at most {MAX_URL} bytes"
    )]
    Address { url: String },
    #[error(
        "{host} is on a private network, which is not fetched (ingestion.allow_private_addresses)"
    )]
    Private { host: String },
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
            url: text.chars().take(200).collect(),
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
}

/// Gets bytes from the web.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    client: Client,
    limit: u64,
    allow_private: bool,
}

impl Fetcher {
    pub(crate) fn new(settings: &Ingestion) -> Result<Self, reqwest::Error> {
        let allow_private = settings.allow_private_addresses;
        let redirects = Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS {
                attempt.error("too many redirects")
            } else if check_host(attempt.url(), allow_private).is_err() {
                attempt.error("redirects to a private network")
            } else {
                attempt.follow()
            }
        });
        let client = Client::builder()
            .user_agent(concat!("stoa/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(30))
            .timeout(Duration::from_secs(300))
            .redirect(redirects)
            .dns_resolver(Arc::new(PublicOnly { allow_private }))
            .build()?;
        Ok(Self {
            client,
            limit: settings.max_bytes,
            allow_private,
        })
    }

    pub(crate) async fn fetch(&self, url: &SafeUrl) -> Result<Bytes, FetchError> {
        check_host(&url.0, self.allow_private)?;
        let shown = url.as_str().to_owned();
        let failed = |error: reqwest::Error| FetchError::Failed {
            url: shown.clone(),
            reason: innermost(&error),
        };
        let response = self
            .client
            .get(url.0.clone())
            .send()
            .await
            .map_err(failed)?;
        if !response.status().is_success() {
            return Err(FetchError::Status {
                url: shown,
                status: response.status().as_u16(),
            });
        }
        let mut bytes = BytesMut::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(failed)?;
            if (bytes.len() + chunk.len()) as u64 > self.limit {
                return Err(FetchError::TooLarge {
                    url: shown,
                    limit: self.limit,
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

/// An address that names a private network in numbers never reaches the resolver.
fn check_host(url: &Url, allow_private: bool) -> Result<(), FetchError> {
    let host = url.host_str().unwrap_or_default();
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    match address {
        Some(address) if !allow_private && !is_public(address) => Err(FetchError::Private {
            host: host.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Resolves names to public addresses only, so that a name cannot lead into the cluster.
struct PublicOnly {
    allow_private: bool,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found
                .filter(|at| allow_private || is_public(at.ip()))
                .collect();
            if public.is_empty() {
                return Err(FetchError::Private { host }.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let special = v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast();
            !(special || shared || a == 0 || a >= 240)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => {
                let special = v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local();
                !special
            }
        },
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
            "http://user:pw@example.org",
            "https://",
        ] {
            assert!(SafeUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn private_networks_are_told_in_every_form() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(
                !is_public(private.parse().expect("an address")),
                "{private}"
            );
        }
        assert!(is_public("93.184.215.14".parse().expect("an address")));
        let url = Url::parse("http://[::ffff:127.0.0.1]/").expect("a url");
        assert!(check_host(&url, false).is_err());
        assert!(check_host(&Url::parse("http://0x7f000001/").expect("a url"), false).is_err());
    }
}
