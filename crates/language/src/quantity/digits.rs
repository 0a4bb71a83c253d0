//! Numbers in digits, with the separators of every country: `1,200.50`, `1 200,50`, `1'200`, `1.200`.

use super::tokens::{Shape, Text};
use super::value::Value;

/// A number in digits: the position after it and what it can mean, the likelier reading first.
#[derive(Debug)]
pub(super) struct Digits {
    pub(super) to: usize,
    pub(super) values: Vec<Value>,
    /// Whether it is only digits, without any separator.
    pub(super) plain: bool,
}

const APOSTROPHES: [char; 2] = ['\'', '’'];
const SEPARATORS: [char; 5] = ['.', ',', '\'', '’', '٫'];

/// The number in digits at a position; `None` for what only an identifier would look like (`007`, `1.2.3`).
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Digits> {
    let first = text.digits(at)?;
    let run = Run::new(text, at, first);
    if run.groups.len() == 1 {
        let first = &run.groups[0];
        // `007` is a code; `09` is an hour or a month.
        let is_padded = first.len() > 2 && first.starts_with('0');
        let value = Value::decimal(first, "")?;
        return (!is_padded).then(|| Digits {
            to: at + 1,
            values: vec![value],
            plain: true,
        });
    }
    run.read()
}

struct Run {
    at: usize,
    groups: Vec<String>,
    separators: Vec<char>,
}

impl Run {
    fn new(text: &Text<'_>, at: usize, first: String) -> Self {
        let mut run = Self {
            at,
            groups: vec![first],
            separators: Vec::new(),
        };
        while let Some((separator, group)) = run.next(text) {
            run.separators.push(separator);
            run.groups.push(group);
        }
        run
    }

    fn next(&self, text: &Text<'_>) -> Option<(char, String)> {
        let at = self.at + 2 * self.separators.len() + 1;
        let group = text.digits(at + 1)?;
        match text.shape(at)? {
            Shape::Mark if text.is_mark(at, &SEPARATORS) => Some((text.mark(at)?, group)),
            Shape::Space => self.joins_over(text, at, &group).then_some((' ', group)),
            _ => None,
        }
    }

    /// Whether a space parts the thousands of one number, and not two numbers.
    fn joins_over(&self, text: &Text<'_>, at: usize, group: &str) -> bool {
        let is_one_space =
            text.raw(at).chars().count() == 1 && !text.raw(at).contains(['\n', '\t']);
        let first = &self.groups[0];
        let is_grouped = first.len() <= 3 && !first.starts_with('0') && group.len() == 3;
        is_one_space && is_grouped && self.separators.iter().all(|&separator| separator == ' ')
    }

    fn read(&self) -> Option<Digits> {
        let last = *self.separators.last()?;
        if self.separators.len() == 1 {
            return self.read_two(last);
        }
        if self.separators.iter().all(|&separator| separator == last) {
            return self.read_many(last);
        }
        let before = self.groups.len() - 1;
        let is_decimal = self.are_thousands(before) && (last == '.' || last == ',');
        if is_decimal
            && self.separators[..before - 1]
                .windows(2)
                .all(|pair| pair[0] == pair[1])
        {
            let whole = self.groups[..before].concat();
            return self.done(
                self.groups.len(),
                vec![Value::decimal(&whole, &self.groups[before])?],
            );
        }
        self.head()
    }

    fn read_two(&self, separator: char) -> Option<Digits> {
        let [whole, part] = [&self.groups[0], &self.groups[1]];
        let decimal = Value::decimal(whole, part)?;
        let grouped = Value::decimal(&format!("{whole}{part}"), "")?;
        let values = match separator {
            ' ' => vec![grouped],
            _ if APOSTROPHES.contains(&separator) => return self.apostrophe(grouped),
            // `1,200` is mostly twelve hundred and `1.200` mostly one and a fifth, but half of Europe writes the other
            // way round: both are kept, and any that fits counts.
            ',' if self.are_thousands(2) => vec![grouped, decimal],
            '.' if self.are_thousands(2) => vec![decimal, grouped],
            _ => vec![decimal],
        };
        self.done(2, values)
    }

    fn apostrophe(&self, grouped: Value) -> Option<Digits> {
        if self.are_thousands(2) {
            self.done(2, vec![grouped])
        } else {
            self.head()
        }
    }

    fn read_many(&self, separator: char) -> Option<Digits> {
        if self.are_thousands(self.groups.len()) || self.is_indian(separator) {
            return self.done(
                self.groups.len(),
                vec![Value::decimal(&self.groups.concat(), "")?],
            );
        }
        // `1.2.3` is a version and no number at all; of `1,2,3` the first is one.
        if separator == '.' {
            None
        } else {
            self.done(1, vec![Value::decimal(&self.groups[0], "")?])
        }
    }

    /// The number before what does not belong to it, as in a list `1.5,2.5`.
    fn head(&self) -> Option<Digits> {
        if self.separators[0] == '.' && self.separators.get(1) != Some(&'.') {
            return self.done(2, vec![Value::decimal(&self.groups[0], &self.groups[1])?]);
        }
        self.done(1, vec![Value::decimal(&self.groups[0], "")?])
    }

    fn are_thousands(&self, count: usize) -> bool {
        let first = &self.groups[0];
        first.len() <= 3
            && !first.starts_with('0')
            && self.groups[1..count].iter().all(|group| group.len() == 3)
    }

    /// Lakh and crore: `12,34,567`.
    fn is_indian(&self, separator: char) -> bool {
        let last = self.groups.len() - 1;
        let middle = &self.groups[1..last];
        separator == ','
            && self.groups[last].len() == 3
            && middle.iter().all(|group| group.len() == 2)
    }

    fn done(&self, groups: usize, values: Vec<Value>) -> Option<Digits> {
        Some(Digits {
            to: self.at + 2 * groups - 1,
            values,
            plain: groups == 1,
        })
    }
}
