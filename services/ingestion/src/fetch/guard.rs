//! Which hosts are on the public Internet, and no others are asked.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use stoa_kit::outbound::{is_private_name, is_public};

use super::FetchError;

/// How long a name that a proxy is asked for is looked up before.
const LOOKUP: Duration = Duration::from_secs(5);

/// Lets nobody be led into the network that this process is in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    pub(super) allow_private: bool,
}

impl Guard {
    fn admits(self, address: IpAddr) -> bool {
        self.allow_private || is_public(address)
    }

    /// Refuses an address in numbers, which never reaches a resolver.
    pub(super) fn check_numbers(self, url: &Url) -> Result<(), FetchError> {
        let host = url.host_str().unwrap_or_default();
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        match address {
            Some(address) if !self.admits(address) => Err(private(host)),
            _ => Ok(()),
        }
    }

    /// Refuses a name that leads to a private network, before a proxy is asked for it: the proxy resolves it by itself.
    /// One of several addresses is enough, as it may take that. A name that is not known here, where only the proxy
    /// knows names, is left to the proxy, unless it says itself that it is a private one.
    pub(super) async fn check_name(self, url: &Url) -> Result<(), FetchError> {
        let host = url.host_str().unwrap_or_default();
        if self.allow_private || host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok() {
            return Ok(());
        }
        let found = tokio::time::timeout(LOOKUP, tokio::net::lookup_host((host, 0))).await;
        let refused = match found {
            Ok(Ok(mut addresses)) => addresses.any(|at| !is_public(at.ip())),
            Ok(Err(_)) | Err(_) => is_private_name(host),
        };
        if refused { Err(private(host)) } else { Ok(()) }
    }
}

fn private(host: &str) -> FetchError {
    FetchError::Private {
        host: host.to_owned(),
    }
}

/// Resolves names to public addresses only, so that a name cannot lead into the cluster.
impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            // Only these are connected to, so a second look-up cannot give another answer.
            let public: Vec<SocketAddr> = found.filter(|at| guard.admits(at.ip())).collect();
            if public.is_empty() {
                return Err(FetchError::Private { host }.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Guard = Guard {
        allow_private: false,
    };

    #[test]
    fn an_address_in_numbers_is_refused_however_it_is_written() {
        for refused in [
            "http://127.0.0.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://0177.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://[64:ff9b::a00:1]/",
            "http://[2002:a00:1::]/",
        ] {
            let url = Url::parse(refused).expect("a url");
            assert!(STRICT.check_numbers(&url).is_err(), "{refused}");
            let open = Guard {
                allow_private: true,
            };
            assert!(open.check_numbers(&url).is_ok(), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_proxy_is_asked_for_no_private_name() {
        for (name, good) in [
            ("http://localhost/", false),
            ("http://localhost./", false),
            ("http://metadata/", false),
            ("http://wiki.internal/", false),
            ("http://stoa-retrieval.default.svc/", false),
            ("http://printer.LOCAL./", false),
            ("http://93.184.215.14/", true),
            // Nobody may have this name, so no resolver knows it.
            ("http://docs.invalid/", true),
        ] {
            let url = Url::parse(name).expect("a url");
            assert_eq!(STRICT.check_name(&url).await.is_ok(), good, "{name}");
        }
    }
}
