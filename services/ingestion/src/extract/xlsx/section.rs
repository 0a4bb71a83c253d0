//! A number format: its sections, and what they are made of.

/// A part of a format.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Text(String),
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    Comma,
    Percent,
    Slash,
    /// `E+` or `E-`.
    Exponent {
        plus: bool,
    },
    /// Letters of a date or a time: `yyyy`, `mm`, `[h]` …
    Date(String),
    General,
    /// The cell's own text.
    Cell,
}

/// The sections of a format, which semicolons part.
pub(super) fn sections(format: &str) -> Vec<&str> {
    let mut sections = Vec::new();
    let mut begin = 0;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in format.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                sections.push(&format[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    sections.push(&format[begin..]);
    sections
}

/// The section for a number, and whether its sign is still to be written.
pub(super) fn choose<'a>(sections: &[&'a str], value: f64) -> (&'a str, bool) {
    let first = sections.first().copied().unwrap_or_default();
    let second = sections.get(1).copied();
    let conditions = [condition(first), second.and_then(condition)];
    if conditions.iter().any(Option::is_some) {
        for (section, condition) in sections.iter().copied().zip(conditions) {
            if condition.is_some_and(|condition| condition.holds(value)) {
                return (section, true);
            }
        }
        let rest = sections.get(2).copied().or(second).unwrap_or(first);
        return (rest, true);
    }
    match (second, sections.get(2).copied()) {
        (Some(negative), _) if value < 0.0 => (negative, false),
        (_, Some(zero)) if value == 0.0 => (zero, false),
        _ => (first, true),
    }
}

/// `[<100]` and the like.
struct Condition<'a> {
    sign: &'a str,
    limit: f64,
}

impl Condition<'_> {
    fn holds(&self, value: f64) -> bool {
        match self.sign {
            "<" => value < self.limit,
            "<=" => value <= self.limit,
            ">" => value > self.limit,
            ">=" => value >= self.limit,
            "<>" => value != self.limit,
            _ => value == self.limit,
        }
    }
}

fn condition(section: &str) -> Option<Condition<'_>> {
    section.split('[').skip(1).find_map(|part| {
        let inner = part.split(']').next()?;
        let length = inner
            .find(|c: char| !matches!(c, '<' | '>' | '='))
            .filter(|length| *length > 0)?;
        let (sign, limit) = inner.split_at(length);
        let limit = limit.trim().parse().ok()?;
        Some(Condition { sign, limit })
    })
}

/// Reads a section.
pub(super) fn tokens(section: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = section;
    while let Some(c) = rest.chars().next() {
        let (token, length) = token(rest, c);
        rest = &rest[length..];
        match (token, tokens.last_mut()) {
            (Some(Token::Text(text)), Some(Token::Text(before))) => before.push_str(&text),
            (Some(token), _) => tokens.push(token),
            (None, _) => {}
        }
    }
    tokens
}

/// The token that a text begins with, if it shows anything, and its length.
fn token(rest: &str, c: char) -> (Option<Token>, usize) {
    let text = |text: &str| Some(Token::Text(text.to_owned()));
    let after = &rest[c.len_utf8()..];
    let next = after.chars().next();
    let both = c.len_utf8() + next.map_or(0, char::len_utf8);
    match c {
        '0' | '#' | '?' => (Some(Token::Digit(c)), 1),
        '.' => (Some(Token::Point), 1),
        ',' => (Some(Token::Comma), 1),
        '%' => (Some(Token::Percent), 1),
        '/' => (Some(Token::Slash), 1),
        '@' => (Some(Token::Cell), 1),
        // Room as wide as a character, or filled with it.
        '_' => (text(" "), both),
        '*' => (None, both),
        '\\' => (next.and_then(|next| text(&next.to_string())), both),
        '"' => {
            let end = after.find('"').unwrap_or(after.len());
            (text(&after[..end]), (end + 2).min(rest.len()))
        }
        '[' => {
            let end = after.find(']').unwrap_or(after.len());
            (bracket(&after[..end]), (end + 2).min(rest.len()))
        }
        'E' | 'e' if matches!(next, Some('+' | '-')) => {
            let plus = next == Some('+');
            (Some(Token::Exponent { plus }), 2)
        }
        _ => word(rest, c),
    }
}

fn word(rest: &str, c: char) -> (Option<Token>, usize) {
    let begins = |word: &str| {
        rest.get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    };
    if begins("General") {
        return (Some(Token::General), "General".len());
    }
    for half in ["AM/PM", "A/P", "上午/下午"] {
        if begins(half) {
            return (Some(Token::Date("AM/PM".to_owned())), half.len());
        }
    }
    let lower = c.to_ascii_lowercase();
    if matches!(lower, 'y' | 'm' | 'd' | 'h' | 's' | 'e') {
        let length = rest
            .chars()
            .take_while(|next| next.to_ascii_lowercase() == lower)
            .count();
        let letters = lower.to_string().repeat(length);
        return (Some(Token::Date(letters)), length);
    }
    (Some(Token::Text(c.to_string())), c.len_utf8())
}

/// What stands in brackets: a currency, hours that are not wrapped at a day; colours, languages and conditions show
/// nothing.
fn bracket(inner: &str) -> Option<Token> {
    if let Some(currency) = inner.strip_prefix('$') {
        let sign = currency.split('-').next().unwrap_or_default();
        return (!sign.is_empty()).then(|| Token::Text(sign.to_owned()));
    }
    let lower = inner.to_ascii_lowercase();
    let is_elapsed = !lower.is_empty()
        && ["h", "m", "s"]
            .iter()
            .any(|letter| lower.chars().all(|c| letter.contains(c)));
    is_elapsed.then(|| Token::Date(format!("[{lower}]")))
}
