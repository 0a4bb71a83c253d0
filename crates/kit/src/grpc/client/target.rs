use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures::future::{BoxFuture, FutureExt};
use http::{Uri, uri::Authority};

use super::ConnectError;
use crate::address::shown;

/// One address of a service: of a process, or a name that stands for as many as it resolves to.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Calls are secured.
    pub(super) secure: bool,
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) authority: Authority,
}

impl Target {
    /// Reads what is configured: one address, or several with commas between.
    pub(super) fn parse_all(addresses: &str) -> Result<Vec<Self>, ConnectError> {
        let each = addresses
            .split(',')
            .map(|address| Self::parse(address.trim()));
        each.collect::<Option<_>>()
            .ok_or_else(|| ConnectError::Address {
                address: shown(addresses),
            })
    }

    fn parse(address: &str) -> Option<Self> {
        let uri: Uri = address.parse().ok()?;
        let secure = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority()?.clone();
        // A password would go into logs and certificates' names; there is the token for that.
        if authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = authority
            .port_u16()
            .unwrap_or(if secure { 443 } else { 80 });
        (!host.is_empty()).then_some(Self {
            secure,
            host,
            port,
            authority,
        })
    }

    /// Where it is, when it is no name.
    pub(super) fn fixed(&self) -> Option<SocketAddr> {
        let address: IpAddr = self.host.parse().ok()?;
        Some(SocketAddr::new(address, self.port))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

/// Finds the addresses of a host and a port.
pub(in crate::grpc) type Lookup =
    Arc<dyn Fn(&str, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// The machine's own way.
pub(super) fn system() -> Lookup {
    Arc::new(|host, port| {
        let host = host.to_owned();
        async move {
            let found = tokio::net::lookup_host((host.as_str(), port)).await?;
            Ok(found.collect())
        }
        .boxed()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_one_process_or_a_name_or_several_of_these() {
        let read = |addresses: &str| -> Vec<String> {
            let targets = Target::parse_all(addresses).expect("addresses");
            targets.iter().map(Target::to_string).collect()
        };
        assert_eq!(read("http://127.0.0.1:7700"), ["http://127.0.0.1:7700"]);
        assert_eq!(
            read("https://a:1, https://b.chat.svc:2"),
            ["https://a:1", "https://b.chat.svc:2"]
        );
        let targets = Target::parse_all("http://[::1]:7,https://name/").expect("addresses");
        assert_eq!(targets[0].fixed(), Some("[::1]:7".parse().expect("one")));
        assert_eq!((targets[1].fixed(), targets[1].port), (None, 443));
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        for bad in [
            "",
            "127.0.0.1:7700",
            "nats://a:1",
            "http://",
            "http://a:1,",
            "http://bot:hunter2@a:1",
        ] {
            let refused = Target::parse_all(bad).expect_err(bad).to_string();
            assert!(refused.contains("http://HOST:PORT"), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
