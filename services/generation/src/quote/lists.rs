//! Lists of words by language, from `kinds.txt`.

use std::{collections::HashMap, sync::LazyLock};

use stoa_language::{Language, fold::fold};

type Block = HashMap<&'static str, Vec<String>>;

static BLOCKS: LazyLock<HashMap<&'static str, Block>> = LazyLock::new(|| {
    let blocks = include_str!("kinds.txt").split("language: ").skip(1);
    blocks
        .filter_map(|block| {
            let (code, lines) = block.split_once('\n')?;
            let entries = lines.lines().filter_map(|line| line.split_once(": "));
            Some((
                code,
                entries
                    .map(|(name, words)| (name, words.split(", ").map(fold).collect()))
                    .collect(),
            ))
        })
        .collect()
});

/// The lists of one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lists {
    block: Option<&'static Block>,
    /// Words are looked for in running text, for no space parts them.
    pub(super) running: bool,
}

impl Lists {
    pub(super) fn of(language: Language) -> Self {
        Self {
            block: BLOCKS.get(language.code()),
            running: matches!(
                language,
                Language::Chinese | Language::Japanese | Language::Korean
            ),
        }
    }

    /// The words of a list.
    pub(super) fn words(self, name: &str) -> &'static [String] {
        self.block
            .and_then(|block| block.get(name))
            .map_or(&[], Vec::as_slice)
    }

    /// A text in the form in which lists are looked up in it.
    pub(super) fn prepare(self, text: &str) -> String {
        let folded = fold(text);
        if self.running {
            return folded;
        }
        let words: Vec<&str> = folded
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        format!(" {} ", words.join(" "))
    }

    /// Whether a prepared text has a word of a list.
    pub(super) fn any(self, name: &str, prepared: &str) -> bool {
        self.first(name, prepared).is_some()
    }

    /// Whether a prepared text ends in a word of a list; where spaces part words it may stand anywhere.
    pub(super) fn any_at_end(self, name: &str, prepared: &str) -> bool {
        if self.running {
            return self
                .words(name)
                .iter()
                .any(|word| prepared.ends_with(word.as_str()));
        }
        self.any(name, prepared)
    }

    /// Where the first word of a list stands in a prepared text, and where it ends.
    pub(super) fn first(self, name: &str, prepared: &str) -> Option<(usize, usize)> {
        let places = self.words(name).iter().filter_map(|word| {
            let at = self.place(word, prepared)?;
            Some((at, at + word.len()))
        });
        places.min_by_key(|(at, end)| (*at, usize::MAX - end))
    }

    /// Where a word stands in a prepared text.
    pub(super) fn place(self, word: &str, prepared: &str) -> Option<usize> {
        let mut places = prepared.match_indices(word).map(|(at, _)| at);
        let whole = |at: usize| {
            prepared[..at].ends_with(' ') && prepared[at + word.len()..].starts_with(' ')
        };
        places.find(|at| self.running || whole(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_of_a_known_language() {
        for code in BLOCKS.keys() {
            assert_eq!(Language::from_code(code).code(), *code);
        }
    }

    #[test]
    fn words_are_whole_where_spaces_part_them() {
        let english = Lists::of(Language::English);
        assert!(english.any("who", &english.prepare("And who's that?")));
        assert!(!english.any("who", &english.prepare("The whole story")));
        let chinese = Lists::of(Language::Chinese);
        assert!(chinese.any("who", &chinese.prepare("導演是誰")));
    }
}
