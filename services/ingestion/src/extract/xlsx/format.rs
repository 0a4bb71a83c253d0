//! A number as its cell shows it, by the format of the cell.

use super::{
    date,
    decimal::Decimal,
    fraction,
    section::{Token, choose, sections, tokens},
};

/// Digits of a number that has no format of its own.
const GENERAL_DIGITS: i32 = 10;

/// A number in a format; `since_1904` says from which day the workbook counts.
pub(super) fn show(value: f64, format: &str, since_1904: bool) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let (section, signed) = choose(&sections(format), value);
    let tokens = tokens(section);
    if tokens.iter().any(|token| matches!(token, Token::Date(_))) {
        return date::show(value, &tokens, since_1904).unwrap_or_else(|| general(value));
    }
    let sign = if signed && value < 0.0 { "-" } else { "" };
    let shown = if tokens.iter().any(|token| matches!(token, Token::Slash)) {
        fraction::show(value, &tokens)
    } else {
        number(value, &tokens)
    };
    // -0.001 in a format of two places is shown as 0.00.
    let is_zero = !shown.chars().any(|c| ('1'..='9').contains(&c));
    let text = format!("{}{shown}", if is_zero { "" } else { sign });
    text.trim().to_owned()
}

/// What a number without a format looks like.
pub(super) fn general(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let decimal = Decimal::of(value);
    let exponent = decimal.exponent();
    // Where a spreadsheet changes to powers of ten by itself.
    if value != 0.0 && exponent < -4 || exponent > 14 {
        let tokens = tokens("0.#####E+00");
        return format!("{sign}{}", number(value, &tokens));
    }
    let places = usize::try_from(GENERAL_DIGITS - 1 - exponent.max(0)).unwrap_or(0);
    let rounded = decimal.rounded(places);
    let (whole, fraction) = (rounded.whole(), rounded.fraction());
    let whole = if whole.is_empty() { "0" } else { &whole };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// A number's size in a section that is neither a date nor a fraction.
fn number(value: f64, tokens: &[Token]) -> String {
    let percents = tokens.iter().filter(|t| **t == Token::Percent).count();
    let exponent = tokens
        .iter()
        .position(|token| matches!(token, Token::Exponent { .. }));
    let end = exponent.unwrap_or(tokens.len());
    let point = tokens[..end].iter().position(|t| *t == Token::Point);
    let last = tokens[..end]
        .iter()
        .rposition(|token| matches!(token, Token::Digit(_)));
    let whole_end = point.unwrap_or(end);
    // Commas between digits part thousands, commas behind the last digit divide by them.
    let is_comma = |token: &&Token| **token == Token::Comma;
    let first = tokens.iter().position(|t| matches!(t, Token::Digit(_)));
    let inner = first
        .zip(last)
        .map_or(0..0, |(first, last)| first..last.min(whole_end).max(first));
    let groups = tokens[inner].iter().any(|token| is_comma(&token));
    let divisions = last.map_or(0, |last| {
        let behind = &tokens[last + 1..end];
        behind.iter().take_while(is_comma).count()
    });
    // A percent sign is two places, a comma behind the digits three.
    let power = 2 * percents as i32 - 3 * divisions as i32;
    let mut decimal = Decimal::of(value).scaled(power);
    let digits_in = |range: &[Token]| {
        let digits = range.iter().filter(|t| matches!(t, Token::Digit(_)));
        digits.count()
    };
    let places = point.map_or(0, |point| digits_in(&tokens[point..end]));
    let mut shown_exponent = 0;
    if exponent.is_some() {
        let step = i32::try_from(digits_in(&tokens[..whole_end]))
            .unwrap_or(1)
            .max(1);
        shown_exponent = decimal.exponent().div_euclid(step) * step;
        decimal = decimal.scaled(-shown_exponent).rounded(places);
        // 9.99 becomes 10.0, which is 1.0 of the next power.
        if decimal.exponent() >= step {
            shown_exponent += step;
            decimal = decimal.scaled(-step);
        }
    } else {
        decimal = decimal.rounded(places);
    }
    let mut text = whole(&tokens[..whole_end], &decimal.whole(), groups);
    if let Some(point) = point {
        text.push_str(&places_of(&tokens[point + 1..end], &decimal.fraction()));
    }
    if let Some(at) = exponent {
        text.push_str(&exponent_of(&tokens[at..], shown_exponent));
    }
    if tokens
        .iter()
        .any(|t| matches!(t, Token::General | Token::Cell))
    {
        return with_text(tokens, &general(value.abs()));
    }
    text
}

/// An exponent as the tokens from its sign on show it.
fn exponent_of(tokens: &[Token], exponent: i32) -> String {
    let plus = tokens[0] == Token::Exponent { plus: true };
    let sign = match exponent {
        ..0 => "-",
        _ if plus => "+",
        _ => "",
    };
    let digits = exponent.unsigned_abs().to_string();
    let digits = whole(&tokens[1..], &digits, false);
    format!("E{sign}{digits}")
}

/// The texts of a section around a number that has no digits of its own there.
fn with_text(tokens: &[Token], number: &str) -> String {
    let parts = tokens.iter().map(|token| match token {
        Token::Text(text) => text.as_str(),
        Token::General | Token::Cell => number,
        _ => "",
    });
    parts.collect()
}

/// The part of a section before its point, with a number's digits in it.
fn whole(tokens: &[Token], digits: &str, groups: bool) -> String {
    let first = tokens.iter().position(|t| matches!(t, Token::Digit(_)));
    let mut left: Vec<char> = digits.chars().collect();
    let mut count = 0;
    let mut reversed: Vec<String> = Vec::new();
    let mut put = |digit: char, reversed: &mut Vec<String>| {
        if groups && count > 0 && count % 3 == 0 {
            reversed.push(",".to_owned());
        }
        count += 1;
        reversed.push(digit.to_string());
    };
    // From the right, as digits are put in from the point to the left, and what is left over before the first place.
    for (at, token) in tokens.iter().enumerate().rev() {
        match token {
            Token::Digit(kind) => {
                match (left.pop(), *kind) {
                    (Some(digit), _) => put(digit, &mut reversed),
                    (None, '0') => put('0', &mut reversed),
                    (None, _) => {}
                }
                if Some(at) == first {
                    while let Some(digit) = left.pop() {
                        put(digit, &mut reversed);
                    }
                }
            }
            Token::Text(text) => reversed.push(text.clone()),
            Token::Percent => reversed.push("%".to_owned()),
            _ => {}
        }
    }
    reversed.reverse();
    reversed.concat()
}

/// The point and the part of a section behind it, with a number's digits in it.
fn places_of(tokens: &[Token], digits: &str) -> String {
    let kinds: Vec<char> = tokens
        .iter()
        .filter_map(|token| match token {
            Token::Digit(kind) => Some(*kind),
            _ => None,
        })
        .collect();
    let least = kinds
        .iter()
        .rposition(|kind| *kind == '0')
        .map_or(0, |at| at + 1);
    let shown = digits.len().max(least);
    let mut digits = digits.chars().chain(std::iter::repeat('0')).take(shown);
    let mut text = String::from(if shown > 0 { "." } else { "" });
    for token in tokens {
        match token {
            Token::Digit(_) => text.extend(digits.next()),
            Token::Text(part) => text.push_str(part),
            Token::Percent => text.push('%'),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_their_cells_show_them() {
        for (value, format, expected) in [
            (0.125, "0.0%", "12.5%"),
            (0.05, "0%", "5%"),
            (1650.0, "#,##0", "1,650"),
            (1_234_567.891, "#,##0.00", "1,234,567.89"),
            (-1234.5, "#,##0.00", "-1,234.50"),
            (-1234.5, "#,##0.00;(#,##0.00)", "(1,234.50)"),
            (0.0, "0.00;-0.00;\"none\"", "none"),
            (12.0, "0.00", "12.00"),
            (0.5, "#.##", ".5"),
            (7.0, "000", "007"),
            (1234.5, "\"kr\" #,##0.00", "kr 1,234.50"),
            (99.9, "[$€-407] 0.00", "€ 99.90"),
            (5.5, "0.0 \"kg\"", "5.5 kg"),
            (12_345_678.0, "0.0,,\"M\"", "12.3M"),
            (12345.0, "0.00E+00", "1.23E+04"),
            (0.00012, "0.0E+0", "1.2E-4"),
            (12.5, "# ?/?", "12 1/2"),
            (0.333_333_333, "# ?/?", "1/3"),
            (0.625, "?/8", "5/8"),
            (3.0, "# ?/?", "3"),
            (5_551_234.0, "000\\-0000", "555-1234"),
            (42.0, "General", "42"),
            (42.0, "General\" m\"", "42 m"),
            (42.0, "@", "42"),
            (150.0, "[<100]0.0;0", "150"),
            (50.0, "[<100]0.0;0", "50.0"),
            (-0.001, "0.00", "0.00"),
            (1234.0, "_-* #,##0.00_-", "1,234.00"),
        ] {
            assert_eq!(show(value, format, false), expected, "{value} as {format}");
        }
    }

    #[test]
    fn a_number_without_a_format_has_no_noise() {
        assert_eq!(general(0.1 + 0.2), "0.3");
        assert_eq!(general(1200.0), "1200");
        assert_eq!(general(-2.5), "-2.5");
        assert_eq!(general(0.0), "0");
        assert_eq!(general(0.000_01), "1E-05");
        assert_eq!(general(2.345_678_912_345_67), "2.345678912");
        assert_eq!(general(12_345_678_901_234.0), "12345678901234");
    }
}
