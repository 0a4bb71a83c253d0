//! What people ask of the bot, whatever the platform.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use stoa_inbox::Event;
use stoa_proto::MAX_QUESTION_BYTES;
use uuid::Uuid;

use crate::{locale::Locale, settings::Change};

/// Namespace of turns that begin with a platform's event. It never changes: turns are stored under ids that follow from
/// it, and buttons in chats carry them.
const TURNS: Uuid = Uuid::from_u128(0x8c1f_5f0e_6f7a_4f0b_9d57_3b1d_5c7a_2e41);

/// A question that is edited later than this was answered long ago.
pub const EDITABLE: Duration = Duration::from_secs(600);

/// Names of files that are text end so, where the platform does not say what they are.
const TEXT_ENDINGS: [&str; 8] = ["txt", "md", "log", "csv", "json", "yaml", "yml", "toml"];

/// Something a person asked of the bot, and where the reply goes. The aliases read what an older version left in the
/// inbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Incoming<P> {
    /// Where the reply goes.
    pub place: P,
    /// The channel or topic, as settings name it.
    pub channel: String,
    /// Conversation in which a question is asked; may differ from the one whose order the event keeps.
    pub conversation: String,
    /// Who asked.
    pub person: Person,
    /// What they asked for.
    #[serde(alias = "action")]
    pub command: Command,
    /// Files that came with a question, and are not to be learned.
    #[serde(default)]
    pub attached: Vec<Attachment>,
}

/// A file beside a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// What the platform calls it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size in bytes, as far as the platform knows.
    pub size: u64,
    /// It is plain text, by its media type or its name.
    pub is_text: bool,
}

impl Attachment {
    /// A file, by its media type where the platform knows one, and by its name otherwise.
    pub fn new(id: String, name: String, size: u64, media_type: Option<&str>) -> Self {
        let is_text = match media_type {
            Some(media_type) => {
                media_type.starts_with("text/") || media_type.starts_with("application/json")
            }
            // Discord gives no type for endings that it does not know.
            None => {
                let ending = name
                    .rsplit_once('.')
                    .map(|(_, ending)| ending.to_lowercase());
                ending.is_some_and(|ending| TEXT_ENDINGS.contains(&ending.as_str()))
            }
        };
        Self {
            id,
            name,
            size,
            is_text,
        }
    }
}

/// A member of a chat.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Person {
    /// Their id on the platform, with the platform's name before it.
    pub id: String,
    /// The language they read.
    #[serde(alias = "language")]
    pub locale: Locale,
    /// Their roles in the space.
    pub roles: Vec<String>,
    /// They administer the space; `None` where the platform has to be asked.
    pub admin: Option<bool>,
}

/// What a person asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// An answer to a question.
    Ask {
        /// The question.
        question: String,
    },
    /// An answer to a question that was edited.
    Reask {
        /// The question as it is now.
        question: String,
        /// The turn of the question as it was.
        original: Uuid,
    },
    /// Matching passages, without an answer.
    Search {
        /// The query.
        question: String,
    },
    /// To learn documents.
    Learn {
        /// The documents.
        sources: Vec<Source>,
        /// The collection they go to; the channel's when it is not given.
        collection: Option<String>,
    },
    /// The list of documents.
    Documents,
    /// To forget a document.
    Forget {
        /// Its name or id.
        document: String,
    },
    /// To stop the answer that is being written in the conversation.
    Stop,
    /// To forget the conversation.
    Reset,
    /// What was used today.
    Usage,
    /// To know what is kept of the person.
    Privacy,
    /// To have it removed.
    ForgetMe,
    /// The questions that got no answer.
    Unanswered,
    /// To see the settings, or to change one.
    Settings(Option<Change>),
    /// A change of settings that could not be parsed.
    #[serde(alias = "Misread")]
    InvalidSetting,
    /// What the bot can do.
    Help,
    /// How to ask it something: the person only called it.
    Welcome,
    /// What was asked cannot be taken: so much of the person's is waiting already.
    NoRoom,
    /// To report why an answer did not help.
    Complain {
        /// The turn.
        turn: Uuid,
        /// Why.
        reason: String,
    },
    /// To teach the answer to a question that had none.
    Teach {
        /// The turn of the question.
        turn: Uuid,
        /// The answer.
        answer: String,
    },
    /// What a button does.
    #[serde(alias = "Press")]
    Button(ButtonAction),
}

/// Something to learn from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// A file that the platform keeps.
    File {
        /// What the platform calls it.
        id: String,
        /// Its name.
        name: String,
        /// Its size in bytes, as far as the platform knows.
        size: u64,
    },
    /// A page.
    Url(String),
    /// A message from the chat.
    Text {
        /// The name to learn it under.
        name: String,
        /// What it says.
        text: String,
    },
}

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ButtonAction {
    /// Shows the passages that an answer cites.
    Sources(Uuid),
    /// The answer helped.
    Up(Uuid),
    /// The answer did not help.
    Down(Uuid),
    /// Asks the question of a turn again.
    Again(Uuid),
    /// Stops a turn.
    Stop(Uuid),
    /// Retries a job.
    Retry(Uuid),
    /// Offers to answer the question of a turn.
    Teach(Uuid),
}

impl ButtonAction {
    /// The action as the few bytes that platforms keep with a button.
    pub fn encode(self) -> String {
        let (kind, id) = match self {
            Self::Sources(id) => ('s', id),
            Self::Up(id) => ('u', id),
            Self::Down(id) => ('d', id),
            Self::Again(id) => ('a', id),
            Self::Stop(id) => ('x', id),
            Self::Retry(id) => ('r', id),
            Self::Teach(id) => ('t', id),
        };
        format!("{kind}{}", id.simple())
    }

