//! Updates to events: what in a chat is meant for the bot, and what is meant by it.

use crate::{NAME, album::Part};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use stoa_chat::{
    Error,
    desk::{ANSWER_MARK, answer_source},
    event::{Action, Person, Press, Said, Source, event_id, is_question, turn_id},
    inbox::Event,
    settings::{Book, Change, Settings},
    words::Language,
};
use teloxide_core::types::{
    CallbackQuery, Me, Message, MessageEntityKind, Update, UpdateKind, User,
};

/// A question that is changed later was answered long ago.
const MAX_EDIT_AGE: TimeDelta = TimeDelta::minutes(10);
/// Most bytes of a question, as generation takes them.
const MAX_QUESTION: usize = 8 << 10;

/// Where a reply goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The chat.
    pub chat: i64,
    /// The topic, in a chat that has them.
    pub topic: Option<i32>,
    /// The message that is replied to.
    pub reply_to: Option<i32>,
    /// The chat is with one person.
    pub private: bool,
}

/// Reads updates for a bot.
pub(crate) struct Intake {
    id: u64,
    username: String,
    settings: Book,
}

/// A text, as far as it is addressed to the bot.
struct Addressed {
    command: Option<String>,
    /// What is left of the text without the command and the bot's name.
    rest: String,
}

impl Intake {
    pub(crate) fn new(me: &Me, settings: Book) -> Self {
        Self {
            id: me.user.id.0,
            username: me.username().to_lowercase(),
            settings,
        }
    }

    /// Whether a message tells the bot to learn.
    pub(crate) fn learns(&self, message: &Message) -> bool {
        let addressed = self.address(message, false);
        addressed.is_some_and(|addressed| addressed.command.as_deref() == Some("learn"))
    }

