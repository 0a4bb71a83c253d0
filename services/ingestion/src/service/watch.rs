//! The progress of a job as a stream.

use std::{future, time::Duration};

use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use stoa_kit::Shutdown;
use stoa_proto::ingestion::{self as proto, WatchJobResponse};
use tokio::time::MissedTickBehavior;
use tokio_stream::wrappers::IntervalStream;
use tonic::Status;
use uuid::Uuid;

use crate::{events::Events, job::State, store::Store};

/// How often the row itself is read, should an event be lost.
const POLL: Duration = Duration::from_secs(3);

pub(super) type Watched = BoxStream<'static, Result<WatchJobResponse, Status>>;

/// Sends a job as it is now and with each change, until it has ended or the process stops.
pub(super) async fn watch(
    store: Store,
    events: &Events,
    job: Uuid,
    shutdown: Shutdown,
) -> Result<Watched, Status> {
    // The subscription is there before the row is first read, so no change falls between the two.
    let events = events
        .watch(job)
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let changes = events.filter_map(|message| async move { Events::decode(&message) });
    let mut ticks = tokio::time::interval(POLL);
    // A database that answers late is not asked again at once.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let rows = IntervalStream::new(ticks)
        .then(move |_| {
            let store = store.clone();
            async move {
                let row = store.job_anywhere(job).await;
                row.map(|job| job.map(|job| job.to_proto()))
            }
        })
        .filter_map(move |row| future::ready(seen(job, row)));
    // Events are quick and may be lost, rows are slow and never are: together each change is seen, some twice.
    let jobs = stream::select(changes.map(Some), rows)
        .take_until(async move { shutdown.stopping().await });
    Ok(until_ended(jobs.boxed()).boxed())
}

/// What was seen of a row: the job, or that it is gone. A database that does not answer shows neither, and the next look
/// may.
fn seen(id: Uuid, row: Result<Option<proto::Job>, sqlx::Error>) -> Option<Option<proto::Job>> {
    row.inspect_err(|error| tracing::warn!(job = %id, %error, "a watched job could not be read"))
        .ok()
}

/// Ends right after the job's last state, or where there is no job any more: the stream of jobs itself never ends.
fn until_ended(
    jobs: BoxStream<'static, Option<proto::Job>>,
) -> impl Stream<Item = Result<WatchJobResponse, Status>> + Send {
    stream::unfold(Some(jobs), |jobs| async {
        let mut jobs = jobs?;
        let Some(job) = jobs.next().await? else {
            return Some((Err(Status::not_found("the document was forgotten")), None));
        };
        let ended = State::from_proto(job.state()).is_some_and(State::is_final);
        let response = WatchJobResponse { job: Some(job) };
        Some((Ok(response), (!ended).then_some(jobs)))
    })
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    type Row = Result<Option<proto::Job>, sqlx::Error>;

    fn row(state: State) -> Row {
        Ok(Some(proto::Job {
            state: proto::JobState::from(state).into(),
            ..proto::Job::default()
        }))
    }

    /// What a watcher is sent: states, and the code of the error at the end.
    async fn sent(rows: Vec<Row>) -> Vec<Result<Option<State>, Code>> {
        let rows = rows.into_iter().filter_map(|row| seen(Uuid::nil(), row));
        until_ended(stream::iter(rows).boxed())
            .map(|sent| match sent {
                Ok(response) => Ok(response.job.and_then(|job| State::from_proto(job.state()))),
                Err(status) => Err(status.code()),
            })
            .collect()
            .await
    }

    #[tokio::test]
    async fn a_database_that_does_not_answer_ends_no_watch() {
        let rows = vec![
            row(State::Queued),
            Err(sqlx::Error::PoolTimedOut),
            Err(sqlx::Error::PoolTimedOut),
            row(State::Running),
            row(State::Succeeded),
            row(State::Succeeded),
        ];
        let states = [State::Queued, State::Running, State::Succeeded];
        let expected = states.map(|state| Ok::<_, Code>(Some(state)));
        assert_eq!(sent(rows).await, expected);
    }

    #[tokio::test]
    async fn a_job_that_is_gone_ends_its_watch() {
        let rows = vec![row(State::Running), Ok(None), row(State::Running)];
        let expected = [Ok(Some(State::Running)), Err(Code::NotFound)];
        assert_eq!(sent(rows).await, expected);
    }
}
