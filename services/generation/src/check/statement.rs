//! A sentence of a model: what it says, and what it cites.

/// A sentence without its citations, and the numbers it cites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    /// What it says.
    pub(crate) text: String,
    /// Numbers of the sources it cites, each once, in its order.
    pub(crate) cited: Vec<usize>,
}

impl Statement {
    /// Reads citations as `[1]`, `[1, 2]`, `[^1]` and `【1】`; other brackets are text.
    pub(crate) fn parse(sentence: &str) -> Self {
        let mut statement = Self::default();
        let mut rest = sentence;
        while let Some(at) = rest.find(['[', '【']) {
            let open = rest[at..].chars().next().unwrap_or('[');
            let close = if open == '[' { ']' } else { '】' };
            let inner = &rest[at + open.len_utf8()..];
            let numbers = inner
                .find(close)
                .and_then(|end| Some((numbers(&inner[..end])?, end)));
            match numbers {
                // `[1](https://…)` is a link whose text is a number, and no citation.
                Some((numbers, end)) if !inner[end + close.len_utf8()..].starts_with('(') => {
                    statement.text.push_str(&rest[..at]);
                    for number in numbers {
                        // Models repeat a mark at the end of each clause.
                        if !statement.cited.contains(&number) {
                            statement.cited.push(number);
                        }
                    }
                    rest = &inner[end + close.len_utf8()..];
                }
                _ => {
                    let kept = at + open.len_utf8();
                    statement.text.push_str(&rest[..kept]);
                    rest = &rest[kept..];
                }
            }
        }
        statement.text.push_str(rest);
        statement.text = tidy(&statement.text);
        statement
    }
}

fn numbers(text: &str) -> Option<Vec<usize>> {
    text.split([',', '，', '、', ' '])
        .map(|part| part.trim().trim_start_matches('^'))
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.parse()
                .ok()
                // `[2024]` is more likely a year than the two-thousandth source; more than some tens are never read.
                .filter(|number| (1..=999).contains(number))
        })
        .collect::<Option<Vec<usize>>>()
        .filter(|numbers| !numbers.is_empty())
}

/// One line, without the gap that a citation leaves before a full stop.
fn tidy(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for end in ['.', ',', ';', ':', '!', '?', '。', '，', '；', '！', '？'] {
        line = line.replace(&format!(" {end}"), &end.to_string());
    }
    line
}

/// Whether a text ends in a script that is written without spaces.
pub(crate) fn ends_wide(text: &str) -> bool {
    let wide =
        |c: char| stoa_language::script::is_unspaced(c) || "。！？；：，、）」』”".contains(c);
    text.trim_end().chars().next_back().is_some_and(wide)
}

/// A text without what does not tell two sentences apart.
pub(crate) fn normal(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_read_in_their_common_forms() {
        let statement = Statement::parse("It stalls [1][2], as said 【3】.");
        assert_eq!(statement.text, "It stalls, as said.");
        assert_eq!(statement.cited, [1, 2, 3]);
        assert_eq!(Statement::parse("See [1, 4].").cited, [1, 4]);
        assert_eq!(Statement::parse("Twice [1] and again [1].").cited, [1]);
        for text in [
            "An array a[i] is [sic] fine",
            "[1](https://example.com) is a link",
        ] {
            assert_eq!(Statement::parse(text).cited, Vec::<usize>::new(), "{text}");
        }
    }
}
