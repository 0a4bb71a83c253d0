//! How PostgreSQL is connected to.

use std::str::FromStr;

use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::DatabaseError;
use crate::config::{Config, ConfigError, Database, check_files};

/// What the configuration says of connecting: the address, and over it the files of certificates.
pub(super) fn of(config: &Config) -> Result<PgConnectOptions, DatabaseError> {
    let url = config.require_database()?.expose_secret();
    let Database { ca, cert, key, .. } = &config.database;
    check_files([
        ("database.ca", ca),
        ("database.cert", cert),
        ("database.key", key),
    ])?;
    let mut options = PgConnectOptions::from_str(url).map_err(DatabaseError::Address)?;
    let given = Given {
        ca: ca.is_some(),
        cert: cert.is_some(),
        // The library reads these three from the address, and does not tell whether it found one.
        ca_in_url: ["sslrootcert=", "ssl-root-cert=", "ssl-ca="]
            .iter()
            .any(|key| url.contains(key)),
    };
    let mode = given.mode(options.get_ssl_mode())?;
    options = options.ssl_mode(mode);
    if let Some(ca) = ca {
        options = options.ssl_root_cert(ca);
    }
    if let (Some(cert), Some(key)) = (cert, key) {
        options = options.ssl_client_cert(cert).ssl_client_key(key);
    }
    Ok(options)
}

/// What files there are.
#[derive(Debug, Clone, Copy, Default)]
struct Given {
    ca: bool,
    cert: bool,
    ca_in_url: bool,
}

impl Given {
    /// How TLS is used. Who names an authority wants the server to be checked, as libpq does it with `sslmode=require`; who
    /// names a certificate wants TLS.
    fn mode(self, asked: PgSslMode) -> Result<PgSslMode, ConfigError> {
        match asked {
            PgSslMode::Disable if self.ca || self.cert => Err(ConfigError::Value {
                key: "database.url",
                problem: "says sslmode=disable, and database.ca or database.cert is set: remove one of them"
                    .to_owned(),
            }),
            PgSslMode::Require if self.ca || self.ca_in_url => Ok(PgSslMode::VerifyCa),
            PgSslMode::Allow | PgSslMode::Prefer if self.ca => Ok(PgSslMode::VerifyFull),
            PgSslMode::Allow | PgSslMode::Prefer if self.cert => Ok(PgSslMode::Require),
            asked => Ok(asked),
        }
    }
}

/// The host and port of an address, for people.
pub fn host(url: &str) -> Result<String, DatabaseError> {
    let options = PgConnectOptions::from_str(url).map_err(DatabaseError::Address)?;
    Ok(place(&options))
}

pub(super) fn place(options: &PgConnectOptions) -> String {
    format!("{}:{}", options.get_host(), options.get_port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_names_an_authority_gets_a_server_that_is_checked() {
        let none = Given::default();
        let ca = Given { ca: true, ..none };
        let cert = Given { cert: true, ..none };
        let in_url = Given {
            ca_in_url: true,
            ..none
        };
        for (given, asked, expected) in [
            (none, "prefer", "Prefer"),
            (none, "require", "Require"),
            (none, "disable", "Disable"),
            (ca, "prefer", "VerifyFull"),
            (ca, "require", "VerifyCa"),
            (ca, "verify-full", "VerifyFull"),
            (in_url, "require", "VerifyCa"),
            (in_url, "prefer", "Prefer"),
            (cert, "prefer", "Require"),
            (cert, "verify-ca", "VerifyCa"),
        ] {
            let mode = given.mode(asked.parse().expect("a mode"));
            let mode = format!("{:?}", mode.expect("it can be"));
            assert_eq!(mode, expected, "{given:?} {asked}");
        }
        assert!(ca.mode(PgSslMode::Disable).is_err());
    }

    #[test]
    fn a_file_that_is_not_there_is_named_with_its_key() {
        let mut config = Config::default();
        config.database.url = Some("postgres://db/stoa".into());
        config.database.ca = Some("/nowhere/ca.pem".into());
        let error = of(&config).expect_err("it is not there").to_string();
        assert!(
            error.contains("database.ca") && error.contains("/nowhere/ca.pem"),
            "{error}"
        );
    }
}
