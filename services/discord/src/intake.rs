//! Events of the gateway to events of the inbox: what is meant for the bot, and what is meant by it.

mod interactions;

use stoa_chat::{
    event::{Action, Person, Said, Source, event_id, is_question},
    inbox::Event,
    settings::Book,
    words::Language,
};
use twilight_model::{
    channel::{Attachment, Message, message::MessageType},
    id::{Id, marker::UserMarker},
};

pub(crate) use self::interactions::{Acknowledgement, here};
use crate::{NAME, place::Place, threads::Threads};

/// Most bytes of a question, as generation takes them.
const MAX_QUESTION: usize = 8 << 10;
/// Most characters of a thread's name.
const MAX_TITLE: usize = 80;

/// Reads events for a bot.
#[derive(Clone)]
pub(crate) struct Intake {
    pub(crate) id: Id<UserMarker>,
    pub(crate) settings: Book,
    pub(crate) threads: Threads,
}

impl Intake {
    /// The events in a message, in order; none when it is not for the bot.
    pub(crate) fn message(&self, message: &Message) -> Vec<Event<Said<Place>>> {
        self.addressed(message).unwrap_or_default()
    }

    fn addressed(&self, message: &Message) -> Option<Vec<Event<Said<Place>>>> {
        if message.author.bot || message.webhook_id.is_some() {
            return None;
        }
        if !matches!(message.kind, MessageType::Regular | MessageType::Reply) {
            return None;
        }
        let private = message.guild_id.is_none();
        let channel = message.channel_id.get();
        let guild = message.guild_id.map(Id::get);
        let space = space(guild, message.author.id);
        let settings = self.settings.of(&space);
        let named = self.threads.parent(channel).unwrap_or(channel).to_string();
        let own_thread = self.threads.is_own(channel);
        let mentioned = message.mentions.iter().any(|mention| mention.id == self.id);
        let replied = message
            .referenced_message
            .as_ref()
            .is_some_and(|replied| replied.author.id == self.id);
        let addressed = private
            || mentioned
            || replied
            || own_thread
            || (!settings.needs_mention(&named) && settings.answers(&named));
        if !addressed || !settings.answers(&named) {
            return None;
        }
        let words = self.without_mention(&message.content);
        let question = self.question(message, &words);
        let files: Vec<Source> = message.attachments.iter().map(attachment).collect();
        let is_given = !files.is_empty() && (private || (mentioned && words.is_empty()));
        let learn = is_given.then_some(Action::Learn {
            sources: files,
            collection: None,
        });
        // What is said with a file is about it, if it is a question.
        let asks = !question.is_empty() && (learn.is_none() || is_question(&words));
        let mut actions: Vec<Action> = learn.into_iter().collect();
        actions.extend(asks.then_some(Action::Ask { question }));
        if actions.is_empty() {
            if !mentioned && !private {
                return None;
            }
            actions.push(Action::Help);
        }
        let opens = mentioned
            && !private
            && !own_thread
            && message.reference.is_none()
            && settings.opens_threads(&named);
        let conversation = if opens {
            // What follows in the thread is the same conversation.
            format!("discord:{}", message.id)
        } else {
            conversation(channel, guild, own_thread, message.author.id)
        };
        let place = Place {
            channel,
            guild,
            reply_to: Some(message.id.get()),
            thread: opens,
            title: opens.then(|| title(&words)),
            interaction: None,
        };
        let member = message.member.as_ref();
        let person = Person {
            id: format!("{NAME}:{}", message.author.id),
            // Discord says what a person reads, and what they may, only of interactions.
            language: Language::of_text(&words),
            roles: member
                .map(|member| roles(&member.roles))
                .unwrap_or_default(),
            admin: None,
        };
        let id = format!("m:{}", message.id);
        let events = actions
            .into_iter()
            .enumerate()
            .map(|(number, action)| Event {
                id: event_id(&id, number),
                space: space.clone(),
                conversation: conversation.clone(),
                body: Said {
                    place: place.clone(),
                    channel: named.clone(),
                    conversation: conversation.clone(),
                    person: person.clone(),
                    action,
                },
            });
        Some(events.collect())
    }

    fn without_mention(&self, content: &str) -> String {
        let plain = format!("<@{}>", self.id);
        let by_nick = format!("<@!{}>", self.id);
        let words = content.replace(&plain, " ").replace(&by_nick, " ");
        words.trim().to_owned()
    }

    /// The question, with the message of another person that it is about.
    fn question(&self, message: &Message, words: &str) -> String {
        let about = message
            .referenced_message
            .as_ref()
            .filter(|replied| replied.author.id != self.id)
            .map(|replied| words_of(replied))
            .unwrap_or_default();
        let question = match (words.is_empty(), about.is_empty()) {
            (_, true) => words.to_owned(),
            (true, false) => about,
            (false, false) => format!("{words}\n\n{about}"),
        };
        question[..question.floor_char_boundary(MAX_QUESTION.min(question.len()))].to_owned()
    }
}

/// What is said in a message: its words, or those of what it forwards.
fn words_of(message: &Message) -> String {
    let forwarded = message.message_snapshots.iter();
    let own = std::iter::once(message.content.as_str());
    let words: Vec<&str> = own
        .chain(forwarded.map(|snapshot| snapshot.message.content.as_str()))
        .map(str::trim)
        .filter(|words| !words.is_empty())
        .collect();
    words.join("\n\n")
}

/// What a message has to teach: its attachments, or else its words.
fn taught(message: &Message) -> Vec<Source> {
    let forwarded = message
        .message_snapshots
        .iter()
        .flat_map(|snapshot| &snapshot.message.attachments);
    let files: Vec<Source> = message
        .attachments
        .iter()
        .chain(forwarded)
        .map(attachment)
        .collect();
    let text = words_of(message);
    if !files.is_empty() || text.is_empty() {
        return files;
    }
    vec![Source::Text {
        name: format!("message-{}.txt", message.id),
        text,
    }]
}

fn attachment(attachment: &Attachment) -> Source {
    Source::File {
        id: attachment.url.clone(),
        name: attachment.filename.clone(),
        size: attachment.size,
    }
}

fn roles(roles: &[Id<twilight_model::id::marker::RoleMarker>]) -> Vec<String> {
    roles.iter().map(Id::to_string).collect()
}

/// A server, or a person's direct messages.
pub(crate) fn space(guild: Option<u64>, person: Id<UserMarker>) -> String {
    match guild {
        Some(guild) => format!("discord:{guild}"),
        None => format!("discord:dm:{person}"),
    }
}

/// In a channel each person has a conversation of their own; a thread of the bot's is one for everybody in it.
fn conversation(
    channel: u64,
    guild: Option<u64>,
    own_thread: bool,
    person: Id<UserMarker>,
) -> String {
    if guild.is_none() || own_thread {
        format!("discord:{channel}")
    } else {
        format!("discord:{channel}:{person}")
    }
}

fn title(words: &str) -> String {
    let line: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(MAX_TITLE).collect();
    if short.is_empty() {
        "Stoa".to_owned()
    } else {
        short
    }
}
