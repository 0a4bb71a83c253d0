//! The way out: the proxy that the environment names, as curl reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
//! `NO_PROXY`. What is private is reached directly, whatever they say.

mod hosts;

use std::{error::Error, net::IpAddr};

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

pub use self::hosts::{is_private_name, is_public};

/// Whether a host is of this machine or its network: an address that is not routed, or a name that no public one is.
pub fn is_private(host: &str) -> bool {
    // As an IPv6 address stands in a URL.
    let host = host.trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        Err(_) => is_private_name(host),
    }
}

/// The proxies of the environment.
#[derive(Debug)]
pub struct Proxies(Matcher);

impl Proxies {
    /// Reads the environment.
    pub fn from_env() -> Self {
        Self(Matcher::from_system())
    }

    /// The proxy by which an `http` or `https` address is reached; `None` when it is reached directly.
    pub fn of(&self, address: &Uri) -> Option<Intercept> {
        if is_private(address.host()?) {
            return None;
        }
        self.of_any(address)
    }

    /// The same where what is private is not reached directly either, but is the caller's to refuse.
    pub fn of_any(&self, address: &Uri) -> Option<Intercept> {
        self.0.intercept(address)
    }

    /// The same for a connection that stays open on a port of a host: by the proxy for encrypted ones first, as RFC 6455
    /// wants it of WebSockets, since any proxy tunnels them.
    pub fn of_tunnel(&self, host: &str, port: u16) -> Option<Intercept> {
        let proxy = |scheme: &str| {
            let address = format!("{scheme}://{host}:{port}/").parse().ok()?;
            self.of(&address)
        };
        proxy("https").or_else(|| proxy("http"))
    }
}

/// The innermost cause of an error: it tells what happened, while those around it only tell that something failed.
pub fn cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_is_told_from_what_is_public() {
        for host in [
            "localhost",
            "127.0.0.1",
            "[::1]",
            "10.1.2.3",
            "192.168.0.7",
            "169.254.1.1",
            "[fd00::1]",
            "stoa-generation",
            "ollama.default.svc",
            "nas.local",
            "Db.Internal.",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in [
            "discord.com",
            "gateway.discord.gg",
            "8.8.8.8",
            "[2606:4700::1]",
            "local.example",
        ] {
            assert!(!is_private(host), "{host}");
        }
    }

    #[test]
    fn a_tunnel_goes_by_the_proxy_for_what_is_encrypted_and_nothing_private_does() {
        let proxies = Proxies(
            Matcher::builder()
                .http("http://plain.test:1")
                .https("http://secure.test:2")
                .no("direct.test")
                .build(),
        );
        let by = |host: &str| {
            let proxy = proxies.of_tunnel(host, 443);
            proxy.and_then(|proxy| proxy.uri().host().map(str::to_owned))
        };
        assert_eq!(by("gateway.discord.gg").as_deref(), Some("secure.test"));
        assert_eq!(by("direct.test"), None);
        assert_eq!(by("127.0.0.1"), None);
        let local = Uri::from_static("http://127.0.0.1/");
        assert!(proxies.of(&local).is_none() && proxies.of_any(&local).is_some());
        let plain = Proxies(Matcher::builder().http("http://plain.test:1").build());
        assert!(plain.of_tunnel("gateway.discord.gg", 443).is_some());
    }
}
