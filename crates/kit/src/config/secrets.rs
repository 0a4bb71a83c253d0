//! Secrets that protect nothing, and passwords in addresses that take none, are refused before anything starts.

use secrecy::{ExposeSecret, SecretString};

use super::{Config, ConfigError};
use crate::Address;

/// Shortest token of the services: with fewer characters it can be guessed.
const SHORTEST_TOKEN: usize = 16;

/// Why a token of the services protects nothing, or cannot be sent; `None` when it is good.
pub(crate) fn token_problem(token: &SecretString) -> Option<&'static str> {
    let token = token.expose_secret();
    if token.trim().is_empty() {
        return Some("is empty");
    }
    // It is sent in a header, which takes nothing else.
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("holds spaces, or characters that are not printable ASCII");
    }
    (token.len() < SHORTEST_TOKEN).then_some("is too short: it takes 16 characters or more")
}

impl Config {
    /// An empty Secret of a cluster is a mistake, and with an empty token everybody would be let in.
    pub(super) fn check_secrets(&self) -> Result<(), ConfigError> {
        if let Some(problem) = self.token.as_ref().and_then(token_problem) {
            let problem = format!(
                "{problem}. Set STOA_TOKEN, or the file that STOA_TOKEN_FILE names, to a long random text, the same for \
                 every service; `openssl rand -hex 32` makes one"
            );
            return Err(ConfigError::Value {
                key: "token",
                problem,
            });
        }
        if let Some(problem) = self.token_previous.as_ref().and_then(token_problem) {
            let problem = format!(
                "{problem}. Set STOA_TOKEN_PREVIOUS, or the file that STOA_TOKEN_PREVIOUS_FILE names, to the token that \
                 some still send, or do not set it"
            );
            return Err(ConfigError::Value {
                key: "token_previous",
                problem,
            });
        }
        let secrets = [
            ("database.url", &self.database.url),
            ("nats.token", &self.nats.token),
            ("nats.nkey", &self.nats.nkey),
            ("qdrant.api_key", &self.qdrant.api_key),
            ("embedding.api_key", &self.embedding.api_key),
            ("generation.api_key", &self.generation.api_key),
            ("checking.api_key", &self.checking.api_key),
            ("eval.api_key", &self.eval.api_key),
            ("telegram.token", &self.telegram.token),
            ("discord.token", &self.discord.token),
        ];
        for (key, secret) in secrets {
            if let Some(secret) = secret
                && secret.expose_secret().trim().is_empty()
            {
                return Err(nothing(key));
            }
        }
        Ok(())
    }

