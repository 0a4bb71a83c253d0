//! Dates and times, which a workbook keeps as numbers of days.

use time::{Date, Duration, Month, PrimitiveDateTime, Time};

use super::section::Token;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
/// 31 December 9999, the last day that is shown.
const LAST_DAY: f64 = 2_958_466.0;
/// Days from the one date from which workbooks count to the other.
const DAYS_TO_1904: f64 = 1_462.0;
const MILLISECONDS_A_DAY: f64 = 86_400_000.0;

/// A number of days in the tokens of a date or time; `None` for what is no date.
pub(super) fn show(value: f64, tokens: &[Token], since_1904: bool) -> Option<String> {
    if !(0.0..LAST_DAY).contains(&value) {
        return None;
    }
    let places = places(tokens);
    // In milliseconds: a second where none of its digits are shown.
    let unit = 10_f64.powi(3 - i32::try_from(places.min(3)).unwrap_or(0));
    // Times are fractions that are seldom exact: rounded to the smallest unit that is shown.
    let milliseconds = (value * MILLISECONDS_A_DAY / unit).round() * unit;
    let at = moment(milliseconds, since_1904)?;
    let half = tokens
        .iter()
        .any(|token| matches!(token, Token::Date(letters) if letters == "AM/PM"));
    let mut text = String::new();
    let mut seconds_shown = false;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Date(letters) => {
                let is_minute = is_minute(tokens, index);
                text.push_str(&part(letters, at, milliseconds, half, is_minute));
                seconds_shown = letters.contains('s');
            }
            // Digits behind the point of seconds.
            Token::Point if seconds_shown && places > 0 => {
                let digits = format!("{:03}", at.millisecond());
                text.push('.');
                text.push_str(digits.get(..places.min(3)).unwrap_or_default());
            }
            Token::Text(part) => text.push_str(part),
            Token::Slash => text.push('/'),
            Token::Point => text.push('.'),
            Token::Comma => text.push(','),
            _ => {}
        }
    }
    Some(text.trim().to_owned())
}

/// The moment of so many milliseconds. A workbook takes 1900 for a leap year, so days before March are one off.
fn moment(milliseconds: f64, since_1904: bool) -> Option<PrimitiveDateTime> {
    let days = milliseconds / MILLISECONDS_A_DAY;
    let shift = if since_1904 {
        DAYS_TO_1904
    } else if days < 60.0 {
        1.0
    } else {
        0.0
    };
    let zero = Date::from_calendar_date(1899, Month::December, 30).ok()?;
    let zero = PrimitiveDateTime::new(zero, Time::MIDNIGHT);
    let total = milliseconds + shift * MILLISECONDS_A_DAY;
    zero.checked_add(Duration::milliseconds(total as i64))
}

/// Digits of seconds behind the point.
fn places(tokens: &[Token]) -> usize {
    let point = tokens.windows(2).position(
        |pair| matches!(pair, [Token::Date(letters), Token::Point] if letters.contains('s')),
    );
    point.map_or(0, |at| {
        let behind = tokens.iter().skip(at + 2);
        behind
            .take_while(|token| matches!(token, Token::Digit('0')))
            .count()
    })
}

/// Whether an `m` stands for minutes: behind hours or before seconds.
fn is_minute(tokens: &[Token], index: usize) -> bool {
    let letters = |token: &Token| match token {
        Token::Date(letters) if letters != "AM/PM" => letters.chars().find(|c| *c != '['),
        _ => None,
    };
    let before = tokens[..index].iter().rev().find_map(letters);
    let after = tokens[index + 1..].iter().find_map(letters);
    before == Some('h') || after == Some('s')
}

fn part(
    letters: &str,
    at: PrimitiveDateTime,
    milliseconds: f64,
    half: bool,
    is_minute: bool,
) -> String {
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let month_name = MONTHS.get(usize::from(month) - 1).copied().unwrap_or("");
    let weekday = usize::from(at.weekday().number_days_from_monday());
    let day_name = DAYS.get(weekday).copied().unwrap_or("");
    let short = |name: &str| name.get(..3).unwrap_or(name).to_owned();
    let hour = if half {
        // Twelve, not zero, at noon and midnight.
        (at.hour() + 11) % 12 + 1
    } else {
        at.hour()
    };
    match letters {
        "AM/PM" if at.hour() < 12 => "AM".to_owned(),
        "AM/PM" => "PM".to_owned(),
        "m" if is_minute => at.minute().to_string(),
        "mm" if is_minute => format!("{:02}", at.minute()),
        "m" => month.to_string(),
        "mm" => format!("{month:02}"),
        "mmm" => short(month_name),
        "mmmm" => month_name.to_owned(),
        "mmmmm" => month_name.chars().take(1).collect(),
        "d" => day.to_string(),
        "dd" => format!("{day:02}"),
        "ddd" => short(day_name),
        "dddd" => day_name.to_owned(),
        "h" => hour.to_string(),
        "hh" => format!("{hour:02}"),
        "s" => at.second().to_string(),
        "ss" => format!("{:02}", at.second()),
        "yy" => format!("{:02}", year.rem_euclid(100)),
        // Hours, minutes and seconds that are not wrapped.
        elapsed if elapsed.starts_with('[') => {
            let unit = match elapsed.chars().nth(1) {
                Some('h') => 3_600_000.0,
                Some('m') => 60_000.0,
                _ => 1_000.0,
            };
            let width = elapsed.len() - 2;
            format!("{:0width$}", (milliseconds / unit).floor())
        }
        year_letters if year_letters.starts_with(['y', 'e']) => format!("{year:04}"),
        // Eras.
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::show;

    #[test]
    fn days_are_shown_as_dates_and_times() {
        for (value, format, expected) in [
            (46_023.0, "yyyy-mm-dd", "2026-01-01"),
            (46_023.0, "d mmmm yyyy", "1 January 2026"),
            (46_023.0, "dd.mm.yy", "01.01.26"),
            (46_023.0, "ddd d/m", "Thu 1/1"),
            (46_023.75, "yyyy-mm-dd hh:mm", "2026-01-01 18:00"),
            (0.5, "h:mm AM/PM", "12:00 PM"),
            (0.549_305_555_6, "h:mm", "13:11"),
            (1.25, "[h]:mm", "30:00"),
            (0.000_011_574_07, "ss.0", "01.0"),
            (46_023.0, "yyyy\"年\"m\"月\"d\"日\"", "2026年1月1日"),
            (1.0, "yyyy-mm-dd", "1900-01-01"),
            (61.0, "yyyy-mm-dd", "1900-03-01"),
        ] {
            assert_eq!(show(value, format, false), expected, "{value} as {format}");
        }
        assert_eq!(show(0.0, "yyyy-mm-dd", true), "1904-01-01");
    }
}
