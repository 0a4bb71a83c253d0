//! What people do with an answer: see its sources, rate it, ask again, stop it.

use stoa_proto::{
    generation::{CancelRequest, FeedbackRequest, GetTurnRequest, Rating, Turn},
    sources,
};
use stoa_reply::Reply;
use tonic::Status;
use uuid::Uuid;

use super::{Failure, Task, lists::excerpt};
use crate::platform::Platform;

/// Most characters of a quote.
const QUOTE: usize = 600;

impl<P: Platform> Task<'_, P> {
    pub(super) async fn turn(&self, turn: Uuid) -> Result<Turn, Failure> {
        let request = GetTurnRequest {
            space: self.space.clone(),
            turn_id: turn.to_string(),
        };
        let response = self.call(|| async { self.generation().get_turn(request.clone()).await });
        let turn = response.await?.turn;
        turn.ok_or_else(|| Status::internal("generation answered without the turn").into())
    }

    /// Shows the passages that an answer cites.
    pub(super) async fn sources(&self, turn: Uuid) -> Result<(), Failure> {
        let turn = self.turn(turn).await?;
        if turn.erased {
            return self.say("answer-erased").await;
        }
        if turn.citations.is_empty() {
            return self.say("answer-without-sources").await;
        }
        let mut reply = Reply::default();
        for source in sources(&turn.citations) {
            let mut quotes: Vec<String> = Vec::new();
            // Several sentences of an answer may rest on one passage, which is shown once.
            for citation in &source.citations {
                let quote = excerpt(&citation.quote, QUOTE);
                if !quotes.contains(&quote) {
                    quotes.push(quote);
                }
            }
            reply = reply.plain(self.listed(&source)).quote(quotes.join("\n"));
        }
        self.deliver(&reply, Vec::new()).await
    }

    pub(super) async fn rate(&self, turn: Uuid, helped: bool, reason: &str) -> Result<(), Failure> {
        let rating = if helped { Rating::Up } else { Rating::Down };
        let request = FeedbackRequest {
            space: self.space.clone(),
            turn_id: turn.to_string(),
            user: self.incoming.person.id.clone(),
            rating: rating.into(),
            reason: reason.to_owned(),
        };
        self.call(|| async { self.generation().feedback(request.clone()).await })
            .await?;
        // A rating that came again would replace a later one.
        self.done().await
    }

    /// Asks the question of a turn again, as a turn of its own.
    pub(super) async fn ask_again(&self, turn: Uuid) -> Result<(), Failure> {
        let turn = self.turn(turn).await?;
        Box::pin(self.ask(&turn.question)).await
    }

    /// Stops the answer that is being written in the conversation. Its last message says that it was stopped.
    pub(super) async fn stop_writing(&self) -> Result<(), Failure> {
        match self.being_written() {
            Some(turn) => {
                self.cancel(turn).await?;
                self.done().await
            }
            None => self.say("nothing-to-stop").await,
        }
    }

    /// Stops an answer by the button under it. There is nothing to reply: people see whether it goes on.
    pub(super) async fn stop_turn(&self, turn: Uuid) -> Result<(), Failure> {
        match self.cancel(turn).await {
            // A button cannot show an error, and the answer goes on above it for everyone to see.
            Err(Failure::Service(status)) => {
                tracing::warn!(code = ?status.code(), "an answer was not stopped: {}", status.message());
            }
            cancelled => cancelled?,
        }
        self.done().await
    }

    async fn cancel(&self, turn: Uuid) -> Result<(), Failure> {
        let request = CancelRequest {
            space: self.space.clone(),
            turn_id: turn.to_string(),
        };
        let cancelled = self.call(|| async { self.generation().cancel(request.clone()).await });
        match cancelled.await {
            // It ended by itself just before: that is what was wanted, too.
            Err(failure) if failure.is_not_found() => Ok(()),
            cancelled => cancelled.map(|_| ()),
        }
    }
}
