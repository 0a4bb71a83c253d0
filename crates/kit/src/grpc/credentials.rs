use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::tls::Tls;
use crate::{
    Config,
    config::{ConfigError, token_problem},
};

/// What a process shows to those that it calls, and asks of those that call it.
#[derive(Debug, Clone)]
pub struct Credentials {
    token: SecretString,
    previous: Option<SecretString>,
    tls: Option<Arc<Tls>>,
}

impl Credentials {
    /// Those that are configured, or why there are none.
    pub fn of(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self::new(config.require_token()?, config))
    }

    /// A token, and the certificates and the previous token that are configured.
    pub fn new(token: &SecretString, config: &Config) -> Self {
        Self {
            token: token.clone(),
            previous: config.token_previous.clone(),
            tls: Tls::of(&config.tls).map(Arc::new),
        }
    }

    /// What is sent.
    pub(super) fn token(&self) -> &SecretString {
        &self.token
    }

    /// The certificates, where calls are secured.
    pub(super) fn tls(&self) -> Option<&Arc<Tls>> {
        self.tls.as_ref()
    }

    /// Whether a token is taken: the one that is sent, or the one before it. A token that keeps nobody out, however it
    /// came here, lets nobody in; and how long the comparison takes tells nothing.
    pub(super) fn take(&self, given: &str) -> bool {
        let known = [Some(&self.token), self.previous.as_ref()];
        let known = known.into_iter().flatten();
        // All are compared, also after one that fits: how long it takes must not tell which.
        known.fold(false, |found, known| {
            let same = given.as_bytes().ct_eq(known.expose_secret().as_bytes());
            found | (token_problem(known).is_none() && bool::from(same))
        })
    }
}

impl From<&SecretString> for Credentials {
    fn from(token: &SecretString) -> Self {
        Self {
            token: token.clone(),
            previous: None,
            tls: None,
        }
    }
}

impl From<&Credentials> for Credentials {
    fn from(credentials: &Credentials) -> Self {
        credentials.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef";
    const PREVIOUS: &str = "fedcba9876543210";

    fn credentials(token: &str, previous: Option<&str>) -> Credentials {
        let config = Config {
            token: Some(token.into()),
            token_previous: previous.map(Into::into),
            ..Config::default()
        };
        Credentials::of(&config).expect("there is a token")
    }

    #[test]
    fn two_tokens_are_taken_while_one_is_exchanged() {
        let rotating = credentials(TOKEN, Some(PREVIOUS));
        assert!(rotating.take(TOKEN) && rotating.take(PREVIOUS));
        assert!(!rotating.take("0123456789abcdeX") && !rotating.take(""));
        assert!(!credentials(TOKEN, None).take(PREVIOUS));
        assert_eq!(rotating.token().expose_secret(), TOKEN);
    }

    #[test]
    fn nothing_is_equal_to_a_token_that_keeps_nobody_out() {
        for weak in ["", " ", "short"] {
            assert!(!credentials(weak, None).take(weak), "{weak:?}");
            let rotating = credentials(TOKEN, Some(weak));
            assert!(!rotating.take(weak), "{weak:?}");
            assert!(rotating.take(TOKEN));
        }
    }
}
