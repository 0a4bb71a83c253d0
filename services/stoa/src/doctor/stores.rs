//! The systems that keep what Stoa keeps. Looking at them changes nothing.

use anyhow::anyhow;
use secrecy::ExposeSecret;
use stoa_kit::{
    Config,
    nats::{self, Difference},
    postgres::{self, Found, State},
};
use stoa_proto::doctor::Check;

use super::{
    checks::{PATIENCE, within},
    report::{bad, good},
};
use crate::{migrate::schemas, up};

pub(super) async fn database(config: &Config) -> Check {
    let name = "PostgreSQL";
    let Some(url) = &config.database.url else {
        return match up::find_postgres() {
            Some(folder) => good(
                name,
                format!("`stoa up` brings its own, from {}", folder.display()),
            ),
            None => bad(
                name,
                "not installed".to_owned(),
                "run `make setup`, or set STOA_DATABASE_URL to a running one",
            ),
        };
    };
    let host = match postgres::host(url.expose_secret()) {
        Ok(host) => host,
        Err(error) => return bad(name, error.to_string(), "mend STOA_DATABASE_URL"),
    };
    match within(PATIENCE, postgres::probe(config, &schemas())).await {
        Ok(found) => of_database(config, &host, &found),
        Err(reason) => bad(
            name,
            format!("{host}: {reason}"),
            "check that it runs there, that this machine reaches it, user, password, database and sslmode in \
             STOA_DATABASE_URL, and the files that STOA_DATABASE_CA, _CERT and _KEY name",
        ),
    }
}

fn of_database(config: &Config, host: &str, found: &Found) -> Check {
    let name = "PostgreSQL";
    let tls = found.tls.as_deref().unwrap_or("no TLS");
    let states = found.schemas.iter().map(|(schema, state)| {
        let will = match state {
            State::Older { .. } if config.database.migrate => {
                ", which a service changes at its start"
            }
            _ => "",
        };
        format!("schema {schema} is {state}{will}")
    });
    let states: Vec<String> = states.collect();
    let detail = format!("{host}, {}, {tls}; {}", found.version, states.join("; "));
    let is = |test: fn(&State) -> bool| found.schemas.iter().any(|(_, state)| test(state));
    // The worst first: what is not Stoa's must not be migrated, and what is newer must not be changed.
    if is(|state| matches!(state, State::Foreign { .. })) {
        return bad(name, detail, "give Stoa a database of its own");
    }
    if is(|state| matches!(state, State::Newer { .. })) {
        return bad(
            name,
            detail,
            "use the newer version of Stoa everywhere: this one waits",
        );
    }
    if !config.database.migrate && is(|state| matches!(state, State::Older { .. })) {
        return bad(
            name,
            detail,
            "run `stoa migrate` of this version: its services wait for it",
        );
    }
    good(name, detail)
}

pub(super) async fn nats(config: &Config) -> Check {
    let name = "NATS";
    let Some(url) = &config.nats.url else {
        return match up::find_nats(&config.assets.dir) {
            Some(program) => good(
                name,
                format!("`stoa up` brings its own, from {}", program.display()),
            ),
            None => bad(
                name,
                "nats-server is not installed".to_owned(),
                "run `make setup`, or set STOA_NATS_URL to a running one",
            ),
        };
    };
    let asked = async {
        let found = nats::probe(config).await;
        found.map_err(|reason| anyhow!(reason))
    };
    match Box::pin(within(PATIENCE, asked)).await {
        Ok(found) => of_nats(&url.to_string(), &found),
        Err(reason) => bad(
            name,
            format!("{url}: {reason}"),
            "check that it runs there with JetStream (-js), version 2.10 or newer, STOA_NATS_URL, and what signs in: \
             STOA_NATS_TOKEN, _NKEY or _CREDENTIALS, and for TLS _CA, _CERT and _KEY",
        ),
    }
}

fn of_nats(url: &str, found: &nats::Found) -> Check {
    let name = "NATS";
    let mut details = vec![format!("{url}, version {}", found.version)];
    if !found.missing.is_empty() {
        let missing = found.missing.join(", ");
        details.push(format!("the first service will make {missing}"));
    }
    details.extend(found.left.iter().map(Difference::to_string));
    let detail = details.join("; ");
    // Other differences are an operator's choice, and only named.
    if found.left.iter().any(|difference| difference.is_needed) {
        return bad(
            name,
            detail,
            "set what has to be so (`nats stream edit`), or remove that stream, and Stoa makes it",
        );
    }
    good(name, detail)
}

pub(super) async fn blobs(config: &Config) -> Check {
    let name = "documents' bytes";
    let asked = async {
        let found = stoa_ingestion::probe_blobs(config).await;
        found.map_err(|reason| anyhow!(reason))
    };
    match within(PATIENCE, asked).await {
        Ok(place) => good(name, place),
        Err(reason) => bad(
            name,
            reason,
            "check that what STOA_INGESTION_BLOBS names is there and may be written; for a bucket, the AWS variables, such as \
             AWS_ENDPOINT_URL, AWS_REGION and AWS_ACCESS_KEY_ID",
        ),
    }
}