    /// An address that is set names something, and those of services hold no password, which they would not take.
    pub(super) fn check_addresses(&self) -> Result<(), ConfigError> {
        let systems = [
            ("nats.url", self.nats.url.as_ref()),
            (
                "ingestion.blobs_endpoint",
                self.ingestion.blobs_endpoint.as_ref(),
            ),
            ("qdrant.url", self.qdrant.url.as_ref()),
            ("embedding.url", self.embedding.url.as_ref()),
            ("generation.url", self.generation.url.as_ref()),
            ("checking.url", self.checking.url.as_ref()),
            ("eval.url", self.eval.url.as_ref()),
            ("telegram.api_url", Some(&self.telegram.api_url)),
            ("telegram.webhook_url", self.telegram.webhook_url.as_ref()),
            ("discord.api_url", Some(&self.discord.api_url)),
        ];
        let empty = |address: &Address| address.expose().trim().is_empty();
        for (key, address) in systems {
            if address.is_some_and(empty) {
                return Err(nothing(key));
            }
        }
        let services = [
            ("ingestion.address", &self.ingestion.address),
            ("embedding.address", &self.embedding.address),
            ("retrieval.address", &self.retrieval.address),
            ("generation.address", &self.generation.address),
        ];
        let previous = self.embedding.previous_address.as_ref();
        let previous = previous.map(|address| ("embedding.previous_address", address));
        for (key, address) in services.into_iter().chain(previous) {
            if address.contains('@') {
                let problem = "holds a user or a password, which services do not take: write http://HOST:PORT, and set \
                               STOA_TOKEN";
                return Err(ConfigError::Value {
                    key,
                    problem: problem.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// A certificate without its key, or without the CA that others are held against, protects nothing.
    pub(super) fn check_tls(&self) -> Result<(), ConfigError> {
        let paths = [
            ("tls.cert", &self.tls.cert),
            ("tls.key", &self.tls.key),
            ("tls.ca", &self.tls.ca),
        ];
        let missing = paths.into_iter().find(|(_, path)| path.is_none());
        match missing {
            Some((key, _)) if paths.iter().any(|(_, path)| path.is_some()) => {
                Err(ConfigError::Missing {
                    key,
                    hint: "tls.cert, tls.key and tls.ca name PEM files: set all three, or none",
                })
            }
            _ => Ok(()),
        }
    }
}

fn nothing(key: &'static str) -> ConfigError {
    ConfigError::Value {
        key,
        problem: "is set to nothing: give it a value, or do not set it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_keeps_nobody_out_is_refused() {
        let problem = |token: &str| token_problem(&SecretString::from(token));
        for bad in [
            "",
            " ",
            "\n",
            "short",
            "0123456789abcde",
            "0123456789 abcdef",
            "０１２３４５６７",
        ] {
            assert!(problem(bad).is_some(), "{bad:?}");
        }
        assert_eq!(problem("0123456789abcdef"), None);
        assert_eq!(problem("Uf9/+=~!0123456789"), None);
    }

    #[test]
    fn what_is_set_to_nothing_is_refused_by_its_name() {
        let refused = |config: &Config| config.check().expect_err("refused").to_string();
        let config = Config {
            token: Some(" ".into()),
            ..Config::default()
        };
        assert!(
            refused(&config).contains("openssl rand"),
            "{}",
            refused(&config)
        );
        let mut config = Config::default();
        config.discord.token = Some(String::new().into());
        assert!(refused(&config).starts_with("`discord.token` is set to nothing"));
        let mut config = Config::default();
        config.nats.url = Some("".into());
        assert!(refused(&config).starts_with("`nats.url` is set to nothing"));
        assert!(Config::default().check().is_ok());
    }

    #[test]
    fn a_previous_token_is_as_good_as_the_one() {
        let config = Config {
            token_previous: Some("short".into()),
            ..Config::default()
        };
        let refused = config.check().expect_err("refused").to_string();
        assert!(
            refused.starts_with("`token_previous` is too short"),
            "{refused}"
        );
    }

    #[test]
    fn tls_is_set_whole_or_not_at_all() {
        let mut config = Config::default();
        config.tls.cert = Some("tls.crt".into());
        config.tls.key = Some("tls.key".into());
        let refused = config.check().expect_err("refused").to_string();
        assert!(refused.starts_with("`tls.ca` is not set"), "{refused}");
        config.tls.ca = Some("ca.crt".into());
        assert!(config.check().is_ok());
    }

    #[test]
    fn addresses_of_services_hold_no_password_and_no_error_shows_it() {
        let mut config = Config::default();
        config.generation.address = "http://bot:hunter2@generation:7700".to_owned();
        let refused = config.check().expect_err("refused").to_string();
        assert!(refused.contains("generation.address") && !refused.contains("hunter2"));
    }

    #[test]
    fn a_configuration_that_is_printed_shows_no_secret() {
        let mut config = Config {
            token: Some("hunter2hunter2hunter2".into()),
            ..Config::default()
        };
        let address = || Some(Address::from("http://bot:hunter2@host/?key=hunter2"));
        config.database.url = Some("postgres://bot:hunter2@db/stoa".into());
        config.nats.url = address();
        config.nats.nkey = Some("hunter2".into());
        config.ingestion.blobs_endpoint = address();
        config.qdrant.url = address();
        config.embedding.url = address();
        config.generation.url = address();
        config.checking.url = address();
        config.eval.url = address();
        config.telegram.api_url = address().expect("set");
        config.telegram.webhook_url = address();
        config.discord.api_url = address().expect("set");
        let printed = format!("{config:?}");
        assert!(!printed.contains("hunter2"), "{printed}");
        assert_eq!(printed.matches("http://host/").count(), 10, "{printed}");
    }
}
