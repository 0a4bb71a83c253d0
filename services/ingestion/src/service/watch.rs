//! The progress of a job as a stream.

use std::time::Duration;

use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use stoa_kit::Shutdown;
use stoa_proto::ingestion::{self as proto, WatchJobResponse};
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
    let rows = IntervalStream::new(tokio::time::interval(POLL)).then(move |_| {
        let store = store.clone();
        async move {
            let row = store.job_anywhere(job).await.ok().flatten();
            row.map(|job| job.to_proto())
        }
    });
    let jobs = stream::select(changes.map(Some), rows)
        .take_until(async move { shutdown.stopping().await });
    Ok(until_ended(jobs.boxed()).boxed())
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
