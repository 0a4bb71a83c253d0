//! What people do in a chat, whatever the platform.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{settings::Change, words::Language};

/// Namespace of turns that begin with a platform's event.
const TURNS: Uuid = Uuid::from_u128(0x8c1f_5f0e_6f7a_4f0b_9d57_3b1d_5c7a_2e41);

/// Something a person did, and where the reply goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Said<P> {
    /// Where the reply goes.
    pub place: P,
    /// The channel or topic that it was done in, as settings name it.
    pub channel: String,
    /// Conversation in which a question is asked; may differ from the one whose order the event keeps.
    pub conversation: String,
    /// Who did it.
    pub person: Person,
    /// What they did.
    pub action: Action,
}

/// Who did something.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Person {
    /// Their id on the platform, with the platform's name before it.
    pub id: String,
    /// What they read.
    pub language: Language,
    /// Roles that they have where they did it.
    pub roles: Vec<String>,
    /// They may change what everybody there sees; not known where the platform has to be asked.
    pub admin: Option<bool>,
}

/// What a person did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Action {
    /// Asked a question.
    Ask {
        /// The question.
        question: String,
    },
    /// Changed a question that was asked.
    Reask {
        /// The question as it is now.
        question: String,
        /// The turn of the question as it was.
        original: Uuid,
    },
    /// Asked for what the documents say, without an answer made of it.
    Search {
        /// The question.
        question: String,
    },
    /// Gave documents to learn.
    Learn {
        /// What they gave.
        sources: Vec<Source>,
        /// The collection that it goes to; that of the channel when it is not said.
        collection: Option<String>,
    },
    /// Asked what was taught.
    Documents,
    /// Wants a document forgotten.
    Forget {
        /// Its name or id.
        document: String,
    },
    /// Wants the answer stopped that is being written in the conversation.
    Stop,
    /// Wants the conversation forgotten.
    Reset,
    /// Asked what was used.
    Usage,
    /// Asked which questions got no answer.
    Unanswered,
    /// Wants to see the settings, or to change one.
    Settings(Option<Change>),
    /// Wrote a change of settings that is none.
    Misread,
    /// Asked what the bot can do.
    Help,
    /// Said why an answer did not help.
    Complain {
        /// The turn.
        turn: Uuid,
        /// Why.
        reason: String,
    },
    /// Gave the answer to a question that had none.
    Teach {
        /// The turn of the question.
        turn: Uuid,
        /// The answer.
        answer: String,
    },
    /// Pressed a button.
    Press(Press),
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
    /// Words that somebody wrote in the chat.
    Text {
        /// The name to learn them under.
        name: String,
        /// The words.
        text: String,
    },
}

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Press {
    /// Shows what an answer rests on.
    Sources(Uuid),
    /// The answer helped.
    Up(Uuid),
    /// The answer did not help.
    Down(Uuid),
    /// Asks the question of a turn again.
    Again(Uuid),
    /// Stops a turn.
    Stop(Uuid),
    /// Tries a job again.
    Retry(Uuid),
    /// Wants to answer the question of a turn.
    Teach(Uuid),
}

impl Press {
    /// The button as the few bytes that platforms keep with it.
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

    /// Reads a button; `None` for what is none of ours.
    pub fn decode(data: &str) -> Option<Self> {
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
}

/// The id of what a message wants, by the message's own and how many come before it of the same message.
pub fn event_id(message: &str, number: usize) -> String {
    match number {
        0 => message.to_owned(),
        number => format!("{message}:{number}"),
    }
}

/// Whether words that are sent with a file are a question about it.
pub fn is_question(words: &str) -> bool {
    words.contains(['?', '？'])
}

/// The turn that an event begins: the same whenever the event comes again.
pub fn turn_id(platform: &str, event: &str) -> Uuid {
    Uuid::new_v5(&TURNS, format!("{platform}:{event}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_survive_the_platform() {
        let id = turn_id("telegram", "1:2");
        for press in [
            Press::Sources(id),
            Press::Up(id),
            Press::Down(id),
            Press::Again(id),
            Press::Stop(id),
            Press::Retry(id),
            Press::Teach(id),
        ] {
            let data = press.encode();
            assert!(data.len() <= 64, "Telegram keeps 64 bytes");
            assert_eq!(Press::decode(&data), Some(press));
        }
        for other in ["", "s", "z0123", "sé", "s0123456789"] {
            assert_eq!(Press::decode(other), None, "{other}");
        }
    }
}
