//! Text to sentences.

use std::{collections::HashSet, sync::LazyLock};

use unicode_segmentation::UnicodeSegmentation;

use crate::{fold::lower, language::Language, words::stop};

/// Abbreviations after which a sentence goes on whatever comes, and those that only a number follows.
struct Abbreviations {
    always: HashSet<&'static str>,
    before_numbers: HashSet<&'static str>,
}

static ABBREVIATIONS: LazyLock<Abbreviations> = LazyLock::new(|| {
    let list = |name: &str| {
        include_str!("../data/abbreviations.txt")
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_default()
            .split_whitespace()
            .collect()
    };
    Abbreviations {
        always: list("always:"),
        before_numbers: list("number:"),
    }
});

/// Splits a text into sentences and lines; nothing is lost and the parts keep their spaces.
///
/// Unicode's rules find the ends. They know no abbreviations, no numbers of lists and no addresses: where one of those
/// was taken for an end, the sentence goes on.
pub fn split(text: &str) -> Vec<&str> {
    let mut reading = Reading::of(text);
    let mut sentences: Vec<&str> = Vec::new();
    let mut begin = 0;
    let mut end = 0;
    for part in text.split_sentence_bounds() {
        end += part.len();
        if !goes_on(&text[begin..end], &text[end..], &mut reading) {
            sentences.push(&text[begin..end]);
            begin = end;
        }
    }
    if begin < end {
        sentences.push(&text[begin..end]);
    }
    sentences
}

/// Whether a character ends a sentence, by what follows it: for a first cut where a whole text need not be segmented.
///
/// A full stop inside a number or an address is not an end, so Latin marks must have white space behind them. Chinese
/// and Japanese ones have none.
pub fn is_end(mark: char, rest: &str) -> bool {
    "。！？".contains(mark)
        || ".!?".contains(mark) && (rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// Whether a sentence that seems to end goes on behind.
fn goes_on(before: &str, after: &str, reading: &mut Reading<'_>) -> bool {
    if after.is_empty() || before.trim().is_empty() {
        return before.trim().is_empty() && !after.is_empty();
    }
    if after.starts_with(char::is_whitespace) {
        return true;
    }
    let said = before.trim_end();
    // Before anything else: a line ends a sentence also after an abbreviation, as in a table or a list.
    if before[said.len()..].contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        return false;
    }
    is_inside_name(before, after)
        || is_quotation(said, after)
        || is_item_number(said)
        || said.ends_with('.') && after_full_stop(said, after, reading)
}

/// Whether the full stop is one of an abbreviation, an initial or an ordinal.
fn after_full_stop(said: &str, after: &str, reading: &mut Reading<'_>) -> bool {
    let last = said
        .rsplit(|c: char| c.is_whitespace() || "/–—".contains(c))
        .next()
        .unwrap_or(said);
    let last = last.trim_start_matches(['(', '[', '"', '\'', '“', '„', '«', '‘']);
    let word = lower(last);
    let number = after.starts_with(|c: char| c.is_numeric() || c == '§');
    ABBREVIATIONS.always.contains(word.as_str())
        || (number && ABBREVIATIONS.before_numbers.contains(word.as_str()))
        || (is_letter(last)
            && after
                .split_once('.')
                .is_some_and(|(next, _)| is_letter(next)))
        // "J. Smith" goes on, "in the U.S. The" does not.
        || (is_initials(last) && !reading.is_begun_by(after))
        || (is_small_number(last) && reading.has_ordinals() && !reading.is_begun_by(after))
        || (is_small_number(last) && begins_with_month(after))
}

/// Months as they stand behind a day and a full stop: 8. Oktober.
const MONTHS: [&str; 14] = [
    "januar",
    "jänner",
    "februar",
    "märz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
    "desember",
];

/// The length in bytes of the day of a date that a text begins with, with its full stop: the 3 of "8. Oktober".
pub fn day_of_month(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text[digits..].strip_prefix('.')?;
    let is_day = is_small_number(&text[..digits]) && begins_with_month(rest.trim_start());
    is_day.then(|| text.len() - rest.trim_start().len())
}

fn begins_with_month(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_alphabetic());
    MONTHS.contains(&lower(&text[..end.unwrap_or(text.len())]).as_str())
}

/// U.S., J. and the like in capitals. Small ones (p.m.) end what a capital follows.
fn is_initials(word: &str) -> bool {
    let letters = word.trim_end_matches('.').split('.');
    letters.into_iter().all(|letter| {
        let mut chars = letter.chars();
        chars.next().is_some_and(char::is_uppercase) && chars.next().is_none()
    })
}

