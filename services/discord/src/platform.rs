//! Sends replies through the REST API.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt, future::BoxFuture};
use serenity::{
    builder::CreateThread,
    model::{
        channel::AutoArchiveDuration,
        id::{MessageId, UserId},
    },
};
use stoa_chat::{
    Platform,
    command::Person,
    platform::{Download, Outgoing, PlatformError, Sent},
};
use stoa_kit::outbound;
use stoa_reply as reply;
use tokio::{sync::watch, time::Instant};
use twilight_http::routing::Route;

use crate::{
    NAME,
    acknowledge::TOO_LATE,
    api::{self, CallError, Client, code},
    history,
    message::{self, Returned},
    model::Message,
    permissions,
    place::{InteractionToken, Place},
    post, snowflake,
    threads::Threads,
};

/// Discord takes five edits in five seconds in a channel; some of them are left to other replies there.
const PACE: Duration = Duration::from_millis(1_200);
/// How often a token is tried that is not valid yet.
const OPENS_AGAIN: Duration = Duration::from_millis(200);
/// An interaction that is older was acknowledged, or never will be, however much the clocks differ.
const YOUNG: Duration = Duration::from_secs(60);
/// Most bytes of an attachment, for a person who pays for more.
const MAX_FILE: u64 = 500 << 20;
/// How long a download may stall.
const FILE_PATIENCE: Duration = Duration::from_secs(30);

/// Discord's REST API.
pub struct Discord {
    pub(crate) http: Arc<Client>,
    bot: UserId,
    files: reqwest::Client,
    pub(crate) threads: Threads,
    /// Interactions that are being acknowledged: nothing can be said in them before.
    opening: watch::Sender<HashSet<u64>>,
}

