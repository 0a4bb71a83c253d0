//! Interactions are acknowledged beside the inbox.

use std::sync::Arc;

use stoa_chat::{Event, command::Incoming};
use tokio::sync::oneshot;

use super::Gateway;
use crate::{
    acknowledge::{Responder, TOO_LATE},
    intake::Reading,
    model::{Interaction, InteractionKind},
    place::Place,
    snowflake,
};

impl Gateway {
    /// Begins to acknowledge an interaction, unless it was sent again and is too old for that. Returns what goes to the inbox, and who is told when it is there.
    pub(super) fn interaction(
        &self,
        interaction: Box<Interaction>,
        replayed: bool,
    ) -> (Option<Event<Incoming<Place>>>, Option<oneshot::Sender<()>>) {
        let http = Arc::clone(&self.discord.http);
        let id = interaction.id.get();
        // Only then, as this machine's clock may not be Discord's.
        let late = replayed && snowflake::age(id) > TOO_LATE;
        let responder = Responder::new(http, id, interaction.token.clone());
        if interaction.kind == InteractionKind::Autocomplete {
            if late {
                return (None, None);
            }
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
        if late {
            tracing::debug!(
                id,
                "an interaction is from before the connection: it is answered in its channel"
            );
            return (event, None);
        }
        let opening = self.discord.opening(id);
        let (told, stored) = event.as_ref().map(|_| oneshot::channel()).unzip();
        self.shutdown.spawn("acknowledgement", async move {
            responder.acknowledge(acknowledgement, stored).await;
            drop(opening);
        });
        (event, told)
    }
}
