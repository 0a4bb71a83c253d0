//! Interactions are acknowledged beside the inbox.

use std::sync::Arc;

use stoa_chat::{Event, command::Incoming};
use tokio::sync::oneshot;

use super::Gateway;
use crate::{
    acknowledge::Responder,
    intake::Reading,
    model::{Interaction, InteractionKind},
    place::Place,
};

impl Gateway {
    /// Begins to acknowledge an interaction. Returns what goes to the inbox, and who is told when it is there.
    pub(super) fn interaction(
        &self,
        interaction: Box<Interaction>,
    ) -> (Option<Event<Incoming<Place>>>, Option<oneshot::Sender<()>>) {
        let http = Arc::clone(&self.discord.http);
        let id = interaction.id.get();
        let responder = Responder::new(http, id, interaction.token.clone());
        if interaction.kind == InteractionKind::Autocomplete {
            let threads = self.intake.threads.clone();
            let answer = self.choices.clone().answer(responder, interaction, threads);
            self.shutdown.spawn("choices", answer);
            return (None, None);
        }
        let Some(Reading {
            acknowledgement,
            event,
        }) = self.intake.interaction(&interaction)
        else {
            tracing::warn!(
                id,
                "an interaction is left alone: it is of no kind that the bot knows, or does not say where it began"
            );
            return (None, None);
        };
        let opening = self.discord.opening(id);
        let (told, stored) = event.as_ref().map(|_| oneshot::channel()).unzip();
        self.shutdown.spawn("acknowledgement", async move {
            responder.acknowledge(acknowledgement, stored).await;
            drop(opening);
        });
        (event, told)
    }
}