    /// Reads an action; `None` for a button that is not the bot's, or of an older version.
    pub fn decode(data: &str) -> Option<Self> {
        // Platforms send back whatever a button carried, also one that an older version put under a message; that
        // button is ignored rather than misread.
        let kind = data.chars().next()?;
        let id = Uuid::try_parse(data.get(1..)?).ok()?;
        Some(match kind {
            's' => Self::Sources(id),
            'u' => Self::Up(id),
            'd' => Self::Down(id),
            'a' => Self::Again(id),
            'x' => Self::Stop(id),
            'r' => Self::Retry(id),
            't' => Self::Teach(id),
            _ => return None,
        })
    }

    /// The conversation in whose order it is handled. A button works while the answer above it is still being written;
    /// only a new answer waits for its turn.
    pub fn conversation(self, asked_in: &str) -> String {
        match self {
            Self::Again(_) => asked_in.to_owned(),
            _ => beside(asked_in),
        }
    }
}

/// A conversation beside another one, for what must not wait for the answers in it.
pub fn beside(conversation: &str) -> String {
    format!("{conversation}:buttons")
}

/// The id of one of several commands in a message, by the message's id and how many come before it.
pub fn event_id(message: &str, number: usize) -> String {
    match number {
        0 => message.to_owned(),
        // The first keeps the plain id: turns that were stored when a message held one command are found again under
        // it.
        number => format!("{message}:{number}"),
    }
}

/// A question, with the message of somebody else that it is about, within the limit of a question.
pub fn question_about(words: &str, about: &str) -> String {
    let question = match (words.is_empty(), about.is_empty()) {
        (_, true) => words.to_owned(),
        (true, false) => about.to_owned(),
        (false, false) => format!("{words}\n\n{about}"),
    };
    within_limit(question)
}

/// A question cut to what generation takes.
pub(crate) fn within_limit(mut question: String) -> String {
    // Cut and not refused: a person is not to blame for how long the message is that they asked about.
    question.truncate(question.floor_char_boundary(MAX_QUESTION_BYTES));
    question
}

/// Whether the text that comes with a file is a question about it.
pub fn is_question(text: &str) -> bool {
    text.contains(['?', '？'])
}

/// What becomes of a question that was edited, at a time in seconds since 1970: the answer to what it was is stopped, and
/// the new one takes its place. `events` are those of the message as it is now; none when it asks for no answer.
pub fn edited<P: Clone>(
    platform: &str,
    events: Vec<Event<Incoming<P>>>,
    edited_at: i64,
) -> Vec<Event<Incoming<P>>> {
    // The last one, as its id counts the commands before it: a message that was one question has the plain id, as
    // before the edit.
    let asked = events.into_iter().rev().find_map(|event| {
        let question = match &event.body.command {
            Command::Ask { question } => question.clone(),
            _ => return None,
        };
        Some((event, question))
    });
    let Some((mut again, question)) = asked else {
        return Vec::new();
    };
    let original = turn_id(platform, &again.id);
    let stopping = ButtonAction::Stop(original);
    let mut stop = again.clone();
    // With the time of the edit, as each edit is an event of its own while a redelivery of the same edit is not.
    again.id = format!("{}:{edited_at}", again.id);
    again.body.command = Command::Reask { question, original };
    stop.id = format!("{}:stop", again.id);
    stop.conversation = stopping.conversation(&stop.body.conversation);
    stop.body.command = Command::Button(stopping);
    // In this order, though they wait in different conversations: the old answer is stopped before the new one needs its
    // messages.
    vec![stop, again]
}

/// The turn that an event begins: the same whenever the event is redelivered.
pub fn turn_id(platform: &str, event: &str) -> Uuid {
    Uuid::new_v5(&TURNS, format!("{platform}:{event}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_text_by_its_type_or_else_by_its_name() {
        for (name, media_type, is_text) in [
            ("message.txt", Some("text/plain; charset=utf-8"), true),
            ("panel", Some("text/x-log"), true),
            ("answer.json", Some("application/json"), true),
            ("photo.txt", Some("image/png"), false),
            ("Panel.LOG", None, true),
            ("manual.pdf", None, false),
            ("txt", None, false),
        ] {
            let file = Attachment::new("1".to_owned(), name.to_owned(), 9, media_type);
            assert_eq!(file.is_text, is_text, "{name}");
        }
    }

    #[test]
    fn what_an_older_version_left_is_read() {
        let left = r#"{"place":1,"channel":"5","conversation":"c","person":{"id":"p","language":"English",
            "roles":[],"admin":null},"action":"Help"}"#;
        let read: Incoming<u64> = serde_json::from_str(left).expect("it is read");
        assert!(matches!(read.command, Command::Help) && read.attached.is_empty());
    }

    #[test]
    fn buttons_survive_the_platform() {
        let id = turn_id("telegram", "1:2");
        for action in [
            ButtonAction::Sources(id),
            ButtonAction::Up(id),
            ButtonAction::Down(id),
            ButtonAction::Again(id),
            ButtonAction::Stop(id),
            ButtonAction::Retry(id),
            ButtonAction::Teach(id),
        ] {
            let data = action.encode();
            assert!(data.len() <= 64, "Telegram keeps 64 bytes");
            assert_eq!(ButtonAction::decode(&data), Some(action));
        }
        for other in ["", "s", "z0123", "sé", "s0123456789"] {
            assert_eq!(ButtonAction::decode(other), None, "{other}");
        }
    }
}
