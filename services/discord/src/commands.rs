//! The bot's commands, as Discord shows them.

use serde_json::{Value, json};

/// Types of options.
const SUBCOMMAND: u8 = 1;
const STRING: u8 = 3;
const BOOLEAN: u8 = 5;
const CHANNEL: u8 = 7;
const ROLE: u8 = 8;
const ATTACHMENT: u8 = 11;

/// A command in the menu of messages.
const MESSAGE: u8 = 3;

/// Names of the commands in the menu of messages.
pub(crate) const ASK_ABOUT: &str = "Ask about this message";
pub(crate) const TEACH_THIS: &str = "Teach this to Stoa";

/// Every command.
pub(crate) fn all() -> Value {
    let question = || {
        option(
            STRING,
            "question",
            "What you want to know",
            "你想知道什么",
            json!({ "required": true, "max_length": 2_000 }),
        )
    };
    let document = || {
        option(
            STRING,
            "document",
            "The document, as /documents names it",
            "文档，即 /documents 列出的名称",
            json!({ "required": true, "autocomplete": true }),
        )
    };
    let channel = || {
        let only = "Only for this channel; otherwise for the one that you are in";
        option(
            CHANNEL,
            "channel",
            only,
            "所针对的频道，默认为当前频道",
            json!({}),
        )
    };
    let on = || {
        option(
            BOOLEAN,
            "on",
            "Whether it is so",
            "是否开启",
            json!({ "required": true }),
        )
    };
    let role = || {
        option(
            ROLE,
            "role",
            "The role",
            "身份组",
            json!({ "required": true }),
        )
    };
    let settings = vec![
        subcommand("show", "Show the settings", "显示设置", vec![]),
        subcommand(
            "answers",
            "Whether I answer in a channel",
            "是否在频道中回答",
            vec![on(), channel()],
        ),
        subcommand(
            "mention",
            "Whether I must be mentioned in a channel to answer",
            "在频道中是否需要提及才回答",
            vec![on(), channel()],
        ),
        subcommand(
            "threads",
            "Whether an answer to a mention opens a thread",
            "回答提及时是否新建子区",
            vec![on(), channel()],
        ),
        subcommand(
            "collections",
            "Which collections a channel sees; none for all of them",
            "频道可见的文档集，留空表示全部",
            vec![
                option(
                    STRING,
                    "names",
                    "Names, with commas between them",
                    "名称，用逗号分隔",
                    json!({ "autocomplete": true, "max_length": 500 }),
                ),
                channel(),
            ],
        ),
        subcommand(
            "teachers",
            "Who may teach and forget, beside those who manage the server",
            "除管理员外，谁可以教学和删除",
            vec![role(), on()],
        ),
        subcommand(
            "managers",
            "Who may change these settings, beside those who manage the server",
            "除管理员外，谁可以修改设置",
            vec![role(), on()],
        ),
        subcommand(
            "persona",
            "How I should speak; nothing to speak as I do",
            "说话的风格，留空则恢复默认",
            vec![option(
                STRING,
                "text",
                "Such as: You are the friendly assistant of Acme",
                "例如：你是某某公司友好的助手",
                json!({ "max_length": 1_000 }),
            )],
        ),
        subcommand(
            "language",
            "Which language my own texts are in",
            "界面语言",
            vec![option(
                STRING,
                "language",
                "The language",
                "语言",
                json!({ "required": true, "choices": [
                    { "name": "As each person has it", "value": "auto", "name_localizations": { "zh-CN": "跟随用户" } },
                    { "name": "English", "value": "en" },
                    { "name": "中文", "value": "zh" },
                ] }),
            )],
        ),
    ];
    json!([
        command(
            "ask",
            "Ask what the documents say",
            "提问",
            vec![question()]
        ),
        command(
            "search",
            "Show the passages that fit a question",
            "查找相关段落",
            vec![question()],
        ),
        command(
            "learn",
            "Teach me a file or a page",
            "学习文件或网页",
            vec![
                option(ATTACHMENT, "file", "A file", "文件", json!({})),
                option(
                    STRING,
                    "url",
                    "Address of a page",
                    "网址",
                    json!({ "max_length": 2_000 })
                ),
                option(
                    STRING,
                    "collection",
                    "The collection that it goes to",
                    "放入哪个文档集",
                    json!({ "autocomplete": true, "max_length": 100 })
                ),
            ],
        ),
        command("documents", "What I was taught", "已学习的文档", vec![]),
        command(
            "forget",
            "Forget a document",
            "忘记一个文档",
            vec![document()]
        ),
        command("reset", "Begin a new conversation", "开始新的对话", vec![]),
        command("usage", "What was used today", "今天的用量", vec![]),
        command(
            "unanswered",
            "Questions that I could not answer",
            "没能回答的问题",
            vec![]
        ),
        // Shown to everybody: which roles may use it besides those who manage the server is one of the settings.
        command(
            "settings",
            "Where and how I answer, and who may teach me",
            "设置",
            settings
        ),
        command("help", "What I can do", "帮助", vec![]),
        in_menu(ASK_ABOUT, "就这条消息提问"),
        in_menu(TEACH_THIS, "让 Stoa 学习这条消息"),
    ])
}

fn command(name: &str, description: &str, chinese: &str, options: Vec<Value>) -> Value {
    json!({
        "name": name,
        "type": 1,
        "description": description,
        "description_localizations": { "zh-CN": chinese },
        "options": options,
        // In servers and in direct messages with the bot.
        "contexts": [0, 1],
    })
}

fn in_menu(name: &str, chinese: &str) -> Value {
    json!({ "name": name, "type": MESSAGE, "name_localizations": { "zh-CN": chinese }, "contexts": [0, 1] })
}

fn subcommand(name: &str, description: &str, chinese: &str, options: Vec<Value>) -> Value {
    option(
        SUBCOMMAND,
        name,
        description,
        chinese,
        json!({ "options": options }),
    )
}

fn option(kind: u8, name: &str, description: &str, chinese: &str, more: Value) -> Value {
    let mut option = json!({
        "type": kind,
        "name": name,
        "description": description,
        "description_localizations": { "zh-CN": chinese },
    });
    if let (Value::Object(option), Value::Object(more)) = (&mut option, more) {
        option.extend(more);
    }
    option
}
