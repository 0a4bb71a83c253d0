//! Messages that need no document: greetings, thanks, questions about the bot, and what is to be done with its last
//! answer.

use std::{collections::HashMap, sync::LazyLock};

/// Characters of a message that may be talk.
const LONGEST: usize = 120;

/// What a message is that asks nothing of the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Talk {
    /// What was asked or answered before.
    Recall,
    /// The last answer, shorter.
    Shorter,
    /// The last answer, longer.
    Longer,
    /// The last answer, simpler.
    Simpler,
    /// The last answer in another form.
    Form,
    /// The last answer in another language.
    Translate,
    /// What the bot is and does.
    About,
    Thanks,
    Farewell,
    Greeting,
}

impl Talk {
    /// Whether it is about the last answer.
    pub(crate) fn is_about_last(self) -> bool {
        self <= Self::Translate
    }
}

/// Phrases by their class; `None` is what may stand beside others.
static PHRASES: LazyLock<HashMap<&'static str, Option<Talk>>> = LazyLock::new(|| {
    // The class that stands highest wins where two have one phrase.
    classes()
        .rev()
        .flat_map(|(class, phrases)| {
            let talk = match class {
                "recall" => Some(Talk::Recall),
                "shorter" => Some(Talk::Shorter),
                "longer" => Some(Talk::Longer),
                "simpler" => Some(Talk::Simpler),
                "form" => Some(Talk::Form),
                "translate" => Some(Talk::Translate),
                "about" => Some(Talk::About),
                "thanks" => Some(Talk::Thanks),
                "farewell" => Some(Talk::Farewell),
                "greeting" => Some(Talk::Greeting),
                _ => None,
            };
            let known = talk.is_some() || class == "filler";
            phrases
                .filter(move |_| known)
                .map(move |phrase| (phrase, talk))
        })
        .collect()
});

static UNKNOWN: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    classes()
        .filter(|(class, _)| *class == "unknown")
        .flat_map(|(_, phrases)| phrases)
        .collect()
});

fn classes() -> impl DoubleEndedIterator<Item = (&'static str, impl Iterator<Item = &'static str>)>
{
    include_str!("talk.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .map(|(class, phrases)| (class, phrases.split(" | ").map(str::trim)))
}

/// What a message is, when it is made of talk and nothing else.
pub(crate) fn talk(message: &str) -> Option<Talk> {
    if message.chars().count() > LONGEST {
        return None;
    }
    // Cut into known phrases without a rest, by dynamic programming: "hi, thanks, who are you" is talk, and "thanks,
    // how do I reset it" has a word that no phrase has.
    let words = spoken(message);
    // From each place to the end: how few phrases it takes, and what they are together.
    let mut best: Vec<Option<(usize, Option<Talk>)>> = vec![None; words.len() + 1];
    best[words.len()] = Some((0, None));
    for from in (0..words.len()).rev() {
        let mut phrase = String::new();
        for to in from..words.len() {
            if !(phrase.is_empty() || is_wide(&words[to]) && is_wide(&words[to - 1])) {
                phrase.push(' ');
            }
            phrase.push_str(&words[to]);
            let (Some(class), Some((count, rest))) = (PHRASES.get(phrase.as_str()), best[to + 1])
            else {
                continue;
            };
            let whole = (count + 1, [*class, rest].into_iter().flatten().min());
            // A way that means something before one of fillers alone, then the one with the longest phrases.
            let rank = |(count, talk): (usize, Option<Talk>)| (talk.is_none(), count, talk);
            if best[from].is_none_or(|known| rank(whole) < rank(known)) {
                best[from] = Some(whole);
            }
        }
    }
    best[0].and_then(|(_, talk)| talk)
}

/// Whether a sentence says that there is no answer.
pub(crate) fn gives_up(sentence: &str) -> bool {
    let words = spoken(sentence);
    let mut said = String::new();
    for word in &words {
        let wide = is_wide(word) && said.chars().next_back().is_some_and(|c| !c.is_ascii());
        if !said.is_empty() && !wide {
            said.push(' ');
        }
        said.push_str(word);
    }
    // At its beginning only: "… so users don't know where to find it" is an answer.
    UNKNOWN.iter().any(|phrase| said.starts_with(phrase))
}

/// Words as they are spoken: lower case, no marks; each character of a script without spaces is one.
fn spoken(message: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = String::new();
    for c in message.chars() {
        // Phones write don’t with a typographic apostrophe.
        let c = if c == '\u{2019}' { '\'' } else { c };
        let unspaced = stoa_language::script::is_unspaced(c);
        if unspaced || !(c.is_alphanumeric() || c == '\'') {
            words.extend((!open.is_empty()).then(|| std::mem::take(&mut open)));
        }
        if unspaced {
            words.push(c.to_string());
        } else if c.is_alphanumeric() || c == '\'' {
            open.extend(c.to_lowercase());
        }
    }
    words.extend((!open.is_empty()).then_some(open));
    words
}

fn is_wide(word: &str) -> bool {
    word.chars().all(stoa_language::script::is_unspaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn talk_is_told_from_questions() {
        for (message, class) in [
            ("hello!", Talk::Greeting),
            ("Hi there 👋", Talk::Greeting),
            ("thanks, that helped!", Talk::Thanks),
            ("Thank you so much!!", Talk::Thanks),
            ("what can you do?", Talk::About),
            ("Hi, who are you?", Talk::About),
            ("make it shorter please", Talk::Shorter),
            ("in Chinese, please", Talk::Translate),
            ("translate that", Talk::Translate),
            ("你好", Talk::Greeting),
            ("谢谢你！", Talk::Thanks),
            ("请问你能做什么？", Talk::About),
            ("用中文回答", Talk::Translate),
            ("Guten Morgen!", Talk::Greeting),
            ("merci beaucoup", Talk::Thanks),
        ] {
            assert_eq!(talk(message), Some(class), "{message}");
        }
        for message in [
            "What happens to unused vacation days?",
            "hello world in rust",
            "who is the manager?",
            "thanks to whom did the club win?",
            "what can you do with a day pass?",
            "怎么避免过拟合",
            "你好是什么意思",
            "help desk hours",
            "",
        ] {
            assert_eq!(talk(message), None, "{message}");
        }
    }

    #[test]
    fn giving_up_is_recognised_in_many_languages() {
        for sentence in [
            "I don't know.",
            "I don’t know: the sources do not say.",
            "我不知道。",
            "Ich weiß es nicht.",
        ] {
            assert!(gives_up(sentence), "{sentence}");
        }
        assert!(!gives_up("Nobody knows the code but the manager."));
    }
}
