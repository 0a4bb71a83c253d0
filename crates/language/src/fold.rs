//! One form for what is written in two.

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::{
    IsNormalized, UnicodeNormalization, char::decompose_canonical, is_nfc, is_nfkc_quick,
};

/// Traditional characters to simplified ones.
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    include_str!("../data/simplified.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .filter_map(|pair| {
            let mut chars = pair.chars();
            Some((chars.next()?, chars.next()?))
        })
        .collect()
});

/// The first digit of each script that has its own ten.
const ZEROS: [u32; 18] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x17e0, 0x1810,
];

/// The form in which texts are compared: half-width, lower case, simplified characters, ASCII digits, plain quotes and
/// dashes; without accents, vowel marks and characters that are not seen.
///
/// Accents go in all Latin and Greek text, for people leave them out where they type in haste. Those of Cyrillic
/// letters (й, ї) stay, as do the marks of Indic scripts and kana: they make another letter.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for_each_composed(text, |c| {
        c.to_lowercase().for_each(|lower| push(&mut folded, lower));
    });
    // What was taken out may have stood between two characters that become one.
    if is_nfc(&folded) {
        folded
    } else {
        folded.nfc().collect()
    }
}

/// A character of simplified Chinese for one of traditional Chinese; any other stays.
pub fn simplify(c: char) -> char {
    // Most characters are below the ideographs, and need no look-up.
    if c < '\u{3400}' {
        return c;
    }
    SIMPLIFIED.get(&c).copied().unwrap_or(c)
}

/// Half-width and lower case without what is not seen, but with its accents: what stemmers and stop words know.
pub(crate) fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut small = String::with_capacity(text.len());
    for_each_composed(text, |c| {
        // The dot that İ leaves behind when it is made small; Turkish words have a plain i there.
        let letters = c.to_lowercase().filter(|c| *c != '\u{307}');
        small.extend(letters.map(|c| if is_apostrophe(c) { '\'' } else { c }));
    });
    small
}

/// Goes through the characters of a text that are seen, composed and in their plain form. Most texts are so already,
/// and to find that out takes a tenth of the time.
fn for_each_composed(text: &str, mut each: impl FnMut(char)) {
    let seen = || text.chars().filter(|c| !is_invisible(*c));
    if is_nfkc_quick(seen()) == IsNormalized::Yes {
        seen().for_each(each);
    } else {
        seen().nfkc().for_each(&mut each);
    }
}

/// Characters that show nothing: soft hyphens, joiners, marks of direction, variation selectors, tags.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{2b9}' | '\u{2032}' | '\u{ff07}'
    )
}

fn push(folded: &mut String, c: char) {
    if c.is_ascii() {
        folded.push(c);
        return;
    }
    match c {
        'ß' => folded.push_str("ss"),
        'æ' => folded.push_str("ae"),
        'œ' => folded.push_str("oe"),
        'þ' => folded.push_str("th"),
        'ø' => folded.push('o'),
        'đ' | 'ð' => folded.push('d'),
        'ł' => folded.push('l'),
        'ħ' => folded.push('h'),
        'ı' => folded.push('i'),
        'ς' => folded.push('σ'),
        'ё' => folded.push('е'),
        'آ' | 'أ' | 'إ' | 'ٱ' => folded.push('ا'),
        'ى' | 'ی' => folded.push('ي'),
        'ک' => folded.push('ك'),
        'ة' => folded.push('ه'),
        c if is_apostrophe(c) => folded.push('\''),
        '\u{201c}'..='\u{201f}' | '«' | '»' | '\u{2033}' => folded.push('"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => folded.push('-'),
        '\u{2044}' => folded.push('/'),
        // Before the base of a letter is looked for: here it is a mark that stands alone after composing.
        c if is_left_out(c) => {}
        c => match digit(c).unwrap_or_else(|| base(simplify(c))) {
            plain if plain == c => folded.push(c),
            // What is under an accent may be a letter of two: ǽ.
            plain => push(folded, plain),
        },
    }
}

/// Marks that writers set or leave out as they like: accents, Arabic and Hebrew vowels, tatweel.
fn is_left_out(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{591}'..='\u{5bd}'
            | '\u{5bf}'
            | '\u{5c1}'
            | '\u{5c2}'
            | '\u{5c4}'
            | '\u{5c5}'
            | '\u{5c7}'
            | '\u{610}'..='\u{61a}'
            | '\u{640}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{6d6}'..='\u{6ed}'
    )
}

fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let zero = ZEROS
        .iter()
        .find(|zero| (**zero..**zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

/// The letter under the accents of a Latin or Greek one.
fn base(c: char) -> char {
    let accented =
        matches!(c, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}');
    if !accented {
        return c;
    }
    let mut first = None;
    decompose_canonical(c, |part| {
        first.get_or_insert(part);
    });
    first.unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_ways_to_write_are_one() {
        for (a, b) in [
            ("圖書館", "图书馆"),
            ("發後裡臺", "发后里台"),
            ("裏", "里"),
            ("ＡＢＣ１２３", "abc123"),
            ("ｶﾀｶﾅ", "カタカナ"),
            ("Straße", "STRASSE"),
            ("café", "cafe"),
            ("cafe\u{301}", "cafe"),
            ("l\u{2019}eau", "l'eau"),
            ("2019\u{2013}2021", "2019-2021"),
            ("co\u{ad}operate\u{200b}", "cooperate"),
            ("a\u{e0041}b", "ab"),
            ("المَكْتَبَة", "المكتبه"),
            ("إلى", "الي"),
            ("كـــتاب", "كتاب"),
            ("שָׁלוֹם", "שלום"),
            ("ёлка", "елка"),
            ("٣٤", "34"),
            ("βιβλιοθήκης", "βιβλιοθηκησ"),
            ("İstanbul", "istanbul"),
            ("Łódź", "lodz"),
            ("Ǽ", "ae"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} and {b}");
        }
        assert_eq!(fold("圖書館"), "图书馆");
    }

    #[test]
    fn letters_that_differ_stay_apart() {
        for (a, b) in [
            ("は", "ば"),
            ("и", "й"),
            ("і", "ї"),
            ("queue", "qüe"),
            ("ー", "-"),
            ("कि", "की"),
            ("ที่", "ที"),
        ] {
            assert_ne!(fold(a), fold(b), "{a} and {b}");
        }
        assert_eq!(fold("queue poet blue"), "queue poet blue");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn marks_in_any_order_fold_once(text in "[aeé\u{300}\u{301}\u{328}かハ\u{3099}\u{64b}\u{653}ابي\u{1100}\u{1161}\u{200d}ßΣςﷺ\u{fe70}圖㍿]{0,12}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
