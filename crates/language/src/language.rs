//! Which language a text is in, however short it is.

mod guess;

use unicode_script::{Script, UnicodeScript};

/// A language whose stop words or stems are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English, and Latin text that tells nothing.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Italian.
    Italian,
    /// Portuguese.
    Portuguese,
    /// Dutch.
    Dutch,
    /// Danish.
    Danish,
    /// Norwegian, Bokmål.
    Norwegian,
    /// Swedish.
    Swedish,
    /// Finnish.
    Finnish,
    /// Russian.
    Russian,
    /// Ukrainian.
    Ukrainian,
    /// Polish.
    Polish,
    /// Czech.
    Czech,
    /// Turkish.
    Turkish,
    /// Greek.
    Greek,
    /// Hungarian.
    Hungarian,
    /// Romanian.
    Romanian,
    /// Arabic.
    Arabic,
    /// Hebrew.
    Hebrew,
    /// Hindi.
    Hindi,
    /// Chinese, in traditional or simplified characters.
    Chinese,
    /// Japanese.
    Japanese,
    /// Korean.
    Korean,
    /// Thai.
    Thai,
    /// Vietnamese.
    Vietnamese,
    /// Indonesian.
    Indonesian,
    /// Any other.
    Other,
}

use Language::{
    Arabic, Chinese, Czech, Danish, Dutch, English, Finnish, French, German, Greek, Hebrew, Hindi,
    Hungarian, Indonesian, Italian, Japanese, Korean, Norwegian, Other, Polish, Portuguese,
    Romanian, Russian, Spanish, Swedish, Thai, Turkish, Ukrainian, Vietnamese,
};

/// Languages and their codes of ISO 639-3, in the order of the enum.
const CODES: [(Language, &str); 28] = [
    (English, "eng"),
    (German, "deu"),
    (French, "fra"),
    (Spanish, "spa"),
    (Italian, "ita"),
    (Portuguese, "por"),
    (Dutch, "nld"),
    (Danish, "dan"),
    (Norwegian, "nob"),
    (Swedish, "swe"),
    (Finnish, "fin"),
    (Russian, "rus"),
    (Ukrainian, "ukr"),
    (Polish, "pol"),
    (Czech, "ces"),
    (Turkish, "tur"),
    (Greek, "ell"),
    (Hungarian, "hun"),
    (Romanian, "ron"),
    (Arabic, "ara"),
    (Hebrew, "heb"),
    (Hindi, "hin"),
    (Chinese, "cmn"),
    (Japanese, "jpn"),
    (Korean, "kor"),
    (Thai, "tha"),
    (Vietnamese, "vie"),
    (Indonesian, "ind"),
];

/// Languages in Latin letters.
const LATIN: [Language; 18] = [
    English, German, French, Spanish, Italian, Portuguese, Dutch, Danish, Norwegian, Swedish,
    Finnish, Polish, Czech, Turkish, Hungarian, Romanian, Vietnamese, Indonesian,
];

impl Language {
    /// The language of a text. Latin text that tells nothing is English.
    pub fn of(text: &str) -> Self {
        guess::language(text)
    }

