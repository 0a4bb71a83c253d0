//! Telegram as replies need it.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::BoxFuture};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde::Serialize;
use stoa_chat::{
    Platform,
    event::Person,
    platform::{Button, Download, Outgoing, Refusal, Sent},
    reply::{self, Entity, Look, Styled},
};
use teloxide_core::{
    ApiError, Bot, RequestError,
    net::Download as _,
    payloads::{EditMessageTextSetters, SendChatActionSetters, SendMessageSetters},
    prelude::Requester,
    requests::{JsonRequest, Payload},
    types::{
        ChatAction, ChatId, FileId, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions,
        MessageEntity, MessageEntityKind, MessageId, ReplyParameters, ThreadId, True, UserId,
    },
};

use crate::{NAME, intake::Place};

/// Telegram takes about 30 messages a second from a bot, 1 a second in a chat, and 20 a minute in a group
/// (core.telegram.org/bots/faq).
const MESSAGES_PER_SECOND: u32 = 28;
/// What drafts may take of it, so that complete replies are not kept waiting.
const DRAFTS_PER_SECOND: u32 = 14;
const PRIVATE_PACE: Duration = Duration::from_secs(1);
const GROUP_PACE: Duration = Duration::from_secs(3);
/// Telegram animates what comes between two previews.
const PREVIEW_PACE: Duration = Duration::from_millis(300);
/// The account in whose name admins write who stay anonymous.
const ANONYMOUS_ADMIN: u64 = 1_087_968_824;
/// Ids that are looked at for a message that was not recorded: others may have written since.
const LOOKED_AT: usize = 12;
/// Largest file that the Bot API hands out.
const MAX_FILE: u64 = 20 << 20;

/// Streams a partial message to a person (core.telegram.org/bots/api#sendmessagedraft): for every bot since Bot API 9.5,
/// in private chats, and not known to this version of teloxide.
#[derive(Debug, Clone, Serialize)]
struct SendMessageDraft {
    chat_id: ChatId,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_thread_id: Option<ThreadId>,
    draft_id: u32,
    text: String,
    entities: Vec<MessageEntity>,
}

impl Payload for SendMessageDraft {
    type Output = True;
    const NAME: &'static str = "SendMessageDraft";
}

/// Telegram's Bot API.
pub struct Telegram {
    bot: Bot,
    messages: DefaultDirectRateLimiter,
    drafts: DefaultDirectRateLimiter,
    /// The server knows how to show previews, as far as is known.
    has_previews: AtomicBool,
    /// Groups that became supergroups since the start, and what they are now.
    migrated: RwLock<HashMap<i64, i64>>,
}

impl Telegram {
    pub(crate) fn new(bot: Bot) -> Self {
        let limiter = |per_second: u32| {
            RateLimiter::direct(Quota::per_second(
                NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN),
            ))
        };
        Self {
            bot,
            messages: limiter(MESSAGES_PER_SECOND),
            drafts: limiter(DRAFTS_PER_SECOND),
            has_previews: AtomicBool::new(true),
            migrated: RwLock::default(),
        }
    }

    fn chat(&self, place: &Place) -> ChatId {
        let migrated = self.migrated.read().unwrap_or_else(PoisonError::into_inner);
        ChatId(migrated.get(&place.chat).copied().unwrap_or(place.chat))
    }

    /// Waits for its turn, or, as a draft, leaves it to others when there is none.
    async fn turn(&self, draft: bool) -> Result<(), Refusal> {
        if draft {
            let free = self.drafts.check().is_ok() && self.messages.check().is_ok();
            return if free {
                Ok(())
            } else {
                Err(Refusal::Later(PRIVATE_PACE))
            };
        }
        self.messages.until_ready().await;
        Ok(())
    }

    /// What is left of an error when those are taken off that can be mended here.
    fn failed(&self, place: &Place, error: &RequestError) -> Refusal {
        if let RequestError::MigrateToChatId(now) = error {
            let mut migrated = self
                .migrated
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            migrated.insert(place.chat, now.0);
            return Refusal::Later(Duration::ZERO);
        }
        refusal(error)
    }
}

impl Platform for Telegram {
    type Syntax = reply::Telegram;
    type Place = Place;
    const NAME: &'static str = NAME;
    const MAX_FILE: u64 = MAX_FILE;

    fn pace(&self, place: &Place) -> Duration {
        if place.private {
            PRIVATE_PACE
        } else {
            GROUP_PACE
        }
    }

