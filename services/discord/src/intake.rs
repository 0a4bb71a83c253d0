//! Events of the gateway to events of the inbox: what is meant for the bot, and what is meant by it.

use serde_json::{Value, json};
use stoa_chat::{
    event::{Action, Person, Press, Said, Source},
    inbox::Event,
    settings::{Book, Change, names},
    words::Language,
};
use twilight_model::{
    application::interaction::{
        Interaction as Received, InteractionData,
        application_command::{CommandData, CommandDataOption, CommandOptionValue},
        message_component::MessageComponentInteractionData,
        modal::{ModalInteractionComponent, ModalInteractionData},
    },
    channel::{Attachment, Message, message::MessageType},
    id::{
        Id,
        marker::{ChannelMarker, UserMarker},
    },
    user::User,
};

use crate::{
    NAME,
    commands::{ASK_ABOUT, TEACH_THIS},
    place::{Interaction, Place},
    platform::MANAGES,
    threads::Threads,
};

/// Most bytes of a question, as generation takes them.
const MAX_QUESTION: usize = 8 << 10;
/// Most characters of a thread's name.
const MAX_TITLE: usize = 80;
/// Most characters of what a person writes into a form.
const MAX_REASON: usize = 1_000;
const MAX_ANSWER: usize = 4_000;

/// How an interaction is acknowledged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Acknowledgement {
    /// The reply comes later.
    Defer { ephemeral: bool },
    /// A word to the person alone, and nothing else.
    Toast(&'static str),
    /// A form.
    Form(Value),
    /// Nothing is shown.
    Silent,
}

