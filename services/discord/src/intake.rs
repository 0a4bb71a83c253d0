//! Events of the gateway to events of the inbox: what in a chat is for the bot.

mod interactions;
mod origin;

use std::sync::Arc;

use serenity::model::id::{GuildId, RoleId, UserId};
use stoa_chat::{
    Event, Locale,
    command::{
        self, Command, EDITABLE, Incoming, Person, Source, event_id, is_question, question_about,
    },
    settings::{Cache, Settings},
};

pub(crate) use self::{interactions::Reading, origin::Origin};
use crate::{
    NAME,
    model::{Attachment, Message},
    place::Place,
    roles::OwnRoles,
    snowflake,
    threads::Threads,
};

/// Most characters of a thread's name.
const MAX_TITLE: usize = 80;

/// Reads events for a bot.
#[derive(Clone)]
pub(crate) struct Intake {
    pub(crate) bot: UserId,
    pub(crate) settings: Cache,
    pub(crate) threads: Threads,
    pub(crate) roles: OwnRoles,
}

/// A message, and what decides whether it is for the bot.
struct MessageContext<'a> {
    message: &'a Message,
    /// What it says, without the mention of the bot.
    words: String,
    /// The channel, as settings name it.
    channel: String,
    settings: Arc<Settings>,
    space: String,
    private: bool,
    mentioned: bool,
    /// It is in a thread that the bot opened.
    own_thread: bool,
}

/// What a message asks for.
struct Request {
    command: Command,
    /// Files that came with it, and are not to be learned.
    attached: Vec<command::Attachment>,
}

impl Request {
    fn of(command: Command) -> Self {
        Self {
            command,
            attached: Vec::new(),
        }
    }
}

impl MessageContext<'_> {
    fn is_addressed(&self, bot: UserId) -> bool {
        let replied = self.message.referenced_message.as_ref();
        let always = || {
            self.private
                || self.mentioned
                || self.own_thread
                || replied.is_some_and(|replied| replied.author.id == bot)
        };
        // Also a mention is not answered where the admins have switched the channel off.
        let speaks = always() || !self.settings.needs_mention(&self.channel);
        speaks && self.settings.answers(&self.channel)
    }

    /// Its answer opens a thread.
    fn opens_thread(&self) -> bool {
        self.mentioned
            && !self.private
            && !self.own_thread
            // A reply belongs where it is: in a thread, nobody would see what it replies to.
            && self.message.message_reference.is_none()
            && self.settings.opens_threads(&self.channel)
    }
}

impl Intake {
    /// The commands in a message, in order; none when it is not for the bot.
    pub(crate) fn message(&self, message: &Message) -> Vec<Event<Incoming<Place>>> {
        // Two bots that answer each other would never stop.
        if !message.is_said_by_a_person() {
            return Vec::new();
        }
        let context = self.context(message);
        if !context.is_addressed(self.bot) {
            return Vec::new();
        }
        let requests = self.requests(&context).into_iter().enumerate();
        requests
            .map(|(number, request)| {
                let body = incoming(&context, request);
                Event {
                    // The same for a message that the gateway sends again, which is how the inbox knows it.
                    id: event_id(&format!("m:{}", message.id), number),
                    space: context.space.clone(),
                    conversation: body.conversation.clone(),
                    body,
                }
            })
            .collect()
    }

    /// What becomes of a message that was changed: its question is answered anew, or now if the bot was not meant before.
    pub(crate) fn edited(&self, message: &Message) -> Vec<Event<Incoming<Place>>> {
        // Discord says that a message was changed also when it unfolds a link in it, or pins it.
        let Some(edited_at) = message.edited_at() else {
            return Vec::new();
        };
        let said_at = snowflake::time(message.id.get()).as_secs();
        if u64::try_from(edited_at).unwrap_or_default() > said_at + EDITABLE.as_secs() {
            return Vec::new();
        }
        command::edited(NAME, self.message(message), edited_at)
    }

