//! What people thought of answers.

use stoa_kit::{Space, postgres};
use stoa_proto::generation::{
    FeedbackRequest, FeedbackResponse, ListFeedbackRequest, ListFeedbackResponse, Rating,
};
use tonic::{Response, Status};

use super::{DEFAULT_PAGE, Generation, MAX_ID, turn_id};

const MAX_REASON: usize = 4 << 10;
/// Most turns of a list: answers with their citations are long.
const MAX_RATED: u32 = 200;

impl Generation {
    pub(super) async fn rate(
        &self,
        request: FeedbackRequest,
    ) -> Result<Response<FeedbackResponse>, Status> {
        let Some(rating) = stored(request.rating()) else {
            return Err(Status::invalid_argument(
                "rating is not set: use UP or DOWN",
            ));
        };
        if request.reason.len() > MAX_REASON || request.user.len() > MAX_ID {
            return Err(Status::invalid_argument(format!(
                "the reason has at most {MAX_REASON} bytes"
            )));
        }
        let (space, turn) = (Space::parse(&request.space)?, turn_id(&request.turn_id)?);
        let known = self
            .store
            .feedback(&space, turn, &request.user, rating, &request.reason)
            .await;
        if !known.map_err(postgres::failed)? {
            return Err(Status::not_found(format!(
                "space {space} has no turn {turn}"
            )));
        }
        Ok(Response::new(FeedbackResponse {}))
    }

    pub(super) async fn list_rated(
        &self,
        request: ListFeedbackRequest,
    ) -> Result<Response<ListFeedbackResponse>, Status> {
        let space = Space::parse(&request.space)?;
        let limit = match request.page_size {
            0 => DEFAULT_PAGE,
            // Cut and not refused, as with every list: who asks for more wants as many as there are.
            size => size.min(MAX_RATED),
        };
        let turns = self
            .store
            .rated(&space, stored(request.rating()), i64::from(limit))
            .await
            .map_err(postgres::failed)?;
        Ok(Response::new(ListFeedbackResponse { turns }))
    }
}

/// A rating as it is kept; nothing of one that is not set.
fn stored(rating: Rating) -> Option<&'static str> {
    match rating {
        Rating::Up => Some("up"),
        Rating::Down => Some("down"),
        Rating::Unspecified => None,
    }
}
