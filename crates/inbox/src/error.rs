use stoa_kit::nats::NatsError;
use thiserror::Error;

/// The inbox, or a bucket beside it, cannot be used.
#[derive(Debug, Error)]
pub enum Error {
    /// A stream or a bucket is missing.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// JetStream refused an operation or did not answer, or what it has cannot be read.
    #[error("cannot {operation}: {source}")]
    Storage {
        /// What was tried.
        operation: &'static str,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Wraps the error of an operation: `.map_err(Error::storage("read the settings"))`.
    pub fn storage<E>(operation: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Storage {
            operation,
            source: source.into(),
        }
    }
}