    fn context<'a>(&self, message: &'a Message) -> MessageContext<'a> {
        let channel = message.channel_id.get();
        let space = space(message.guild_id, message.author.id);
        let parent = self.threads.parent(channel);
        let role = message.guild_id.and_then(|guild| self.roles.of(guild));
        let by_role = role.filter(|role| message.mention_roles.contains(role));
        MessageContext {
            words: self.without_mention(message.words(), by_role),
            channel: parent.unwrap_or(channel).to_string(),
            settings: self.settings.of(&space),
            space,
            private: message.guild_id.is_none(),
            mentioned: by_role.is_some() || message.mentions(self.bot),
            own_thread: self.threads.is_own(channel),
            message,
        }
    }

    fn requests(&self, context: &MessageContext<'_>) -> Vec<Request> {
        let MessageContext { message, words, .. } = context;
        let question = self.question(message, words);
        let files: Vec<Source> = message.files().map(Attachment::source).collect();
        let learns =
            // In a server, a file with words is part of a question; alone with a mention it can only be meant to be
            // learned.
            !files.is_empty() && (context.private || (context.mentioned && words.is_empty()));
        // What is said with a file is about it, if it is a question.
        let asks = !question.is_empty() && (!learns || is_question(words));
        let mut requests = Vec::new();
        if learns {
            requests.push(Request::of(Command::Learn {
                sources: files,
                collection: None,
            }));
        }
        if asks {
            let own = message.files().filter(|_| !learns);
            let replied = self.replied(message).into_iter().flat_map(Message::files);
            requests.push(Request {
                command: Command::Ask { question },
                attached: own.chain(replied).map(Attachment::beside).collect(),
            });
        }
        if requests.is_empty() && (context.mentioned || context.private) {
            requests.push(Request::of(Command::Welcome));
        }
        requests
    }

    fn without_mention(&self, content: &str, role: Option<RoleId>) -> String {
        let mut words = content
            .replace(&format!("<@{}>", self.bot), " ")
            // Older clients put a mark before the id of a member with a nickname.
            .replace(&format!("<@!{}>", self.bot), " ");
        if let Some(role) = role {
            words = words.replace(&format!("<@&{role}>"), " ");
        }
        words.trim().to_owned()
    }

    /// The question, with what the message shows beside its words, and the message of somebody else that it replies to.
    fn question(&self, message: &Message, words: &str) -> String {
        let replied = self.replied(message).map(Message::text);
        let about: Vec<String> = [message.shown(), replied.unwrap_or_default()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        question_about(words, &about.join("\n\n"))
    }

    /// The message of somebody else that one replies to.
    fn replied<'m>(&self, message: &'m Message) -> Option<&'m Message> {
        let replied = message.referenced_message.as_deref();
        replied.filter(|replied| replied.author.id != self.bot)
    }
}

/// What a message asks for, and where the reply to it goes.
fn incoming(context: &MessageContext<'_>, request: Request) -> Incoming<Place> {
    let MessageContext { message, words, .. } = context;
    let (channel, person) = (message.channel_id.get(), message.author.id);
    let opens_thread = context.opens_thread();
    let member = message.member.as_ref();
    Incoming {
        place: Place {
            channel,
            guild: message.guild_id.map(GuildId::get),
            reply_to: Some(message.id.get()),
            thread: opens_thread,
            title: opens_thread.then(|| title(words)),
            interaction: None,
        },
        channel: context.channel.clone(),
        conversation: if opens_thread {
            // What follows in the thread is the same conversation.
            format!("{NAME}:{}", message.id)
        } else {
            conversation(channel, message.guild_id, context.own_thread, person)
        },
        person: Person {
            id: format!("{NAME}:{person}"),
            // Discord says what a person reads, and what they may do, only of interactions.
            locale: Locale::of_text(words),
            roles: member
                .map(|member| roles(&member.roles))
                .unwrap_or_default(),
            admin: None,
        },
        command: request.command,
        attached: request.attached,
    }
}

/// What a message has to teach: its attachments, or else its words.
fn taught(message: &Message) -> Vec<Source> {
    let files: Vec<Source> = message.files().map(Attachment::source).collect();
    let text = message.text();
    if !files.is_empty() || text.is_empty() {
        return files;
    }
    vec![Source::Text {
        name: format!("message-{}.txt", message.id),
        text,
    }]
}

fn roles(roles: &[RoleId]) -> Vec<String> {
    roles.iter().map(RoleId::to_string).collect()
}

/// A server, or a person's direct messages.
pub(crate) fn space(guild: Option<GuildId>, person: UserId) -> String {
    match guild {
        Some(guild) => format!("{NAME}:{guild}"),
        None => format!("{NAME}:dm:{person}"),
    }
}

/// In a channel each person has a conversation of their own; a thread that the bot opened is one for everybody in it.
fn conversation(channel: u64, guild: Option<GuildId>, own_thread: bool, person: UserId) -> String {
    if guild.is_none() || own_thread {
        format!("{NAME}:{channel}")
    } else {
        format!("{NAME}:{channel}:{person}")
    }
}

fn title(words: &str) -> String {
    let line: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(MAX_TITLE).collect();
    if short.is_empty() {
        // A thread needs a name, also where somebody only mentioned the bot.
        "Stoa".to_owned()
    } else {
        short
    }
}
