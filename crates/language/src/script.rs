//! Which scripts text is written in. Every question about a character's script is asked here.

use unicode_script::{Script, UnicodeScript};

/// Whether a character is of a script that puts no spaces between words.
pub fn is_unspaced(c: char) -> bool {
    use Script::{Common, Han, Hiragana, Katakana, Khmer, Lao, Myanmar, Thai};
    match c {
        '\0'..='\u{e00}' => false,
        // Most of what is asked is in these, and to look up a script takes ten times as long.
        '\u{4e00}'..='\u{9fff}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' => true,
        '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' => true,
        '\u{ac00}'..='\u{d7a3}' => false,
        _ => match c.script() {
            Han | Hiragana | Katakana | Thai | Lao | Khmer | Myanmar => true,
            // The mark of a long vowel (ー) is of no script itself, but of kana by its extensions.
            Common if c.is_alphanumeric() => {
                let scripts = c.script_extension();
                !scripts.is_common() && scripts.contains_script(Katakana)
            }
            _ => false,
        },
    }
}

/// Whether a character is an ideograph.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}') || (c >= '\u{2e80}' && c.script() == Script::Han)
}

/// Whether a character is of one of Japan's syllabaries.
pub fn is_kana(c: char) -> bool {
    is_hiragana(c) || is_katakana(c)
}

/// Whether a character is of the syllabary of Japanese grammar.
pub fn is_hiragana(c: char) -> bool {
    c >= '\u{3041}' && c.script() == Script::Hiragana
}

/// Whether a character is of the syllabary of foreign words, with the mark of a long vowel.
pub fn is_katakana(c: char) -> bool {
    c >= '\u{30a1}' && (c == 'ー' || c.script() == Script::Katakana)
}

/// Whether a character is a Korean syllable or a part of one.
pub fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}') || (c >= '\u{1100}' && c.script() == Script::Hangul)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_spaces_are_known() {
        for c in "图圖々〇かカーヱไทยລາວខ្មែရ".chars() {
            assert!(is_unspaced(c), "{c}");
        }
        for c in "aé1я한ب，。、「」・ 　３Ａ".chars() {
            assert!(!is_unspaced(c), "{c}");
        }
    }

    #[test]
    fn ideographs_are_told_from_syllables() {
        assert!(is_han('書') && is_han('々') && !is_han('か') && !is_han('한') && !is_han('。'));
        assert!(is_kana('か') && is_kana('カ') && is_katakana('ー') && !is_kana('書'));
        assert!(is_hangul('한') && !is_hangul('書'));
    }
}
