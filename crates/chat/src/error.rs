use stoa_kit::{
    config::ConfigError,
    grpc::{ConnectError, ServeError},
    nats::NatsError,
};
use thiserror::Error;
use tonic::Status;

/// A frontend cannot work. Read by operators.
#[derive(Debug, Error)]
pub enum Error {
    /// A required key of the configuration is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address of a service is wrong.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Its own port cannot be served.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// NATS.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// The inbox, or a bucket beside it.
    #[error(transparent)]
    Inbox(#[from] stoa_inbox::Error),
    /// The service that stores settings.
    #[error("settings: {}", .0.message())]
    Settings(#[source] Box<Status>),
    /// Settings that a newer version wrote.
    #[error("this version cannot read the settings of {space}, and leaves them alone: {source}")]
    UnreadableSettings {
        /// The space.
        space: String,
        /// Why.
        source: serde_json::Error,
    },
    /// Settings of a space that are written by too many at the same time.
    #[error("the settings of {space} keep changing while they are written")]
    Contended {
        /// The space.
        space: String,
    },
    /// Something the operator has to set, and how.
    #[error("{0}")]
    Setup(String),
    /// The platform refuses the frontend itself, or cannot be reached.
    #[error("{platform}: {source}")]
    Platform {
        /// Its name, as people write it.
        platform: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Wraps what the service answered that stores settings.
    pub(crate) fn settings(status: Status) -> Self {
        Self::Settings(Box::new(status))
    }

    /// Wraps an error of the platform's client: `.map_err(Error::platform("Discord"))`.
    pub fn platform<E>(platform: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Platform {
            platform,
            source: source.into(),
        }
    }
}
