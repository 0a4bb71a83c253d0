//! Interactions are acknowledged beside the inbox.

use std::sync::Arc;

use serenity::model::application::Interaction;
use stoa_chat::{Event, command::Incoming};
use tokio::sync::oneshot;

use super::Gateway;
use crate::{acknowledge::Responder, intake::Reading, place::Place};

impl Gateway {
    /// Begins to acknowledge an interaction. Returns what goes to the inbox, and who is told when it is there.
    pub(super) fn interaction(
        &self,
        interaction: Interaction,
        written: Option<String>,
    ) -> (Option<Event<Incoming<Place>>>, Option<oneshot::Sender<()>>) {
        let http = Arc::clone(&self.discord.http);
        let id = interaction.id().get();
        let responder = Responder::new(http, id, interaction.token().to_owned());
        if let Interaction::Autocomplete(typed) = interaction {
            let answer = self.choices.clone().answer(responder, Box::new(typed));
            self.shutdown.spawn("choices", answer);
            return (None, None);
        }
        let Some(Reading {
            acknowledgement,
            event,
        }) = self.intake.interaction(&interaction, written)
        else {
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
