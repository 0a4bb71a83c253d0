//! The bot's commands, as Discord shows them. Their descriptions are in `texts/`.

use serenity::{
    builder::{CreateCommand, CreateCommandOption},
    model::application::{
        CommandOptionType::{self, Attachment, Boolean, Channel, Role, String as Text, SubCommand},
        CommandType,
        InteractionContext::{BotDm, Guild},
    },
};
use stoa_chat::{
    Locale,
    settings::{AUTO, Style},
};

/// Most characters of a question that is typed as an option of a command; Discord itself allows 6,000. What a question
/// may have in all is [`stoa_proto::MAX_QUESTION_BYTES`].
const MAX_QUESTION_OPTION: u16 = 2_000;
/// Most characters of a link.
const MAX_URL: u16 = 2_000;
/// Most characters of a collection's name.
const MAX_COLLECTION: u16 = 100;
/// Most characters of a list of collections.
const MAX_COLLECTIONS: u16 = 500;
/// Most characters of a persona.
const MAX_PERSONA: u16 = 1_000;

/// A command in the menu of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Menu {
    Ask,
    Teach,
}

impl Menu {
    fn text(self) -> &'static str {
        match self {
            Self::Ask => "menu-ask",
            Self::Teach => "menu-teach",
        }
    }

    /// The command that Discord calls by this name: its name in the default language.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut all = [Self::Ask, Self::Teach].into_iter();
        // Discord names a command of the menu by its own name and not by the one that the person saw.
        all.find(|menu| Locale::default().text(menu.text()) == name)
    }
}

/// Every command.
pub(crate) fn all() -> Vec<CreateCommand> {
    let question = || required(Text, "question", "option-question").max_length(MAX_QUESTION_OPTION);
    vec![
        command("ask").add_option(question()),
        command("search").add_option(question()),
        command("learn")
            .add_option(option(Attachment, "file", "option-file"))
            .add_option(option(Text, "url", "option-url").max_length(MAX_URL))
            .add_option(
                option(Text, "collection", "option-collection")
                    .set_autocomplete(true)
                    .max_length(MAX_COLLECTION),
            ),
        command("documents"),
        command("forget")
            .add_option(required(Text, "document", "option-document").set_autocomplete(true)),
        command("reset"),
        command("usage"),
        command("privacy").add_option(privacy()),
        command("unanswered"),
        // Shown to everybody: which roles may use it besides those who manage the server is one of the settings.
        command("settings").set_options(settings()),
        command("help"),
        in_menu(Menu::Ask),
        in_menu(Menu::Teach),
    ]
}

/// The sub-commands of `/settings`.
fn settings() -> Vec<CreateCommandOption> {
    let channel = || option(Channel, "channel", "option-channel");
    let on = || required(Boolean, "on", "option-on");
    let role = || required(Role, "role", "option-role");
    let collections = option(Text, "names", "option-collections")
        .set_autocomplete(true)
        .max_length(MAX_COLLECTIONS);
    let persona = option(Text, "text", "option-persona").max_length(MAX_PERSONA);
    [
        ("show", vec![]),
        ("answers", vec![on(), channel()]),
        ("mention", vec![on(), channel()]),
        ("threads", vec![on(), channel()]),
        ("collections", vec![collections, channel()]),
        ("teachers", vec![role(), on()]),
        ("managers", vec![role(), on()]),
        ("persona", vec![persona]),
        ("style", vec![style()]),
        ("language", vec![language()]),
    ]
    .into_iter()
    .map(|(name, options)| {
        option(SubCommand, name, &format!("setting-{name}")).set_sub_options(options)
    })
    .collect()
}

fn style() -> CreateCommandOption {
    let option = required(Text, "style", "option-style");
    Style::ALL.into_iter().fold(option, |option, style| {
        let text = format!("choice-style-{}", style.name());
        option.add_string_choice_localized(
            Locale::default().text(&text),
            style.name(),
            localized(&text),
        )
    })
}

fn privacy() -> CreateCommandOption {
    let option = required(Text, "what", "option-privacy");
    [
        ("show", "choice-privacy-show"),
        ("forget", "choice-privacy-forget"),
    ]
    .into_iter()
    .fold(option, |option, (what, text)| {
        option.add_string_choice_localized(Locale::default().text(text), what, localized(text))
    })
}

fn language() -> CreateCommandOption {
    let auto = "choice-language-auto";
    let option = required(Text, "language", "option-language").add_string_choice_localized(
        Locale::default().text(auto),
        AUTO,
        localized(auto),
    );
    Locale::all().into_iter().fold(option, |option, locale| {
        option.add_string_choice(locale.text("language-name"), locale.code())
    })
}

fn command(name: &str) -> CreateCommand {
    let text = format!("command-{name}");
    let command = CreateCommand::new(name)
        .description(Locale::default().text(&text))
        .contexts(vec![Guild, BotDm]);
    localized(&text).fold(command, |command, (tag, text)| {
        command.description_localized(tag, text)
    })
}

fn in_menu(menu: Menu) -> CreateCommand {
    let command = CreateCommand::new(Locale::default().text(menu.text()))
        .kind(CommandType::Message)
        .contexts(vec![Guild, BotDm]);
    localized(menu.text()).fold(command, |command, (tag, text)| {
        command.name_localized(tag, text)
    })
}

fn required(kind: CommandOptionType, name: &str, text: &str) -> CreateCommandOption {
    option(kind, name, text).required(true)
}

fn option(kind: CommandOptionType, name: &str, text: &str) -> CreateCommandOption {
    let option = CreateCommandOption::new(kind, name, Locale::default().text(text));
    localized(text).fold(option, |option, (tag, text)| {
        option.description_localized(tag, text)
    })
}

/// A text in every language but the default one, by the language's tag.
fn localized(text: &str) -> impl Iterator<Item = (String, String)> {
    Locale::others().map(move |locale| (locale.tag(), locale.text(text)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use stoa_chat::settings::Change;

    use super::*;

    /// The part of a list that has this name.
    fn named<'v>(list: &'v Value, name: &str) -> &'v Value {
        let mut parts = list.as_array().expect("a list").iter();
        parts
            .find(|part| part["name"] == name)
            .expect("it is there")
    }

    #[test]
    fn every_style_can_be_chosen_in_every_language() {
        let commands = serde_json::to_value(all()).expect("commands are JSON");
        let settings = &named(&commands, "settings")["options"];
        let style = named(&named(settings, "style")["options"], "style");
        assert_eq!(style["required"], true);
        let choices = style["choices"].as_array().expect("a list");
        assert_eq!(choices.len(), Style::ALL.len());
        assert_eq!(choices[0]["value"], "default");
        for choice in choices {
            let value = choice["value"].as_str().expect("a text");
            let change = Change::parse("5", &format!("style {value}"));
            assert!(matches!(change, Some(Change::Style(_))), "{value}");
            for locale in Locale::others() {
                let name = &choice["name_localizations"][locale.tag()];
                assert!(name.is_string() && *name != choice["name"], "{choice}");
            }
        }
        let chosen: Vec<&Value> = choices.iter().map(|choice| &choice["value"]).collect();
        assert_eq!(json!(chosen), json!(Style::ALL.map(Style::name)));
    }
}