    /// The events in an update; none when it is not for the bot. `part` is what it is to its album, if it is a message.
    pub(crate) fn read(&self, update: &Update, part: Part) -> Vec<Event<Said<Place>>> {
        match &update.kind {
            UpdateKind::Message(message) => self.message(message, part),
            UpdateKind::EditedMessage(message) => self.edited(message),
            UpdateKind::CallbackQuery(query) => self.button(query).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// A question that was changed: the answer to what it was is stopped, and the new one takes its place.
    fn edited(&self, message: &Message) -> Vec<Event<Said<Place>>> {
        let edited_at = message.edit_date().copied().unwrap_or(message.date);
        if edited_at - message.date > MAX_EDIT_AGE {
            return Vec::new();
        }
        let events = self.message(message, Part::First).into_iter();
        let asked = events
            .rev()
            .find_map(|event| match event.body.action.clone() {
                Action::Ask { question } => Some((event, question)),
                _ => None,
            });
        let Some((event, question)) = asked else {
            return Vec::new();
        };
        let original = turn_id(NAME, &event.id);
        let id = format!("{}:{}", event.id, edited_at.timestamp());
        let with = |action| Said {
            action,
            place: event.body.place.clone(),
            channel: event.body.channel.clone(),
            conversation: event.body.conversation.clone(),
            person: event.body.person.clone(),
        };
        let stop = Event {
            id: format!("{id}:stop"),
            space: event.space.clone(),
            conversation: format!("{}:buttons", event.conversation),
            body: with(Action::Press(Press::Stop(original))),
        };
        let again = Event {
            body: with(Action::Reask { question, original }),
            id,
            space: event.space,
            conversation: event.conversation,
        };
        vec![stop, again]
    }

    /// Goes on in a supergroup with what the group before it was taught.
    pub(crate) async fn follow(&self, updates: &[Update]) -> Result<(), Error> {
        for update in updates {
            let UpdateKind::Message(message) = &update.kind else {
                continue;
            };
            let Some(before) = message.migrate_from_chat_id() else {
                continue;
            };
            let place = |chat: i64| Place {
                chat,
                topic: None,
                reply_to: None,
                private: false,
            };
            let old = space(&place(before.0));
            let now = space(&place(message.chat.id.0));
            let continued = self.settings.change(&now, |settings| {
                settings.continues = Some(old.clone());
                Ok(())
            });
            // Only a change that is too much is unusable, and this is none.
            let _ = continued.await?;
        }
        Ok(())
    }

    /// What a person reads at once when they press a button.
    pub(crate) fn toast(&self, query: &CallbackQuery) -> &'static str {
        let language = language(&query.from);
        match query.data.as_deref().and_then(Press::decode) {
            Some(Press::Up(_)) => language.say("Thank you!", "谢谢！"),
            Some(Press::Down(_)) => language.say("Thank you, noted.", "谢谢，已记录。"),
            Some(Press::Stop(_)) => language.say("Stopping…", "正在停止…"),
            Some(Press::Sources(_) | Press::Again(_) | Press::Retry(_) | Press::Teach(_)) => "…",
            None => language.say("This button is too old.", "按钮已失效。"),
        }
    }

    fn message(&self, message: &Message, part: Part) -> Vec<Event<Said<Place>>> {
        self.addressed(message, part).unwrap_or_default()
    }

    /// What a message wants, in order; `None` when it is not for the bot.
    fn addressed(&self, message: &Message, part: Part) -> Option<Vec<Event<Said<Place>>>> {
        let from = message.from.as_ref()?;
        let anonymous_admin = message
            .sender_chat
            .as_ref()
            .is_some_and(|chat| chat.id == message.chat.id);
        if (from.is_bot && !anonymous_admin) || message.via_bot.is_some() {
            return None;
        }
        let private = message.chat.is_private();
        let place = Place {
            chat: message.chat.id.0,
            topic: topic(message),
            reply_to: (!private || topic(message).is_none()).then_some(message.id.0),
            private,
        };
        let (space, settings) = self.space(&place);
        let channel = channel(&place);
        let addressed = match part {
            // The album was given to be learned, and this is one more of it.
            Part::Other { learned: true } if message.caption().is_none() => Addressed {
                command: Some("learn".to_owned()),
                rest: String::new(),
            },
            _ => self.address(message, !settings.needs_mention(&channel))?,
        };
        // Where it was told to be silent it can still be told to speak.
        let is_setting = addressed.command.as_deref() == Some("settings");
        if !private && !settings.answers(&channel) && !is_setting {
            return None;
        }
        let first = self.action(message, &addressed, part, private)?;
        let then = self.then(message, &addressed, &first);
        let conversation = conversation(&space, &place, from);
        let id = format!("m:{}:{}", place.chat, message.id.0);
        let events = std::iter::once(first).chain(then).enumerate();
        let events = events.map(|(number, action)| Event {
            id: event_id(&id, number),
            space: space.clone(),
            conversation: match action {
                // It does not wait for what it stops.
                Action::Stop => format!("{conversation}:buttons"),
                _ => conversation.clone(),
            },
            body: Said {
                channel: channel.clone(),
                place: place.clone(),
                conversation: conversation.clone(),
                person: person(from),
                action,
            },
        });
        Some(events.collect())
    }

    /// What comes after: a question that was asked with a file is about what is in it.
    fn then(&self, message: &Message, addressed: &Addressed, first: &Action) -> Option<Action> {
        let asks = matches!(first, Action::Learn { .. })
            && addressed.command.is_none()
            && message.forward_origin().is_none()
            && message.document().is_some()
            && is_question(&addressed.rest);
        asks.then(|| Action::Ask {
            question: self.question(message, &addressed.rest),
        })
    }

    /// What a message says to the bot. In private everything is said to it; in a group, commands, mentions and replies
    /// are.
    fn address(&self, message: &Message, everything: bool) -> Option<Addressed> {
        let text = message.text().or(message.caption()).unwrap_or_default();
        if let Some(command) = text.strip_prefix('/') {
            let (name, rest) = command
                .split_once(char::is_whitespace)
                .unwrap_or((command, ""));
            let (name, bot) = name.split_once('@').unwrap_or((name, ""));
            if !bot.is_empty() && bot.to_lowercase() != self.username {
                return None;
            }
            return Some(Addressed {
                command: Some(name.to_lowercase()),
                rest: rest.trim().to_owned(),
            });
        }
        let entities = if message.text().is_some() {
            message.parse_entities()
        } else {
            message.parse_caption_entities()
        };
        let own: Vec<std::ops::Range<usize>> = entities
            .unwrap_or_default()
            .iter()
            .filter(|entity| match entity.kind() {
                MessageEntityKind::Mention => entity.text()[1..].to_lowercase() == self.username,
                MessageEntityKind::TextMention { user } => user.id.0 == self.id,
                _ => false,
            })
            .map(|entity| entity.range())
            .collect();
        let replies = message
            .reply_to_message()
            .and_then(|replied| replied.from.as_ref())
            .is_some_and(|author| author.id.0 == self.id);
        if own.is_empty() && !replies && !everything && !message.chat.is_private() {
            return None;
        }
        let mut rest = text.to_owned();
        for range in own.into_iter().rev() {
            rest.replace_range(range, " ");
        }
        Some(Addressed {
            command: None,
            rest: rest.trim().to_owned(),
        })
    }

    fn action(
        &self,
        message: &Message,
        addressed: &Addressed,
        part: Part,
        private: bool,
    ) -> Option<Action> {
        let rest = addressed.rest.as_str();
        let Some(command) = &addressed.command else {
            if let Some(question) = self.taught(message) {
                return (!rest.is_empty()).then(|| Action::Learn {
                    sources: vec![answer_source(question, rest)],
                    collection: None,
                });
            }
            // Files, and what others wrote elsewhere, are given to be learned.
            let forwarded = message.forward_origin().is_some();
            if private && (forwarded || message.document().is_some()) {
                let mut sources = sources(message, "");
                if sources.is_empty() && !rest.is_empty() {
                    sources.push(written(message, rest));
                }
                return Some(Action::Learn {
                    sources,
                    collection: None,
                });
            }
            let question = self.question(message, rest);
            return match (question.is_empty(), private) {
                (false, _) => Some(Action::Ask { question }),
                // One more photo of an album, whose first has the words.
                (true, true) if part != Part::First => None,
                (true, true) => Some(Action::Help),
                // Somebody else was greeted, or a sticker was sent in reply.
                (true, false) => None,
            };
        };
        Some(match command.as_str() {
            "ask" => Action::Ask {
                question: self.question(message, rest),
            },
            "search" => Action::Search {
                question: self.question(message, rest),
            },
            "learn" => Action::Learn {
                sources: sources(message, rest),
                collection: None,
            },
            "documents" => Action::Documents,
            "forget" => Action::Forget {
                document: rest.to_owned(),
            },
            "stop" => Action::Stop,
            "reset" => Action::Reset,
            "usage" => Action::Usage,
            "unanswered" => Action::Unanswered,
            "settings" if rest.is_empty() => Action::Settings(None),
            "settings" => {
                let channel = channel(&Place {
                    chat: message.chat.id.0,
                    topic: topic(message),
                    reply_to: None,
                    private,
                });
                Change::parse(&channel, rest)
                    .map_or(Action::Misread, |change| Action::Settings(Some(change)))
            }
            "start" => linked(rest).map_or(Action::Help, |question| Action::Ask { question }),
            "help" => Action::Help,
            _ if private => Action::Help,
            // Another bot's command.
            _ => return None,
        })
    }

    /// The question, with the message of another person that it is about.
    fn question(&self, message: &Message, rest: &str) -> String {
        let about = message
            .reply_to_message()
            .filter(|replied| {
                replied
                    .from
                    .as_ref()
                    .is_none_or(|author| author.id.0 != self.id)
            })
            .and_then(|replied| replied.text().or(replied.caption()))
            .unwrap_or_default()
            .trim();
        let question = match (rest.is_empty(), about.is_empty()) {
            (_, true) => rest.to_owned(),
            (true, false) => about.to_owned(),
            (false, false) => format!("{rest}\n\n{about}"),
        };
        let end = question.floor_char_boundary(MAX_QUESTION.min(question.len()));
        question[..end].to_owned()
    }

    /// The question that a message answers, if it replies to the bot's asking for an answer.
    fn taught<'m>(&self, message: &'m Message) -> Option<&'m str> {
        let asked = message.reply_to_message()?;
        let is_own = asked
            .from
            .as_ref()
            .is_some_and(|author| author.id.0 == self.id);
        let (_, question) = asked.text()?.strip_prefix(ANSWER_MARK)?.split_once('\n')?;
        is_own.then_some(question.trim())
    }

    /// The space of a place, and its settings: those of the group that it was before it became a supergroup.
    fn space(&self, place: &Place) -> (String, std::sync::Arc<Settings>) {
        let mut space = space(place);
        let mut settings = self.settings.of(&space);
        // A group becomes a supergroup once in its life.
        if let Some(before) = &settings.continues {
            space.clone_from(before);
            settings = self.settings.of(&space);
        }
        (space, settings)
    }

    fn button(&self, query: &CallbackQuery) -> Option<Event<Said<Place>>> {
        let press = Press::decode(query.data.as_deref()?)?;
        let message = query.message.as_ref()?;
        let private = message.chat().is_private();
        let place = Place {
            chat: message.chat().id.0,
            topic: message.regular_message().and_then(topic),
            reply_to: Some(message.id().0),
            private,
        };
        let (space, _) = self.space(&place);
        let asked_in = conversation(&space, &place, &query.from);
        // A button works while the answer above it is still being written.
        let conversation = match press {
            Press::Again(_) => asked_in.clone(),
            _ => format!("{asked_in}:buttons"),
        };
        Some(Event {
            id: format!("c:{}", query.id.0),
            space,
            conversation,
            body: Said {
                channel: channel(&place),
                place,
                conversation: asked_in,
                person: person(&query.from),
                action: Action::Press(press),
            },
        })
    }
}

