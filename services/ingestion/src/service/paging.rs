//! Lists by pages: how long one is, and where the next one begins.

use time::OffsetDateTime;
use tonic::Status;
use uuid::Uuid;

use crate::job::Job;

const MAX_PAGE: u32 = 1_000;
const DEFAULT_PAGE: u32 = 100;

pub(super) fn size(asked: u32) -> i64 {
    i64::from(if asked == 0 {
        DEFAULT_PAGE
    } else {
        asked.min(MAX_PAGE)
    })
}

/// Token of the page after this one. A page that is not full is the last; after one that just is comes an empty one.
pub(super) fn next<T>(page: &[T], size: i64, token: impl FnOnce(&T) -> String) -> String {
    let last = page.last().filter(|_| page.len() as i64 == size);
    last.map_or_else(String::new, token)
}

/// Jobs are listed by time and id, so both say where the next page begins.
pub(super) fn token_of_job(job: &Job) -> String {
    format!("{}/{}", job.created_at.unix_timestamp_nanos(), job.id)
}

pub(super) fn job_of_token(token: &str) -> Result<(OffsetDateTime, Uuid), Status> {
    let parse = || {
        let (at, id) = token.split_once('/')?;
        Some((
            OffsetDateTime::from_unix_timestamp_nanos(at.parse().ok()?).ok()?,
            id.parse().ok()?,
        ))
    };
    parse().ok_or_else(|| Status::invalid_argument("page_token is not one of ours"))
}
