//! The gRPC service: what callers may ask of documents and jobs.

mod failure;
mod forget;
mod paging;
mod upload;
mod validate;
mod watch;

use std::sync::Arc;

use stoa_kit::{Shutdown, Space, grpc, postgres};
use stoa_proto::{
    generation::generation_service_client::GenerationServiceClient,
    ingestion::{
        CancelJobRequest, CancelJobResponse, DeleteDocumentRequest, DeleteDocumentResponse,
        GetDocumentRequest, GetDocumentResponse, GetJobRequest, GetJobResponse,
        ListDocumentsRequest, ListDocumentsResponse, ListJobsRequest, ListJobsResponse,
        RetryJobRequest, RetryJobResponse, SubmitRequest, SubmitResponse, SubmitUrlRequest,
        SubmitUrlResponse, WatchJobRequest, ingestion_service_server::IngestionService,
    },
    retrieval::retrieval_service_client::RetrievalServiceClient,
};
use tokio::sync::Notify;
use tonic::{Request, Response, Status, Streaming};

pub(crate) use upload::Uploads;

use crate::{
    blobs::Blobs,
    events::Events,
    job::Job,
    recipe::Recipes,
    store::{Document, NewSource, Store, Submission, Submitted, Transition},
};
use upload::Upload;

/// The service, and what it works with.
#[derive(Clone)]
pub(crate) struct Ingestion {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) events: Events,
    pub(crate) retrieval: RetrievalServiceClient<grpc::Client>,
    pub(crate) generation: GenerationServiceClient<grpc::Client>,
    pub(crate) recipes: Recipes,
    pub(crate) uploads: Uploads,
    /// Jobs of a space that may wait.
    pub(crate) max_queued: u32,
    /// Wakes the relay, so that a new job does not wait for its next look at the outbox.
    pub(crate) wake: Arc<Notify>,
    pub(crate) shutdown: Shutdown,
}

impl Ingestion {
    /// What would make the passages of a document now.
    async fn made_with(&self) -> Option<String> {
        let recipe = self.recipes.current().await.inspect_err(|status| {
            // The job finds out, and ends at once where there is nothing to do.
            tracing::debug!(
                "it is not known how passages are made: {}",
                status.message()
            );
        });
        recipe.ok().map(|recipe| recipe.to_string())
    }

    async fn take(&self, submission: Submission) -> Result<Job, Status> {
        let submitted = self.store.submit(&submission, self.max_queued).await;
        match submitted.map_err(postgres::failed)? {
            Submitted::Job(job) => {
                self.wake.notify_one();
                Ok(*job)
            }
            Submitted::Deleting => Err(Status::aborted(format!(
                "`{}` is being forgotten: try again shortly",
                submission.target.name
            ))),
            Submitted::Full => Err(Status::resource_exhausted(format!(
                "{} documents wait to be learned already (ingestion.max_queued): teach `{}` when some of them are done",
                self.max_queued, submission.target.name
            ))),
        }
    }

    async fn find_job(&self, space: &Space, id: &str) -> Result<Job, Status> {
        let missing = || Status::not_found(format!("space {space} has no job {id}"));
        let uuid = id.parse().map_err(|_| missing())?;
        let found = self.store.job(space, uuid).await;
        found.map_err(postgres::failed)?.ok_or_else(missing)
    }

    async fn find_document(&self, space: &Space, key: &str) -> Result<Document, Status> {
        let found = self.store.document(space, key).await;
        found.map_err(postgres::failed)?.ok_or_else(|| {
            Status::not_found(format!(
                "space {space} has no document `{key}`: `stoa documents` lists them"
            ))
        })
    }
}

#[tonic::async_trait]
impl IngestionService for Ingestion {
    async fn submit(
        &self,
        request: Request<Streaming<SubmitRequest>>,
    ) -> Result<Response<SubmitResponse>, Status> {
        let Upload {
            target,
            bytes,
            hash,
            // Kept until the bytes are stored.
            memory: _memory,
        } = self.uploads.receive(request.into_inner()).await?;
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let submission = Submission {
            target,
            source: NewSource::Upload { hash, size },
            made_with: self.made_with().await,
        };
        // Nobody removes the blob between its writing and the row that names it.
        let _hold = self.store.hold_blob(hash).await.map_err(postgres::failed)?;
        self.blobs.room_for(bytes.len())?;
        self.blobs.put(hash, bytes).await.map_err(failure::blobs)?;
        let job = self.take(submission).await?;
        Ok(Response::new(SubmitResponse {
            job: Some(job.to_proto()),
        }))
    }

