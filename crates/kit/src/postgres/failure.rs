//! Failures of the database, as callers are told of them.

use tonic::Status;

/// What PostgreSQL calls a disk that is full (appendix A of its manual).
const DISK_FULL: &str = "53100";

/// The status for a call that the database failed. Its own words name hosts, tables and values, so they stay in the log.
pub fn failed(error: sqlx::Error) -> Status {
    tracing::error!(%error, "the database failed");
    Status::unavailable(if is_full(&error) {
        "the disk of the database is full: make room on it"
    } else {
        "the database does not answer: try again shortly"
    })
}

fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some(DISK_FULL)
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, error::Error};

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not extend file \"base/5/16384\"")]
    struct Refused(&'static str);

    impl DatabaseError for Refused {
        fn message(&self) -> &'static str {
            "could not extend file"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    #[test]
    fn a_full_disk_is_called_so_and_what_the_database_says_is_not_told() {
        let told = |code| {
            let error = sqlx::Error::Database(Box::new(Refused(code)));
            failed(error).message().to_owned()
        };
        assert!(told(DISK_FULL).contains("disk of the database is full"));
        assert!(told("57P03").contains("does not answer"));
        assert!(!told(DISK_FULL).contains("16384"));
    }
}
