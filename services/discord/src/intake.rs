//! Events of the gateway to events of the inbox: what in a chat is for the bot.

mod interactions;
mod origin;

use std::sync::Arc;

use serenity::model::{
    channel::{Attachment, Message, MessageType},
    id::{GuildId, RoleId, UserId},
};
use stoa_chat::{
    Event, Locale,
    command::{Command, Incoming, Person, Source, event_id, is_question, question_about},
    settings::{Cache, Settings},
};

pub(crate) use self::{interactions::Reading, origin::Origin};
use crate::{NAME, place::Place, threads::Threads};

/// Most characters of a thread's name.
const MAX_TITLE: usize = 80;

/// Reads events for a bot.
#[derive(Clone)]
pub(crate) struct Intake {
    pub(crate) bot: UserId,
    pub(crate) settings: Cache,
    pub(crate) threads: Threads,
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

impl MessageContext<'_> {
    fn is_addressed(&self, bot: UserId) -> bool {
        let replied = self.message.referenced_message.as_ref();
        let always = || {
            self.private
                || self.mentioned
                || self.own_thread
                || replied.is_some_and(|replied| replied.author.id == bot)
        };
        let speaks = always() || !self.settings.needs_mention(&self.channel);
        speaks && self.settings.answers(&self.channel)
    }

    /// Its answer opens a thread.
    fn opens_thread(&self) -> bool {
        self.mentioned
            && !self.private
            && !self.own_thread
            && self.message.message_reference.is_none()
            && self.settings.opens_threads(&self.channel)
    }
}

impl Intake {
    /// The commands in a message, in order; none when it is not for the bot.
    pub(crate) fn message(&self, message: &Message) -> Vec<Event<Incoming<Place>>> {
        let is_said = matches!(
            message.kind,
            MessageType::Regular | MessageType::InlineReply
        );
        if message.author.bot || message.webhook_id.is_some() || !is_said {
            return Vec::new();
        }
        let context = self.context(message);
        if !context.is_addressed(self.bot) {
            return Vec::new();
        }
        let commands = self.commands(&context).into_iter().enumerate();
        commands
            .map(|(number, command)| {
                let body = incoming(&context, command);
                Event {
                    id: event_id(&format!("m:{}", message.id), number),
                    space: context.space.clone(),
                    conversation: body.conversation.clone(),
                    body,
                }
            })
            .collect()
    }

    fn context<'a>(&self, message: &'a Message) -> MessageContext<'a> {
        let channel = message.channel_id.get();
        let space = space(message.guild_id, message.author.id);
        let parent = self.threads.parent(channel);
        MessageContext {
            words: self.without_mention(&message.content),
            channel: parent.unwrap_or(channel).to_string(),
            settings: self.settings.of(&space),
            space,
            private: message.guild_id.is_none(),
            mentioned: message.mentions.iter().any(|user| user.id == self.bot),
            own_thread: self.threads.is_own(channel),
            message,
        }
    }

    fn commands(&self, context: &MessageContext<'_>) -> Vec<Command> {
        let MessageContext { message, words, .. } = context;
        let question = self.question(message, words);
        let files: Vec<Source> = message.attachments.iter().map(attachment).collect();
        let learns =
            !files.is_empty() && (context.private || (context.mentioned && words.is_empty()));
        // What is said with a file is about it, if it is a question.
        let asks = !question.is_empty() && (!learns || is_question(words));
        let mut commands = Vec::new();
        if learns {
            commands.push(Command::Learn {
                sources: files,
                collection: None,
            });
        }
        if asks {
            commands.push(Command::Ask { question });
        }
        if commands.is_empty() && (context.mentioned || context.private) {
            commands.push(Command::Help);
        }
        commands
    }

    fn without_mention(&self, content: &str) -> String {
        let plain = format!("<@{}>", self.bot);
        let by_nick = format!("<@!{}>", self.bot);
        let words = content.replace(&plain, " ").replace(&by_nick, " ");
        words.trim().to_owned()
    }

    /// The question, with the message of somebody else that it replies to.
    fn question(&self, message: &Message, words: &str) -> String {
        let replied = message.referenced_message.as_ref();
        let about = replied
            .filter(|replied| replied.author.id != self.bot)
            .map(|replied| words_of(replied));
        question_about(words, &about.unwrap_or_default())
    }
}

/// A command in a message, and where the reply to it goes.
fn incoming(context: &MessageContext<'_>, command: Command) -> Incoming<Place> {
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
        command,
    }
}

/// What a message says: its words, and those of what it forwards.
fn words_of(message: &Message) -> String {
    let forwarded = message.message_snapshots.iter();
    let own = std::iter::once(message.content.as_str());
    let words: Vec<&str> = own
        .chain(forwarded.map(|snapshot| snapshot.content.as_str()))
        .map(str::trim)
        .filter(|words| !words.is_empty())
        .collect();
    words.join("\n\n")
}

/// What a message has to teach: its attachments, or else its words.
fn taught(message: &Message) -> Vec<Source> {
    let snapshots = message.message_snapshots.iter();
    let forwarded = snapshots.flat_map(|snapshot| &snapshot.attachments);
    let files = message.attachments.iter().chain(forwarded);
    let files: Vec<Source> = files.map(attachment).collect();
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
        size: u64::from(attachment.size),
    }
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
        "Stoa".to_owned()
    } else {
        short
    }
}