/// One half of z. B. and the like, which some write with a space.
fn is_letter(word: &str) -> bool {
    let mut chars = word.trim_end_matches('.').chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

fn is_small_number(word: &str) -> bool {
    let digits = word.trim_end_matches('.');
    matches!(digits.len(), 1 | 2) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The number or letter of an item and nothing else: 3. and b.
fn is_item_number(said: &str) -> bool {
    let said = said.trim_start();
    let Some(number) = said.strip_suffix('.') else {
        return false;
    };
    let short = (1..=3).contains(&number.len());
    short
        && (number.bytes().all(|b| b.is_ascii_digit())
            || number.len() == 1 && number.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Marks within an address or a name: example.org/?a=b, Yahoo!Japan.
fn is_inside_name(before: &str, after: &str) -> bool {
    let ascii = before.ends_with(|c: char| c.is_ascii() && !c.is_whitespace());
    let run = before.rsplit(char::is_whitespace).next().unwrap_or(before);
    let address = run.contains("://") || run.contains('/') || run.starts_with("www.");
    let next = |c: char| {
        !c.is_whitespace()
            && (address && c.is_ascii() || c.is_lowercase() || c.is_numeric() || c == '=')
    };
    ascii && after.starts_with(next)
}

/// A quotation that ends like a sentence, with words behind it that belong to it: "Is it?" he asked.
fn is_quotation(said: &str, after: &str) -> bool {
    let japanese =
        said.ends_with(['」', '』']) && ["と", "って"].iter().any(|by| after.starts_with(by));
    let quote = said.ends_with(['"', '”', '’', '\'', '“', '»', '«']);
    japanese || quote && after.starts_with(char::is_lowercase)
}

/// The language of a text, which is found out only where it matters.
struct Reading<'a> {
    text: &'a str,
    language: Option<Language>,
}

impl<'a> Reading<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text,
            language: None,
        }
    }

    fn language(&mut self) -> Language {
        *self.language.get_or_insert_with(|| Language::of(self.text))
    }

    /// Words that carry nothing begin sentences, and seldom names.
    fn is_begun_by(&mut self, after: &str) -> bool {
        let word = lower(after.unicode_words().next().unwrap_or_default());
        stop::languages(&word) & stop::set(self.language()) != 0
    }

    /// Whether ordinals are written with a full stop: am 3. Mai.
    fn has_ordinals(&mut self) -> bool {
        use Language::{Czech, Danish, Finnish, German, Hungarian, Norwegian, Polish, Turkish};
        matches!(
            self.language(),
            German | Danish | Norwegian | Finnish | Czech | Polish | Hungarian | Turkish
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_day_of_a_date_is_no_end_and_no_number_of_a_list() {
        let text = "Beginn: Mittwoch, 8. Oktober, 18.30 Uhr";
        assert_eq!(split(text), [text]);
        assert_eq!(day_of_month("27. Dezember bis 3. Januar"), Some(4));
        assert_eq!(day_of_month("27. Open the valve"), None);
        assert_eq!(day_of_month("Dezember"), None);
    }

    #[test]
    fn sentences_of_many_scripts_are_found() {
        for parts in [
            &["One is 3.5 kg. ", "Two, e.g. this. ", "Three?"][..],
            &["过拟合很常见。", "欠拟合也是！", "是吗？", "对。"],
            &["他说：“明天见。”", "然后走了。"],
            &["開館は九時です。", "閉館は？"],
            &["「閉まっています。」と彼は言った。", "残念。"],
            &["متى تفتح المكتبة؟ ", "تفتح في التاسعة."],
            &["पुस्तकालय खुला है। ", "कब बंद होगा?"],
            &["도서관은 열려 있습니다. ", "언제 닫나요?"],
            &["line one\n", "line two"],
            &["One.\n\n", "Two."],
        ] {
            assert_eq!(split(&parts.concat()), parts);
        }
    }

    #[test]
    fn a_full_stop_does_not_always_end() {
        for parts in [
            &["The U.S. Department of Energy pays. ", "It pays well."][..],
            &["It moved to the U.S. ", "The rest stayed."],
            &["Open until 5 p.m. on Fridays. ", "Closed after."],
            &["Open until 5 p.m. ", "Closed after."],
            &["See No. 5 and Fig. 3. ", "No. ", "It is shut."],
            &["Ask Dr. Miller or J. R. Smith. ", "They know."],
            &["3. Open the door. ", "Then enter."],
            &["Read https://example.org/a?b=1&c=2. ", "Then go."],
            &["He said \"Stop.\" ", "She left (at once.) ", "Really?"],
            &["\"Is it open?\" he asked. ", "It was."],
            &["Am 3. Mai ist z. B. der Keller zu. ", "Danach nicht."],
            &[
                "Das gilt bzw. Montag nach Art. 5 Abs. 2. ",
                "Es endet am 31. Dezember.",
            ],
            &["M. Dupont habite ici. ", "Il est là."],
            &["El Sr. García vive aquí. ", "¿Dónde está?"],
            &["Живёт на ул. Ленина. ", "Там тихо."],
            &["Version 3.2.1 is out. ", "Use nginx.conf now."],
            &["You need 3. ", "The rest is free."],
        ] {
            assert_eq!(split(&parts.concat()), parts);
        }
    }

    #[test]
    fn latin_marks_end_a_sentence_before_a_space_and_wide_ones_always() {
        assert!(is_end('.', " Next") && is_end('?', "") && is_end('!', "\nNext"));
        assert!(is_end('。', "下一句") && is_end('？', ""));
        assert!(!is_end('.', "5 kg") && !is_end('?', "a=b") && !is_end(',', " and"));
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in any::<String>()) {
            prop_assert_eq!(split(&text).concat(), text);
        }

        #[test]
        fn nothing_is_lost_around_marks(text in "[A-Ca-c1-3 .?!\"”)」。？\n/:と]{0,40}") {
            let parts = split(&text);
            prop_assert!(parts.iter().all(|part| !part.is_empty()));
            prop_assert_eq!(parts.concat(), text);
        }
    }
}
