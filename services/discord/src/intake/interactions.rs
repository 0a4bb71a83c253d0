//! Interactions: commands, buttons and forms.

use serenity::model::{
    application::{CommandDataOption, CommandDataOptionValue},
    id::GuildId,
};
use stoa_chat::{
    Event,
    command::{ButtonAction, Command, Incoming, Person, Source},
    settings::{Change, names},
};

use super::{Intake, Origin, conversation, roles, space, taught};
use crate::{
    NAME,
    acknowledge::Acknowledgement,
    commands::Menu,
    form::{self, Form},
    model::{Attachment, Interaction, InteractionData, InteractionKind, Message},
    permissions::MANAGES,
    place::{InteractionToken, Place},
};

/// Most characters of a report.
const MAX_REASON: u16 = 1_000;
/// Most characters of an answer that is taught.
const MAX_ANSWER: u16 = 4_000;

/// What becomes of an interaction.
pub(crate) struct Reading {
    pub(crate) acknowledgement: Acknowledgement,
    /// What goes to the inbox.
    pub(crate) event: Option<Event<Incoming<Place>>>,
}

impl Reading {
    /// The same with files that came with it.
    fn with<'f>(mut self, files: impl Iterator<Item = &'f Attachment>) -> Self {
        if let Some(event) = &mut self.event {
            event.body.attached = files.map(Attachment::beside).collect();
        }
        self
    }
}

impl Intake {
    /// What becomes of an interaction; `None` when it is not the bot's.
    pub(crate) fn interaction(&self, interaction: &Interaction) -> Option<Reading> {
        let origin = Origin::of(interaction, &self.threads)?;
        match interaction.kind {
            InteractionKind::Command => self.command(&origin),
            InteractionKind::Component => Some(self.button(&origin)),
            InteractionKind::Modal => self.form(&origin),
            InteractionKind::Autocomplete => None,
        }
    }

    fn command(&self, origin: &Origin<'_>) -> Option<Reading> {
        let data = &origin.interaction.data;
        let (command, ephemeral) = command(data, origin)?;
        let reading = self.reading(origin, command, Acknowledgement::Defer { ephemeral });
        Some(match Menu::named(&data.name) {
            // The files of a message that is asked about belong to it.
            Some(Menu::Ask) => reading.with(data.target().iter().flat_map(Message::files)),
            _ => reading,
        })
    }

    fn button(&self, origin: &Origin<'_>) -> Reading {
        let locale = origin.locale;
        let toast = |text: &str| Acknowledgement::Toast(locale.text(text));
        let only = |acknowledgement| Reading {
            acknowledgement,
            event: None,
        };
        // A button of a version that wrote its ids in another way.
        let Some(action) = ButtonAction::decode(&origin.interaction.data.custom_id) else {
            return only(toast("button-expired"));
        };
        let acknowledgement = match action {
            ButtonAction::Sources(_) => Acknowledgement::Defer { ephemeral: true },
            ButtonAction::Up(_) => toast("thanks"),
            // The rating goes to the inbox with this press; what is written in the form follows as a complaint, or
            // never.
            ButtonAction::Down(turn) => Acknowledgement::Form(Form {
                id: format!("why:{turn}"),
                title: locale.text("report-title"),
                label: locale.text("report-label"),
                required: false,
                max_length: MAX_REASON,
            }),
            ButtonAction::Teach(turn) => {
                // Nothing is known to the inbox before the form is sent.
                return only(Acknowledgement::Form(Form {
                    id: format!("teach:{turn}"),
                    title: locale.text("teach-title"),
                    label: locale.text("teach-label"),
                    required: true,
                    max_length: MAX_ANSWER,
                }));
            }
            ButtonAction::Stop(_) => Acknowledgement::Silent,
            ButtonAction::Again(_) | ButtonAction::Retry(_) => {
                Acknowledgement::Defer { ephemeral: false }
            }
        };
        self.reading(origin, Command::Button(action), acknowledgement)
    }

    fn form(&self, origin: &Origin<'_>) -> Option<Reading> {
        let data = &origin.interaction.data;
        let (kind, turn) = data.custom_id.split_once(':')?;
        let turn = turn.parse().ok()?;
        let written = form::submitted(&data.components)
            .unwrap_or_default()
            .to_owned();
        let (command, acknowledgement) = match kind {
            "why" => (
                Command::Complain {
                    turn,
                    reason: written,
                },
                Acknowledgement::Toast(origin.locale.text("thanks-for-report")),
            ),
            "teach" => (
                Command::Teach {
                    turn,
                    answer: written,
                },
                Acknowledgement::Defer { ephemeral: true },
            ),
            _ => return None,
        };
        Some(self.reading(origin, command, acknowledgement))
    }

    fn reading(
        &self,
        origin: &Origin<'_>,
        command: Command,
        acknowledgement: Acknowledgement,
    ) -> Reading {
        let event = self.event(origin, command, acknowledgement.is_ephemeral());
        Reading {
            acknowledgement,
            event: Some(event),
        }
    }