impl Discord {
    pub(crate) fn new(
        http: Arc<Client>,
        files: reqwest::ClientBuilder,
        bot: UserId,
        threads: Threads,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http,
            bot,
            files: files.read_timeout(FILE_PATIENCE).build()?,
            threads,
            opening: watch::Sender::default(),
        })
    }

    /// Keeps replies in an interaction waiting until the guard is dropped.
    pub(crate) fn opening(self: &Arc<Self>, interaction: u64) -> Opening {
        self.opening.send_modify(|open| {
            open.insert(interaction);
        });
        Opening {
            discord: Arc::clone(self),
            interaction,
        }
    }

    /// The same while another process may be acknowledging the interaction: before that its token is not valid.
    async fn respond_when_open(
        &self,
        interaction: &InteractionToken,
        outgoing: &Outgoing<String>,
    ) -> Result<Option<Sent>, CallError> {
        let tries_until = Instant::now() + TOO_LATE;
        loop {
            let sent = self.respond(interaction, outgoing).await?;
            let may_open = snowflake::age(interaction.id) < YOUNG && Instant::now() < tries_until;
            if sent.is_some() || !may_open {
                return Ok(sent);
            }
            tokio::time::sleep(OPENS_AGAIN).await;
        }
    }

    async fn opened(&self, interaction: &InteractionToken) {
        let mut open = self.opening.subscribe();
        // The sender lives as long as this.
        let _ = open.wait_for(|open| !open.contains(&interaction.id)).await;
    }

    /// The channel that messages go to: the thread, where one is opened for the reply.
    async fn channel(&self, place: &Place) -> Result<u64, PlatformError> {
        let (true, Some(message)) = (place.thread, place.reply_to) else {
            return Ok(place.channel);
        };
        if self.threads.is_own(message) {
            return Ok(message);
        }
        let name = place.title.as_deref().unwrap_or("Stoa");
        let thread = CreateThread::new(name).auto_archive_duration(AutoArchiveDuration::OneDay);
        let route = Route::CreateThreadFromMessage {
            channel_id: place.channel,
            message_id: message,
        };
        match api::tell_with(&self.http, &route, &thread).await {
            Ok(()) => {}
            Err(CallError::Rejected { code, .. }) if code == code::THREAD_EXISTS => {}
            Err(error @ CallError::Rejected { .. }) => {
                tracing::debug!("no thread can be opened here: {error}");
                return Ok(place.channel);
            }
            Err(error) => return Err(error.into()),
        }
        self.threads.opened(message, place.channel).await;
        Ok(message)
    }

    async fn post(
        &self,
        place: &Place,
        nonce: &str,
        outgoing: &Outgoing<String>,
    ) -> Result<Sent, PlatformError> {
        let channel_id = self.channel(place).await?;
        let message = message::create(place, nonce, outgoing);
        let route = Route::CreateMessage { channel_id };
        // With a nonce that it knows, Discord returns the message that it has.
        let returned = api::send(&self.http, &route, &message).await;
        let returned: Returned = returned.map_err(CallError::of_sending)?;
        Ok(Sent {
            stale: !returned.shows(outgoing),
            id: returned.id.to_string(),
        })
    }

    /// Sends within an interaction. `None` when its token is not valid any more.
    async fn respond(
        &self,
        interaction: &InteractionToken,
        outgoing: &Outgoing<String>,
    ) -> Result<Option<Sent>, CallError> {
        let (application_id, interaction_token) =
            (interaction.application, interaction.token.as_str());
        let returned: Result<Returned, CallError> = if outgoing.first {
            let route = Route::UpdateInteractionOriginal {
                application_id,
                interaction_token,
            };
            api::send(&self.http, &route, &message::edit_response(outgoing)).await
        } else {
            let route = Route::ExecuteWebhook {
                thread_id: None,
                token: interaction_token,
                wait: Some(true),
                with_components: None,
                webhook_id: application_id,
            };
            // Discord knows no nonce here, and lists nothing that one person alone sees: when the answer is lost, the
            // message can neither be found nor deleted. So it says nothing yet, and what may stand there twice is that.
            api::send(
                &self.http,
                &route,
                &message::follow_up(interaction.ephemeral),
            )
            .await
        };
        match returned {
            Ok(returned) => Ok(Some(Sent {
                id: returned.id.to_string(),
                stale: !outgoing.first,
            })),
            Err(error) if error.is_expired() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The bot's message that replies to a question, sent after the last that is known.
    async fn reply_to(
        &self,
        place: &Place,
        question: u64,
        after: Option<u64>,
    ) -> Result<Option<MessageId>, PlatformError> {
        let channel = self.channel(place).await?;
        let after = after.unwrap_or_default().max(question);
        let said = match history::since(&self.http, channel, after).await {
            Ok(said) => said,
            Err(error) if error.is_transient() => return Err(error.into()),
            // Without the right to read the history, a nonce is all that is left.
            Err(_) => return Ok(None),
        };
        // In a thread that was opened for the question, the bot's first message is its answer.
        let replies = |said: &&Message| -> bool {
            let reference = said.message_reference.as_ref();
            let to = reference.and_then(|reference| reference.message_id);
            place.thread || to.is_some_and(|to| to.get() == question)
        };
        let own = said.iter().filter(|said| said.author.id == self.bot);
        // The first, where an earlier attempt was sent twice after all.
        Ok(own.filter(replies).map(|said| said.id).min())
    }

    async fn edit_message(
        &self,
        place: &Place,
        message_id: u64,
        outgoing: &Outgoing<String>,
    ) -> Result<(), PlatformError> {
        if let Some(interaction) = &place.interaction {
            let route = Route::UpdateWebhookMessage {
                message_id,
                thread_id: None,
                token: &interaction.token,
                webhook_id: interaction.application,
            };
            let message = message::edit_response(outgoing);
            match api::tell_with(&self.http, &route, &message).await {
                Ok(()) => return Ok(()),
                // It was sent to the channel, or the token is not valid any more.
                Err(CallError::Rejected { .. }) if !interaction.ephemeral => {}
                Err(error) => return Err(error.into()),
            }
        }
        let channel_id = self.channel(place).await?;
        let route = Route::UpdateMessage {
            channel_id,
            message_id,
        };
        Ok(api::tell_with(&self.http, &route, &message::edit(outgoing)).await?)
    }

    async fn delete_message(&self, place: &Place, message_id: u64) -> Result<(), PlatformError> {
        if let Some(interaction) = &place.interaction {
            let route = Route::DeleteWebhookMessage {
                message_id,
                thread_id: None,
                token: &interaction.token,
                webhook_id: interaction.application,
            };
            match api::tell(&self.http, &route).await {
                Ok(()) => return Ok(()),
                Err(CallError::Rejected { .. }) if !interaction.ephemeral => {}
                Err(error) => return Err(error.into()),
            }
        }
        let channel_id = self.channel(place).await?;
        let route = Route::DeleteMessage {
            channel_id,
            message_id,
        };
        Ok(api::tell(&self.http, &route).await?)
    }
}

/// An interaction is being acknowledged.
pub(crate) struct Opening {
    discord: Arc<Discord>,
    interaction: u64,
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.discord.opening.send_modify(|open| {
            open.remove(&self.interaction);
        });
    }
}

impl Platform for Discord {
    type Syntax = reply::Discord;
    type Place = Place;
    const NAME: &'static str = NAME;
    const MAX_FILE: u64 = MAX_FILE;

    fn pace(&self, _place: &Place) -> Duration {
        PACE
    }

    fn preview_pace(&self, _place: &Place) -> Option<Duration> {
        None
    }

