//! The commands that Telegram shows in its menu.

use stoa_chat::words::Language;
use teloxide_core::{
    Bot,
    payloads::SetMyCommandsSetters,
    prelude::Requester,
    types::{BotCommand, BotCommandScope},
};

use crate::platform::refusal;

/// A command, and what it does in English and in Chinese.
struct Command {
    name: &'static str,
    english: &'static str,
    chinese: &'static str,
    /// In a group only its admins may.
    managed: bool,
}

const fn command(
    name: &'static str,
    english: &'static str,
    chinese: &'static str,
    managed: bool,
) -> Command {
    Command {
        name,
        english,
        chinese,
        managed,
    }
}

const COMMANDS: [Command; 11] = [
    command("ask", "Ask a question", "提问", false),
    command(
        "search",
        "Show passages that fit a question",
        "查找相关段落",
        false,
    ),
    command(
        "learn",
        "Teach me a file, a message or a page",
        "学习文件、消息或网页",
        true,
    ),
    command("documents", "What I was taught", "已学习的文档", false),
    command("forget", "Forget a document", "忘记一个文档", true),
    command("stop", "Stop the answer", "停止回答", false),
    command("reset", "Begin a new conversation", "开始新的对话", false),
    command("usage", "What was used today", "今天的用量", false),
    command(
        "unanswered",
        "Questions without an answer",
        "没能回答的问题",
        true,
    ),
    command("settings", "Where and how I answer", "设置", true),
    command("help", "What I can do", "帮助", false),
];

/// Publishes the menu for each kind of chat in each language. The bot works without one, so a failure is only said.
pub(crate) async fn publish(bot: &Bot) {
    let scopes = [
        (BotCommandScope::Default, true),
        (BotCommandScope::AllPrivateChats, true),
        (BotCommandScope::AllGroupChats, false),
        (BotCommandScope::AllChatAdministrators, true),
    ];
    for (scope, may_manage) in scopes {
        for (language, code) in [(Language::English, None), (Language::Chinese, Some("zh"))] {
            let commands: Vec<BotCommand> = COMMANDS
                .iter()
                .filter(|command| may_manage || !command.managed)
                .map(|command| {
                    let what = language.say(command.english, command.chinese);
                    BotCommand::new(command.name, what)
                })
                .collect();
            let mut request = bot.set_my_commands(commands).scope(scope.clone());
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
}
