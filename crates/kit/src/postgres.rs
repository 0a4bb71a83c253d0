//! PostgreSQL, one schema a service.

mod failure;
mod need;
mod options;
mod probe;
mod schema;

use std::{future::Future, time::Duration};

use backon::Retryable;
use sqlx::{
    ConnectOptions, Connection, PgPool,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use thiserror::Error;
use tracing::warn;

pub use failure::failed;
pub use need::need;
pub use options::host;
pub use probe::{Found, ProbeError, probe};
pub use schema::{Migrated, Schema, State};

use crate::{
    Shutdown,
    config::{Config, ConfigError},
    retry,
};

/// How long a start waits for the server.
const START_WAIT: Duration = Duration::from_secs(60);
/// Waits before the schema is looked at again.
const FIRST_LOOK: Duration = Duration::from_secs(1);
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// The database cannot be used.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// It is not configured, or not so that it can work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address is not one.
    #[error(
        "database.url is not an address of PostgreSQL (postgres://USER:PASSWORD@HOST/DATABASE): {0}"
    )]
    Address(sqlx::Error),
    /// It does not answer, or not to this user.
    #[error(
        "PostgreSQL at {host} cannot be used: {source}. Check that it runs there, and what STOA_DATABASE_URL says: user, password, database and sslmode"
    )]
    Connect {
        /// Where.
        host: String,
        /// Why.
        source: sqlx::Error,
    },
    /// The tables could not be made.
    #[error("could not bring the schema `{schema}` up to date: {source}")]
    Migrate {
        /// The schema.
        schema: &'static str,
        /// Why.
        source: MigrateError,
    },
    /// A newer version made the schema, and this one does not know how to go on from there.
    #[error("the schema `{schema}` is {state}: use the version that made it, or a newer one")]
    Newer {
        /// The schema.
        schema: &'static str,
        /// How it is.
        state: State,
    },
    /// What was done to the schema is not what this version would have done.
    #[error(
        "migration {version} of the schema `{schema}` was another one than that of this version: another program made the schema, so give Stoa a database of its own"
    )]
    Foreign {
        /// The schema.
        schema: &'static str,
        /// The migration.
        version: i64,
    },
    /// The process stops before the database could be used.
    #[error("stopped while it waited for PostgreSQL")]
    Stopped,
}

/// Connects, waiting a while for a server that is still starting, and until the schema is the one that this version knows:
/// it brings an older one up to date where `database.migrate` says so, and otherwise waits for `stoa migrate`.
pub async fn connect(
    config: &Config,
    schema: &Schema,
    shutdown: &Shutdown,
) -> Result<PgPool, DatabaseError> {
    let options = options::of(config)?
        .application_name(&format!("stoa-{}", schema.name))
        .options([("search_path", schema.name)]);
    let pool = PgPoolOptions::new()
        .max_connections(config.database.max_connections)
        // One stays open, so that the first question after a quiet night does not wait for a connection.
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        // Lazy, as `current` waits for the server and says what it waits for.
        .connect_lazy_with(options.clone());
    tokio::select! {
        ready = current(config, &options, &pool, schema) => ready.map(|()| pool.clone()),
        () = shutdown.stopping() => Err(DatabaseError::Stopped),
    }
}

/// Returns when the schema is the one that this version knows.
async fn current(
    config: &Config,
    options: &PgConnectOptions,
    pool: &PgPool,
    schema: &Schema,
) -> Result<(), DatabaseError> {
    let mut backoff = retry::Backoff::new(FIRST_LOOK, LONGEST_LOOK);
    let mut said = None;
    loop {
        let look = || async {
            let mut connection = pool.acquire().await?;
            schema.state(&mut connection).await
        };
        let state = reach(options, look).await?;
        match state {
            State::Current { .. } => return Ok(()),
            // Not waited for: no version of Stoa would mend it.
            State::Foreign { version } => {
                return Err(DatabaseError::Foreign {
                    schema: schema.name,
                    version,
                });
            }
            State::Older { .. } if config.database.migrate => {
                migrate(config, schema).await?;
                continue;
            }
            // Said once: an operator reads it, and the rest of the wait is silent.
            State::Older { .. } | State::Newer { .. } if said == Some(state) => {}
            State::Older { .. } => warn!(
                schema = schema.name,
                "the schema is {state}: this service waits until `stoa migrate` has brought it up to date"
            ),
            State::Newer { .. } => warn!(
                schema = schema.name,
                "the schema is {state}: this service waits, and a newer version of it has to take its place"
            ),
        }
        said = Some(state);
        tokio::time::sleep(backoff.next_wait()).await;
    }
}

/// Brings a schema up to date: once, as others who do the same wait meanwhile and then find nothing to do.
pub async fn migrate(config: &Config, schema: &Schema) -> Result<Migrated, DatabaseError> {
    let options = options::of(config)?
        .application_name("stoa-migrate")
        .options([("search_path", schema.name)]);
    let mut connection = reach(&options, || options.connect()).await?;
    let migrated = schema.bring_up(&mut connection).await;
    // The lock is the connection's, and goes with it.
    if let Err(error) = connection.close().await {
        tracing::debug!("the connection of the migration was not closed in order: {error}");
    }
    migrated
}

/// Tries until it succeeds, until what is wrong will not pass, or until it has waited as long as a start does.
async fn reach<T, F, A>(options: &PgConnectOptions, attempt: A) -> Result<T, DatabaseError>
where
    A: FnMut() -> F,
    F: Future<Output = Result<T, sqlx::Error>>,
{
    let host = options::place(options);
    let waits = retry::waits(Duration::from_secs(1), Duration::from_secs(3));
    attempt
        .retry(waits.with_total_delay(Some(START_WAIT)))
        .when(may_pass)
        .notify(|error, wait| warn!(%host, ?wait, "waiting for PostgreSQL: {error}"))
        .await
        .map_err(|source| DatabaseError::Connect { host, source })
}

/// A server that is starting refuses; a wrong password stays wrong, and so does a certificate.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        // TLS that failed comes as data that is invalid.
        sqlx::Error::Io(error) => error.kind() != std::io::ErrorKind::InvalidData,
        // The pool says only this of a server that does not answer.
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => error
            .code()
            // 57P: the server is starting or stopping. 53300: too many connections, which the processes of a rollout
            // share.
            .is_some_and(|code| code.starts_with("57P") || code == "53300"),
        _ => false,
    }
}
