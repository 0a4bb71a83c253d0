//! A number as Word writes it in one of its formats.

const LATIN: &str = "abcdefghijklmnopqrstuvwxyz";
const RUSSIAN: &str = "абвгдежзиклмнопрстуфхцчшщыэюя";
const GANADA: &str = "가나다라마바사아자차카타파하";
const KATAKANA: &str =
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン";
const STEMS: &str = "甲乙丙丁戊己庚辛壬癸";
const BRANCHES: &str = "子丑寅卯辰巳午未申酉戌亥";

/// Letters are repeated when they run out ("aa" follows "z"); past this many a number says more.
const MAX_REPEATED: usize = 30;

/// Digits and units of numbers that are written in characters.
struct Characters {
    digits: [char; 10],
    /// Ten, a hundred, a thousand.
    units: [char; 3],
    ten_thousand: char,
    /// Whether an omitted place is said ("one hundred zero one"), and one before a unit.
    says_zero: bool,
    says_one: bool,
}

const CHINESE: Characters = Characters {
    digits: ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'],
    units: ['十', '百', '千'],
    ten_thousand: '万',
    says_zero: true,
    says_one: true,
};
const LEGAL_SIMPLIFIED: Characters = Characters {
    digits: ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'],
    units: ['拾', '佰', '仟'],
    ..CHINESE
};
const LEGAL_TRADITIONAL: Characters = Characters {
    digits: ['零', '壹', '貳', '參', '肆', '伍', '陸', '柒', '捌', '玖'],
    units: ['拾', '佰', '仟'],
    ten_thousand: '萬',
    ..CHINESE
};
const JAPANESE: Characters = Characters {
    says_zero: false,
    says_one: false,
    ..CHINESE
};
const KOREAN: Characters = Characters {
    digits: ['영', '일', '이', '삼', '사', '오', '육', '칠', '팔', '구'],
    units: ['십', '백', '천'],
    ten_thousand: '만',
    says_zero: false,
    says_one: false,
};

/// A number in a format by its name in a document (`w:numFmt`). Formats that are not known are written in digits.
pub(super) fn number(value: i64, format: &str) -> String {
    let written = usize::try_from(value)
        .ok()
        .and_then(|value| in_format(value, format));
    written.unwrap_or_else(|| value.to_string())
}

fn in_format(value: usize, format: &str) -> Option<String> {
    match format {
        "none" => Some(String::new()),
        "decimalZero" => Some(format!("{value:02}")),
        "hex" => Some(format!("{value:X}")),
        "ordinal" => Some(format!("{value}{}", ordinal_ending(value))),
        "numberInDash" => Some(format!("- {value} -")),
        "upperRoman" => roman(value),
        "lowerRoman" => roman(value).map(|text| text.to_lowercase()),
        "upperLetter" => repeated(value, LATIN).map(|text| text.to_uppercase()),
        "lowerLetter" => repeated(value, LATIN),
        "russianUpper" => repeated(value, RUSSIAN).map(|text| text.to_uppercase()),
        "russianLower" => repeated(value, RUSSIAN),
        "ganada" => cycled(value, GANADA),
        "aiueo" | "aiueoFullWidth" => cycled(value, KATAKANA),
        "ideographTraditional" => cycled(value, STEMS),
        "ideographZodiac" => cycled(value, BRANCHES),
        "decimalFullWidth" | "decimalFullWidth2" => Some(digits(value, |digit| {
            char::from_u32(u32::from('０') + digit)
        })),
        "ideographDigital" | "japaneseDigitalTenThousand" | "taiwaneseDigital" => {
            Some(digits(value, |digit| {
                CHINESE.digits.get(digit as usize).copied()
            }))
        }
        "koreanDigital" | "koreanDigital2" => Some(digits(value, |digit| {
            KOREAN.digits.get(digit as usize).copied()
        })),
        "chineseCounting"
        | "chineseCountingThousand"
        | "taiwaneseCounting"
        | "taiwaneseCountingThousand" => CHINESE.write(value),
        "chineseLegalSimplified" => LEGAL_SIMPLIFIED.write(value),
        "ideographLegalTraditional" => LEGAL_TRADITIONAL.write(value),
        "japaneseCounting" => JAPANESE.write(value),
        "koreanCounting" => KOREAN.write(value),
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" => match value {
            1..=20 => nth('①', value),
            21..=35 => nth('㉑', value - 20),
            36..=50 => nth('㊱', value - 35),
            _ => None,
        },
        "decimalEnclosedParen" => within(value, 20).and_then(|value| nth('⑴', value)),
        "decimalEnclosedFullstop" => within(value, 20).and_then(|value| nth('⒈', value)),
        "ideographEnclosedCircle" => within(value, 10).and_then(|value| nth('㊀', value)),
        _ => None,
    }
}

