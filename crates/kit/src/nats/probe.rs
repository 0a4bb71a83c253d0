//! Whether NATS can be used, asked once.

use std::time::Duration;

use async_nats::{ConnectOptions, jetstream};
use secrecy::ExposeSecret;

use crate::Config;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Oldest server that has what the streams use.
const OLDEST: (u64, u64) = (2, 10);

/// Connects once, changes nothing, and returns the server's version, for those who only want to know. An error says what
/// is wrong; where it was looked for is for the caller to say.
pub async fn probe(config: &Config) -> Result<String, String> {
    let url = config.require_nats().map_err(|error| error.to_string())?;
    let mut options = ConnectOptions::new()
        .name("stoa-doctor")
        .connection_timeout(CONNECT);
    if let Some(token) = &config.nats.token {
        options = options.token(token.expose_secret().to_owned());
    }
    let client = options
        .connect(url.expose())
        .await
        .map_err(|error| error.to_string())?;
    let version = client.server_info().version;
    if !is_new_enough(&version) {
        let (major, minor) = OLDEST;
        return Err(format!(
            "its version is {version}, and {major}.{minor} or newer is needed"
        ));
    }
    match jetstream::new(client).query_account().await {
        Ok(_) => Ok(version),
        Err(error) => Err(format!("version {version} without JetStream: {error}")),
    }
}

/// A version that is not read is left to what the server then refuses.
fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(str::parse::<u64>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= OLDEST,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_is_told_from_a_new_one() {
        for (version, enough) in [
            ("2.9.10", false),
            ("1.30.0", false),
            ("2.10.0", true),
            ("2.15.1-beta", true),
            ("3.0.0", true),
            ("dev", true),
        ] {
            assert_eq!(is_new_enough(version), enough, "{version}");
        }
    }
}
