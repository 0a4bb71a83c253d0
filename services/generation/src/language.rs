//! Words that Stoa itself says in an answer.

/// Languages Stoa answers in by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Chinese,
}

impl Language {
    /// The language of a question: Chinese when it has any Chinese in it and no kana.
    pub(crate) fn of(text: &str) -> Self {
        let han = text
            .chars()
            .any(|c| matches!(u32::from(c), 0x4e00..=0x9fff));
        let kana = text
            .chars()
            .any(|c| matches!(u32::from(c), 0x3040..=0x30ff));
        if han && !kana {
            Self::Chinese
        } else {
            Self::English
        }
    }

    /// Says that the documents do not answer, and where to look.
    pub(crate) fn abstention(self, pointers: &[String]) -> String {
        let (unknown, closest, separator) = match self {
            Self::English => ("I don't know: the documents don't say.", "Closest: ", "; "),
            Self::Chinese => ("我不知道：资料中没有提到。", "最接近的内容：", "；"),
        };
        if pointers.is_empty() {
            return unknown.to_owned();
        }
        format!("{unknown}\n\n{closest}{}", pointers.join(separator))
    }

    /// Where a passage is, for a person.
    pub(crate) fn pointer(self, title: &str, page: u32, heading: Option<&String>) -> String {
        let page = match (page, self) {
            (0, _) => String::new(),
            (page, Self::English) => format!(", p. {page}"),
            (page, Self::Chinese) => format!("，第 {page} 页"),
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
    fn questions_are_answered_in_their_language() {
        assert_eq!(Language::of("什么是过拟合？"), Language::Chinese);
        assert_eq!(Language::of("過学習とは何ですか"), Language::English);
        assert_eq!(Language::of("What is it?"), Language::English);
    }
}
