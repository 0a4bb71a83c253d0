//! Progress, for those who watch.

use async_nats::{Client, Subscriber};
use prost::Message;
use stoa_kit::nats;
use stoa_proto::ingestion as proto;
use uuid::Uuid;

use crate::job::Job;

/// Sends and receives changes of jobs. The rows are the truth: an event that is lost costs a watcher seconds.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    client: Client,
}

impl Events {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    pub(crate) async fn publish(&self, job: &Job) {
        let subject = nats::job_event_subject(job.id);
        let payload = job.to_proto().encode_to_vec();
        if let Err(error) = self
            .client
            .publish_with_headers(subject, nats::headers(None), payload.into())
            .await
        {
            tracing::debug!(job = %job.id, %error, "an event was not sent");
        }
    }

    pub(crate) async fn watch(&self, job: Uuid) -> Result<Subscriber, async_nats::SubscribeError> {
        let subscriber = self.client.subscribe(nats::job_event_subject(job)).await?;
        // The server has the subscription before the caller reads the row, so no change falls between.
        let _ = self.client.flush().await;
        Ok(subscriber)
    }

    pub(crate) fn decode(message: &async_nats::Message) -> Option<proto::Job> {
        proto::Job::decode(message.payload.clone()).ok()
    }
}
