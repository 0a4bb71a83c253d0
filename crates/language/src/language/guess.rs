//! The language of a text by its script, its stop words, its letters and, where it is long enough, their statistics.

use unicode_script::{Script, UnicodeScript};
use whatlang::Detector;

use super::{
    LATIN, Language,
    Language::{
        Arabic, Chinese, Czech, Danish, English, Finnish, French, German, Greek, Hebrew, Hindi,
        Hungarian, Italian, Japanese, Korean, Norwegian, Other, Polish, Portuguese, Romanian,
        Russian, Spanish, Swedish, Thai, Turkish, Ukrainian, Vietnamese,
    },
};
use crate::{
    fold::lower,
    words::stop::{self, Languages},
};

/// Letters that few languages have.
const LETTERS: [(&str, &[Language]); 18] = [
    ("ß", &[German]),
    ("ä", &[German, Swedish, Finnish]),
    ("ö", &[German, Swedish, Finnish, Turkish, Hungarian]),
    ("ü", &[German, Turkish, Hungarian]),
    ("å", &[Danish, Norwegian, Swedish]),
    ("æø", &[Danish, Norwegian]),
    ("ñ", &[Spanish]),
    ("ãõ", &[Portuguese]),
    ("ç", &[French, Portuguese, Turkish]),
    ("èùœûëï", &[French]),
    ("àìò", &[Italian, French, Portuguese]),
    ("áíóú", &[Spanish, Portuguese, Hungarian, Czech]),
    ("őű", &[Hungarian]),
    ("ăâîșțşţ", &[Romanian]),
    ("ığş", &[Turkish]),
    ("łąęśźżćń", &[Polish]),
    ("ěřůčšžýďť", &[Czech]),
    ("éê", &[French, Portuguese, Spanish, Hungarian, Czech]),
];

/// Characters as Japan simplified them, and nobody else. By them Japanese is known that has no kana.
const JAPANESE_ONLY: &str = "両乗亀亜仏仮価値倹児円処剣剤労効勧勲単厳収営団囲図圏圧塁塩増壊壌壱売変奨嬢実寛対専巣帯帰庁広廃弐弾従徳徴応恵悩悪懐戦戻払抜択拝拠拡挙挿捜掲揺摂撃斉斎暁暦桜桟検楽様権歓歩歯歳歴毎気氷汚沢浄涙渇済渉渋渓満滝瀬焼犠猟獣畳発県砕稲穂穏粋粛粧経絵継続総縁縄縦繊聴脳臓舎舗艶荘蔵薫薬蛍覇覚覧観訳読譲転軽辺遅郷酔醸釈鉄鉱銭鋳錬関闘陥険隠隣雑霊頼顕駅駆騒験髄髪鶏黒黙齢";

/// Characters of a text that are looked at: a page tells no more than its beginning.
const LOOKED_AT: usize = 1_500;
/// Letters from which on statistics of letters say something. Of names they say the wrong thing.
const STATISTICAL: usize = 30;

/// The language of a text.
pub(super) fn language(text: &str) -> Language {
    let letters = Letters::of(text);
    match letters.most() {
        Script::Han => letters.ideographic(),
        Script::Hangul => Korean,
        Script::Thai => Thai,
        Script::Arabic => arabic(text),
        Script::Greek => Greek,
        Script::Hebrew => Hebrew,
        Script::Devanagari => Hindi,
        Script::Cyrillic => by_words(text, &[Russian, Ukrainian], letters.cyrillic),
        Script::Latin => by_words(text, &LATIN, letters.latin),
        Script::Common => English,
        _ => Other,
    }
}

/// How many letters of each script a text has.
#[derive(Debug, Default)]
struct Letters {
    han: usize,
    kana: usize,
    japanese_only: usize,
    hangul: usize,
    thai: usize,
    arabic: usize,
    greek: usize,
    hebrew: usize,
    devanagari: usize,
    cyrillic: usize,
    latin: usize,
    other: usize,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self::default();
        for c in text.chars().take(LOOKED_AT) {
            letters.count(c);
        }
        letters
    }

    fn count(&mut self, c: char) {
        // The look-up of a script costs more than all else here, and most characters of most texts are ASCII.
        if c.is_ascii() {
            self.latin += usize::from(c.is_ascii_alphabetic());
            return;
        }
        let count = match c.script() {
            Script::Latin => &mut self.latin,
            Script::Greek => &mut self.greek,
            Script::Cyrillic => &mut self.cyrillic,
            Script::Hebrew => &mut self.hebrew,
            Script::Arabic => &mut self.arabic,
            Script::Devanagari => &mut self.devanagari,
            Script::Thai => &mut self.thai,
            Script::Hangul => &mut self.hangul,
            Script::Hiragana | Script::Katakana => &mut self.kana,
            Script::Han => {
                self.japanese_only += usize::from(JAPANESE_ONLY.contains(c));
                &mut self.han
            }
            Script::Common | Script::Inherited => return,
            _ => &mut self.other,
        };
        *count += 1;
    }

    /// The script that says most. A character of Chinese or a syllable of Korean says as much as some letters: names in
    /// Latin letters do not make a Chinese question English.
    fn most(&self) -> Script {
        let scripts = [
            (Script::Latin, self.latin),
            // Kana count with ideographs: which of the two languages it is, is decided afterwards.
            (Script::Han, 4 * (self.han + self.kana)),
            (Script::Hangul, 4 * self.hangul),
            (Script::Thai, self.thai),
            (Script::Arabic, self.arabic),
            (Script::Greek, self.greek),
            (Script::Hebrew, self.hebrew),
            (Script::Devanagari, self.devanagari),
            (Script::Cyrillic, self.cyrillic),
            (Script::Unknown, self.other),
        ];
        let mut most = (Script::Common, 0);
        for (script, count) in scripts {
            if count > most.1 {
                most = (script, count);
            }
        }
        most.0
    }

    /// Japanese has kana, or characters of its own; what is left is Chinese.
    fn ideographic(&self) -> Language {
        // Chinese texts quote the odd Japanese name; a Japanese sentence has a kana for every few ideographs.
        if self.kana * 12 >= self.han.max(1) || self.japanese_only * 25 >= self.han.max(1) {
            Japanese
        } else {
            Chinese
        }
    }
}