fn ordinal_ending(value: usize) -> &'static str {
    match (value % 100, value % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

fn within(value: usize, most: usize) -> Option<usize> {
    (1..=most).contains(&value).then_some(value)
}

/// The character of a number, counted from 1, in a row that begins with `first`.
fn nth(first: char, value: usize) -> Option<String> {
    let offset = u32::try_from(value).ok()?.checked_sub(1)?;
    char::from_u32(u32::from(first) + offset).map(String::from)
}

fn roman(value: usize) -> Option<String> {
    const PARTS: [(usize, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut left = within(value, 9_999)?;
    let mut text = String::new();
    for (part, letters) in PARTS {
        while left >= part {
            text.push_str(letters);
            left -= part;
        }
    }
    Some(text)
}

/// a, b … z, aa, bb …
fn repeated(value: usize, letters: &str) -> Option<String> {
    let count = letters.chars().count();
    let index = value.checked_sub(1)?;
    let times = index / count + 1;
    let letter = letters.chars().nth(index % count)?;
    (times <= MAX_REPEATED).then(|| letter.to_string().repeat(times))
}

/// Characters in their order, and again from the first.
fn cycled(value: usize, characters: &str) -> Option<String> {
    let index = value.checked_sub(1)? % characters.chars().count();
    characters.chars().nth(index).map(String::from)
}

fn digits(value: usize, digit: impl Fn(u32) -> Option<char>) -> String {
    let decimal = value.to_string();
    decimal
        .chars()
        .filter_map(|c| c.to_digit(10).and_then(&digit))
        .collect()
}

impl Characters {
    fn write(&self, value: usize) -> Option<String> {
        let value = within(value, 99_999_999)?;
        let (high, low) = (value / 10_000, value % 10_000);
        let mut text = String::new();
        if high > 0 {
            self.thousands(high, &mut text);
            text.push(self.ten_thousand);
            if self.says_zero && low > 0 && low < 1_000 {
                text.push(self.digits[0]);
            }
        }
        self.thousands(low, &mut text);
        // Ten to nineteen begin with the unit: 十二, not 一十二.
        let long = [self.digits[1], self.units[0]];
        match text.strip_prefix(&String::from_iter(long)) {
            Some(rest) => Some(format!("{}{rest}", self.units[0])),
            None => Some(text),
        }
    }

    /// A number below ten thousand; nothing for 0.
    fn thousands(&self, value: usize, text: &mut String) {
        let mut omitted = false;
        let mut begun = false;
        for (place, unit) in [
            (1_000, Some(self.units[2])),
            (100, Some(self.units[1])),
            (10, Some(self.units[0])),
            (1, None),
        ] {
            let digit = value / place % 10;
            if digit == 0 {
                omitted = begun;
                continue;
            }
            if omitted && self.says_zero {
                text.push(self.digits[0]);
            }
            if digit != 1 || unit.is_none() || self.says_one {
                text.push(self.digits[digit]);
            }
            text.extend(unit);
            begun = true;
            omitted = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_their_format() {
        for (value, format, expected) in [
            (4, "decimal", "4"),
            (4, "decimalZero", "04"),
            (0, "lowerLetter", "0"),
            (3, "lowerLetter", "c"),
            (28, "upperLetter", "BB"),
            (14, "lowerRoman", "xiv"),
            (1994, "upperRoman", "MCMXCIV"),
            (22, "ordinal", "22nd"),
            (12, "ordinal", "12th"),
            (7, "chineseCounting", "七"),
            (12, "chineseCountingThousand", "十二"),
            (105, "chineseCountingThousand", "一百〇五"),
            (110, "chineseCountingThousand", "一百一十"),
            (23, "japaneseCounting", "二十三"),
            (101, "japaneseCounting", "百一"),
            (3, "chineseLegalSimplified", "叁"),
            (2, "ideographTraditional", "乙"),
            (21, "decimalEnclosedCircle", "㉑"),
            (12, "decimalFullWidth", "１２"),
            (3, "ganada", "다"),
            (5, "unheardOf", "5"),
        ] {
            assert_eq!(number(value, format), expected, "{value} as {format}");
        }
    }
}