    async fn submit_url(
        &self,
        request: Request<SubmitUrlRequest>,
    ) -> Result<Response<SubmitUrlResponse>, Status> {
        let (target, source) = validate::address(request.into_inner())?;
        let submission = Submission {
            target,
            source,
            made_with: self.made_with().await,
        };
        let job = self.take(submission).await?;
        Ok(Response::new(SubmitUrlResponse {
            job: Some(job.to_proto()),
        }))
    }

    async fn get_job(
        &self,
        request: Request<GetJobRequest>,
    ) -> Result<Response<GetJobResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let job = self.find_job(&space, &request.id).await?;
        Ok(Response::new(GetJobResponse {
            job: Some(job.to_proto()),
        }))
    }

    type WatchJobStream = watch::Watched;

    async fn watch_job(
        &self,
        request: Request<WatchJobRequest>,
    ) -> Result<Response<Self::WatchJobStream>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let job = self.find_job(&space, &request.id).await?;
        let (store, shutdown) = (self.store.clone(), self.shutdown.clone());
        let watched = watch::watch(store, &self.events, job.id, shutdown).await?;
        Ok(Response::new(watched))
    }

    async fn list_jobs(
        &self,
        request: Request<ListJobsRequest>,
    ) -> Result<Response<ListJobsResponse>, Status> {
        let request = request.into_inner();
        let filter = validate::job_filter(&request)?;
        let size = paging::size(request.page_size);
        let jobs = self.store.jobs(&filter, size).await;
        let jobs = jobs.map_err(postgres::failed)?;
        Ok(Response::new(ListJobsResponse {
            next_page_token: paging::next(&jobs, size, paging::token_of_job),
            jobs: jobs.iter().map(Job::to_proto).collect(),
        }))
    }

    async fn retry_job(
        &self,
        request: Request<RetryJobRequest>,
    ) -> Result<Response<RetryJobResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let job = self.find_job(&space, &request.id).await?;
        let transition = self.store.retry(&space, job.id).await;
        let job = changed(
            transition.map_err(postgres::failed)?,
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
        let space = Space::parse(&request.space)?;
        let job = self.find_job(&space, &request.id).await?;
        let transition = self.store.cancel(&space, job.id).await;
        let job = changed(transition.map_err(postgres::failed)?, "has ended already")?;
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
        let size = paging::size(request.page_size);
        let documents = self
            .store
            .documents(&space, &request.collections, &request.page_token, size)
            .await
            .map_err(postgres::failed)?;
        Ok(Response::new(ListDocumentsResponse {
            next_page_token: paging::next(&documents, size, |document| document.name.clone()),
            documents: documents.iter().map(Document::to_proto).collect(),
        }))
    }

    async fn get_document(
        &self,
        request: Request<GetDocumentRequest>,
    ) -> Result<Response<GetDocumentResponse>, Status> {
        let request = request.into_inner();
        let space = Space::parse(&request.space)?;
        let document = self.find_document(&space, &request.document).await?;
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
        let document = self.find_document(&space, &request.document).await?;
        // The mark is stored before anything is removed: should this process end, the sweep goes on.
        self.store
            .begin_delete(document.id)
            .await
            .map_err(postgres::failed)?;
        let forgotten = self.forget(&space, document.id, &document.name).await?;
        Ok(Response::new(DeleteDocumentResponse {
            document: Some(document.to_proto()),
            remaining: forgotten.remaining,
            answers_pending: forgotten.answers_pending,
        }))
    }
}

/// The job that was changed, or why it was not.
fn changed(transition: Transition, refusal: &str) -> Result<Job, Status> {
    match transition {
        Transition::Done(job) => Ok(job),
        Transition::Refused(job) => Err(Status::failed_precondition(format!(
            "job {} is {}: it {refusal}",
            job.id, job.state
        ))),
        Transition::Missing => Err(Status::not_found("there is no such job")),
    }
}
