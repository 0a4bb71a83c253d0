//! Whether NATS can be used, asked once.

use async_nats::jetstream;

use super::{Difference, compare::compare, declared, options, reconcile};
use crate::Config;

/// Oldest server that has what the streams use.
const OLDEST: (u64, u64) = (2, 10);

/// What a look at the server found.
#[derive(Debug)]
pub struct Found {
    /// Its version.
    pub version: String,
    /// Streams and buckets that are not there yet: the first service makes them.
    pub missing: Vec<String>,
    /// What differs from what this version would make, and is left as it is.
    pub left: Vec<Difference>,
}

/// Connects once, changes nothing, and says what is there, for those who only want to know. An error says what is wrong;
/// where it was looked for is for the caller to say.
pub async fn probe(config: &Config) -> Result<Found, String> {
    let addresses = options::addresses(config).map_err(|error| error.to_string())?;
    let options = options::of(config, "doctor").await;
    let client = options
        .map_err(|error| error.to_string())?
        .connect(addresses)
        .await
        .map_err(|error| error.to_string())?;
    let version = client.server_info().version;
    if !is_new_enough(&version) {
        let (major, minor) = OLDEST;
        return Err(format!(
            "its version is {version}, and {major}.{minor} or newer is needed"
        ));
    }
    let jetstream = jetstream::new(client);
    if let Err(error) = jetstream.query_account().await {
        return Err(format!("version {version} without JetStream: {error}"));
    }
    let (mut missing, mut left) = (Vec::new(), Vec::new());
    for wanted in declared::all(&config.nats) {
        let there = reconcile::look(&jetstream, &wanted.name).await;
        match there.map_err(|error| format!("the stream {}: {error}", wanted.name))? {
            Some(there) => {
                let there = &there.cached_info().config;
                left.extend(compare(there, &wanted, config.nats.private).left);
            }
            None => missing.push(wanted.name),
        }
    }
    Ok(Found {
        version,
        missing,
        left,
    })
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
