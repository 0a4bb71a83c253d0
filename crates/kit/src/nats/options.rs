//! How NATS is connected to.

use std::{error::Error, io, time::Duration};

use async_nats::{ConnectError, ConnectErrorKind, ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret;

use super::NatsError;
use crate::config::{Config, ConfigError, check_files};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The servers that are configured.
pub(super) fn addresses(config: &Config) -> Result<Vec<ServerAddr>, NatsError> {
    let each = config.require_nats()?.each();
    let read = each.iter().map(|address| address.expose().trim().parse());
    let addresses: Result<Vec<ServerAddr>, io::Error> = read.collect();
    addresses.map_err(|error| {
        let problem = format!("is not nats://HOST:PORT, or several with commas between: {error}");
        let key = "nats.url";
        NatsError::Config(ConfigError::Value { key, problem })
    })
}

/// What the configuration says of connecting: TLS and who signs in, by the name that the server shows.
pub(super) async fn of(config: &Config, name: &str) -> Result<ConnectOptions, NatsError> {
    let settings = &config.nats;
    check_files([
        ("nats.ca", &settings.ca),
        ("nats.cert", &settings.cert),
        ("nats.key", &settings.key),
        ("nats.credentials", &settings.credentials),
    ])?;
    let mut options = ConnectOptions::new()
        .name(format!("stoa-{name}"))
        .connection_timeout(CONNECT);
    // The library does not look for who signs in in the address itself.
    if let Some((user, password)) = addresses(config)?.iter().find_map(user) {
        options = match password {
            Some(password) => options.user_and_password(user, password),
            None => options.token(user),
        };
    }
    // Each of these wins over what the address says, as a secret that was given on purpose.
    if let Some(token) = &settings.token {
        options = options.token(token.expose_secret().to_owned());
    }
    if let Some(seed) = &settings.nkey {
        options = options.nkey(seed.expose_secret().to_owned());
    }
    if let Some(path) = &settings.credentials {
        let read = options.credentials_file(path).await;
        options = read.map_err(|source| ConfigError::File {
            key: "nats.credentials",
            path: path.clone(),
            source,
        })?;
    }
    // Who names an authority or a certificate wants TLS, whatever the server offers.
    if let Some(ca) = &settings.ca {
        options = options.add_root_certificates(ca.clone()).require_tls(true);
    }
    if let (Some(cert), Some(key)) = (&settings.cert, &settings.key) {
        options = options
            .add_client_certificate(cert.clone(), key.clone())
            .require_tls(true);
    }
    Ok(options)
}

/// The user of an address, or its token, which stands alone.
fn user(address: &ServerAddr) -> Option<(String, Option<String>)> {
    // A password with a `/` or an `@` is written with a percent sign in an address.
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = decoded(address.username()?);
    Some((user, address.password().map(decoded)))
}

/// A server that is starting does not answer; a key that is wrong stays wrong, and so does a certificate.
pub(super) fn may_pass(error: &ConnectError) -> bool {
    match error.kind() {
        ConnectErrorKind::AuthorizationViolation
        | ConnectErrorKind::Authentication
        | ConnectErrorKind::ServerParse
        | ConnectErrorKind::Tls => false,
        _ => {
            let source = error.source();
            let io = source.and_then(|source| source.downcast_ref::<io::Error>());
            // TLS that failed comes as data that is invalid.
            io.is_none_or(|error| error.kind() != io::ErrorKind::InvalidData)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_in_is_read_from_the_address() {
        let user = |address: &str| user(&address.parse().expect("an address"));
        let owned = |text: &str| text.to_owned();
        assert_eq!(user("nats://n1:4222"), None);
        assert_eq!(
            user("nats://bot:hun%2Fter2@n1:4222"),
            Some((owned("bot"), Some(owned("hun/ter2"))))
        );
        assert_eq!(user("tls://a-token@n1"), Some((owned("a-token"), None)));
    }

    #[test]
    fn each_address_of_a_list_is_one_server() {
        let mut config = Config::default();
        config.nats.url = Some("n1:4222, nats://n2,tls://n3:4443".into());
        let addresses = addresses(&config).expect("three");
        let hosts: Vec<&str> = addresses.iter().map(ServerAddr::host).collect();
        assert_eq!(hosts, ["n1", "n2", "n3"]);
        config.nats.url = Some("http://bot:hunter2@n1".into());
        let said = self::addresses(&config).expect_err("not NATS").to_string();
        assert!(
            said.contains("nats.url") && !said.contains("hunter2"),
            "{said}"
        );
    }
}