    fn event(
        &self,
        origin: &Origin<'_>,
        command: Command,
        ephemeral: bool,
    ) -> Event<Incoming<Place>> {
        let interaction = origin.interaction;
        let (channel, guild) = (origin.channel.get(), interaction.guild_id);
        let own_thread = self.threads.is_own(channel);
        let asked_in = conversation(channel, guild, own_thread, origin.person);
        let member = interaction.member.as_ref();
        let manages = member
            .and_then(|member| member.permissions)
            .is_some_and(|permissions| permissions.intersects(MANAGES));
        Event {
            id: format!("i:{}", interaction.id),
            space: space(guild, origin.person),
            conversation: match &command {
                Command::Button(action) => action.conversation(&asked_in),
                _ => asked_in.clone(),
            },
            body: Incoming {
                place: Place {
                    channel,
                    guild: guild.map(GuildId::get),
                    reply_to: None,
                    thread: false,
                    title: None,
                    interaction: Some(InteractionToken {
                        id: interaction.id.get(),
                        application: interaction.application_id.get(),
                        token: interaction.token.clone(),
                        ephemeral,
                    }),
                },
                channel: origin.settings_channel.to_string(),
                conversation: asked_in,
                person: Person {
                    id: format!("{NAME}:{}", origin.person),
                    locale: origin.locale,
                    roles: member
                        .map(|member| roles(&member.roles))
                        .unwrap_or_default(),
                    // Known here, and as it is now: the platform need not be asked.
                    admin: Some(manages),
                },
                command,
                attached: Vec::new(),
            },
        }
    }
}

/// What a command asks for, and whether only the person sees the reply.
fn command(data: &InteractionData, origin: &Origin<'_>) -> Option<(Command, bool)> {
    let options = Options(&data.options);
    let question = || options.text("question").to_owned();
    Some(match data.name.as_str() {
        "ask" => (
            Command::Ask {
                question: question(),
            },
            false,
        ),
        "search" => (
            Command::Search {
                question: question(),
            },
            true,
        ),
        "learn" => (learn(data, &options), false),
        "documents" => (Command::Documents, true),
        "forget" => (
            Command::Forget {
                document: options.text("document").to_owned(),
            },
            false,
        ),
        "reset" => (Command::Reset, true),
        "usage" => (Command::Usage, true),
        "privacy" if options.text("what") == "forget" => (Command::ForgetMe, true),
        "privacy" => (Command::Privacy, true),
        "unanswered" => (Command::Unanswered, true),
        "help" => (Command::Help, true),
        "settings" => (setting(&options, origin), true),
        name => (on_message(Menu::named(name)?, data), false),
    })
}

fn learn(data: &InteractionData, options: &Options<'_>) -> Command {
    let file = options.value("file").and_then(|file| {
        let file = data.attachment(file.as_attachment_id()?)?;
        Some(file.source())
    });
    let url = options.given("url");
    let url = url.map(|url| Source::Url(url.trim().to_owned()));
    Command::Learn {
        sources: file.into_iter().chain(url).collect(),
        collection: options.given("collection").map(str::to_owned),
    }
}

/// What a command of a message's menu asks for.
fn on_message(menu: Menu, data: &InteractionData) -> Command {
    let message = data.target();
    match menu {
        Menu::Ask => Command::Ask {
            question: message.as_ref().map(Message::text).unwrap_or_default(),
        },
        Menu::Teach => Command::Learn {
            sources: message.as_ref().map(taught).unwrap_or_default(),
            collection: None,
        },
    }
}

fn setting(options: &Options<'_>, origin: &Origin<'_>) -> Command {
    let Some((name, given)) = options.subcommand() else {
        return Command::Settings(None);
    };
    let here = || origin.settings_channel;
    let channel = given
        .value("channel")
        .and_then(CommandDataOptionValue::as_channel_id);
    let channel = channel.unwrap_or_else(here).to_string();
    let role = || Some(given.value("role")?.as_role_id()?.to_string());
    let on = given.value("on").and_then(CommandDataOptionValue::as_bool);
    let on = on.unwrap_or(true);
    let change = match name {
        "show" => return Command::Settings(None),
        "answers" => Some(Change::Answers { channel, on }),
        "mention" => Some(Change::Mention { channel, on }),
        "threads" => Some(Change::Threads { channel, on }),
        "collections" => Some(Change::Collections {
            channel,
            names: names(given.text("names")),
        }),
        "teachers" => role().map(|role| Change::Teachers { role, on }),
        "managers" => role().map(|role| Change::Managers { role, on }),
        "persona" => Some(Change::Persona(given.text("text").to_owned())),
        // Their values are the words that people write elsewhere.
        "style" | "language" => Change::parse(&channel, &format!("{name} {}", given.text(name))),
        _ => None,
    };
    change.map_or(Command::InvalidSetting, |change| {
        Command::Settings(Some(change))
    })
}

/// What a person gave with a command.
struct Options<'a>(&'a [CommandDataOption]);

impl<'a> Options<'a> {
    fn value(&self, name: &str) -> Option<&'a CommandDataOptionValue> {
        let option = self.0.iter().find(|option| option.name == name)?;
        Some(&option.value)
    }

    fn given(&self, name: &str) -> Option<&'a str> {
        self.value(name)?.as_str()
    }

    /// A text; empty when none was given.
    fn text(&self, name: &str) -> &'a str {
        self.given(name).unwrap_or_default()
    }

    fn subcommand(&self) -> Option<(&'a str, Options<'a>)> {
        self.0.iter().find_map(|option| match &option.value {
            CommandDataOptionValue::SubCommand(options) => {
                Some((option.name.as_str(), Options(options)))
            }
            _ => None,
        })
    }
}
