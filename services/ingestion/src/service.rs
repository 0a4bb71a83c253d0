use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use stoa_kit::{Shutdown, Space, config, grpc};
use stoa_proto::{
    ingestion::{
        CancelJobRequest, CancelJobResponse, DeleteDocumentRequest, DeleteDocumentResponse,
        GetDocumentRequest, GetDocumentResponse, GetJobRequest, GetJobResponse,
        ListDocumentsRequest, ListDocumentsResponse, ListJobsRequest, ListJobsResponse,
        RetryJobRequest, RetryJobResponse, SubmitHeader, SubmitRequest, SubmitResponse,
        SubmitUrlRequest, SubmitUrlResponse, WatchJobRequest, WatchJobResponse,
        ingestion_service_server::IngestionService, submit_request::Part,
    },
    retrieval::{DeleteRequest, retrieval_service_client::RetrievalServiceClient},
};
use time::OffsetDateTime;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use crate::{
    blobs::{Blobs, ContentHash},
    events::Events,
    fetch::SafeUrl,
    job::{Job, State},
    store::{JobFilter, NewSource, Store, Submission, Submitted, Transition},
};

const MAX_NAME: usize = 1_024;
const MAX_COLLECTION: usize = 128;
const MAX_TAGS: usize = 64;
const MAX_PAGE: u32 = 1_000;
const DEFAULT_PAGE: u32 = 100;
/// Uploads hold bytes in memory; all together at most this many times the largest document.
const UPLOADS: usize = 3;
const KIB: usize = 1 << 10;
/// How often a watcher looks at the row itself, should an event be lost.
const LOOK: Duration = Duration::from_secs(3);
/// How long forgetting waits for a worker to let go of the document: more than a lease.
const LET_GO: Duration = Duration::from_secs(15);
/// How often documents are looked for whose forgetting was cut short.
const SWEEP: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(crate) struct Ingestion {
    store: Store,
    blobs: Blobs,
    events: Events,
    retrieval: RetrievalServiceClient<grpc::Client>,
    wake: Arc<Notify>,
    settings: config::Ingestion,
    uploads: Arc<Semaphore>,
    shutdown: Shutdown,
}

impl Ingestion {
    pub(crate) fn new(
        store: Store,
        blobs: Blobs,
        events: Events,
        retrieval: RetrievalServiceClient<grpc::Client>,
        wake: Arc<Notify>,
        settings: config::Ingestion,
        shutdown: Shutdown,
    ) -> Self {
        let room =
            usize::try_from(settings.max_bytes).unwrap_or(usize::MAX / UPLOADS) / KIB * UPLOADS;
        let uploads = Arc::new(Semaphore::new(room.clamp(UPLOADS, Semaphore::MAX_PERMITS)));
        Self {
            store,
            blobs,
            events,
            retrieval,
            wake,
            settings,
            uploads,
            shutdown,
        }
    }

    /// Finishes what a restart cut short.
    pub(crate) fn start(&self, shutdown: &Shutdown) {
        let (service, stop) = (self.clone(), shutdown.clone());
        shutdown.spawn("forgetting", async move {
            let mut ticks = tokio::time::interval(SWEEP);
            loop {
                tokio::select! {
                    _ = ticks.tick() => service.finish_deletes().await,
                    () = stop.stopping() => return,
                }
            }
        });
    }

    async fn finish_deletes(&self) {
        for (id, space) in self.store.deleting().await.unwrap_or_default() {
            let Ok(space) = Space::parse(&space) else {
                continue;
            };
            if let Err(status) = self.delete(&space, id).await {
                tracing::warn!(document = %id, "forgetting goes on later: {}", status.message());
            }
        }
    }

