//! Addresses of systems, which may hold a password.

use std::fmt;

use serde::Deserialize;

/// The address of a system. A user and a password in it are sent to that system and shown to nobody: `Display` and
/// `Debug` leave them out, and the query with them.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Address(String);

impl Address {
    /// The whole address, for the one who connects.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The addresses in it, where it is a list of servers of NATS: with commas between, and each with its scheme where
    /// one has a password, as that may hold a comma.
    pub fn each(&self) -> Vec<Self> {
        each(&self.0).into_iter().map(Self::from).collect()
    }

    /// Whether it holds a user or a password.
    pub fn has_user(&self) -> bool {
        self.0.contains('@')
    }
}

impl From<String> for Address {
    fn from(address: String) -> Self {
        Self(address)
    }
}

impl From<&str> for Address {
    fn from(address: &str) -> Self {
        Self(address.to_owned())
    }
}

/// Schemes of which there may be several addresses in a list.
const LISTED: [&str; 2] = ["nats://", "tls://"];

fn each(addresses: &str) -> Vec<&str> {
    // Without a password or a key there is nothing that a comma could be of.
    if !addresses.contains(['@', '?']) {
        return addresses.split(',').collect();
    }
    let begins = addresses.match_indices(',').filter(|(comma, _)| {
        let after = &addresses[comma + 1..];
        LISTED.iter().any(|scheme| after.starts_with(scheme))
    });
    let mut from = 0;
    let mut each = Vec::new();
    for (comma, _) in begins {
        each.push(&addresses[from..comma]);
        from = comma + 1;
    }
    each.push(&addresses[from..]);
    each
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = each(&self.0).into_iter().map(shown).collect();
        f.write_str(&each.join(","))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

/// An address as it may be shown: without user and password, and without its query, which may hold a key.
///
/// What is wrong with an address is often its password, with a `/` or an `@` that is not escaped. So this does not read
/// it as an address: whatever stands before the last `@` is left out.
pub fn shown(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, address),
    };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let place = host.split_once('?').map_or(host, |(place, _)| place);
    match scheme {
        Some(scheme) if is_scheme(scheme) => format!("{scheme}://{place}"),
        // A password that holds `://`, in an address without a scheme.
        _ => place.to_owned(),
    }
}

fn is_scheme(text: &str) -> bool {
    let mut characters = text.chars();
    characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_who_signs_in() {
        for (given, expected) in [
            ("nats://10.0.0.7:4222", "nats://10.0.0.7:4222"),
            ("nats://bot:hunter2@nats:4222", "nats://nats:4222"),
            ("nats://hunter2@nats:4222", "nats://nats:4222"),
            ("bot:hunter2@nats:4222", "nats:4222"),
            ("postgres://bot:hun@ter2@db/stoa", "postgres://db/stoa"),
            ("postgres://bot:12/hunter2@db/stoa", "postgres://db/stoa"),
            ("postgres://bot:hunter2?#@db/stoa", "postgres://db/stoa"),
            ("postgres://db/stoa?password=hunter2", "postgres://db/stoa"),
            ("bot:hunter2://x@db", "db"),
            ("https://host/v1", "https://host/v1"),
            ("http://[::1]:6334", "http://[::1]:6334"),
            ("nats://b:hun,ter2@n2", "nats://n2"),
            ("bot:hun,ter2@n2", "n2"),
            ("https://host/v1?key=hun,ter2", "https://host/v1"),
            ("", ""),
        ] {
            assert_eq!(shown(given), expected, "{given}");
            let address = Address::from(given);
            assert_eq!(address.to_string(), expected);
            assert_eq!(address.each(), [Address::from(given)]);
            assert_eq!(format!("{address:?}"), format!("{expected:?}"));
            assert_eq!(address.expose(), given);
        }
    }
    #[test]
    fn of_a_list_every_address_is_shown() {
        for (given, expected) in [
            ("n1:4222,n2:4222", "n1:4222,n2:4222"),
            ("nats://n1,n2", "nats://n1,n2"),
            ("nats://n1,tls://n2:4223", "nats://n1,tls://n2:4223"),
            (
                "nats://a:hunter2@n1,nats://b:hun,ter2@n2",
                "nats://n1,nats://n2",
            ),
        ] {
            let address = Address::from(given);
            assert_eq!(address.to_string(), expected);
            assert_eq!(format!("{address:?}"), format!("{expected:?}"));
            assert_eq!(address.each().len(), 2, "{given}");
        }
    }
}
