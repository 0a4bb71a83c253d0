//! PostgreSQL, one schema a service.

mod need;

use std::{str::FromStr, time::Duration};

use backon::Retryable;
use secrecy::ExposeSecret;
use sqlx::{
    PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use thiserror::Error;
use tracing::warn;

pub use need::need;

use crate::{
    config::{Config, ConfigError},
    retry,
};

/// How long a start waits for the server.
const START_WAIT: Duration = Duration::from_secs(60);

/// The database cannot be used.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// It is not configured.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address is not one.
    #[error(
        "database.url is not an address of PostgreSQL (postgres://USER:PASSWORD@HOST/DATABASE): {0}"
    )]
    Address(sqlx::Error),
    /// It does not answer.
    #[error(
        "PostgreSQL at {host} does not answer: {source}. Check that it runs and that STOA_DATABASE_URL is right"
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
}

/// Connects, waiting a while for a server that is still starting, and brings the schema up to date.
pub async fn connect(
    config: &Config,
    schema: &'static str,
    migrations: &Migrator,
) -> Result<PgPool, DatabaseError> {
    let options = PgConnectOptions::from_str(config.require_database()?.expose_secret())
        .map_err(DatabaseError::Address)?
        .application_name(&format!("stoa-{schema}"))
        // Migrations keep their own table in the service's schema.
        .options([("search_path", schema)]);
    let host = place(&options);
    let pool = PgPoolOptions::new()
        .max_connections(config.database.max_connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(options);
    let create = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
    (|| async {
        sqlx::raw_sql(sqlx::AssertSqlSafe(create.clone()))
            .execute(&pool)
            .await
    })
    .retry(
        retry::waits(Duration::from_secs(1), Duration::from_secs(3))
            .with_total_delay(Some(START_WAIT)),
    )
    .when(may_pass)
    .notify(|error, wait| warn!(%host, ?wait, "waiting for PostgreSQL: {error}"))
    .await
    .map_err(|source| DatabaseError::Connect { host, source })?;
    migrations
        .run(&pool)
        .await
        .map_err(|source| DatabaseError::Migrate { schema, source })?;
    Ok(pool)
}

/// A server that is starting refuses, or two services create the schema at once; a wrong password stays wrong.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => {
            error.is_unique_violation()
                || error
                    .code()
                    .is_some_and(|code| code.starts_with("57P") || code == "53300")
        }
        _ => false,
    }
}

/// The host and port of an address, for people.
pub fn host(url: &str) -> Result<String, DatabaseError> {
    let options = PgConnectOptions::from_str(url).map_err(DatabaseError::Address)?;
    Ok(place(&options))
}

fn place(options: &PgConnectOptions) -> String {
    format!("{}:{}", options.get_host(), options.get_port())
}

/// Connects once and returns the server's version, for those who only want to know.
pub async fn probe(url: &str) -> Result<String, sqlx::Error> {
    use sqlx::{ConnectOptions, Connection};
    let mut connection = PgConnectOptions::from_str(url)?.connect().await?;
    let version: String = sqlx::query_scalar("SELECT version()")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(version)
}
