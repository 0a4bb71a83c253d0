//! Discord as replies need it.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt, future::BoxFuture};
use serde::Deserialize;
use serde_json::{Value, json};
use stoa_chat::{
    Platform,
    event::Person,
    platform::{Button, Download, Outgoing, Refusal, Sent},
    reply,
};
use tokio::sync::watch;
use twilight_http::{Client, request::Request, routing::Route};
use twilight_model::{
    channel::{Channel, ChannelType},
    guild::Permissions,
    id::{
        Id,
        marker::{MessageMarker, RoleMarker, UserMarker},
    },
};

use crate::{
    NAME,
    failure::{Failure, call, code},
    place::{Interaction, Place},
    threads::Threads,
};

/// Five changes in five seconds are taken in a channel; some of it is left to other replies there.
const PACE: Duration = Duration::from_millis(1_200);
/// Most bytes of an attachment of a person who pays for more.
const MAX_FILE: u64 = 500 << 20;
/// Messages that are looked at for one that was not recorded.
const LOOKED_AT: u16 = 100;
/// Rows of buttons that a message takes.
const MAX_ROWS: usize = 5;
/// How long a file may say nothing.
const FILE_PATIENCE: Duration = Duration::from_secs(30);

/// Who has one of these decides about the bot in a server.
pub(crate) const MANAGES: Permissions = Permissions::MANAGE_GUILD.union(Permissions::ADMINISTRATOR);

/// No link is unfolded, and nobody is pinged.
const SUPPRESS_EMBEDS: u64 = 1 << 2;
const EPHEMERAL: u64 = 1 << 6;

/// A message of the bot, as far as it matters.
#[derive(Deserialize)]
struct Own {
    id: Id<MessageMarker>,
    #[serde(default)]
    content: String,
    #[serde(default)]
    components: Vec<OwnRow>,
}

#[derive(Deserialize)]
struct OwnRow {
    #[serde(default)]
    components: Vec<OwnButton>,
}

#[derive(Deserialize)]
struct OwnButton {
    #[serde(default)]
    custom_id: String,
}

impl Own {
    /// Whether it shows this.
    fn shows(&self, outgoing: &Outgoing<String>) -> bool {
        let rows = outgoing.buttons.iter().take(MAX_ROWS);
        let wanted = rows.flatten().map(|button| button.press.encode());
        let own = self.components.iter().flat_map(|row| &row.components);
        self.content.trim() == outgoing.message.trim()
            && own.map(|button| button.custom_id.clone()).eq(wanted)
    }
}

/// What somebody said, as far as it matters.
#[derive(Deserialize)]
struct Said {
    id: Id<MessageMarker>,
    author: Author,
    message_reference: Option<Reference>,
}

#[derive(Deserialize)]
struct Author {
    id: Id<UserMarker>,
}

#[derive(Deserialize)]
struct Reference {
    message_id: Option<Id<MessageMarker>>,
}

/// Who may do what in a server, as far as it matters.
#[derive(Deserialize)]
struct Rights {
    owner_id: Id<UserMarker>,
    roles: Vec<Role>,
}

#[derive(Deserialize)]
struct Role {
    id: Id<RoleMarker>,
    permissions: Permissions,
}

/// Discord's REST API.
pub struct Discord {
    pub(crate) http: Arc<Client>,
    bot: Id<UserMarker>,
    files: reqwest::Client,
    threads: Threads,
    /// Interactions that are being acknowledged: nothing can be said in them before.
    opening: watch::Sender<HashSet<u64>>,
}