    fn preview_pace(&self, place: &Place) -> Option<Duration> {
        let shows = place.private && self.has_previews.load(Ordering::Relaxed);
        shows.then_some(PREVIEW_PACE)
    }

    fn preview<'a>(
        &'a self,
        place: &'a Place,
        number: u32,
        message: &'a Styled,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            self.turn(true).await?;
            let payload = SendMessageDraft {
                chat_id: self.chat(place),
                message_thread_id: place.topic.map(|topic| ThreadId(MessageId(topic))),
                draft_id: number,
                text: message.text.clone(),
                entities: message.entities.iter().map(entity).collect(),
            };
            let Err(error) = JsonRequest::new(self.bot.clone(), payload).await else {
                return Ok(());
            };
            if is_unknown_method(&error) {
                tracing::info!("this Bot API shows no drafts: answers are streamed by edits");
                self.has_previews.store(false, Ordering::Relaxed);
            }
            Err(match refusal(&error) {
                later @ (Refusal::Later(_) | Refusal::Unreachable(_))
                    if !is_unknown_method(&error) =>
                {
                    later
                }
                refusal => Refusal::Forbidden(refusal.to_string()),
            })
        }
        .boxed()
    }

    fn send<'a>(
        &'a self,
        place: &'a Place,
        _nonce: &'a str,
        outgoing: &'a Outgoing<Styled>,
    ) -> BoxFuture<'a, Result<Sent, Refusal>> {
        async move {
            self.turn(outgoing.draft).await?;
            let Styled { text, entities } = &outgoing.message;
            let mut request = self
                .bot
                .send_message(self.chat(place), text)
                .entities(entities.iter().map(entity))
                .link_preview_options(no_preview());
            if let Some(topic) = place.topic {
                request = request.message_thread_id(ThreadId(MessageId(topic)));
            }
            if let (true, Some(message)) = (outgoing.first, place.reply_to) {
                let reply = ReplyParameters::new(MessageId(message)).allow_sending_without_reply();
                request = request.reply_parameters(reply);
            }
            if !outgoing.buttons.is_empty() {
                request = request.reply_markup(keyboard(&outgoing.buttons));
            }
            match request.await {
                Ok(message) => Ok(Sent {
                    id: message.id.0.to_string(),
                    stale: false,
                }),
                Err(error) => Err(self.failed(place, &error)),
            }
        }
        .boxed()
    }

    fn counter(&self, place: &Place) -> Option<String> {
        Some(place.chat.to_string())
    }

    fn find<'a>(
        &'a self,
        place: &'a Place,
        after: Option<&'a str>,
        outgoing: &'a Outgoing<Styled>,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>> {
        async move {
            let last = after.and_then(|after| after.parse().ok());
            let Some(first) = last.max(place.reply_to) else {
                return Ok(None);
            };
            // Only the bot's own messages can be changed, and those before are known.
            for id in (first + 1..).take(LOOKED_AT) {
                let id = id.to_string();
                match self.edit(place, &id, outgoing).await {
                    Ok(()) => return Ok(Some(id)),
                    Err(Refusal::Gone | Refusal::Forbidden(_)) => {}
                    Err(refusal) => return Err(refusal),
                }
            }
            Ok(None)
        }
        .boxed()
    }

    fn edit<'a>(
        &'a self,
        place: &'a Place,
        id: &'a str,
        outgoing: &'a Outgoing<Styled>,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            let id = message_id(id)?;
            self.turn(outgoing.draft).await?;
            let Styled { text, entities } = &outgoing.message;
            let mut request = self
                .bot
                .edit_message_text(self.chat(place), id, text)
                .entities(entities.iter().map(entity))
                .link_preview_options(no_preview());
            if !outgoing.buttons.is_empty() {
                request = request.reply_markup(keyboard(&outgoing.buttons));
            }
            match request.await {
                Ok(_) | Err(RequestError::Api(ApiError::MessageNotModified)) => Ok(()),
                Err(error) => Err(self.failed(place, &error)),
            }
        }
        .boxed()
    }

    fn delete<'a>(&'a self, place: &'a Place, id: &'a str) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            let id = message_id(id)?;
            self.turn(false).await?;
            match self.bot.delete_message(self.chat(place), id).await {
                Ok(_) => Ok(()),
                Err(error) => match self.failed(place, &error) {
                    Refusal::Gone => Ok(()),
                    refusal => Err(refusal),
                },
            }
        }
        .boxed()
    }

    fn typing<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            self.turn(true).await?;
            let mut request = self
                .bot
                .send_chat_action(self.chat(place), ChatAction::Typing);
            if let Some(topic) = place.topic {
                request = request.message_thread_id(ThreadId(MessageId(topic)));
            }
            match request.await {
                Ok(_) => Ok(()),
                Err(error) => Err(self.failed(place, &error)),
            }
        }
        .boxed()
    }

    fn is_admin<'a>(
        &'a self,
        place: &'a Place,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<bool, Refusal>> {
        async move {
            if place.private {
                return Ok(true);
            }
            let id = person.id.rsplit(':').next().and_then(|id| id.parse().ok());
            let Some(id) = id else {
                return Ok(false);
            };
            if id == ANONYMOUS_ADMIN {
                return Ok(true);
            }
            match self.bot.get_chat_member(self.chat(place), UserId(id)).await {
                Ok(member) => Ok(member.is_privileged()),
                Err(RequestError::Api(ApiError::UserNotFound)) => Ok(false),
                Err(error) => Err(self.failed(place, &error)),
            }
        }
        .boxed()
    }

    fn background<'a>(
        &'a self,
        _place: &'a Place,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>> {
        async { Ok(None) }.boxed()
    }

    fn open<'a>(&'a self, file: &'a str) -> BoxFuture<'a, Result<Download, Refusal>> {
        async move {
            let file = self
                .bot
                .get_file(FileId(file.to_owned()))
                .await
                .map_err(|error| refusal(&error))?;
            let bytes = self.bot.download_file_stream(&file.path);
            let bytes =
                bytes.map(|part| part.map_err(|error| Refusal::Unreachable(error.to_string())));
            Ok(bytes.boxed())
        }
        .boxed()
    }
}