    async fn receive(
        &self,
        mut parts: Streaming<SubmitRequest>,
    ) -> Result<(SubmitHeader, Bytes, Vec<OwnedSemaphorePermit>), Status> {
        let first = parts.message().await?.and_then(|message| message.part);
        let Some(Part::Header(header)) = first else {
            return Err(Status::invalid_argument(
                "the first message must be the header",
            ));
        };
        let (mut bytes, mut room) = (BytesMut::new(), Vec::new());
        while let Some(message) = parts.message().await? {
            let Some(Part::Chunk(chunk)) = message.part else {
                return Err(Status::invalid_argument(
                    "only the first message may be a header",
                ));
            };
            if (bytes.len() + chunk.len()) as u64 > self.settings.max_bytes {
                return Err(Status::resource_exhausted(format!(
                    "`{}` is larger than {} bytes (ingestion.max_bytes): split it",
                    header.name, self.settings.max_bytes
                )));
            }
            let kib = u32::try_from(chunk.len().div_ceil(KIB)).unwrap_or(u32::MAX);
            let permit = Arc::clone(&self.uploads).try_acquire_many_owned(kib);
            room.push(permit.map_err(|_| {
                Status::unavailable("many uploads are under way: try again shortly")
            })?);
            bytes.extend_from_slice(&chunk);
        }
        if bytes.is_empty() {
            return Err(Status::invalid_argument(format!(
                "`{}` is empty",
                header.name
            )));
        }
        Ok((header, bytes.freeze(), room))
    }

    async fn submit_source(
        &self,
        space: &str,
        name: &str,
        collection: String,
        access: Vec<String>,
        source: NewSource,
    ) -> Result<Job, Status> {
        let space = Space::parse(space)?;
        if name.trim().is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(Status::invalid_argument(format!(
                "the name must have 1 to {MAX_NAME} bytes on one line"
            )));
        }
        if collection.len() > MAX_COLLECTION || access.len() > MAX_TAGS {
            let limits = format!(
                "a collection's name has at most {MAX_COLLECTION} bytes, access at most {MAX_TAGS} tags"
            );
            return Err(Status::invalid_argument(limits));
        }
        let collection = if collection.is_empty() {
            "default".to_owned()
        } else {
            collection
        };
        let submission = Submission {
            space,
            name: name.to_owned(),
            collection,
            access,
            source,
        };
        match self
            .store
            .submit(&submission)
            .await
            .map_err(|error| database(&error))?
        {
            Submitted::Job(job) => {
                self.wake.notify_one();
                Ok(*job)
            }
            Submitted::Deleting => Err(Status::aborted(format!(
                "`{name}` is being forgotten: try again shortly"
            ))),
        }
    }

    async fn find_job(&self, space: &str, id: &str) -> Result<Job, Status> {
        let space = Space::parse(space)?;
        let missing = || Status::not_found(format!("space {space} has no job {id}"));
        let uuid = id.parse().map_err(|_| missing())?;
        self.store
            .job(&space, uuid)
            .await
            .map_err(|error| database(&error))?
            .ok_or_else(missing)
    }

    /// Forgets a document whose row says so; returns the passages that are left.
    async fn delete(&self, space: &Space, document: Uuid) -> Result<u64, Status> {
        let waiting = async {
            while self
                .store
                .is_worked_on(document)
                .await
                .map_err(|error| database(&error))?
            {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Ok::<(), Status>(())
        };
        let late = |_| {
            Status::unavailable(
                "a worker still holds the document: it is forgotten as soon as it lets go",
            )
        };
        tokio::time::timeout(LET_GO, waiting)
            .await
            .map_err(late)??;
        let request = DeleteRequest {
            space: space.to_string(),
            document_id: document.to_string(),
            version: 0,
        };
        let remaining = self
            .retrieval
            .clone()
            .delete(request)
            .await?
            .into_inner()
            .remaining;
        if remaining > 0 {
            return Err(Status::internal(format!(
                "{remaining} passages are left in the index: try again"
            )));
        }
        for hash in self
            .store
            .hashes(document, i32::MAX)
            .await
            .map_err(|error| database(&error))?
        {
            let hold = self
                .store
                .claim_blob(hash, document, i32::MAX)
                .await
                .map_err(|error| database(&error))?;
            if hold.is_some() {
                self.blobs
                    .delete(hash)
                    .await
                    .map_err(|error| blobs(&error))?;
            }
        }
        self.store
            .finish_delete(document)
            .await
            .map_err(|error| database(&error))?;
        Ok(remaining)
    }
}

