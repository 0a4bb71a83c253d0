//! Text to sentences.

use unicode_segmentation::UnicodeSegmentation;

/// Abbreviations after which a sentence goes on.
const ABBREVIATIONS: [&str; 14] = [
    "e.g.", "i.e.", "etc.", "vs.", "fig.", "eq.", "no.", "dr.", "mr.", "mrs.", "ms.", "st.",
    "approx.", "cf.",
];

/// Splits a text into sentences and lines; nothing is lost and the parts keep their spaces.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let mut sentences: Vec<&str> = Vec::new();
    let mut begin = 0;
    let mut end = 0;
    for part in text.split_sentence_bounds() {
        end += part.len();
        let so_far = &text[begin..end];
        if !ends_in_abbreviation(so_far) {
            sentences.push(so_far);
            begin = end;
        }
    }
    if begin < end {
        sentences.push(&text[begin..end]);
    }
    sentences
}

fn ends_in_abbreviation(text: &str) -> bool {
    let last = text
        .trim_end()
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let last = last.trim_start_matches(['(', '"']);
    ABBREVIATIONS.contains(&last)
}

/// Sentences of a stream, each as soon as it is whole.
#[derive(Debug, Default)]
pub(crate) struct SentenceStream {
    buffer: String,
}

impl SentenceStream {
    /// Takes more text and returns the sentences that are whole now. The last one waits: what follows may belong to
    /// it, such as its citation.
    pub(crate) fn push(&mut self, text: &str) -> Vec<String> {
        self.buffer.push_str(text);
        let parts = split(&self.buffer);
        let whole: Vec<String> = parts[..parts.len().saturating_sub(1)]
            .iter()
            .map(|part| (*part).to_owned())
            .collect();
        // A citation that stands behind the full stop begins the next part: it belongs to the one before.
        let taken: usize = whole.iter().map(String::len).sum();
        let rest = self.buffer[taken..].trim_start();
        if rest.is_empty() || rest.starts_with(['[', '【']) && !rest.contains([']', '】']) {
            return Vec::new();
        }
        self.buffer.drain(..taken);
        whole
    }

    /// The sentence that was left.
    pub(crate) fn finish(self) -> Option<String> {
        Some(self.buffer).filter(|rest| !rest.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_both_scripts_are_found() {
        assert_eq!(
            split("One is 3.5 kg. Two, e.g. this. Three?"),
            ["One is 3.5 kg. ", "Two, e.g. this. ", "Three?"]
        );
        assert_eq!(
            split("过拟合很常见。欠拟合也是！"),
            ["过拟合很常见。", "欠拟合也是！"]
        );
        assert_eq!(split("line one\nline two"), ["line one\n", "line two"]);
    }

    #[test]
    fn a_stream_gives_whole_sentences_and_loses_nothing() {
        let text = "The wing stalls [1]. The flow separates. [2] It is 3.5 m long.";
        for size in 1..12 {
            let mut stream = SentenceStream::default();
            let chars: Vec<char> = text.chars().collect();
            let mut given = String::new();
            for piece in chars.chunks(size) {
                for sentence in stream.push(&piece.iter().collect::<String>()) {
                    given.push_str(&sentence);
                }
            }
            given.extend(stream.finish());
            assert_eq!(given, text, "pieces of {size}");
        }
    }
}