fn message_id(id: &str) -> Result<MessageId, Refusal> {
    id.parse().map(MessageId).map_err(|_| Refusal::Gone)
}

pub(crate) fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

pub(crate) fn entity(entity: &Entity) -> MessageEntity {
    let kind = match &entity.look {
        Look::Bold => MessageEntityKind::Bold,
        Look::Italic => MessageEntityKind::Italic,
        Look::Strikethrough => MessageEntityKind::Strikethrough,
        Look::Spoiler => MessageEntityKind::Spoiler,
        Look::Code => MessageEntityKind::Code,
        Look::Pre(language) => MessageEntityKind::Pre {
            language: (!language.is_empty()).then(|| language.clone()),
        },
        Look::Blockquote => MessageEntityKind::Blockquote,
    };
    MessageEntity::new(kind, entity.offset, entity.length)
}

fn keyboard(rows: &[Vec<Button>]) -> InlineKeyboardMarkup {
    let button =
        |button: &Button| InlineKeyboardButton::callback(&button.label, button.press.encode());
    InlineKeyboardMarkup::new(rows.iter().map(|row| row.iter().map(button)))
}

/// A Bot API server that is older than a method answers that it is not found, which teloxide takes for a wrong token.
fn is_unknown_method(error: &RequestError) -> bool {
    match error {
        RequestError::Api(ApiError::InvalidToken) => true,
        RequestError::Api(ApiError::Unknown(text)) => text.starts_with("Not Found"),
        _ => false,
    }
}

/// What a failed call means for a reply.
pub(crate) fn refusal(error: &RequestError) -> Refusal {
    match error {
        RequestError::RetryAfter(seconds) => Refusal::Later(seconds.duration()),
        RequestError::MigrateToChatId(chat) => {
            Refusal::Forbidden(format!("the group became the supergroup {chat}"))
        }
        RequestError::Api(error) => refused(error),
        RequestError::Network(_) | RequestError::InvalidJson { .. } | RequestError::Io(_) => {
            Refusal::Unreachable(error.to_string())
        }
    }
}

fn refused(error: &ApiError) -> Refusal {
    match error {
        ApiError::MessageToEditNotFound
        | ApiError::MessageIdInvalid
        | ApiError::MessageCantBeEdited
        | ApiError::MessageToDeleteNotFound
        | ApiError::MessageCantBeDeleted => Refusal::Gone,
        // A token that was revoked can be set again, and until then nothing is given up.
        ApiError::InvalidToken => {
            Refusal::Unreachable("it does not know the bot's token".to_owned())
        }
        ApiError::Unknown(text)
            if ["Internal Server Error", "Bad Gateway", "Gateway Timeout"]
                .iter()
                .any(|passing| text.contains(passing)) =>
        {
            Refusal::Unreachable(text.clone())
        }
        error => Refusal::Forbidden(error.to_string()),
    }
}
