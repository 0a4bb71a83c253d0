//! What was said: conversations and their turns.

use stoa_kit::{Space, postgres};
use stoa_proto::generation::{
    GetConversationRequest, GetConversationResponse, GetTurnRequest, GetTurnResponse,
    ResetConversationRequest, ResetConversationResponse,
};
use tonic::{Response, Status};

use super::{Generation, turn_id};

impl Generation {
    pub(super) async fn read_conversation(
        &self,
        request: GetConversationRequest,
    ) -> Result<Response<GetConversationResponse>, Status> {
        let space = Space::parse(&request.space)?;
        let turns = self
            .store
            .conversation(&space, &request.conversation)
            .await
            .map_err(postgres::failed)?;
        Ok(Response::new(GetConversationResponse { turns }))
    }

    pub(super) async fn read_turn(
        &self,
        request: GetTurnRequest,
    ) -> Result<Response<GetTurnResponse>, Status> {
        let (space, id) = (Space::parse(&request.space)?, turn_id(&request.turn_id)?);
        let turn = self
            .store
            .turn(&space, id)
            .await
            .map_err(postgres::failed)?
            .ok_or_else(|| Status::not_found(format!("space {space} has no turn {id}")))?;
        Ok(Response::new(GetTurnResponse { turn: Some(turn) }))
    }

    pub(super) async fn forget_conversation(
        &self,
        request: ResetConversationRequest,
    ) -> Result<Response<ResetConversationResponse>, Status> {
        let space = Space::parse(&request.space)?;
        let turns = self
            .store
            .reset(&space, &request.conversation)
            .await
            .map_err(postgres::failed)?;
        Ok(Response::new(ResetConversationResponse {
            turns: u32::try_from(turns).unwrap_or(u32::MAX),
        }))
    }
}
