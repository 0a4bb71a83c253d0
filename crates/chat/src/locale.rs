//! What the bot itself says, in the languages it speaks.

use serde::{Deserialize, Serialize};
use stoa_proto::ingestion::{Job, JobState, Stage};

/// A language of the interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese, simplified.
    Chinese,
}

impl Language {
    /// The language of a locale such as `zh-CN`; English for those that are not spoken.
    pub fn of_locale(locale: &str) -> Self {
        match locale.split(['-', '_']).next() {
            Some(code) if code.eq_ignore_ascii_case("zh") => Self::Chinese,
            _ => Self::English,
        }
    }

    /// The language that a text is written in, where nothing else says what a person reads.
    pub fn of_text(text: &str) -> Self {
        let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        // Japanese and Korean, which are written with Chinese characters too.
        let is_other = |c: char| {
            ('\u{3040}'..='\u{30ff}').contains(&c) || ('\u{ac00}'..='\u{d7af}').contains(&c)
        };
        if text.chars().any(is_han) && !text.chars().any(is_other) {
            Self::Chinese
        } else {
            Self::English
        }
    }

    /// Chooses between the same words in English and in Chinese.
    pub fn say<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    pub(crate) fn abstained(self) -> &'static str {
        self.say("The documents don't say.", "文档里没有提到。")
    }

    pub(crate) fn closest(self) -> &'static str {
        self.say("The closest that I found:", "找到的最相近的内容：")
    }

    pub(crate) fn cancelled(self) -> &'static str {
        self.say("(stopped)", "（已停止）")
    }

    pub(crate) fn failed(self, reason: &str) -> String {
        match self {
            Self::English => format!("I could not answer: {reason}"),
            Self::Chinese => format!("无法回答：{reason}"),
        }
    }

    pub(crate) fn page(self, page: u32) -> String {
        match self {
            Self::English => format!("p. {page}"),
            Self::Chinese => format!("第 {page} 页"),
        }
    }

    pub(crate) fn stage(self, stage: Stage) -> &'static str {
        match stage {
            Stage::Unspecified => self.say("waiting", "等待中"),
            Stage::Fetch => self.say("fetching", "获取"),
            Stage::Parse => self.say("reading", "解析"),
            Stage::Chunk => self.say("splitting", "切分"),
            Stage::Embed => self.say("embedding", "向量化"),
            Stage::Index => self.say("indexing", "索引"),
        }
    }

    /// One line on a job.
    pub(crate) fn job(self, job: &Job) -> String {
        let english = self == Self::English;
        let reason = job.error.as_ref().map_or("", |error| error.reason.as_str());
        match job.state() {
            JobState::Succeeded if job.unchanged => self
                .say("known already, nothing to do", "内容没有变化")
                .to_owned(),
            JobState::Succeeded if english => format!(
                "learned: {}, {}",
                plural(job.pages, "page"),
                plural(job.passages, "passage")
            ),
            JobState::Succeeded => format!("学习完成：{} 页，{} 段", job.pages, job.passages),
            JobState::Failed if english => format!("failed: {reason}"),
            JobState::Failed => format!("失败：{reason}"),
            JobState::Cancelled => self.say("cancelled", "已取消").to_owned(),
            JobState::Unspecified | JobState::Queued | JobState::Running => {
                let stage = self.stage(job.stage());
                let progress = if job.total > 0 {
                    format!(" {}/{}", job.done, job.total)
                } else {
                    String::new()
                };
                let again = if reason.is_empty() {
                    String::new()
                } else {
                    format!(" ({reason})")
                };
                format!("{stage}{progress}…{again}")
            }
        }
    }

    pub(crate) fn help(self) -> &'static str {
        self.say(
            "Ask me anything that the documents here say. I answer with the passages that I rest on, or say that I don't know.\n\n\
             - /ask – ask a question\n\
             - /search – show the passages that fit a question\n\
             - /learn – teach me an attached file, the message you reply to, or the address of a page\n\
             - /documents – what I was taught\n\
             - /forget – forget a document\n\
             - /reset – begin a new conversation\n\
             - /usage – what was used today\n\
             - /unanswered – questions that I could not answer\n\
             - /settings – where and how I answer, for admins",
            "可以问我这里的文档中的任何内容。我会给出依据的原文，找不到就说不知道。\n\n\
             - /ask – 提问\n\
             - /search – 查找相关段落\n\
             - /learn – 学习附件、所回复的消息或网页\n\
             - /documents – 已学习的文档\n\
             - /forget – 忘记一个文档\n\
             - /reset – 开始新的对话\n\
             - /usage – 今天的用量\n\
             - /unanswered – 没能回答的问题\n\
             - /settings – 设置（管理员）",
        )
    }

    pub(crate) fn admins_only(self) -> &'static str {
        self.say(
            "Only admins can do that here. Ask one of them.",
            "只有管理员可以这样做，请联系管理员。",
        )
    }

    pub(crate) fn nothing_asked(self) -> &'static str {
        self.say(
            "What is your question? Write it after the command, as in: /ask How do I reset my password?",
            "请在命令后写出问题，例如：/ask 如何重置密码？",
        )
    }

    pub(crate) fn nothing_to_learn(self) -> &'static str {
        self.say(
            "What should I learn? Send a file with /learn as its text, reply to one with /learn, or write the address of a page after it.",
            "要学习什么？发送文件并附上 /learn，或用 /learn 回复文件，或在后面写网址。",
        )
    }

    pub(crate) fn too_large(self, limit: u64) -> String {
        let limit = limit >> 20;
        match self {
            Self::English => format!(
                "the file is larger than the {limit} MB that bots get here: send it in parts, or give an address to /learn"
            ),
            Self::Chinese => {
                format!("文件超过 {limit} MB，机器人无法下载：请拆分，或用 /learn 给出网址")
            }
        }
    }

    pub(crate) fn no_documents(self) -> &'static str {
        self.say(
            "I was not taught anything here yet. Send me a file with /learn.",
            "还没有学习任何文档。发送文件并附上 /learn 即可。",
        )
    }

    pub(crate) fn forgotten(self, document: &str) -> String {
        match self {
            Self::English => format!("Forgotten: {document}"),
            Self::Chinese => format!("已忘记：{document}"),
        }
    }

    pub(crate) fn no_such_document(self, document: &str) -> String {
        match self {
            Self::English => {
                format!("There is no document called {document}. /documents lists them.")
            }
            Self::Chinese => format!("没有名为 {document} 的文档。/documents 可列出全部。"),
        }
    }

    pub(crate) fn reset(self, turns: u32) -> String {
        match self {
            Self::English if turns == 0 => "There is nothing to forget: ask away.".to_owned(),
            Self::English => format!("Forgotten {}. Ask away.", plural(turns, "question")),
            Self::Chinese => "已开始新的对话。".to_owned(),
        }
    }

    pub(crate) fn nothing_to_stop(self) -> &'static str {
        self.say("Nothing is being written.", "当前没有正在生成的回答。")
    }

    pub(crate) fn nothing_found(self) -> &'static str {
        self.say("Nothing fits.", "没有找到相关内容。")
    }

    pub(crate) fn nothing_unanswered(self) -> &'static str {
        self.say("Every question had an answer.", "所有问题都有答案。")
    }

    pub(crate) fn trouble(self) -> &'static str {
        self.say(
            "Something is not working at the moment. Nothing is lost: try again in a minute.",
            "暂时无法处理，请稍后再试。",
        )
    }

    pub(crate) fn answer_it(self, number: usize) -> String {
        match self {
            Self::English => format!("Answer {number}"),
            Self::Chinese => format!("回答 {number}"),
        }
    }

    pub(crate) fn teach_prompt(self) -> &'static str {
        self.say(
            "Reply to this message with the answer, and I learn it:",
            "请回复这条消息写出答案，我会记住：",
        )
    }

    pub(crate) fn settled(self) -> &'static str {
        self.say("Done.", "已设置。")
    }

    pub(crate) fn too_much(self) -> &'static str {
        self.say(
            "That is more than I can keep: fewer or shorter, please.",
            "内容太多，请减少或缩短。",
        )
    }

    pub(crate) fn settings_help(self) -> &'static str {
        self.say(
            "To change them here:\n\n\
             - `/settings answers on` or `off` – once I am told where to answer, I answer nowhere else\n\
             - `/settings mention off` – answer every message\n\
             - `/settings collections faq, manual` – which documents are seen here; none for all\n\
             - `/settings persona You are …` – how I speak\n\
             - `/settings language en`, `zh` or `auto`",
            "修改方法：\n\n\
             - `/settings answers on` 或 `off` – 一旦指定了回答的地方，其他地方不再回答\n\
             - `/settings mention off` – 回答每条消息\n\
             - `/settings collections faq, 手册` – 这里可见的文档集，留空表示全部\n\
             - `/settings persona 你是……` – 说话的风格\n\
             - `/settings language en`、`zh` 或 `auto`",
        )
    }

    pub(crate) fn budget_reached(self, everybody: bool) -> &'static str {
        if everybody {
            self.say(
                "That is all that can be asked here today. I go on at midnight (UTC).",
                "今天这里的用量已用完，零点（UTC）后继续。",
            )
        } else {
            self.say(
                "That is all that you can ask today. I go on at midnight (UTC); /usage shows what was used.",
                "你今天的用量已用完，零点（UTC）后继续。/usage 可查看用量。",
            )
        }
    }

    pub(crate) fn used(self, everybody: bool, questions: &str, tokens: &str) -> String {
        match (self, everybody) {
            (Self::English, false) => format!("You, today: {questions} questions, {tokens} tokens"),
            (Self::English, true) => {
                format!("Everybody here: {questions} questions, {tokens} tokens")
            }
            (Self::Chinese, false) => format!("你今天：{questions} 个问题，{tokens} 个 token"),
            (Self::Chinese, true) => format!("这里所有人：{questions} 个问题，{tokens} 个 token"),
        }
    }

    pub(crate) fn no_sources(self) -> &'static str {
        self.say("This answer cites nothing.", "这个回答没有引用。")
    }
}

fn plural(count: u32, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_are_languages() {
        for (locale, language) in [
            ("zh", Language::Chinese),
            ("zh-TW", Language::Chinese),
            ("ZH_hans", Language::Chinese),
            ("en-GB", Language::English),
            ("de", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn a_text_says_what_its_writer_reads() {
        for (text, language) in [
            ("什么是过拟合？", Language::Chinese),
            ("overfitting 是什么", Language::Chinese),
            ("What is overfitting?", Language::English),
            ("過学習とは何ですか", Language::English),
            ("과적합(過適合)이란?", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_text(text), language, "{text}");
        }
    }
}