    /// The code of ISO 639-3 (cmn, eng, …); `und` for any other language.
    pub fn code(self) -> &'static str {
        let named = CODES.iter().find(|(language, _)| *language == self);
        named.map_or("und", |(_, code)| code)
    }

    /// The language of a code of ISO 639-3.
    pub fn from_code(code: &str) -> Self {
        let named = CODES.iter().find(|(_, known)| *known == code);
        named.map_or(Other, |(language, _)| *language)
    }

    /// Whether the language is written in Latin letters; others may be.
    pub fn is_latin(self) -> bool {
        LATIN.contains(&self) || self == Other
    }

    /// Whether its words are joined to longer ones without a space.
    pub fn compounds(self) -> bool {
        !matches!(
            self,
            English | French | Spanish | Italian | Portuguese | Romanian
        )
    }

    /// The language of one word of a text: a name in other letters than the rest is not of the text's language.
    pub(crate) fn of_word(self, word: &str) -> Self {
        let script = |c: char| Some(c.script()).filter(|script| *script != Script::Common);
        match word.chars().find_map(script) {
            Some(Script::Latin) if self.is_latin() => self,
            Some(Script::Latin) => English,
            Some(Script::Cyrillic) if matches!(self, Russian | Ukrainian | Other) => self,
            // A word of another script says which language it is only by the most widespread one.
            Some(Script::Cyrillic) => Russian,
            // Persian and Urdu, which the Arabic stemmer would maim.
            Some(Script::Arabic) if self == Other => Other,
            Some(Script::Arabic) => Arabic,
            Some(Script::Greek) => Greek,
            Some(Script::Hebrew) => Hebrew,
            Some(Script::Devanagari) => Hindi,
            Some(Script::Hangul) => Korean,
            Some(Script::Thai) => Thai,
            Some(Script::Hiragana | Script::Katakana) => Japanese,
            Some(Script::Han) if self == Japanese => Japanese,
            Some(Script::Han) => Chinese,
            _ => self,
        }
    }

    /// Whether decimals are set off by a comma: 3,5 and 1.000.
    pub fn has_decimal_comma(self) -> bool {
        matches!(
            self,
            German
                | French
                | Spanish
                | Italian
                | Portuguese
                | Dutch
                | Danish
                | Norwegian
                | Swedish
                | Finnish
                | Russian
                | Ukrainian
                | Polish
                | Czech
                | Turkish
                | Greek
                | Hungarian
                | Romanian
                | Vietnamese
                | Indonesian
        )
    }

    /// Whether words of the language are made of others without a space between them: Fahrradkeller.
    pub fn has_compounds(self) -> bool {
        matches!(
            self,
            German | Dutch | Danish | Norwegian | Swedish | Finnish | Hungarian
        )
    }

    /// Whether what is folded away makes no other word: not so in Latin letters.
    pub(crate) fn writes_accents_at_will(self) -> bool {
        !self.is_latin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use whatlang::Lang;

    #[test]
    fn short_texts_are_told_apart() {
        for (text, language) in [
            ("How long is the library open?", English),
            ("refund policy", English),
            ("What is the fee for late returns?", English),
            ("Do you have a dog?", English),
            ("ERR_CONN_REFUSED", English),
            ("", English),
            ("42", English),
            ("Wie lange hat die Bibliothek geöffnet?", German),
            ("Was kostet ein Fahrrad?", German),
            ("Kündigungsfrist Probezeit", German),
            ("Wo ist der Keller", German),
            ("Quels sont les horaires d'ouverture ?", French),
            ("Où se trouve la bibliothèque", French),
            ("¿Cuándo abre la biblioteca?", Spanish),
            ("Cuanto cuesta el abono mensual", Spanish),
            ("Quanto costa l'abbonamento mensile?", Italian),
            ("Qual é o horário da biblioteca?", Portuguese),
            ("Hoe laat gaat de bibliotheek open?", Dutch),
            ("Hvornår åbner biblioteket?", Danish),
            ("Hvilke regler gjelder for sykkelparkering?", Norwegian),
            ("När öppnar biblioteket?", Swedish),
            ("Milloin kirjasto on auki?", Finnish),
            ("Сколько стоит абонемент?", Russian),
            ("Як отримати читацький квиток?", Ukrainian),
            ("Ile kosztuje karta biblioteczna?", Polish),
            ("Kolik stojí průkaz?", Czech),
            ("Kütüphane saat kaçta açılıyor?", Turkish),
            ("Πότε ανοίγει η βιβλιοθήκη;", Greek),
            ("Mikor nyit a könyvtár?", Hungarian),
            ("Când se deschide biblioteca?", Romanian),
            ("متى تفتح المكتبة؟", Arabic),
            ("متی کتابخانه باز می‌شود؟ چگونه", Other),
            ("מתי נפתחת הספרייה?", Hebrew),
            ("पुस्तकालय कब खुलता है?", Hindi),
            ("图书馆几点关门？", Chinese),
            ("圖書館幾點關門？", Chinese),
            ("请问 Kubernetes Deployment 怎么回滚", Chinese),
            ("図書館は何時に閉まりますか？", Japanese),
            ("図書館 利用時間", Japanese),
            ("データベース", Japanese),
            ("도서관은 언제 문을 닫나요?", Korean),
            ("ห้องสมุดเปิดกี่โมง", Thai),
            ("Thư viện mở cửa lúc mấy giờ?", Vietnamese),
            ("Berapa biaya keanggotaan perpustakaan?", Indonesian),
        ] {
            assert_eq!(Language::of(text), language, "{text}");
        }
    }

    #[test]
    fn codes_are_those_of_the_detector() {
        for (language, code) in CODES {
            assert_eq!(language.code(), code);
            assert_eq!(Language::from_code(code), language);
            assert!(Lang::from_code(code).is_some(), "{code}");
        }
        assert_eq!(Language::from_code(Other.code()), Other);
    }

    proptest! {
        #[test]
        fn any_text_has_a_language(text in any::<String>()) {
            Language::of(&text);
        }
    }
}
