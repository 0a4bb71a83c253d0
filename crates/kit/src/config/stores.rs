//! The systems that keep what Stoa keeps: PostgreSQL and NATS.

use std::{fs::File, path::PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use super::{Config, ConfigError};
use crate::Address;

/// Most replicas of a stream that JetStream takes.
const MOST_REPLICAS: usize = 5;

/// PostgreSQL.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `postgres://…`, with `sslmode` and the like as libpq has them; `stoa up` brings a private one when it is not set.
    pub url: Option<SecretString>,
    /// PEM file of the authorities that may have signed the server's certificate. With it, the certificate is checked.
    pub ca: Option<PathBuf>,
    /// PEM file of the certificate that is shown to the server.
    pub cert: Option<PathBuf>,
    /// PEM file of that certificate's key.
    pub key: Option<PathBuf>,
    /// Connections a service may hold.
    pub max_connections: u32,
    /// Whether a service brings its schema up to date at its start. Without it, it waits until `stoa migrate` has.
    pub migrate: bool,
}

/// NATS with JetStream.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nats {
    /// `nats://HOST:PORT`, or `nats://USER:PASSWORD@HOST:PORT`; several of one cluster with commas between. `stoa up`
    /// brings a private one when it is not set.
    pub url: Option<Address>,
    /// Token, if the server asks for one.
    pub token: Option<SecretString>,
    /// A `.creds` file, with a user's JWT and key.
    pub credentials: Option<PathBuf>,
    /// The seed of a user's NKey (`SU…`).
    pub nkey: Option<SecretString>,
    /// PEM file of the authorities that may have signed the server's certificate; the system's when it is not set.
    pub ca: Option<PathBuf>,
    /// PEM file of the certificate that is shown to the server.
    pub cert: Option<PathBuf>,
    /// PEM file of that certificate's key.
    pub key: Option<PathBuf>,
    /// Replicas of the streams and buckets that Stoa makes. Those that are there keep theirs.
    pub replicas: usize,
    /// Most MiB of each stream and bucket that Stoa makes; 0 is without limit. Those that are there keep theirs.
    pub max_mib: u64,
    /// Whether `stoa up` brought the server, so that all of its streams and buckets are Stoa's own.
    #[serde(skip)]
    pub private: bool,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            ca: None,
            cert: None,
            key: None,
            max_connections: 10,
            migrate: true,
        }
    }
}

impl Default for Nats {
    fn default() -> Self {
        Self {
            url: None,
            token: None,
            credentials: None,
            nkey: None,
            ca: None,
            cert: None,
            key: None,
            replicas: 1,
            max_mib: 0,
            private: false,
        }
    }
}

impl Config {
    /// Refuses what PostgreSQL and NATS cannot be used with.
    pub(super) fn check_stores(&self) -> Result<(), ConfigError> {
        let (database, nats) = (&self.database, &self.nats);
        if database.max_connections < 2 {
            return Err(problem(
                "database.max_connections",
                "must be at least 2: taking up a document needs two",
            ));
        }
        pair(
            "database.cert",
            &database.cert,
            "database.key",
            &database.key,
        )?;
        pair("nats.cert", &nats.cert, "nats.key", &nats.key)?;
        if !(1..=MOST_REPLICAS).contains(&nats.replicas) {
            return Err(problem("nats.replicas", "must be between 1 and 5"));
        }
        // JetStream counts bytes in 64 bits with a sign.
        if nats.max_mib > (i64::MAX as u64) >> 20 {
            return Err(problem("nats.max_mib", "is more than any disk has"));
        }
        let ways = [
            nats.token.is_some(),
            nats.nkey.is_some(),
            nats.credentials.is_some(),
        ];
        // The server takes one, and which one would depend on the library.
        if ways.into_iter().filter(|way| *way).count() > 1 {
            return Err(problem(
                "nats.credentials",
                "is one way to sign in, nats.nkey and nats.token are others: set one of them",
            ));
        }
        Ok(())
    }
}

/// A certificate without its key, or the other way round, is shown to nobody.
fn pair(
    cert: &'static str,
    has_cert: &Option<PathBuf>,
    key: &'static str,
    has_key: &Option<PathBuf>,
) -> Result<(), ConfigError> {
    match (has_cert, has_key) {
        (Some(_), None) => Err(problem(
            key,
            "is not set, and the certificate needs its key",
        )),
        (None, Some(_)) => Err(problem(
            cert,
            "is not set, and the key needs its certificate",
        )),
        _ => Ok(()),
    }
}

/// Whether the files that are set can be read. They are read again at each connection, whose errors do not name a file that
/// is missing.
pub(crate) fn check_files<const FILES: usize>(
    files: [(&'static str, &Option<PathBuf>); FILES],
) -> Result<(), ConfigError> {
    for (key, path) in files {
        if let Some(path) = path {
            File::open(path).map_err(|source| ConfigError::File {
                key,
                path: path.clone(),
                source,
            })?;
        }
    }
    Ok(())
}

fn problem(key: &'static str, problem: &str) -> ConfigError {
    ConfigError::Value {
        key,
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        config.check_stores().expect_err("refused").to_string()
    }

    #[test]
    fn what_cannot_work_is_refused_by_its_key() {
        assert!(Config::default().check_stores().is_ok());
        let file = || Some(PathBuf::from("/run/tls/file.pem"));
        for (said, key) in [
            (
                refused(|config| config.database.cert = file()),
                "database.key",
            ),
            (
                refused(|config| config.database.key = file()),
                "database.cert",
            ),
            (refused(|config| config.nats.cert = file()), "nats.key"),
            (refused(|config| config.nats.replicas = 0), "nats.replicas"),
            (refused(|config| config.nats.replicas = 6), "nats.replicas"),
            (
                refused(|config| config.nats.max_mib = u64::MAX),
                "nats.max_mib",
            ),
            (
                refused(|config| {
                    config.nats.token = Some("a-token".into());
                    config.nats.credentials = file();
                }),
                "nats.credentials",
            ),
        ] {
            assert!(said.starts_with(&format!("`{key}`")), "{said}");
        }
    }
}