#[tonic::async_trait]
impl IngestionService for Ingestion {
    async fn submit(
        &self,
        request: Request<Streaming<SubmitRequest>>,
    ) -> Result<Response<SubmitResponse>, Status> {
        let (header, bytes, _room) = self.receive(request.into_inner()).await?;
        let hash = ContentHash::of(&bytes);
        if !header.sha256.is_empty() && header.sha256 != hash.hex() {
            return Err(Status::data_loss(format!(
                "`{}` was changed on its way: send it again",
                header.name
            )));
        }
        // Nobody removes the blob between its writing and the row that names it.
        let _hold = self
            .store
            .hold_blob(hash)
            .await
            .map_err(|error| database(&error))?;
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.blobs
            .put(hash, bytes)
            .await
            .map_err(|error| blobs(&error))?;
        let source = NewSource::Upload { hash, size };
        let job = self
            .submit_source(
                &header.space,
                &header.name,
                header.collection,
                header.access,
                source,
            )
            .await?;
        Ok(Response::new(SubmitResponse {
            job: Some(job.to_proto()),
        }))
    }

    async fn submit_url(
        &self,
        request: Request<SubmitUrlRequest>,
    ) -> Result<Response<SubmitUrlResponse>, Status> {
        let request = request.into_inner();
        let url = SafeUrl::parse(&request.url)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let source = NewSource::Url(url.as_str().to_owned());
        let job = self
            .submit_source(
                &request.space,
                url.as_str(),
                request.collection,
                request.access,
                source,
            )
            .await?;
        Ok(Response::new(SubmitUrlResponse {
            job: Some(job.to_proto()),
        }))
    }

    async fn get_job(
        &self,
        request: Request<GetJobRequest>,
    ) -> Result<Response<GetJobResponse>, Status> {
        let request = request.into_inner();
        let job = self.find_job(&request.space, &request.id).await?;
        Ok(Response::new(GetJobResponse {
            job: Some(job.to_proto()),
        }))
    }

    type WatchJobStream = BoxStream<'static, Result<WatchJobResponse, Status>>;

    async fn watch_job(
        &self,
        request: Request<WatchJobRequest>,
    ) -> Result<Response<Self::WatchJobStream>, Status> {
        let request = request.into_inner();
        let id = self.find_job(&request.space, &request.id).await?.id;
        let events = self
            .events
            .watch(id)
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        let changes = events.filter_map(|message| async move { Events::decode(&message) });
        let ticks = tokio_stream::wrappers::IntervalStream::new(tokio::time::interval(LOOK));
        // The row is read at once and now and then; events come in between.
        let looks = ticks.then({
            let store = self.store.clone();
            move |_| {
                let store = store.clone();
                async move {
                    store
                        .job_anywhere(id)
                        .await
                        .ok()
                        .flatten()
                        .map(|job| job.to_proto())
                }
            }
        });
        let stop = self.shutdown.clone();
        let merged = stream::select(changes.map(Some), looks)
            .take_until(async move { stop.stopping().await });
        // It ends with the job, not with the next thing to look at.
        let watched = stream::unfold(Some(merged.boxed()), |changes| async {
            let mut changes = changes?;
            let Some(job) = changes.next().await? else {
                return Some((Err(Status::not_found("the document was forgotten")), None));
            };
            let ended = State::from_proto(job.state()).is_some_and(State::is_final);
            let response = WatchJobResponse { job: Some(job) };
            Some((Ok(response), (!ended).then_some(changes)))
        });
        Ok(Response::new(watched.boxed()))
    }

    async fn list_jobs(
        &self,
        request: Request<ListJobsRequest>,
    ) -> Result<Response<ListJobsResponse>, Status> {
        let request = request.into_inner();
        let space = (!request.space.is_empty())
            .then(|| Space::parse(&request.space))
            .transpose()?;
        let before = (!request.page_token.is_empty())
            .then(|| job_token(&request.page_token))
            .transpose()?;
        let filter = JobFilter {
            space: space.map(|space| space.to_string()),
            state: State::from_proto(request.state()),
            before,
        };
        let limit = page_size(request.page_size);
        let jobs = self
            .store
            .jobs(&filter, limit)
            .await
            .map_err(|error| database(&error))?;
        let more = jobs.last().filter(|_| jobs.len() as i64 == limit);
        let next_page_token = more.map_or_else(String::new, |job| {
            format!("{}/{}", job.created_at.unix_timestamp_nanos(), job.id)
        });
        Ok(Response::new(ListJobsResponse {
            jobs: jobs.iter().map(Job::to_proto).collect(),
            next_page_token,
        }))
    }

