//! What a message asks for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use stoa_chat::{
    ANSWER_MARK, answer_source,
    command::{Attachment, Command, Source, is_question, question_about},
    settings::Change,
};
use teloxide_core::types::Message;

use super::{Intake, address::Addressed};
use crate::album::AlbumPart;

impl Intake {
    /// What a message asks for; `None` when it is not for the bot after all.
    pub(super) fn command(
        &self,
        message: &Message,
        addressed: &Addressed,
        part: AlbumPart,
        channel: &str,
    ) -> Option<Command> {
        let rest = addressed.rest.as_str();
        let Some(name) = &addressed.command else {
            return self.without_command(message, addressed, part);
        };
        let question = || self.question(message, rest);
        Some(match name.as_str() {
            "ask" => Command::Ask {
                question: question(),
            },
            "search" => Command::Search {
                question: question(),
            },
            "learn" => learn(sources(message, rest)),
            "documents" => Command::Documents,
            "forget" => Command::Forget {
                document: rest.to_owned(),
            },
            "stop" => Command::Stop,
            "reset" => Command::Reset,
            "usage" => Command::Usage,
            "privacy" if rest.trim().eq_ignore_ascii_case("forget") => Command::ForgetMe,
            "privacy" => Command::Privacy,
            "unanswered" => Command::Unanswered,
            "settings" if rest.is_empty() => Command::Settings(None),
            "settings" => match Change::parse(channel, rest) {
                Some(change) => Command::Settings(Some(change)),
                None => Command::InvalidSetting,
            },
            // Telegram sends `/start` when a chat begins, with what the link carried.
            "start" => linked(rest).map_or(Command::Welcome, |question| Command::Ask { question }),
            "help" => Command::Help,
            _ if message.chat.is_private() => Command::Help,
            // Another bot's command.
            _ => return None,
        })
    }

    fn without_command(
        &self,
        message: &Message,
        addressed: &Addressed,
        part: AlbumPart,
    ) -> Option<Command> {
        let rest = addressed.rest.as_str();
        let private = message.chat.is_private();
        if let Some(question) = self.taught(message) {
            return (!rest.is_empty()).then(|| learn(vec![answer_source(question, rest)]));
        }
        // Files, and what others wrote elsewhere, are given to be learned.
        let forwarded = message.forward_origin().is_some();
        if private && (forwarded || message.document().is_some()) {
            let mut sources = sources(message, "");
            if sources.is_empty() && !rest.is_empty() {
                sources.push(written(message, rest));
            }
            return Some(learn(sources));
        }
        let question = self.question(message, rest);
        match (question.is_empty(), private) {
            (false, _) => Some(Command::Ask { question }),
            // One more photo of an album, whose first has the words.
            (true, true) if part != AlbumPart::First => None,
            (true, true) => Some(Command::Welcome),
            (true, false) if addressed.mentioned => Some(Command::Welcome),
            // A sticker was sent in reply.
            (true, false) => None,
        }
    }

    /// A question that was sent with a file is about what is in it, and is asked after it.
    pub(super) fn question_about_file(
        &self,
        message: &Message,
        addressed: &Addressed,
        first: &Command,
    ) -> Option<Command> {
        let asks = matches!(first, Command::Learn { .. })
            && addressed.command.is_none()
            && message.forward_origin().is_none()
            && message.document().is_some()
            && is_question(&addressed.rest);
        asks.then(|| Command::Ask {
            question: self.question(message, &addressed.rest),
        })
    }

    /// The question, with the part of a message that it quotes, or else the message of somebody else that it replies to.
    fn question(&self, message: &Message, rest: &str) -> String {
        let quoted = message.quote().map(|quote| quote.text.as_str());
        let whole = || {
            let replied = self.replied(message)?;
            replied.text().or(replied.caption())
        };
        question_about(rest, quoted.or_else(whole).unwrap_or_default().trim())
    }

    /// The message of somebody else that one replies to.
    fn replied<'m>(&self, message: &'m Message) -> Option<&'m Message> {
        let replied = message.reply_to_message();
        replied.filter(|replied| !self.is_own(Some(replied)))
    }

    /// The files of a question, and of the message that it replies to.
    pub(super) fn attached(&self, message: &Message) -> Vec<Attachment> {
        let asked = std::iter::once(message).chain(self.replied(message));
        asked.filter_map(attachment).collect()
    }

    /// The question that a message answers, if it replies to the bot's request for an answer.
    fn taught<'m>(&self, message: &'m Message) -> Option<&'m str> {
        let asked = message.reply_to_message()?;
        let (_, question) = asked.text()?.strip_prefix(ANSWER_MARK)?.split_once('\n')?;
        self.is_own(Some(asked)).then_some(question.trim())
    }
}

fn learn(sources: Vec<Source>) -> Command {
    Command::Learn {
        sources,
        collection: None,
    }
}

/// The question that a link to the bot asks: t.me/<bot>?start=<base64url of the question>.
fn linked(payload: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let question = String::from_utf8(bytes).ok()?;
    // Links of other origin carry ids and campaigns in the same place, which may decode to anything.
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

/// The things to learn in a message, or in the one that it replies to.
fn sources(message: &Message, rest: &str) -> Vec<Source> {
    let mut sources: Vec<Source> = rest
        .split_whitespace()
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(|url| Source::Url(url.to_owned()))
        .collect();
    sources.extend(document(message));
    // What the message itself has comes first; only an empty `/learn` means the one that it replies to.
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

fn attachment(message: &Message) -> Option<Attachment> {
    let document = message.document()?;
    let Source::File { id, name, size } = self::document(message)? else {
        return None;
    };
    let media_type = document.mime_type.as_ref();
    Some(Attachment::new(
        id,
        name,
        size,
        media_type.map(AsRef::as_ref),
    ))
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