/// What becomes of an interaction.
pub(crate) struct Reading {
    pub(crate) acknowledgement: Acknowledgement,
    /// What goes to the inbox.
    pub(crate) event: Option<Event<Said<Place>>>,
}

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
        let asks = !question.is_empty() && (learn.is_none() || words.contains(['?', '？']));
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
        let events = actions
            .into_iter()
            .enumerate()
            .map(|(number, action)| Event {
                id: match number {
                    0 => format!("m:{}", message.id),
                    number => format!("m:{}:{number}", message.id),
                },
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

    /// What becomes of an interaction; `None` when it is none of ours.
    pub(crate) fn interaction(&self, received: &Received) -> Option<Reading> {
        let member = received.member.as_ref();
        let user = member
            .and_then(|member| member.user.as_ref())
            .or(received.user.as_ref())?;
        match received.data.as_ref()? {
            InteractionData::ApplicationCommand(data) => self.command(received, user, data),
            InteractionData::MessageComponent(data) => Some(self.button(received, user, data)),
            InteractionData::ModalSubmit(data) => self.form(received, user, data),
            _ => None,
        }
    }

    fn command(&self, received: &Received, user: &User, data: &CommandData) -> Option<Reading> {
        let options = Options(&data.options);
        let target = || {
            let messages = &data.resolved.as_ref()?.messages;
            messages.get(&data.target_id?.cast())
        };
        let question = || options.text("question").unwrap_or_default().to_owned();
        let (action, ephemeral) = match data.name.as_str() {
            "ask" => (
                Action::Ask {
                    question: question(),
                },
                false,
            ),
            "search" => (
                Action::Search {
                    question: question(),
                },
                true,
            ),
            "learn" => {
                let file = options.attachment("file").and_then(|id| {
                    let attachments = &data.resolved.as_ref()?.attachments;
                    attachments.get(&id).map(attachment)
                });
                let url = options
                    .text("url")
                    .map(|url| Source::Url(url.trim().to_owned()));
                let collection = options.text("collection").map(str::to_owned);
                let sources = file.into_iter().chain(url).collect();
                (
                    Action::Learn {
                        sources,
                        collection,
                    },
                    false,
                )
            }
            "documents" => (Action::Documents, true),
            "forget" => (
                Action::Forget {
                    document: options.text("document").unwrap_or_default().to_owned(),
                },
                false,
            ),
            "reset" => (Action::Reset, true),
            "usage" => (Action::Usage, true),
            "unanswered" => (Action::Unanswered, true),
            "help" => (Action::Help, true),
            "settings" => (setting(received, &options), true),
            ASK_ABOUT => (
                Action::Ask {
                    question: target().map(words_of).unwrap_or_default(),
                },
                false,
            ),
            TEACH_THIS => (
                Action::Learn {
                    sources: target().map(taught).unwrap_or_default(),
                    collection: None,
                },
                false,
            ),
            _ => return None,
        };
        Some(Reading {
            acknowledgement: Acknowledgement::Defer { ephemeral },
            event: self.event(received, user, action, ephemeral),
        })
    }

    fn button(
        &self,
        received: &Received,
        user: &User,
        data: &MessageComponentInteractionData,
    ) -> Reading {
        let language = language(received);
        let Some(press) = Press::decode(&data.custom_id) else {
            let old = language.say("This button is too old.", "按钮已失效。");
            return Reading {
                acknowledgement: Acknowledgement::Toast(old),
                event: None,
            };
        };
        let acknowledgement = match press {
            Press::Sources(_) => Acknowledgement::Defer { ephemeral: true },
            Press::Up(_) => Acknowledgement::Toast(language.say("Thank you!", "谢谢！")),
            Press::Down(turn) => Acknowledgement::Form(form(
                &format!("why:{turn}"),
                language.say("What was wrong?", "哪里不对？"),
                language.say("You may leave this empty", "可以留空"),
                false,
                MAX_REASON,
            )),
            Press::Teach(turn) => {
                return Reading {
                    acknowledgement: Acknowledgement::Form(form(
                        &format!("teach:{turn}"),
                        language.say("Teach the answer", "教我答案"),
                        language.say("The answer", "答案"),
                        true,
                        MAX_ANSWER,
                    )),
                    event: None,
                };
            }
            Press::Stop(_) => Acknowledgement::Silent,
            Press::Again(_) | Press::Retry(_) => Acknowledgement::Defer { ephemeral: false },
        };
        let ephemeral = acknowledgement == Acknowledgement::Defer { ephemeral: true };
        let event = self.event(received, user, Action::Press(press), ephemeral);
        Reading {
            acknowledgement,
            event: event.map(|mut event| {
                // A button works while the answer above it is still being written.
                if !matches!(press, Press::Again(_)) {
                    event.conversation.push_str(":buttons");
                }
                event
            }),
        }
    }

    fn form(
        &self,
        received: &Received,
        user: &User,
        data: &ModalInteractionData,
    ) -> Option<Reading> {
        let (kind, turn) = data.custom_id.split_once(':')?;
        let turn = turn.parse().ok()?;
        let text = written(&data.components).unwrap_or_default();
        let (action, acknowledgement) = match kind {
            "why" => {
                let noted = language(received).say("Thank you, noted.", "谢谢，已记录。");
                let reason = text.to_owned();
                (
                    Action::Complain { turn, reason },
                    Acknowledgement::Toast(noted),
                )
            }
            "teach" => {
                let answer = text.to_owned();
                (
                    Action::Teach { turn, answer },
                    Acknowledgement::Defer { ephemeral: true },
                )
            }
            _ => return None,
        };
        let ephemeral = acknowledgement == Acknowledgement::Defer { ephemeral: true };
        let event = self.event(received, user, action, ephemeral);
        Some(Reading {
            acknowledgement,
            event,
        })
    }

    fn event(
        &self,
        received: &Received,
        user: &User,
        action: Action,
        ephemeral: bool,
    ) -> Option<Event<Said<Place>>> {
        let channel = received.channel.as_ref()?;
        let guild = received.guild_id.map(Id::get);
        let space = space(guild, user.id);
        let own = self.threads.is_own(channel.id.get());
        let named = here(received)?;
        let conversation = conversation(channel.id.get(), guild, own, user.id);
        let member = received.member.as_ref();
        let may_manage = member
            .and_then(|member| member.permissions)
            .is_some_and(|permissions| permissions.intersects(MANAGES));
        Some(Event {
            id: format!("i:{}", received.id),
            space,
            conversation: conversation.clone(),
            body: Said {
                place: Place {
                    channel: channel.id.get(),
                    guild,
                    reply_to: None,
                    thread: false,
                    title: None,
                    interaction: Some(Interaction {
                        id: received.id.get(),
                        application: received.application_id.get(),
                        token: received.token.clone(),
                        ephemeral,
                    }),
                },
                channel: named.to_string(),
                conversation,
                person: Person {
                    id: format!("{NAME}:{}", user.id),
                    language: language(received),
                    roles: member
                        .map(|member| roles(&member.roles))
                        .unwrap_or_default(),
                    admin: Some(may_manage),
                },
                action,
            },
        })
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

fn setting(received: &Received, options: &Options<'_>) -> Action {
    let Some((name, given)) = options.subcommand() else {
        return Action::Settings(None);
    };
    let channel = given.channel("channel").or_else(|| here(received));
    let channel = channel.map(|id| id.to_string());
    let channel = channel.unwrap_or_default();
    let on = given.on("on").unwrap_or(true);
    let text = |name: &str| given.text(name).unwrap_or_default();
    let change = match name {
        "answers" => Change::Answers { channel, on },
        "mention" => Change::Mention { channel, on },
        "threads" => Change::Threads { channel, on },
        "collections" => Change::Collections {
            channel,
            names: names(text("names")),
        },
        "teachers" | "managers" => match (name, given.role("role")) {
            ("teachers", Some(role)) => Change::Teachers { role, on },
            (_, Some(role)) => Change::Managers { role, on },
            (_, None) => return Action::Misread,
        },
        "persona" => Change::Persona(text("text").to_owned()),
        "language" => match Change::parse(&channel, &format!("language {}", text("language"))) {
            Some(change) => change,
            None => return Action::Misread,
        },
        _ => return Action::Settings(None),
    };
    Action::Settings(Some(change))
}

/// The channel that an interaction is in, or that its thread is in, as settings name it.
pub(crate) fn here(received: &Received) -> Option<Id<ChannelMarker>> {
    let channel = received.channel.as_ref()?;
    let parent = channel.parent_id.filter(|_| channel.kind.is_thread());
    Some(parent.unwrap_or(channel.id))
}

/// What a person gave with a command.
pub(crate) struct Options<'a>(pub(crate) &'a [CommandDataOption]);

impl<'a> Options<'a> {
    fn value(&self, name: &str) -> Option<&'a CommandOptionValue> {
        let option = self.0.iter().find(|option| option.name == name)?;
        Some(&option.value)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        match self.value(name)? {
            CommandOptionValue::String(text) => Some(text),
            _ => None,
        }
    }

    fn on(&self, name: &str) -> Option<bool> {
        match self.value(name)? {
            CommandOptionValue::Boolean(on) => Some(*on),
            _ => None,
        }
    }

    fn channel(&self, name: &str) -> Option<Id<ChannelMarker>> {
        match self.value(name)? {
            CommandOptionValue::Channel(id) => Some(*id),
            _ => None,
        }
    }

    fn role(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            CommandOptionValue::Role(id) => Some(id.to_string()),
            _ => None,
        }
    }

    fn attachment(&self, name: &str) -> Option<Id<twilight_model::id::marker::AttachmentMarker>> {
        match self.value(name)? {
            CommandOptionValue::Attachment(id) => Some(*id),
            _ => None,
        }
    }

    fn subcommand(&self) -> Option<(&'a str, Options<'a>)> {
        self.0.iter().find_map(|option| match &option.value {
            CommandOptionValue::SubCommand(options) => {
                Some((option.name.as_str(), Options(options)))
            }
            _ => None,
        })
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

/// What was written into a form's field.
fn written(components: &[ModalInteractionComponent]) -> Option<&str> {
    components.iter().find_map(|component| match component {
        ModalInteractionComponent::TextInput(input) => Some(input.value.as_str()),
        ModalInteractionComponent::Label(label) => {
            written(std::slice::from_ref(label.component.as_ref()))
        }
        ModalInteractionComponent::ActionRow(row) => written(&row.components),
        _ => None,
    })
}

fn form(id: &str, title: &str, label: &str, required: bool, most: usize) -> Value {
    json!({
        "custom_id": id,
        "title": title,
        "components": [{
            "type": 18,
            "label": label,
            "component": { "type": 4, "custom_id": "text", "style": 2, "required": required, "max_length": most },
        }],
    })
}

fn language(received: &Received) -> Language {
    Language::of_locale(received.locale.as_deref().unwrap_or_default())
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