    fn preview<'a>(
        &'a self,
        _place: &'a Place,
        _number: u32,
        _message: &'a String,
    ) -> BoxFuture<'a, Result<(), PlatformError>> {
        async { Err(PlatformError::Forbidden("there are no previews".to_owned())) }.boxed()
    }

    fn send<'a>(
        &'a self,
        place: &'a Place,
        nonce: &'a str,
        outgoing: &'a Outgoing<String>,
    ) -> BoxFuture<'a, Result<Sent, PlatformError>> {
        async move {
            let Some(interaction) = &place.interaction else {
                return self.post(place, nonce, outgoing).await;
            };
            self.opened(interaction).await;
            // What follows the first message goes to the channel, where a nonce keeps it from being shown twice, unless
            // the bot may only answer there.
            if !outgoing.first && !interaction.ephemeral {
                match self.post(place, nonce, outgoing).await {
                    Err(PlatformError::Forbidden(_)) => {}
                    sent => return sent,
                }
            }
            match self.respond_when_open(interaction, outgoing).await? {
                Some(sent) => Ok(sent),
                None if interaction.ephemeral => Err(PlatformError::Forbidden(
                    "the interaction is too old".to_owned(),
                )),
                None => self.post(place, nonce, outgoing).await,
            }
        }
        .boxed()
    }

    fn counter(&self, place: &Place) -> Option<String> {
        // The first message of an interaction is its own.
        (place.interaction.is_none() && place.reply_to.is_some()).then(|| place.channel.to_string())
    }

    fn find<'a>(
        &'a self,
        place: &'a Place,
        after: Option<&'a str>,
        first: bool,
    ) -> BoxFuture<'a, Result<Option<String>, PlatformError>> {
        async move {
            // A nonce is known for some minutes, and the process may have been away for longer. What follows the first
            // message replies to nothing, and so cannot be told from other replies.
            let (true, Some(question)) = (first, place.reply_to) else {
                return Ok(None);
            };
            let after = after.and_then(|after| after.parse().ok());
            let found = self.reply_to(place, question, after).await?;
            Ok(found.map(|id| id.to_string()))
        }
        .boxed()
    }

    fn edit<'a>(
        &'a self,
        place: &'a Place,
        id: &'a str,
        outgoing: &'a Outgoing<String>,
    ) -> BoxFuture<'a, Result<(), PlatformError>> {
        async move { self.edit_message(place, message_id(id)?, outgoing).await }.boxed()
    }

    fn delete<'a>(
        &'a self,
        place: &'a Place,
        id: &'a str,
    ) -> BoxFuture<'a, Result<(), PlatformError>> {
        async move {
            match self.delete_message(place, message_id(id)?).await {
                Err(PlatformError::NotFound) => Ok(()),
                deleted => deleted,
            }
        }
        .boxed()
    }

    fn typing<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<(), PlatformError>> {
        async move {
            // An interaction that was acknowledged shows it by itself.
            if place.interaction.is_some() || place.thread {
                return Ok(());
            }
            let channel_id = place.channel;
            let route = Route::CreateTypingTrigger { channel_id };
            Ok(api::tell(&self.http, &route).await?)
        }
        .boxed()
    }

    fn is_admin<'a>(
        &'a self,
        place: &'a Place,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<bool, PlatformError>> {
        async move {
            match (place.guild, person.admin) {
                (None, _) => Ok(true),
                (Some(_), Some(is_admin)) => Ok(is_admin),
                (Some(guild), None) => Ok(permissions::manages(&self.http, guild, person).await?),
            }
        }
        .boxed()
    }

    fn background<'a>(
        &'a self,
        place: &'a Place,
    ) -> BoxFuture<'a, Result<Option<String>, PlatformError>> {
        async move {
            // Only posts have a title, and they are threads.
            if !self.threads.is_thread(place.channel).await {
                return Ok(None);
            }
            Ok(post::subject(&self.http, place.channel).await?)
        }
        .boxed()
    }

    fn open<'a>(&'a self, file: &'a str) -> BoxFuture<'a, Result<Download, PlatformError>> {
        async move {
            let unreachable = |error: reqwest::Error| {
                PlatformError::Unavailable(format!(
                    "a file's server cannot be reached: {}",
                    outbound::cause(&error)
                ))
            };
            let response = self.files.get(file).send().await.map_err(unreachable)?;
            let status = response.status();
            // It may pass, and the upload is tried again; anything else will say the same the next time.
            if status.is_server_error() {
                return Err(PlatformError::Unavailable(format!(
                    "the file's server answered {status}"
                )));
            }
            if !status.is_success() {
                return Err(PlatformError::Forbidden(format!(
                    "the file's server answered {status}"
                )));
            }
            let bytes = response
                .bytes_stream()
                .map(|part| part.map_err(|error| PlatformError::Unavailable(error.to_string())));
            Ok(bytes.boxed())
        }
        .boxed()
    }
}

fn message_id(id: &str) -> Result<u64, PlatformError> {
    id.parse().map_err(|_| PlatformError::NotFound)
}
