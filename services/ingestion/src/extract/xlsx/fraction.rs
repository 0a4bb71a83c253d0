//! Numbers that are shown as fractions.

use super::section::Token;

/// A number's size as a whole and a fraction: `# ?/?`, `# ??/??`, `?/8`.
pub(super) fn show(value: f64, tokens: &[Token]) -> String {
    let slash = tokens
        .iter()
        .position(|t| *t == Token::Slash)
        .unwrap_or(tokens.len());
    let (above, below) = tokens.split_at(slash);
    let below = below.get(1..).unwrap_or_default();
    // A whole number is apart: digits, a space, digits.
    let groups = above
        .split(|token| !is_digit(token))
        .filter(|group| !group.is_empty())
        .count();
    let mut fixed = String::new();
    for token in below {
        match token {
            Token::Text(text) => fixed.push_str(text),
            Token::Digit('0') if !fixed.is_empty() => fixed.push('0'),
            _ => {}
        }
    }
    let size = value.abs();
    let whole = if groups > 1 { size.trunc() } else { 0.0 };
    let rest = size - whole;
    let (numerator, denominator) = match fixed.trim().parse::<u32>() {
        Ok(denominator) if denominator > 0 => {
            ((rest * f64::from(denominator)).round(), denominator)
        }
        _ => {
            let places = below.iter().filter(|token| is_digit(token)).count();
            // At most four digits, since each denominator up to it is tried.
            let most = 10_u32.pow(u32::try_from(places.clamp(1, 4)).unwrap_or(1)) - 1;
            nearest(rest, most)
        }
    };
    let (whole, numerator) = if groups > 1 && numerator >= f64::from(denominator) {
        (whole + 1.0, 0.0)
    } else {
        (whole, numerator)
    };
    match (groups > 1, numerator == 0.0) {
        (true, true) => format!("{whole}"),
        (true, false) if whole > 0.0 => format!("{whole} {numerator}/{denominator}"),
        (false, true) => "0".to_owned(),
        _ => format!("{numerator}/{denominator}"),
    }
}

fn is_digit(token: &Token) -> bool {
    matches!(token, Token::Digit(_))
}

/// The fraction with a denominator up to `most` that is nearest to a number.
fn nearest(value: f64, most: u32) -> (f64, u32) {
    let mut best = (value.round(), 1);
    let distance =
        |(numerator, denominator): (f64, u32)| (value - numerator / f64::from(denominator)).abs();
    for denominator in 2..=most {
        let candidate = ((value * f64::from(denominator)).round(), denominator);
        // Nearer by more than the error of the arithmetic: 2/4 must not win over 1/2.
        if distance(candidate) + 1e-12 < distance(best) {
            best = candidate;
        }
    }
    best
}
