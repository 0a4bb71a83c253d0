//! The servers that services work with, as somebody else runs them: over TLS, and for those alone who show a certificate or
//! a key.

use std::env;

use stoa_test_qdrant::Qdrant;

use crate::{
    certificates::Authority,
    nats::{self, Server},
    postgres::Postgres,
};

/// The key of the stand-in for Qdrant.
const KEY: &str = "a-key-of-the-tests";

/// PostgreSQL, NATS, and a stand-in for Qdrant where no server of it is given. They stop when they are dropped.
pub(super) struct Systems {
    /// What a service has to know of them, as settings and as variables.
    pub(super) settings: Vec<String>,
    pub(super) variables: Vec<(String, String)>,
    _postgres: Postgres,
    _nats: Server,
    _qdrant: Option<Qdrant>,
}

impl Systems {
    pub(super) fn start(authority: &Authority) -> Self {
        let postgres = Postgres::with_tls(authority);
        let nats = Server::start(&format!("{}\nmax_payload: 8MB", nats::tls(authority)));
        let mut settings = vec![format!("nats.url=nats://localhost:{}", nats.port)];
        let shown = authority.issue("stoa");
        for store in ["database", "nats"] {
            settings.extend([
                format!("{store}.ca={}", authority.ca),
                format!("{store}.cert={}", shown.cert),
                format!("{store}.key={}", shown.key),
            ]);
        }
        let mut variables = vec![("STOA_DATABASE_URL".to_owned(), postgres.url(""))];
        let mut takes = |key: String| variables.push(("STOA_QDRANT_API_KEY".to_owned(), key));
        let stand_in = match env::var("STOA_TEST_QDRANT_URL") {
            Ok(given) => {
                let key = env::var("STOA_TEST_QDRANT_KEY").ok();
                stoa_test_qdrant::empty(&given, key.as_deref());
                settings.push(format!("qdrant.url={given}"));
                if let Some(key) = key {
                    takes(key);
                }
                None
            }
            Err(_) => {
                let qdrant = Qdrant::secured(KEY);
                settings.push(format!("qdrant.url={}", qdrant.url));
                settings.push(format!("qdrant.ca={}", qdrant.ca().display()));
                takes(KEY.to_owned());
                Some(qdrant)
            }
        };
        Self {
            settings,
            variables,
            _postgres: postgres,
            _nats: nats,
            _qdrant: stand_in,
        }
    }
}
