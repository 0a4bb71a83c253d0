//! The systems that keep what Stoa keeps. Looking at them changes nothing.

use std::path::Path;

use anyhow::anyhow;
use secrecy::ExposeSecret;
use stoa_kit::{
    Config, Room,
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

/// The room on the disk of the data folder, or where that will be.
pub(super) fn disk(config: &Config) -> Check {
    let name = "disk";
    let folder = &config.data.dir;
    let there = folder.ancestors().find(|folder| folder.is_dir());
    // Of a path such as `data` nothing is there but the folder that this command was started in.
    let room = Room::of(config, there.unwrap_or(Path::new(".")));
    let free = match room.free_mib() {
        Ok(free) => free,
        Err(error) => {
            let detail = format!("{}: {error}", folder.display());
            return bad(
                name,
                detail,
                "check that data.dir is a folder that can be read",
            );
        }
    };
    let detail = format!(
        "{free} MiB are free for {}; new documents wait below {} MiB (data.min_free_mib)",
        folder.display(),
        config.data.min_free_mib
    );
    match room.for_growth() {
        Ok(()) => good(name, detail),
        Err(_) => bad(
            name,
            detail,
            "make room on it, or set STOA_DATA_MIN_FREE_MIB to less; what is known is answered meanwhile",
        ),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_looked_at_before_the_folder_is_made() {
        let mut config = Config::default();
        let folder = std::env::temp_dir().join("stoa-that-is-not-there/data");
        config.data.dir.clone_from(&folder);
        config.data.min_free_mib = 0;
        let check = disk(&config);
        assert!(check.ok, "{check:?}");
        let shown = folder.display().to_string();
        assert!(check.detail.contains(&shown), "{check:?}");
        config.data.min_free_mib = u64::MAX >> 24;
        let check = disk(&config);
        assert!(
            !check.ok && check.detail.contains("data.min_free_mib"),
            "{check:?}"
        );
        assert!(check.fix.contains("make room"), "{check:?}");
    }
}
