//! Updates to events: what in a chat is for the bot.

mod address;
mod command;

use std::sync::Arc;

use chrono::TimeDelta;
use stoa_chat::{
    Error, Event, Locale,
    command::{ButtonAction, Command, Incoming, Person, beside, event_id, turn_id},
    settings::{Cache, Settings},
};
use teloxide_core::types::{CallbackQuery, Me, Message, Update, UpdateKind, User};

use self::address::Addressed;
use crate::{
    NAME,
    album::AlbumPart,
    place::{Place, space, topic},
};

/// A question that is edited later than this was answered long ago.
const MAX_EDIT_AGE: TimeDelta = TimeDelta::minutes(10);

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
            UpdateKind::EditedMessage(message) => self.edited(message).unwrap_or_default(),
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
        let commands = commands.into_iter().enumerate();
        commands
            .map(|(number, command)| origin.event(event_id(&id, number), command))
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

    /// A question that was edited: the answer to what it was is stopped, and the new one takes its place.
    fn edited(&self, message: &Message) -> Option<Vec<Event<Incoming<Place>>>> {
        let edited_at = message.edit_date().copied().unwrap_or(message.date);
        if edited_at - message.date > MAX_EDIT_AGE {
            return None;
        }
        let events = self.message(message, AlbumPart::First).into_iter();
        let (event, question) =
            events
                .rev()
                .find_map(|event| match event.body.command.clone() {
                    Command::Ask { question } => Some((event, question)),
                    _ => None,
                })?;
        let original = turn_id(NAME, &event.id);
        let id = format!("{}:{}", event.id, edited_at.timestamp());
        let origin = Origin {
            space: event.space,
            place: event.body.place,
            conversation: event.body.conversation,
            person: event.body.person,
        };
        let stop = Command::Button(ButtonAction::Stop(original));
        let again = Command::Reask { question, original };
        Some(vec![
            origin.event(format!("{id}:stop"), stop),
            origin.event(id, again),
        ])
    }

    fn button(&self, query: &CallbackQuery) -> Option<Event<Incoming<Place>>> {
        let action = ButtonAction::decode(query.data.as_deref()?)?;
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

/// The person who wrote a message; `None` for what a bot wrote.
fn author(message: &Message) -> Option<&User> {
    let from = message.from.as_ref()?;
    let anonymous_admin = message
        .sender_chat
        .as_ref()
        .is_some_and(|chat| chat.id == message.chat.id);
    let by_bot = (from.is_bot && !anonymous_admin) || message.via_bot.is_some();
    (!by_bot).then_some(from)
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
