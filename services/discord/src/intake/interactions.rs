//! Interactions: commands, buttons and forms.

use serde_json::{Value, json};
use stoa_chat::{
    event::{Action, Person, Press, Said, Source},
    inbox::Event,
    settings::{Change, names},
    words::Language,
};
use twilight_model::{
    application::interaction::{
        Interaction as Received, InteractionData,
        application_command::{CommandData, CommandDataOption, CommandOptionValue},
        message_component::MessageComponentInteractionData,
        modal::{ModalInteractionComponent, ModalInteractionData},
    },
    id::{Id, marker::ChannelMarker},
    user::User,
};

use super::{Intake, attachment, conversation, roles, space, taught, words_of};
use crate::{
    NAME,
    commands::{ASK_ABOUT, TEACH_THIS},
    place::{Interaction, Place},
    platform::MANAGES,
};

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

impl Intake {
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