impl Discord {
    pub(crate) fn new(
        http: Arc<Client>,
        bot: Id<UserMarker>,
        threads: Threads,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http,
            bot,
            files: reqwest::Client::builder()
                .read_timeout(FILE_PATIENCE)
                .build()?,
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

    async fn opened(&self, interaction: &Interaction) {
        let mut open = self.opening.subscribe();
        // The sender lives as long as this.
        let _ = open.wait_for(|open| !open.contains(&interaction.id)).await;
    }

    /// The channel that messages go to: the thread, where one is opened for the reply.
    async fn channel(&self, place: &Place) -> Result<u64, Refusal> {
        let (true, Some(message)) = (place.thread, place.reply_to) else {
            return Ok(place.channel);
        };
        if self.threads.is_own(message) {
            return Ok(message);
        }
        let name = place.title.as_deref().unwrap_or("Stoa");
        let body = json!({ "name": name, "auto_archive_duration": 1_440 });
        let route = Route::CreateThreadFromMessage {
            channel_id: place.channel,
            message_id: message,
        };
        match self.call::<Channel>(&route, Some(&body)).await {
            Ok(_) => {}
            Err(Failure::Refused { code, .. }) if code == code::THREAD_EXISTS => {}
            Err(Failure::Refused { code, message }) => {
                tracing::debug!(code, "no thread can be opened here: {message}");
                return Ok(place.channel);
            }
            Err(failure) => return Err(failure.into()),
        }
        self.threads.know(message, place.channel, true).await;
        Ok(message)
    }

    async fn call<T>(&self, route: &Route<'_>, body: Option<&Value>) -> Result<T, Failure>
    where
        T: serde::de::DeserializeOwned + Unpin,
    {
        call(&self.http, route, body).await
    }

    /// Calls what answers with nothing.
    async fn tell(&self, route: &Route<'_>) -> Result<(), Failure> {
        let request = Request::from_route(route);
        self.http
            .request::<twilight_http::response::marker::EmptyBody>(request)
            .await
            .map(|_| ())
            .map_err(|error| Failure::of(&error))
    }

    async fn post(
        &self,
        place: &Place,
        nonce: &str,
        outgoing: &Outgoing<String>,
    ) -> Result<Sent, Refusal> {
        let channel_id = self.channel(place).await?;
        let mut body = body(outgoing, 0);
        body["nonce"] = json!(nonce);
        body["enforce_nonce"] = json!(true);
        if let (true, Some(message), false) = (outgoing.first, place.reply_to, place.thread) {
            body["message_reference"] =
                json!({ "message_id": message.to_string(), "fail_if_not_exists": false });
        }
        let route = Route::CreateMessage { channel_id };
        // With a nonce that it knows, Discord returns the message that it has.
        let message: Own = self.call(&route, Some(&body)).await?;
        Ok(Sent {
            stale: !message.shows(outgoing),
            id: message.id.to_string(),
        })
    }

    /// Sends within an interaction. `None` when its token is not good any more.
    async fn respond(
        &self,
        interaction: &Interaction,
        outgoing: &Outgoing<String>,
    ) -> Result<Option<String>, Failure> {
        let (application_id, interaction_token) =
            (interaction.application, interaction.token.as_str());
        let flags = if interaction.ephemeral { EPHEMERAL } else { 0 };
        let sent = if outgoing.first {
            let route = Route::UpdateInteractionOriginal {
                application_id,
                interaction_token,
            };
            self.call::<Own>(&route, Some(&body(outgoing, 0))).await
        } else {
            let route = Route::ExecuteWebhook {
                thread_id: None,
                token: interaction_token,
                wait: Some(true),
                with_components: None,
                webhook_id: application_id,
            };
            self.call::<Own>(&route, Some(&body(outgoing, flags))).await
        };
        match sent {
            Ok(message) => Ok(Some(message.id.to_string())),
            Err(failure) if failure.is_expired() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// What a question in a forum post is about: the post's title and tags.
    async fn post_of(&self, place: &Place) -> Result<Option<String>, Failure> {
        let post: Channel = match self.get_channel(place.channel).await {
            Ok(post) => post,
            // A direct message, or a channel that the bot may not see.
            Err(Failure::Refused { .. }) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let (true, Some(parent)) = (post.kind.is_thread(), post.parent_id) else {
            return Ok(None);
        };
        let forum: Channel = match self.get_channel(parent.get()).await {
            Ok(forum) => forum,
            Err(Failure::Refused { .. }) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        if !matches!(
            forum.kind,
            ChannelType::GuildForum | ChannelType::GuildMedia
        ) {
            return Ok(None);
        }
        let applied = post.applied_tags.unwrap_or_default();
        let tags: Vec<String> = forum
            .available_tags
            .unwrap_or_default()
            .into_iter()
            .filter(|tag| applied.contains(&tag.id))
            .map(|tag| tag.name)
            .collect();
        let title = post.name.unwrap_or_default();
        Ok(Some(if tags.is_empty() {
            title
        } else {
            format!("{title} ({})", tags.join(", "))
        }))
    }

    /// The bot's message that replies to a question, sent after the last that is known.
    async fn reply_to(
        &self,
        place: &Place,
        question: u64,
        after: Option<u64>,
    ) -> Result<Option<Id<MessageMarker>>, Refusal> {
        let channel_id = self.channel(place).await?;
        let route = Route::GetMessages {
            after: Some(after.unwrap_or_default().max(question)),
            around: None,
            before: None,
            channel_id,
            limit: Some(LOOKED_AT),
        };
        let said: Vec<Said> = match self.call(&route, None).await {
            // Nobody looks without the right to read, and a nonce is all that is left.
            Err(Failure::Refused { .. }) => return Ok(None),
            said => said?,
        };
        // In a thread that was opened for the question, the bot's first message is its answer.
        let replies = |said: &Said| {
            let to = said.message_reference.as_ref().and_then(|to| to.message_id);
            place.thread || to.is_some_and(|to| to.get() == question)
        };
        let own = said.iter().filter(|said| said.author.id == self.bot);
        Ok(own.filter(|said| replies(said)).map(|said| said.id).min())
    }

    /// Whether a person manages a server. Discord says it with interactions, and not with messages.
    async fn manages(&self, guild: u64, person: &Person) -> Result<bool, Failure> {
        let route = Route::GetGuild {
            guild_id: guild,
            with_counts: false,
        };
        let rights: Rights = self.call(&route, None).await?;
        let owner = format!("{NAME}:{}", rights.owner_id);
        // The role that has the server's id is everybody's.
        let has =
            |role: &Role| role.id.get() == guild || person.roles.contains(&role.id.to_string());
        let granted = rights.roles.iter().filter(|role| has(role));
        let granted = granted.fold(Permissions::empty(), |all, role| all | role.permissions);
        Ok(person.id == owner || MANAGES.intersects(granted))
    }

    async fn get_channel(&self, channel_id: u64) -> Result<Channel, Failure> {
        self.call(&Route::GetChannel { channel_id }, None).await
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
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        async { Err(Refusal::Forbidden("there are no previews".to_owned())) }.boxed()
    }

    fn send<'a>(
        &'a self,
        place: &'a Place,
        nonce: &'a str,
        outgoing: &'a Outgoing<String>,
    ) -> BoxFuture<'a, Result<Sent, Refusal>> {
        async move {
            let Some(interaction) = &place.interaction else {
                return self.post(place, nonce, outgoing).await;
            };
            self.opened(interaction).await;
            // What follows the first message goes to the channel, where a nonce keeps it from being shown twice, unless
            // the bot may only answer there.
            if !outgoing.first && !interaction.ephemeral {
                match self.post(place, nonce, outgoing).await {
                    Err(Refusal::Forbidden(_)) => {}
                    sent => return sent,
                }
            }
            match self.respond(interaction, outgoing).await? {
                Some(id) => Ok(Sent { id, stale: false }),
                None if interaction.ephemeral => {
                    Err(Refusal::Forbidden("the interaction is too old".to_owned()))
                }
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
        outgoing: &'a Outgoing<String>,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>> {
        async move {
            // A nonce is known for some minutes, and the process may have been away for longer. What follows the first
            // message replies to nothing, and so cannot be told from other replies.
            let (true, Some(question)) = (outgoing.first, place.reply_to) else {
                return Ok(None);
            };
            let after = after.and_then(|after| after.parse().ok());
            let found = self.reply_to(place, question, after).await?;
            let Some(id) = found.map(|id| id.to_string()) else {
                return Ok(None);
            };
            match self.edit(place, &id, outgoing).await {
                Ok(()) => Ok(Some(id)),
                Err(Refusal::Gone) => Ok(None),
                Err(refusal) => Err(refusal),
            }
        }
        .boxed()
    }

    fn edit<'a>(
        &'a self,
        place: &'a Place,
        id: &'a str,
        outgoing: &'a Outgoing<String>,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            let message_id = message_id(id)?;
            let body = body(outgoing, 0);
            if let Some(interaction) = &place.interaction {
                let route = Route::UpdateWebhookMessage {
                    message_id,
                    thread_id: None,
                    token: &interaction.token,
                    webhook_id: interaction.application,
                };
                match self.call::<Own>(&route, Some(&body)).await {
                    Ok(_) => return Ok(()),
                    // It was sent to the channel, or the token is not good any more.
                    Err(Failure::Refused { .. }) if !interaction.ephemeral => {}
                    Err(failure) => return Err(failure.into()),
                }
            }
            let channel_id = self.channel(place).await?;
            let route = Route::UpdateMessage {
                channel_id,
                message_id,
            };
            self.call::<Own>(&route, Some(&body)).await?;
            Ok(())
        }
        .boxed()
    }

    fn delete<'a>(&'a self, place: &'a Place, id: &'a str) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            let message_id = message_id(id)?;
            if let Some(interaction) = &place.interaction {
                let route = Route::DeleteWebhookMessage {
                    message_id,
                    thread_id: None,
                    token: &interaction.token,
                    webhook_id: interaction.application,
                };
                match self.tell(&route).await {
                    Ok(()) => return Ok(()),
                    Err(Failure::Refused { .. }) if !interaction.ephemeral => {}
                    Err(failure) => return gone_is_fine(failure.into()),
                }
            }
            let channel_id = self.channel(place).await?;
            let route = Route::DeleteMessage {
                channel_id,
                message_id,
            };
            let deleted = self.tell(&route).await;
            deleted.or_else(|failure| gone_is_fine(failure.into()))
        }
        .boxed()
    }

    fn typing<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            // An interaction that was acknowledged shows it by itself.
            if place.interaction.is_some() || place.thread {
                return Ok(());
            }
            let channel_id = place.channel;
            Ok(self
                .tell(&Route::CreateTypingTrigger { channel_id })
                .await?)
        }
        .boxed()
    }

    fn is_admin<'a>(
        &'a self,
        place: &'a Place,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<bool, Refusal>> {
        async move {
            match (place.guild, person.admin) {
                (None, _) => Ok(true),
                (Some(_), Some(is_admin)) => Ok(is_admin),
                (Some(guild), None) => Ok(self.manages(guild, person).await?),
            }
        }
        .boxed()
    }

    fn background<'a>(
        &'a self,
        place: &'a Place,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>> {
        async move {
            // Only posts have a title, and they are threads.
            if self.threads.parent(place.channel).is_none() {
                return Ok(None);
            }
            Ok(self.post_of(place).await?)
        }
        .boxed()
    }

    fn open<'a>(&'a self, file: &'a str) -> BoxFuture<'a, Result<Download, Refusal>> {
        async move {
            let unreachable = |error: reqwest::Error| Refusal::Unreachable(error.to_string());
            let response = self.files.get(file).send().await.map_err(unreachable)?;
            let status = response.status();
            if status.is_server_error() {
                return Err(Refusal::Unreachable(format!(
                    "the file's server said {status}"
                )));
            }
            if !status.is_success() {
                return Err(Refusal::Forbidden(format!(
                    "the attachment is not there any more ({status}): send it again"
                )));
            }
            let bytes = response
                .bytes_stream()
                .map(|part| part.map_err(|error| Refusal::Unreachable(error.to_string())));
            Ok(bytes.boxed())
        }
        .boxed()
    }
}

fn body(outgoing: &Outgoing<String>, flags: u64) -> Value {
    json!({
        "content": outgoing.message,
        "components": rows(&outgoing.buttons),
        "allowed_mentions": no_mentions(),
        "flags": flags | SUPPRESS_EMBEDS,
    })
}

pub(crate) fn no_mentions() -> Value {
    json!({ "parse": [], "replied_user": false })
}

fn rows(buttons: &[Vec<Button>]) -> Vec<Value> {
    let button = |button: &Button| json!({ "type": 2, "style": 2, "label": button.label, "custom_id": button.press.encode() });
    buttons
        .iter()
        .take(MAX_ROWS)
        .map(|row| json!({ "type": 1, "components": row.iter().map(button).collect::<Vec<_>>() }))
        .collect()
}

fn message_id(id: &str) -> Result<u64, Refusal> {
    id.parse().map_err(|_| Refusal::Gone)
}

fn gone_is_fine(refusal: Refusal) -> Result<(), Refusal> {
    match refusal {
        Refusal::Gone => Ok(()),
        refusal => Err(refusal),
    }
}