/// Persian and Urdu have letters that Arabic has not.
fn arabic(text: &str) -> Language {
    let foreign = text.chars().filter(|c| "پچژگکیےٹڈڑں".contains(*c)).count();
    let all = text.chars().filter(|c| c.is_alphabetic()).count();
    // As with Japanese: a name with such a letter may occur in Arabic.
    if foreign * 12 > all { Other } else { Arabic }
}

/// The language of several that share a script, by stop words, letters and, for longer texts, statistics.
fn by_words(text: &str, among: &[Language], letters: usize) -> Language {
    let mut evidence = Evidence::default();
    let head = head(text);
    // With apostrophes, as some stop words have them: don't, c'est.
    for word in lower(head).split(|c: char| !(c.is_alphanumeric() || c == '\'')) {
        evidence.add_word(word);
    }
    if head.contains(['¿', '¡']) {
        evidence.share(stop::set(Spanish), 1.0);
    }
    // Statistics take most of the time, and stop words decide nearly every text of some sentences.
    if letters >= STATISTICAL && !evidence.is_clear(among) {
        evidence.add_statistics(head);
    }
    evidence.best(among)
}

fn head(text: &str) -> &str {
    let end = text.char_indices().nth(LOOKED_AT).map(|(at, _)| at);
    &text[..end.unwrap_or(text.len())]
}

/// What speaks for each language.
#[derive(Debug, Default)]
struct Evidence {
    scores: [f32; 29],
    words: usize,
    foreign: bool,
}

impl Evidence {
    fn add_word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        self.words += 1;
        // Words of one letter are in most languages' lists, and variables besides.
        let weight = if word.len() == 1 { 0.3 } else { 1.0 };
        self.share(stop::languages(word), weight);
        if !word.is_ascii() {
            word.chars()
                .filter(|c| !c.is_ascii())
                .for_each(|c| self.add_letter(c));
        }
    }

    fn add_letter(&mut self, c: char) {
        if matches!(c, '\u{1ea0}'..='\u{1ef9}' | 'ơ' | 'ư' | 'đ') {
            // A letter counts less than a word: names keep their letters in any language.
            self.share(stop::set(Vietnamese), 0.7);
        }
        match c {
            'і' | 'ї' | 'є' | 'ґ' => self.share(stop::set(Ukrainian), 0.7),
            'ы' | 'э' | 'ъ' | 'ё' => self.share(stop::set(Russian), 0.7),
            _ => {}
        }
        for (letters, languages) in LETTERS {
            if letters.contains(c) {
                let set = languages.iter().fold(0, |set, one| set | stop::set(*one));
                self.share(set, 0.7);
            }
        }
    }

    /// A word that several languages have says little for each.
    fn share(&mut self, languages: Languages, weight: f32) {
        let mut left = languages;
        while left != 0 {
            self.scores[left.trailing_zeros() as usize] += weight / languages.count_ones() as f32;
            left &= left - 1;
        }
    }

    fn add_statistics(&mut self, text: &str) {
        let Some(guess) = Detector::new()
            .detect(text)
            .filter(whatlang::Info::is_reliable)
        else {
            return;
        };
        match Language::from_code(guess.lang().code()) {
            Other => self.foreign = true,
            // Lists of names are taken for any language: one whose words are not there does not count.
            language if self.scores[language as usize] > 0.5 * self.highest() => {
                self.scores[language as usize] += 0.5 + 0.02 * self.words as f32;
            }
            _ => {}
        }
    }

    fn highest(&self) -> f32 {
        self.scores.iter().copied().fold(0.0, f32::max)
    }

    fn is_clear(&self, among: &[Language]) -> bool {
        let mut scores: Vec<f32> = among.iter().map(|one| self.scores[*one as usize]).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        scores[0] > 2.0 * scores[1] + 2.0
    }

    fn best(&self, among: &[Language]) -> Language {
        let mut best = (among[0], self.scores[among[0] as usize]);
        // From the first, which wins a tie: among Latin languages that is English.
        for language in among {
            let score = self.scores[*language as usize];
            if score > best.1 {
                best = (*language, score);
            }
        }
        // A language that is not known here shares a few short words with those that are.
        if self.foreign && best.1 < 0.12 * self.words as f32 {
            return Other;
        }
        best.0
    }
}
