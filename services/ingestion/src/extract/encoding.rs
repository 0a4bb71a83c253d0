//! Which encoding text is in, and whether bytes are text at all.

use std::borrow::Cow;

use chardetng::EncodingDetector;
use encoding_rs::{CoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::ExtractError;

/// Bytes from the beginning that tell text from binary data.
const SAMPLE: usize = 64 << 10;
/// Bytes of text that are decoded at once.
const STEP: usize = 64 << 10;

/// Whether bytes are text in some encoding: almost none of them are control characters.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    if unicode_of(sample).is_some() {
        return true;
    }
    // All control characters but tab, the ends of lines and pages, and escape (27), with which ISO-2022-JP changes its
    // character set. Half a percent of stray ones is still text.
    let control = |byte: &&u8| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31 | 127);
    sample.iter().filter(control).count() * 200 <= sample.len()
}

/// Bytes as text, without the byte order mark. `limit` is how many bytes of text are decoded at most.
pub(super) fn decode(bytes: &[u8], limit: u64) -> Result<Cow<'_, str>, ExtractError> {
    let encoding = encoding_of(bytes);
    if encoding == UTF_8
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        return if text.len() as u64 > limit {
            Err(ExtractError::TooMuchText { limit })
        } else {
            Ok(Cow::Borrowed(text))
        };
    }
    let (text, wrong) = convert(encoding, bytes, limit)?;
    let replaced = text
        .chars()
        .filter(|c| *c == char::REPLACEMENT_CHARACTER)
        .count();
    // A bad byte here and there is damage that a reader can do without; more than one in a hundred means that the
    // encoding was guessed wrong.
    if wrong && replaced * 100 > text.chars().count() {
        let reason = format!(
            "its encoding looked like {} and many bytes do not fit: save it as UTF-8",
            encoding.name()
        );
        return Err(ExtractError::Damaged { reason, page: 0 });
    }
    Ok(Cow::Owned(text))
}

/// The text, and whether some bytes were none of it. A text takes up to three times the room of its bytes, so what is
/// decoded is counted after each step.
fn convert(
    encoding: &'static Encoding,
    mut bytes: &[u8],
    limit: u64,
) -> Result<(String, bool), ExtractError> {
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let (mut text, mut wrong) = (String::new(), false);
    loop {
        text.reserve(STEP);
        let (result, read, replaced) = decoder.decode_to_string(bytes, &mut text, true);
        bytes = bytes.get(read..).unwrap_or_default();
        wrong |= replaced;
        if text.len() as u64 > limit {
            return Err(ExtractError::TooMuchText { limit });
        }
        if result == CoderResult::InputEmpty {
            return Ok((text, wrong));
        }
    }
}

fn encoding_of(bytes: &[u8]) -> &'static Encoding {
    if let Some(encoding) = unicode_of(bytes) {
        return encoding;
    }
    let mut detector = EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, chardetng::Utf8Detection::Allow)
}

/// UTF-8 or UTF-16: by its byte order mark, by being valid, or by the zero bytes of Latin letters in UTF-16.
fn unicode_of(bytes: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Some(encoding);
    }
    let valid = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        // A sample may end inside a character.
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
    };
    if valid && !bytes.contains(&0) {
        return Some(UTF_8);
    }
    // Half of each Latin letter in UTF-16 is a zero byte: the first in big endian, the second in little endian. The text
    // may be partly in another script, so three in ten suffice on that side; on the other there are next to none.
    let zeros = |offset: usize| {
        bytes
            .iter()
            .skip(offset)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd, half) = (zeros(0), zeros(1), bytes.len() / 2);
    match (even * 10 > half * 3, odd * 10 > half * 3) {
        (false, true) if even * 50 <= half => Some(UTF_16LE),
        (true, false) if odd * 50 <= half => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, GBK, SHIFT_JIS, WINDOWS_1252};

    use super::*;

    const CHINESE: &str = "机器学习是人工智能的一个分支。过拟合是指模型在训练集上表现很好，但在新样本上表现很差的现象。";
    const TRADITIONAL: &str = "機器學習是人工智慧的一個分支。過擬合是指模型在訓練集上表現很好，但在新樣本上表現很差的現象。";
    const JAPANESE: &str = "機械学習は人工知能の一分野です。過学習とは、モデルが訓練データに適合しすぎる現象をいいます。";
    const FRENCH: &str =
        "Le café où l'élève a mangé était fermé à Noël, bien sûr. Ça ne m'étonne guère.";

    fn text_of(bytes: &[u8]) -> String {
        decode(bytes, 10_000).expect("text").into_owned()
    }

    #[test]
    fn common_encodings_are_told_apart() {
        for (encoding, text) in [
            (GBK, CHINESE),
            (BIG5, TRADITIONAL),
            (SHIFT_JIS, JAPANESE),
            (WINDOWS_1252, FRENCH),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            assert!(is_text(&bytes), "{}", encoding.name());
            assert_eq!(text_of(&bytes), text, "{}", encoding.name());
        }
    }

    #[test]
    fn utf_16_is_read_with_and_without_its_mark() {
        let little: Vec<u8> = FRENCH.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = FRENCH.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked: Vec<u8> = [&[0xff, 0xfe], little.as_slice()].concat();
        for bytes in [little, big, marked] {
            assert!(is_text(&bytes));
            assert_eq!(text_of(&bytes), FRENCH);
        }
    }
}
