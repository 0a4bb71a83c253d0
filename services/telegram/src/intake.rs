//! Updates to events: what in a chat is for the bot.

mod address;
mod command;

use std::sync::Arc;

use stoa_chat::{
    Error, Event, Locale,
    command::{
        Attachment, ButtonAction, Command, EDITABLE, Incoming, Person, beside, edited, event_id,
    },
    settings::{Cache, Settings},
};
use teloxide_core::types::{CallbackQuery, Me, Message, Update, UpdateKind, User};

use self::address::Addressed;
use crate::{
    NAME,
    album::AlbumPart,
    place::{Place, space, topic},
};

/// Reads updates for a bot.
pub(crate) struct Intake {
    id: u64,
    username: String,
    settings: Cache,
}

/// Who said something, and where.
struct Origin {
    space: String,
    place: Place,
    conversation: String,
    person: Person,
}

impl Origin {
    /// A command of this person as an event. What stops an answer does not wait for it.
    fn event(&self, id: String, command: Command) -> Event<Incoming<Place>> {
        let conversation = match &command {
            Command::Stop => beside(&self.conversation),
            Command::Button(action) => action.conversation(&self.conversation),
            _ => self.conversation.clone(),
        };
        Event {
            id,
            space: self.space.clone(),
            conversation,
            body: Incoming {
                channel: self.place.channel(),
                place: self.place.clone(),
                conversation: self.conversation.clone(),
                person: self.person.clone(),
                command,
                attached: Vec::new(),
            },
        }
    }
}

impl Intake {
    pub(crate) fn new(me: &Me, settings: Cache) -> Self {
        Self {
            id: me.user.id.0,
            username: me.username().to_lowercase(),
            settings,
        }
    }

