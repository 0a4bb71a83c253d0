//! What a model that reasons writes before its answer.

const OPEN: [&str; 2] = ["<think>", "<thinking>"];
const CLOSE: [&str; 2] = ["</think>", "</thinking>"];
/// Characters that a text may have before its thoughts, all of them white space.
const BEFORE: usize = 16;

/// Takes thoughts out of a text that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Thoughts {
    held: String,
    state: State,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    /// The text may begin with thoughts.
    #[default]
    Before,
    Thinking,
    /// Thoughts have ended, and what parts them from the answer may go on.
    After,
    Answering,
}

impl Thoughts {
    /// Takes a piece and returns what of the answer can be shown now.
    pub(super) fn push(&mut self, piece: &str) -> String {
        match self.state {
            State::Answering => return piece.to_owned(),
            State::After => return self.begin(piece),
            State::Before | State::Thinking => {}
        }
        self.held.push_str(piece);
        if self.state == State::Before {
            let begun = self.held.trim_start();
            let lower = begun.to_lowercase();
            if let Some(open) = OPEN.iter().find(|open| lower.starts_with(**open)) {
                self.held = begun[open.len()..].to_owned();
                self.state = State::Thinking;
            // The mark may come in several pieces. A text that only begins with white space is let go at last.
            } else if OPEN.iter().any(|open| open.starts_with(&lower)) && self.held.len() < BEFORE {
                return String::new();
            } else {
                self.state = State::Answering;
                return std::mem::take(&mut self.held);
            }
        }
        // The first end, and looked for in all that is held, as its mark may come in pieces, too.
        let end = CLOSE
            .iter()
            .filter_map(|close| Some(self.held.find(close)? + close.len()))
            .min();
        match end {
            Some(end) => {
                self.state = State::After;
                let rest = std::mem::take(&mut self.held);
                self.begin(&rest[end..])
            }
            None => String::new(),
        }
    }

    fn begin(&mut self, piece: &str) -> String {
        let answer = piece.trim_start();
        if !answer.is_empty() {
            self.state = State::Answering;
        }
        answer.to_owned()
    }

    /// What is left when the text ends. Thoughts without an end are thoughts.
    pub(super) fn finish(self) -> String {
        match self.state {
            State::Before => self.held,
            State::Thinking | State::After | State::Answering => String::new(),
        }
    }

    /// An answer that came in one piece.
    pub(super) fn strip(text: &str) -> String {
        let mut thoughts = Self::default();
        let mut answer = thoughts.push(text);
        answer.push_str(&thoughts.finish());
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_pieces(text: &str, size: usize) -> String {
        let mut thoughts = Thoughts::default();
        let chars: Vec<char> = text.chars().collect();
        let mut shown: String = chars
            .chunks(size)
            .map(|piece| thoughts.push(&piece.iter().collect::<String>()))
            .collect();
        shown.push_str(&thoughts.finish());
        shown
    }

    #[test]
    fn thoughts_are_never_shown_however_they_come() {
        for size in 1..20 {
            assert_eq!(
                in_pieces("\n<think>It says 9 [1].</think>\n\nAt nine. [1]", size),
                "At nine. [1]"
            );
            assert_eq!(in_pieces("<think>no end", size), "");
            assert_eq!(
                in_pieces("At <b>nine</b>. [1]", size),
                "At <b>nine</b>. [1]"
            );
            assert_eq!(in_pieces("<thin walls>", size), "<thin walls>");
        }
    }
}
