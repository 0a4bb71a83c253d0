use serde::{Deserialize, Serialize};
use stoa_proto::generation::AnswerStyle;

/// How answers are written in a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Style {
    /// As the server is set.
    Default,
    /// As the question asks for.
    Plain,
    /// One or two sentences.
    Short,
    /// Everything that bears on the question.
    Full,
    /// Numbered steps.
    Steps,
    /// The sentence that answers, word for word, and then what it means.
    Quote,
}

impl Style {
    /// Every style, in the order in which people choose from them.
    pub const ALL: [Self; 6] = [
        Self::Default,
        Self::Plain,
        Self::Short,
        Self::Full,
        Self::Steps,
        Self::Quote,
    ];

    /// The word by which it is chosen and shown, the same in every language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Plain => "plain",
            Self::Short => "short",
            Self::Full => "full",
            Self::Steps => "steps",
            Self::Quote => "quote",
        }
    }

    /// The style of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|style| style.name().eq_ignore_ascii_case(name))
    }
}

impl From<Style> for AnswerStyle {
    fn from(style: Style) -> Self {
        match style {
            Style::Default => Self::Unspecified,
            Style::Plain => Self::Plain,
            Style::Short => Self::Short,
            Style::Full => Self::Full,
            Style::Steps => Self::Steps,
            Style::Quote => Self::Quote,
        }
    }
}

impl From<AnswerStyle> for Style {
    fn from(style: AnswerStyle) -> Self {
        match style {
            AnswerStyle::Unspecified => Self::Default,
            AnswerStyle::Plain => Self::Plain,
            AnswerStyle::Short => Self::Short,
            AnswerStyle::Full => Self::Full,
            AnswerStyle::Steps => Self::Steps,
            AnswerStyle::Quote => Self::Quote,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_generation_stores_is_what_was_chosen() {
        for style in Style::ALL {
            assert_eq!(Style::from(AnswerStyle::from(style)), style);
            assert_eq!(Style::named(style.name()), Some(style));
        }
        assert_eq!(Style::from(AnswerStyle::Unspecified), Style::Default);
    }

    #[test]
    fn every_style_of_generation_can_be_chosen() {
        let known = (0..).map_while(|number: i32| AnswerStyle::try_from(number).ok());
        let known: Vec<AnswerStyle> = known.collect();
        assert_eq!(known.len(), Style::ALL.len());
        for style in known {
            assert_eq!(AnswerStyle::from(Style::from(style)), style);
        }
    }
}