    /// The events in an update; none when it is not for the bot. `part` is its place in an album, if it is a message.
    pub(crate) fn read(&self, update: &Update, part: AlbumPart) -> Vec<Event<Incoming<Place>>> {
        match &update.kind {
            UpdateKind::Message(message) => self.message(message, part),
            UpdateKind::EditedMessage(message) => self.edited(message),
            UpdateKind::CallbackQuery(query) => self.button(query).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Continues in a supergroup with what the group before it was taught.
    pub(crate) async fn follow(&self, updates: &[Update]) -> Result<(), Error> {
        for update in updates {
            let UpdateKind::Message(message) = &update.kind else {
                continue;
            };
            let Some(before) = message.migrate_from_chat_id() else {
                continue;
            };
            let (before, now) = (space(before.0), space(message.chat.id.0));
            // Before the messages of the same batch are read, which are already in the supergroup.
            let continued = self.settings.change_now(&now, |settings| {
                settings.continues = Some(before.clone());
            });
            continued.await?;
        }
        Ok(())
    }

    /// What a person reads at once when they press a button.
    pub(crate) fn toast(query: &CallbackQuery) -> String {
        let locale = locale(&query.from);
        match query.data.as_deref().and_then(ButtonAction::decode) {
            Some(ButtonAction::Up(_)) => locale.text("thanks"),
            Some(ButtonAction::Down(_)) => locale.text("thanks-for-report"),
            Some(ButtonAction::Stop(_)) => locale.text("stopping"),
            Some(_) => "…".to_owned(),
            None => locale.text("button-expired"),
        }
    }

    /// The commands in a message, in order; none when it is not for the bot.
    fn message(&self, message: &Message, part: AlbumPart) -> Vec<Event<Incoming<Place>>> {
        let Some((origin, commands)) = self.commands(message, part) else {
            return Vec::new();
        };
        let id = format!("m:{}:{}", origin.place.chat, message.id.0);
        let learns = commands
            .iter()
            .any(|command| matches!(command, Command::Learn { .. }));
        let attached: Vec<Attachment> = if learns {
            Vec::new()
        } else {
            self.attached(message)
        };
        let commands = commands.into_iter().enumerate();
        commands
            .map(|(number, command)| {
                let asks = matches!(command, Command::Ask { .. });
                let mut event = origin.event(event_id(&id, number), command);
                if asks {
                    event.body.attached.clone_from(&attached);
                }
                event
            })
            .collect()
    }

    fn commands(&self, message: &Message, part: AlbumPart) -> Option<(Origin, Vec<Command>)> {
        let from = author(message)?;
        let private = message.chat.is_private();
        let place = Place {
            chat: message.chat.id.0,
            topic: topic(message),
            reply_to: (!private || topic(message).is_none()).then_some(message.id.0),
            private,
        };
        let (space, settings) = self.space(&place);
        let channel = place.channel();
        let addressed = match part {
            // The album was given to be learned, and this is one more of it.
            AlbumPart::Other { learned: true } if message.caption().is_none() => Addressed::learn(),
            _ => self.address(message, !settings.needs_mention(&channel))?,
        };
        // Where it was told to be silent it can still be told to speak.
        let is_setting = addressed.command.as_deref() == Some("settings");
        if !private && !settings.answers(&channel) && !is_setting {
            return None;
        }
        let first = self.command(message, &addressed, part, &channel)?;
        let then = self.question_about_file(message, &addressed, &first);
        let origin = Origin {
            conversation: place.conversation(&space, from),
            person: person(from),
            space,
            place,
        };
        Some((origin, std::iter::once(first).chain(then).collect()))
    }

    /// What becomes of a message that was edited: its question is answered anew, or now if the bot was not meant before.
    fn edited(&self, message: &Message) -> Vec<Event<Incoming<Place>>> {
        let edited_at = message.edit_date().copied().unwrap_or(message.date);
        let age = (edited_at - message.date).to_std().unwrap_or_default();
        if age > EDITABLE {
            return Vec::new();
        }
        let events = self.message(message, AlbumPart::First);
        edited(NAME, events, edited_at.timestamp())
    }

    fn button(&self, query: &CallbackQuery) -> Option<Event<Incoming<Place>>> {
        let action = ButtonAction::decode(query.data.as_deref()?)?;
        // A button under a message of inline mode has no chat to reply to.
        let message = query.message.as_ref()?;
        let place = Place {
            chat: message.chat().id.0,
            topic: message.regular_message().and_then(topic),
            reply_to: Some(message.id().0),
            private: message.chat().is_private(),
        };
        let (space, _) = self.space(&place);
        let origin = Origin {
            conversation: place.conversation(&space, &query.from),
            person: person(&query.from),
            space,
            place,
        };
        Some(origin.event(format!("c:{}", query.id.0), Command::Button(action)))
    }

    /// The space of a place, and its settings: those of the group that it was before it became a supergroup.
    fn space(&self, place: &Place) -> (String, Arc<Settings>) {
        let mut space = space(place.chat);
        let mut settings = self.settings.of(&space);
        // A group becomes a supergroup once in its life.
        if let Some(before) = &settings.continues {
            space.clone_from(before);
            settings = self.settings.of(&space);
        }
        (space, settings)
    }
}

/// The person who wrote a message; `None` for what a bot wrote, or a channel: its posts come to the group that is linked
/// with it, and nobody there asked.
fn author(message: &Message) -> Option<&User> {
    let from = message.from.as_ref()?;
    // An admin who writes as the group comes as Telegram's own bot, with the group as the sender.
    let anonymous_admin = match &message.sender_chat {
        Some(chat) if chat.id == message.chat.id => true,
        Some(_) => return None,
        None => false,
    };
    let by_bot = (from.is_bot && !anonymous_admin) || message.via_bot.is_some();
    (!by_bot && !message.is_automatic_forward()).then_some(from)
}

fn person(user: &User) -> Person {
    Person {
        id: format!("{NAME}:{}", user.id.0),
        locale: locale(user),
        roles: Vec::new(),
        admin: None,
    }
}

fn locale(user: &User) -> Locale {
    Locale::of_tag(user.language_code.as_deref().unwrap_or_default())
}
