//! The commands that Telegram shows in its menu.

use stoa_chat::words::Language;
use teloxide_core::{Bot, payloads::SetMyCommandsSetters, prelude::Requester, types::BotCommand};

use crate::platform::refusal;

/// Commands, and what they do in English and in Chinese.
const COMMANDS: [(&str, &str, &str); 10] = [
    ("ask", "Ask a question", "提问"),
    (
        "search",
        "Show passages that fit a question",
        "查找相关段落",
    ),
    (
        "learn",
        "Teach me a file, a message or a page",
        "学习文件、消息或网页",
    ),
    ("documents", "What I was taught", "已学习的文档"),
    ("forget", "Forget a document", "忘记一个文档"),
    ("reset", "Begin a new conversation", "开始新的对话"),
    ("usage", "What was used today", "今天的用量"),
    (
        "unanswered",
        "Questions without an answer",
        "没能回答的问题",
    ),
    ("settings", "Where and how I answer", "设置"),
    ("help", "What I can do", "帮助"),
];

/// Publishes the menu in each language. The bot works without one, so a failure is only said.
pub(crate) async fn publish(bot: &Bot) {
    for (language, code) in [(Language::English, None), (Language::Chinese, Some("zh"))] {
        let commands = COMMANDS
            .map(|(name, english, chinese)| BotCommand::new(name, language.say(english, chinese)));
        let mut request = bot.set_my_commands(commands);
        if let Some(code) = code {
            request = request.language_code(code);
        }
        if let Err(error) = request.await {
            tracing::warn!(
                "the menu of commands was not published: {}",
                refusal(&error)
            );
        }
    }
}
