//! Words that Stoa itself says in an answer.

use std::{collections::HashMap, sync::LazyLock};

use stoa_language::Language;

type Block = HashMap<&'static str, &'static str>;

static BLOCKS: LazyLock<HashMap<&'static str, Block>> = LazyLock::new(|| {
    let blocks = include_str!("phrases.txt").split("language: ").skip(1);
    blocks
        .filter_map(|block| {
            let (code, lines) = block.split_once('\n')?;
            // A separator ends in a space that means something.
            let entries = lines.lines().filter_map(|line| line.split_once(": "));
            Some((code, entries.collect()))
        })
        .collect()
});

/// Stoa's words in one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phrases(&'static str);

impl Phrases {
    /// In the language of a text, or in English where Stoa does not speak it.
    pub(crate) fn for_text(text: &str) -> Self {
        let code = Language::of(text).code();
        Self(
            BLOCKS
                .keys()
                .find(|known| **known == code)
                .copied()
                .unwrap_or("eng"),
        )
    }

    /// A phrase by its name.
    pub(crate) fn say(self, name: &str) -> &'static str {
        let of = |code: &str| BLOCKS.get(code).and_then(|block| block.get(name));
        of(self.0)
            .or_else(|| of("eng"))
            .copied()
            .unwrap_or_default()
    }

    /// A phrase with what belongs in it.
    pub(crate) fn say_with(self, name: &str, what: &str) -> String {
        self.say(name).replace("{}", what)
    }

    /// Says that the documents do not answer, and where to look.
    pub(crate) fn abstention(self, pointers: &[String]) -> String {
        let unknown = self.say("unknown");
        if pointers.is_empty() {
            return unknown.to_owned();
        }
        let list = pointers.join(self.say("separator"));
        format!("{unknown}\n\n{}{list}", self.say("closest"))
    }

    /// Where a passage is, for a person.
    pub(crate) fn pointer(self, title: &str, page: u32, heading: Option<&String>) -> String {
        let page = match page {
            0 => String::new(),
            page => self.say_with("page", &page.to_string()),
        };
        match heading.filter(|heading| heading.as_str() != title) {
            Some(heading) => format!("{title} › {heading}{page}"),
            None => format!("{title}{page}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_phrase() {
        let english = &BLOCKS["eng"];
        for (code, block) in BLOCKS.iter() {
            assert!(Language::from_code(code).code() == *code, "{code}");
            for name in english.keys() {
                assert!(block.contains_key(name), "{code} says nothing for {name}");
            }
        }
    }

    #[test]
    fn people_are_answered_in_their_language() {
        for (question, begins) in [
            ("什么是过拟合？", "我不知道"),
            ("What is it that they want?", "I don't know"),
            ("Wo ist der Schlüssel für den Keller?", "Ich weiß"),
        ] {
            let said = Phrases::for_text(question).abstention(&[]);
            assert!(said.starts_with(begins), "{said}");
        }
    }
}