/// The question that a link to the bot asks: t.me/<bot>?start=<base64url of the question>.
fn linked(payload: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let question = String::from_utf8(bytes).ok()?;
    let is_text = !question.trim().is_empty() && !question.chars().any(char::is_control);
    is_text.then_some(question)
}

/// What somebody wrote, as something to learn.
fn written(message: &Message, text: &str) -> Source {
    Source::Text {
        name: format!("message-{}.txt", message.id.0),
        text: text.to_owned(),
    }
}

/// A topic of the chat, or 0 for what is in none, as settings name it: a chat's number changes when it grows.
fn channel(place: &Place) -> String {
    place.topic.unwrap_or_default().to_string()
}

/// What a message, or the one that it replies to, has to teach.
fn sources(message: &Message, rest: &str) -> Vec<Source> {
    let mut sources: Vec<Source> = rest
        .split_whitespace()
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(|url| Source::Url(url.to_owned()))
        .collect();
    sources.extend(document(message));
    if sources.is_empty()
        && let Some(replied) = message.reply_to_message()
    {
        sources.extend(document(replied).or_else(|| {
            let text = replied.text().or(replied.caption())?;
            Some(written(replied, text))
        }));
    }
    sources
}

fn document(message: &Message) -> Option<Source> {
    let document = message.document()?;
    let unnamed = || format!("document-{}", message.id.0);
    Some(Source::File {
        id: document.file.id.0.clone(),
        name: document.file_name.clone().unwrap_or_else(unnamed),
        size: u64::from(document.file.size),
    })
}

fn topic(message: &Message) -> Option<i32> {
    let thread = message.thread_id.filter(|_| message.is_topic_message)?;
    Some(thread.0.0)
}

fn space(place: &Place) -> String {
    format!("telegram:{}", place.chat)
}

/// In a group each person has a conversation of their own in each topic.
fn conversation(space: &str, place: &Place, person: &User) -> String {
    let topic = place.topic.unwrap_or_default();
    if place.private {
        format!("{space}:{topic}")
    } else {
        format!("{space}:{topic}:{}", person.id.0)
    }
}

fn person(user: &User) -> Person {
    Person {
        id: format!("telegram:{}", user.id.0),
        language: language(user),
        roles: Vec::new(),
        admin: None,
    }
}

fn language(user: &User) -> Language {
    Language::of_locale(user.language_code.as_deref().unwrap_or_default())
}
