//! What the bot itself says, in every language that has a folder in `texts/`.

use std::{borrow::Cow, collections::HashMap};

pub use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use stoa_language::{
    Language,
    script::{is_han, is_hangul, is_kana},
};

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./texts",
        fallback_language: "en",
        // The marks that keep apart texts of both directions are characters of their own to a chat platform.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A language that the bot speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locale(&'static LanguageIdentifier);

impl Default for Locale {
    fn default() -> Self {
        Self(TEXTS.fallback())
    }
}

impl Locale {
    /// Every language that has texts, the default first.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = TEXTS.locales().map(Self).collect();
        all.sort_by_key(|locale| (*locale != Self::default(), locale.tag()));
        all
    }

    /// Those that a platform is told of beside the default.
    pub fn others() -> impl Iterator<Item = Self> {
        Self::all().into_iter().skip(1)
    }

    /// The language of a tag such as `zh-TW`, whatever its region; the default for one that is not spoken.
    pub fn of_tag(tag: &str) -> Self {
        let code = tag.split(['-', '_']).next().unwrap_or_default();
        Self::find(|locale| locale.code().eq_ignore_ascii_case(code)).unwrap_or_default()
    }

    /// The language that a text is written in, where nothing else says what its writer reads.
    pub fn of_text(text: &str) -> Self {
        // A Chinese question may hold more English than Chinese.
        let is_chinese = text.contains(is_han) && !text.contains(|c| is_kana(c) || is_hangul(c));
        let language = if is_chinese {
            Language::Chinese
        } else {
            Language::of(text)
        };
        Self::find(|locale| locale.text("language-name.iso-639-3") == language.code())
            .unwrap_or_default()
    }

    /// The language that people call by this name, in itself or in English, or by its code.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        Self::find(|locale| {
            [
                locale.code().to_owned(),
                locale.text("language-name"),
                locale.text("language-name.in-english"),
            ]
            .iter()
            .any(|known| known.to_lowercase() == name)
        })
    }

    fn find(mut is_it: impl FnMut(Self) -> bool) -> Option<Self> {
        Self::all().into_iter().find(|locale| is_it(*locale))
    }

    /// Its code of two letters, such as `zh`.
    pub fn code(self) -> &'static str {
        self.0.language.as_str()
    }

    /// Its tag with the region, such as `zh-CN`.
    pub fn tag(self) -> String {
        self.0.to_string()
    }

    /// A text. The default language stands in for one that is missing.
    pub fn text(self, id: &str) -> String {
        TEXTS.lookup(self.0, id)
    }

    /// A text with values in it.
    pub fn format<const N: usize>(
        self,
        id: &str,
        values: [(&'static str, FluentValue<'_>); N],
    ) -> String {
        let values: HashMap<_, _> = values
            .into_iter()
            .map(|(name, value)| (Cow::Borrowed(name), value))
            .collect();
        TEXTS.lookup_with_args(self.0, id, &values)
    }

    /// A page, as sources name it.
    pub fn page(self, page: u32) -> String {
        self.format("page", [("page", page.into())])
    }

    /// A day, as people write it.
    pub fn date(self, date: time::Date) -> String {
        let values = [
            ("day", u32::from(date.day()).into()),
            ("month", u32::from(u8::from(date.month())).into()),
            // Text, as a year is no amount.
            ("year", date.year().to_string().into()),
        ];
        self.format("date", values)
    }

    /// `on` or `off`.
    pub fn switch(self, on: bool) -> String {
        self.text(if on { "on" } else { "off" })
    }
}

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Settings of older versions have the English name.
        let name = Cow::<str>::deserialize(deserializer)?;
        Ok(Self::named(&name).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chinese() -> Locale {
        Locale::named("zh").expect("it is spoken")
    }

    #[test]
    fn tags_are_languages() {
        for (tag, locale) in [
            ("zh", chinese()),
            ("zh-TW", chinese()),
            ("ZH_hans", chinese()),
            ("en-GB", Locale::default()),
            ("de", Locale::default()),
            ("", Locale::default()),
        ] {
            assert_eq!(Locale::of_tag(tag), locale, "{tag}");
        }
    }

    #[test]
    fn a_text_says_what_its_writer_reads() {
        for (text, locale) in [
            ("什么是过拟合？", chinese()),
            ("overfitting 是什么", chinese()),
            ("What is overfitting?", Locale::default()),
            ("過学習とは何ですか", Locale::default()),
            ("과적합(過適合)이란?", Locale::default()),
            ("", Locale::default()),
        ] {
            assert_eq!(Locale::of_text(text), locale, "{text}");
        }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        for locale in Locale::all() {
            let stored = serde_json::to_string(&locale).expect("it is a string");
            let read: Locale = serde_json::from_str(&stored).expect("it is a language");
            assert_eq!(read, locale);
        }
        let older: Locale = serde_json::from_str("\"Chinese\"").expect("it is a language");
        assert_eq!(older, chinese());
    }
}
