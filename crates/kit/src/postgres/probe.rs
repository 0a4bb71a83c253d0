//! Whether PostgreSQL can be used, asked once.

use sqlx::{ConnectOptions, Connection};

use super::{DatabaseError, Schema, State, options};
use crate::Config;

/// What a look at the database found.
#[derive(Debug)]
pub struct Found {
    /// The server's version, as it says it.
    pub version: String,
    /// The version of TLS, where the connection is encrypted.
    pub tls: Option<String>,
    /// How each schema is.
    pub schemas: Vec<(&'static str, State)>,
}

/// Connects once and changes nothing, for those who only want to know.
pub async fn probe(config: &Config, schemas: &[&Schema]) -> Result<Found, ProbeError> {
    let options = options::of(config)?.application_name("stoa-doctor");
    let mut connection = options.connect().await?;
    let version = sqlx::query_scalar("SELECT version()")
        .fetch_one(&mut connection)
        .await?;
    let tls: Option<Option<String>> =
        sqlx::query_scalar("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            .fetch_optional(&mut connection)
            .await?;
    let mut states = Vec::with_capacity(schemas.len());
    for schema in schemas {
        states.push((schema.name, schema.state(&mut connection).await?));
    }
    connection.close().await?;
    Ok(Found {
        version,
        tls: tls.flatten(),
        schemas: states,
    })
}

/// Why a look found nothing. Where it looked is for the caller to say.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] DatabaseError),
    /// The server does not answer, or not to this user.
    #[error(transparent)]
    Server(#[from] sqlx::Error),
}
