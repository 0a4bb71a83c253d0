//! Failures of the stores as a caller is told of them: the log has the details.

use tonic::Status;

pub(super) fn blobs(error: object_store::Error) -> Status {
    tracing::error!(%error, "the store of documents' bytes failed");
    Status::unavailable("the store of documents' bytes does not answer: try again shortly")
}