    async fn retry_job(
        &self,
        request: Request<RetryJobRequest>,
    ) -> Result<Response<RetryJobResponse>, Status> {
        let request = request.into_inner();
        let job = self.find_job(&request.space, &request.id).await?;
        let space = Space::parse(&request.space)?;
        let transition = self
            .store
            .retry(&space, job.id)
            .await
            .map_err(|error| database(&error))?;
        let job = settled(
            transition,
            "is not failed or cancelled, or a newer version of its document exists",
        )?;
        self.wake.notify_one();
        Ok(Response::new(RetryJobResponse {
            job: Some(job.to_proto()),
        }))
    }

    async fn cancel_job(
        &self,
        request: Request<CancelJobRequest>,
    ) -> Result<Response<CancelJobResponse>, Status> {
        let request = request.into_inner();
        let job = self.find_job(&request.space, &request.id).await?;
        let space = Space::parse(&request.space)?;
        let transition = self
            .store
            .cancel(&space, job.id)
            .await
            .map_err(|error| database(&error))?;
        let job = settled(transition, "has ended already")?;
        self.events.publish(&job).await;
        Ok(Response::new(CancelJobResponse {
            job: Some(job.to_proto()),
        }))
    }

    async fn list_documents(
        &self,
        request: Request<ListDocumentsRequest>,
    ) -> Result<Response<ListDocumentsResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let limit = page_size(request.page_size);
        let documents = self
            .store
            .documents(&space, &request.collections, &request.page_token, limit)
            .await
            .map_err(|error| database(&error))?;
        let more = documents.last().filter(|_| documents.len() as i64 == limit);
        let next_page_token = more.map_or_else(String::new, |document| document.name.clone());
        let documents = documents
            .iter()
            .map(crate::store::Document::to_proto)
            .collect();
        Ok(Response::new(ListDocumentsResponse {
            documents,
            next_page_token,
        }))
    }

    async fn get_document(
        &self,
        request: Request<GetDocumentRequest>,
    ) -> Result<Response<GetDocumentResponse>, Status> {
        let request = request.into_inner();
        let document = self
            .find_document(&request.space, &request.document)
            .await?;
        Ok(Response::new(GetDocumentResponse {
            document: Some(document.to_proto()),
        }))
    }

    async fn delete_document(
        &self,
        request: Request<DeleteDocumentRequest>,
    ) -> Result<Response<DeleteDocumentResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let document = self
            .find_document(&request.space, &request.document)
            .await?;
        self.store
            .begin_delete(document.id)
            .await
            .map_err(|error| database(&error))?;
        let remaining = self.delete(&space, document.id).await?;
        Ok(Response::new(DeleteDocumentResponse {
            document: Some(document.to_proto()),
            remaining,
        }))
    }
}

impl Ingestion {
    async fn find_document(
        &self,
        space: &str,
        key: &str,
    ) -> Result<crate::store::Document, Status> {
        let space = Space::parse(space)?;
        let found = self
            .store
            .document(&space, key)
            .await
            .map_err(|error| database(&error))?;
        found.ok_or_else(|| {
            Status::not_found(format!(
                "space {space} has no document `{key}`: `stoa documents` lists them"
            ))
        })
    }
}

fn page_size(asked: u32) -> i64 {
    i64::from(if asked == 0 {
        DEFAULT_PAGE
    } else {
        asked.min(MAX_PAGE)
    })
}

fn job_token(token: &str) -> Result<(OffsetDateTime, Uuid), Status> {
    let parse = || {
        let (at, id) = token.split_once('/')?;
        Some((
            OffsetDateTime::from_unix_timestamp_nanos(at.parse().ok()?).ok()?,
            id.parse().ok()?,
        ))
    };
    parse().ok_or_else(|| Status::invalid_argument("page_token is not one of ours"))
}

fn settled(transition: Transition, refusal: &str) -> Result<Job, Status> {
    match transition {
        Transition::Done(job) => Ok(job),
        Transition::Refused(job) => Err(Status::failed_precondition(format!(
            "job {} is {}: it {refusal}",
            job.id, job.state
        ))),
        Transition::Missing => Err(Status::not_found("there is no such job")),
    }
}

fn database(error: &sqlx::Error) -> Status {
    tracing::error!(%error, "the database failed");
    Status::unavailable("the database does not answer: try again shortly")
}

fn blobs(error: &object_store::Error) -> Status {
    tracing::error!(%error, "the store of documents' bytes failed");
    Status::unavailable("the store of documents' bytes does not answer: try again shortly")
}
