//! What is removed on request, and what a person is given of what is kept of them.

use stoa_kit::{Space, postgres};
use stoa_proto::generation::{
    ExportPersonRequest, ExportPersonResponse, ForgetDocumentRequest, ForgetDocumentResponse,
    ForgetPersonRequest, ForgetPersonResponse,
};
use tonic::{Response, Status};
use uuid::Uuid;

use super::{Generation, MAX_ID};

/// Turns of one answer to `ExportPerson`: with 8 KiB of question each and its citations far below the limit of a message.
const PAGE: usize = 25;

impl Generation {
    pub(super) async fn erase_document(
        &self,
        request: ForgetDocumentRequest,
    ) -> Result<Response<ForgetDocumentResponse>, Status> {
        let space = Space::parse(&request.space)?;
        let document: Uuid = request.document_id.parse().map_err(|_| {
            Status::invalid_argument(format!(
                "document_id must be a UUID, not `{}`",
                request.document_id
            ))
        })?;
        let turns = self
            .store
            .forget_document(&space, &document.to_string(), &request.document)
            .await
            .map_err(postgres::failed)?;
        Ok(Response::new(ForgetDocumentResponse { turns }))
    }

    pub(super) async fn erase_person(
        &self,
        request: ForgetPersonRequest,
    ) -> Result<Response<ForgetPersonResponse>, Status> {
        check_user(&request.user)?;
        let turns = self
            .store
            .forget_person(&request.user)
            .await
            .map_err(postgres::failed)?;
        Ok(Response::new(ForgetPersonResponse { turns }))
    }

    pub(super) async fn list_of_person(
        &self,
        request: ExportPersonRequest,
    ) -> Result<Response<ExportPersonResponse>, Status> {
        check_user(&request.user)?;
        let after = match request.page_token.as_str() {
            // Below every id, so that the first page needs no query of its own.
            "" => Uuid::nil(),
            token => token.parse().map_err(|_| {
                Status::invalid_argument("page_token is not one that ExportPerson gave")
            })?,
        };
        let turns = self
            .store
            .export_person(&request.user, after, PAGE as i64)
            .await
            .map_err(postgres::failed)?;
        // A page that is not full is the last; after a full one there may be nothing, which the next call finds.
        let last = turns.last().filter(|_| turns.len() == PAGE);
        let next_page_token = last
            .and_then(|exported| Some(exported.turn.as_ref()?.id.clone()))
            .unwrap_or_default();
        Ok(Response::new(ExportPersonResponse {
            turns,
            next_page_token,
        }))
    }
}

/// Questions without a name belong to nobody.
fn check_user(user: &str) -> Result<(), Status> {
    if user.is_empty() || user.len() > MAX_ID {
        return Err(Status::invalid_argument(format!(
            "user must have 1 to {MAX_ID} bytes, such as discord:1234"
        )));
    }
    Ok(())
}
