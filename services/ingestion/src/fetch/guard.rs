//! Which hosts are on the public Internet, and no others are asked.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use ipnet::{Ipv4Net, Ipv6Net};
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use super::FetchError;

/// How long a name that a proxy is asked for is looked up before.
const LOOKUP: Duration = Duration::from_secs(5);

/// What IPv4 keeps for special purposes (IANA's registry), and so leads to nothing that is public.
const SPECIAL_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// The only part of IPv6 that is given to networks of the public Internet. Outside of it are, among others, addresses
/// that hold one of IPv4 (`::/96`, `64:ff9b::/96`, `64:ff9b:1::/48`), and those of sites and links (`fc00::/7`,
/// `fe80::/10`, `fec0::/10`).
const PUBLIC_V6: Ipv6Net = v6([0x2000, 0], 3);

/// What it keeps for special purposes: protocols, Teredo's tunnels among them, documentation, and 6to4, which holds an
/// address of IPv4.
const SPECIAL_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0], 23),
    v6([0x2001, 0xdb8], 32),
    v6([0x2002, 0], 16),
    v6([0x3fff, 0], 20),
];

/// What names of private networks end with where no server of names knows them.
const PRIVATE_NAMES: [&str; 10] = [
    "arpa",
    "corp",
    "home",
    "internal",
    "intranet",
    "lan",
    "local",
    "localhost",
    "private",
    "svc",
];

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([a, b]: [u16; 2], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|net| net.contains(&v4)),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => PUBLIC_V6.contains(&v6) && !SPECIAL_V6.iter().any(|net| net.contains(&v6)),
        },
    }
}

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

fn is_private_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match host.rsplit_once('.') {
        Some((_, last)) => PRIVATE_NAMES.contains(&last),
        None => true,
    }
}

/// Resolves names to public addresses only, so that a name cannot lead into the cluster.
impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
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
    fn private_networks_are_told_in_every_form() {
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.254",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::10.0.0.1",
            "::93.184.215.14",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:20::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "feff::1",
            "ff02::1",
        ] {
            assert!(
                !is_public(private.parse().expect("an address")),
                "{private}"
            );
        }
    }

    #[test]
    fn the_internet_is_not_refused() {
        for public in [
            "1.1.1.1",
            "93.184.215.14",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.254",
            "::ffff:93.184.215.14",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:2800:21f:cb07::1",
            "2a00:1450:4001:82a::200e",
        ] {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
    }

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
