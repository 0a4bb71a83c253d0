//! Documents from the platform to ingestion.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use stoa_proto::ingestion::{
    Job, SubmitHeader, SubmitRequest, SubmitResponse, SubmitUrlRequest, submit_request::Part,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{Failure, Task};
use crate::{
    command::Source,
    platform::{Download, Platform, PlatformError},
};

/// Bytes of one message to ingestion: well below the 4 MiB that gRPC takes by default.
const CHUNK: usize = 256 << 10;
/// Messages that are read ahead, so that an upload holds about 1 MiB of a file, however large that is.
const READ_AHEAD: usize = 4;
/// How long an upload may take.
const UPLOAD: Duration = Duration::from_secs(600);

impl<P: Platform> Task<'_, P> {
    /// Submits a document; returns its job.
    pub(super) async fn submit(&self, source: &Source, collection: &str) -> Result<Job, Failure> {
        let header = |name: &str| SubmitHeader {
            space: self.space.clone(),
            name: name.to_owned(),
            collection: collection.to_owned(),
            taught_by: self.incoming.person.id.clone(),
            ..SubmitHeader::default()
        };
        let submitted = match source {
            Source::Url(url) => return self.submit_url(url, collection).await,
            Source::File { size, .. } if *size > P::MAX_FILE => {
                let values = [("megabytes", (P::MAX_FILE >> 20).into())];
                // Known before the download, where the platform tells the size: people learn at once that they must
                // split it.
                let text = self.locale().format("learn-too-large", values);
                return Err(Status::resource_exhausted(text).into());
            }
            Source::File { id, name, .. } => {
                let header = header(name);
                self.call(|| self.submit_file(id, header.clone())).await
            }
            Source::Text { name, text } => self.submit_text(header(name), text).await,
        };
        Ok(submitted?.job.unwrap_or_default())
    }

    async fn submit_url(&self, url: &str, collection: &str) -> Result<Job, Failure> {
        let request = SubmitUrlRequest {
            space: self.space.clone(),
            url: url.to_owned(),
            collection: collection.to_owned(),
            taught_by: self.incoming.person.id.clone(),
            ..SubmitUrlRequest::default()
        };
        let submitted = self.call(|| async { self.ingestion().submit_url(request.clone()).await });
        Ok(submitted.await?.job.unwrap_or_default())
    }

    async fn submit_text(
        &self,
        header: SubmitHeader,
        text: &str,
    ) -> Result<SubmitResponse, Failure> {
        let parts: Vec<SubmitRequest> = std::iter::once(Part::Header(header))
            .chain(chunks(Bytes::from(text.to_owned())))
            .map(|part| SubmitRequest { part: Some(part) })
            .collect();
        self.call(|| async { self.ingestion().submit(stream::iter(parts.clone())).await })
            .await
    }

    /// Streams a file from the platform to ingestion.
    async fn submit_file(
        &self,
        file: &str,
        header: SubmitHeader,
    ) -> Result<Response<SubmitResponse>, Status> {
        let file = match self.service.platform.open(file).await {
            Ok(file) => file,
            Err(PlatformError::RateLimited(wait)) => {
                // Here, as the caller waits by its own backoff and would be back too soon.
                tokio::time::sleep(wait).await;
                return Err(Status::unavailable("the platform limits downloads"));
            }
            Err(error @ PlatformError::Unavailable(_)) => {
                return Err(Status::unavailable(error.to_string()));
            }
            Err(error) => {
                tracing::warn!(platform = P::NAME, "a file cannot be downloaded: {error}");
                return Err(Status::not_found(self.locale().text("learn-file-gone")));
            }
        };
        let (parts, taken) = mpsc::channel(READ_AHEAD);
        let feeding = feed(file, header, parts);
        let mut request = Request::new(ReceiverStream::new(taken));
        request.set_timeout(UPLOAD);
        let mut ingestion = self.ingestion();
        let submitting = ingestion.submit(request);
        tokio::select! {
            // A file that breaks off must not look complete. Feeding is polled first, so that when it fails the call is
            // dropped before it sees its stream end. When it succeeds, this branch is out and the call goes on.
            biased;
            Err(error) = feeding => Err(Status::unavailable(error.to_string())),
            submitted = submitting => submitted,
        }
    }
}

/// Sends a file part by part, until its end or until nobody takes it any more.
async fn feed(
    mut file: Download,
    header: SubmitHeader,
    parts: mpsc::Sender<SubmitRequest>,
) -> Result<(), PlatformError> {
    let mut ready = vec![Part::Header(header)];
    loop {
        for part in ready {
            let request = SubmitRequest { part: Some(part) };
            // Ingestion ended the call early, with an answer that says why. That answer counts.
            if parts.send(request).await.is_err() {
                return Ok(());
            }
        }
        ready = match file.next().await {
            Some(bytes) => chunks(bytes?).collect(),
            None => return Ok(()),
        };
    }
}

fn chunks(mut bytes: Bytes) -> impl Iterator<Item = Part> {
    std::iter::from_fn(move || {
        let chunk = bytes.split_to(bytes.len().min(CHUNK));
        (!chunk.is_empty()).then(|| Part::Chunk(chunk.to_vec()))
    })
}
