//! Sends replies through the Bot API.

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
    command::Person,
    platform::{Button, Download, Outgoing, PlatformError, Sent},
};
use stoa_reply::{self as reply, Entity, Look, Styled};
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

use crate::{
    NAME,
    error::{is_unknown_method, may_be_done, platform_error},
    place::Place,
};

/// Telegram takes about 30 messages a second from a bot, 1 a second in a chat, and 20 a minute in a group
/// (core.telegram.org/bots/faq).
const MESSAGES_PER_SECOND: u32 = 28;
/// The share of it for drafts, so that complete replies never wait for them.
const DRAFTS_PER_SECOND: u32 = 14;
/// The least time between two edits in private.
const PRIVATE_PACE: Duration = Duration::from_secs(1);
/// The same in a group.
const GROUP_PACE: Duration = Duration::from_secs(3);
/// Telegram animates what comes between two previews.
const PREVIEW_PACE: Duration = Duration::from_millis(300);
/// The account under which anonymous admins write.
const ANONYMOUS_ADMIN: u64 = 1_087_968_824;
/// Ids that are tried for a message that may have been sent: others may have written since, and in private all chats of
/// the bot share their ids.
const TRIED_IDS: usize = 60;
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
    /// The server has previews; assumed until it refuses one.
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

    /// Waits until a call is within the limits; a draft does not wait, and is refused.
    async fn admit(&self, draft: bool) -> Result<(), PlatformError> {
        if draft {
            // Both are asked: drafts have a share of the whole, and not a limit beside it.
            let free = self.drafts.check().is_ok() && self.messages.check().is_ok();
            return if free {
                Ok(())
            } else {
                Err(PlatformError::RateLimited(PRIVATE_PACE))
            };
        }
        self.messages.until_ready().await;
        Ok(())
    }

    /// Whether there is a message with this id and the bot sent it: only its own can be edited. What it says stays; its
    /// buttons go, until the reply that it is of shows them again.
    async fn is_own(&self, place: &Place, id: i32) -> Result<bool, PlatformError> {
        self.admit(false).await?;
        let (chat, id) = (self.chat(place), MessageId(id));
        match self.bot.edit_message_reply_markup(chat, id).await {
            Ok(_) | Err(RequestError::Api(ApiError::MessageNotModified)) => Ok(true),
            Err(error) => match self.failed(place, &error) {
                PlatformError::NotFound | PlatformError::Forbidden(_) => Ok(false),
                error => Err(error),
            },
        }
    }

    /// What an error means, after following a group that became a supergroup.
    fn failed(&self, place: &Place, error: &RequestError) -> PlatformError {
        if let RequestError::MigrateToChatId(now) = error {
            let mut migrated = self
                .migrated
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            migrated.insert(place.chat, now.0);
            // Tried again at once, with the new id.
            return PlatformError::RateLimited(Duration::ZERO);
        }
        platform_error(error)
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
    ) -> BoxFuture<'a, Result<(), PlatformError>> {
        async move {
            self.admit(true).await?;
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
            Err(match platform_error(&error) {
                later @ (PlatformError::RateLimited(_) | PlatformError::Unavailable(_))
                    if !is_unknown_method(&error) =>
                {
                    later
                }
                error => PlatformError::Forbidden(error.to_string()),
            })
        }
        .boxed()
    }

    fn send<'a>(
        &'a self,
        place: &'a Place,
        _nonce: &'a str,
        outgoing: &'a Outgoing<Styled>,
    ) -> BoxFuture<'a, Result<Sent, PlatformError>> {
        async move {
            self.admit(outgoing.draft).await?;
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
                // The question may have been deleted while its answer was written.
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
                Err(error) => Err(match self.failed(place, &error) {
                    PlatformError::Unavailable(reason) if may_be_done(&error) => {
                        PlatformError::Unsure(reason)
                    }
                    error => error,
                }),
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
        _first: bool,
    ) -> BoxFuture<'a, Result<Option<String>, PlatformError>> {
        async move {
            let last: Option<i32> = after.and_then(|after| after.parse().ok());
            // Ids of a chat increase: the message is behind the last that is known, or behind the question.
            let Some(newest) = last.max(place.reply_to) else {
                return Ok(None);
            };
            for id in (newest + 1..).take(TRIED_IDS) {
                if self.is_own(place, id).await? {
                    return Ok(Some(id.to_string()));
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
    ) -> BoxFuture<'a, Result<(), PlatformError>> {
        async move {
            let id = message_id(id)?;
            self.admit(outgoing.draft).await?;
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
                // A try whose answer was lost may have made the change.
                Ok(_) | Err(RequestError::Api(ApiError::MessageNotModified)) => Ok(()),
                Err(error) => Err(self.failed(place, &error)),
            }
        }
        .boxed()
    }

    fn delete<'a>(
        &'a self,
        place: &'a Place,
        id: &'a str,
    ) -> BoxFuture<'a, Result<(), PlatformError>> {
        async move {
            let id = message_id(id)?;
            self.admit(false).await?;
            match self.bot.delete_message(self.chat(place), id).await {
                Ok(_) => Ok(()),
                Err(error) => match self.failed(place, &error) {
                    PlatformError::NotFound => Ok(()),
                    error => Err(error),
                },
            }
        }
        .boxed()
    }

    fn typing<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<(), PlatformError>> {
        async move {
            self.admit(true).await?;
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
    ) -> BoxFuture<'a, Result<bool, PlatformError>> {
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
    ) -> BoxFuture<'a, Result<Option<String>, PlatformError>> {
        async { Ok(None) }.boxed()
    }

    fn open<'a>(&'a self, file: &'a str) -> BoxFuture<'a, Result<Download, PlatformError>> {
        async move {
            let file = self
                .bot
                .get_file(FileId(file.to_owned()))
                .await
                .map_err(|error| platform_error(&error))?;
            let bytes = self.bot.download_file_stream(&file.path);
            let bytes = bytes
                .map(|part| part.map_err(|error| PlatformError::Unavailable(error.to_string())));
            Ok(bytes.boxed())
        }
        .boxed()
    }
}

fn message_id(id: &str) -> Result<MessageId, PlatformError> {
    id.parse()
        .map(MessageId)
        .map_err(|_| PlatformError::NotFound)
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
        |button: &Button| InlineKeyboardButton::callback(&button.label, button.action.encode());
    InlineKeyboardMarkup::new(rows.iter().map(|row| row.iter().map(button)))
}
