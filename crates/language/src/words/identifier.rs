//! Names that are written by rules of their own: versions, paths, codes, addresses. They are found whole.

use std::ops::Range;

use super::TokenKind;
use crate::{
    fold::fold,
    script::{is_hangul, is_unspaced},
};

/// Ends of names with a full stop in them: of files, and of hosts.
const ENDINGS: &[&str] = &[
    "app", "bak", "bat", "bin", "bmp", "bz2", "c", "cc", "cfg", "class", "cn", "com", "conf",
    "cpp", "cs", "css", "csv", "db", "de", "deb", "dev", "dll", "doc", "docx", "edu", "env",
    "epub", "eu", "exe", "fr", "gif", "gov", "gz", "h", "hpp", "htm", "html", "info", "ini", "io",
    "ipynb", "iso", "jar", "java", "jp", "jpeg", "jpg", "js", "json", "jsonl", "jsx", "key", "kr",
    "lock", "log", "lua", "md", "mov", "mp3", "mp4", "net", "odt", "onnx", "org", "pdf", "pem",
    "php", "png", "ppt", "pptx", "proto", "ps1", "py", "rar", "rb", "rpm", "rs", "rst", "rtf",
    "ru", "sh", "so", "sql", "sqlite", "svg", "swift", "tar", "tex", "tf", "tgz", "toml", "ts",
    "tsv", "tsx", "ttf", "txt", "uk", "wav", "webp", "xls", "xlsx", "xml", "xz", "yaml", "yml",
    "zip", "zst",
];

/// The identifiers of a text and its times of day, in order.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, TokenKind)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(begin) = text[at..].find(is_part).map(|begin| at + begin) {
        let end = text[begin..]
            .find(|c| !is_part(c))
            .map_or(text.len(), |end| begin + end);
        let range = trim(text, begin..end);
        if let Some(kind) = kind(&text[range.clone()]) {
            found.push((range, kind));
        }
        at = end;
    }
    found
}

/// What an identifier is made of: its words and numbers, in lower case. Nothing for one that has only one part.
pub(crate) fn parts(identifier: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for piece in identifier.split(|c: char| !c.is_alphanumeric()) {
        humps(piece, &mut parts);
    }
    // Digits of a version and single letters are parts of everything.
    parts.retain(|part| part.len() > 1 && !matches!(part.as_str(), "http" | "https" | "www"));
    if parts.len() == 1 && parts[0] == fold(identifier) {
        parts.clear();
    }
    parts
}

/// Cuts a name at its capitals: getUserName → get, user, name.
fn humps(piece: &str, parts: &mut Vec<String>) {
    let mut begin = 0;
    let mut small_before = false;
    for (at, c) in piece.char_indices() {
        if c.is_uppercase() && small_before {
            parts.push(fold(&piece[begin..at]));
            begin = at;
        }
        // A run of capitals stays together: HTTPServer is cut nowhere but at what follows a small letter.
        small_before = c.is_lowercase();
    }
    parts.push(fold(&piece[begin..]));
}

fn is_part(c: char) -> bool {
    if c.is_ascii() {
        let joins = "-_./:\\@#~%+$&=?";
        return c.is_ascii_alphanumeric() || joins.contains(c);
    }
    !is_unspaced(c) && !is_hangul(c) && c.is_alphanumeric()
}

/// Leaves out what stands beside a name: the full stop behind it, the dash before it.
fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let run = &text[range.clone()];
    let run = run.trim_start_matches(['-', ':', '@', '#', '%', '+', '$', '&', '=', '?']);
    let run = if run.starts_with("..") && !run.starts_with("../") {
        run.trim_start_matches('.')
    } else {
        run
    };
    let begin = range.end - run.len();
    let end = run.trim_end_matches(['-', '.', ':', '@', '~', '%', '$', '&', '=', '?', '/', '\\']);
    begin..begin + end.len()
}

fn kind(run: &str) -> Option<TokenKind> {
    if run.len() < 2 || !run.contains(|c: char| c.is_alphanumeric()) {
        return None;
    }
    if is_time(run) || is_age_group(run) {
        return Some(TokenKind::Number);
    }
    let is_identifier = is_address(run)
        || is_path(run)
        || is_dotted(run)
        || is_code(run)
        || is_name_of_code(run)
        || matches!(run, "C++" | "c++" | "C#" | "c#" | "F#");
    is_identifier.then_some(TokenKind::Identifier)
}

/// "Under-14s" and "over-65s" are an age with its bound.
fn is_age_group(run: &str) -> bool {
    let folded = run.to_ascii_lowercase();
    let bound = ["under-", "over-"]
        .iter()
        .find_map(|bound| folded.strip_prefix(bound));
    bound.is_some_and(|age| {
        let age = age.strip_suffix('s').unwrap_or(age);
        (1..=2).contains(&age.len()) && age.bytes().all(|c| c.is_ascii_digit())
    })
}

/// 10:30 and 10:30:15.
fn is_time(run: &str) -> bool {
    let fields: Vec<&str> = run.split(':').collect();
    // Two digits after each colon: 1:5 is a ratio or a score.
    let pair = |field: &&str| field.len() == 2 && all_digits(field);
    matches!(fields.len(), 2 | 3)
        && fields[0].len() <= 2
        && all_digits(fields[0])
        && fields[1..].iter().all(pair)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn all_letters(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphabetic)
}

/// URLs, e-mail, a host with its port, IPv6.
fn is_address(run: &str) -> bool {
    let mail = |(user, host): (&str, &str)| !user.is_empty() && host.contains('.');
    // A word before a colon and a number is mostly a label: "step:3".
    let port =
        |(host, port): (&str, &str)| all_digits(port) && (host == "localhost" || is_dotted(host));
    let colons = run.matches(':').count();
    let hexadecimal =
        |field: &str| field.len() <= 4 && field.bytes().all(|b| b.is_ascii_hexdigit());
    run.contains("://")
        || run.starts_with("www.")
        || run.split_once('@').is_some_and(mail)
        || run.rsplit_once(':').is_some_and(port)
        || (colons >= 2 && run.split(':').all(hexadecimal))
}

/// Paths of files and of code: /etc/hosts, src/main.rs, C:\Windows, std::vec. Not and/or, nor km/h.
fn is_path(run: &str) -> bool {
    let absolute = ["/", "~/", "./", "../"]
        .iter()
        .filter_map(|begin| run.strip_prefix(begin))
        .any(|rest| {
            let named = rest.starts_with(|c: char| c.is_alphanumeric() || "._-".contains(c));
            // One name after a stroke is a command of a chat, or a word between strokes.
            named && (!run.starts_with('/') || rest.contains(['/', '.', '_']))
        });
    let drive = run
        .as_bytes()
        .get(1..3)
        .is_some_and(|next| next == b":\\" || next == b":/");
    let relative = run
        .rsplit_once(['/', '\\'])
        .is_some_and(|(_, last)| last.contains('.') && is_dotted(last));
    // 05/01/2024, whose parts are also read as a date; as a path it is compared whole.
    let date = run.split('/').count() == 3 && run.split('/').all(all_digits);
    absolute
        || drive
        || relative
        || date
        || (run.contains("::") && run.chars().any(char::is_alphabetic))
}

/// Versions, IP addresses, dates, names of files and hosts: 3.2.1, v2.0, nginx.conf. Not 3.5, 1.234.567, U.S.
fn is_dotted(run: &str) -> bool {
    let fields: Vec<&str> = run.split('.').collect();
    if fields.len() < 2 || fields[1..].iter().any(|field| field.is_empty()) {
        return false;
    }
    let digits = fields.iter().filter(|field| all_digits(field)).count();
    // 1.234.567 is one number with its thousands set off, as most of Europe writes it; 10.0.1 is a version.
    let thousands = fields[1..].iter().all(|field| field.len() == 3);
    if digits == fields.len() {
        return fields.len() > 2 && !(thousands && fields[0].len() <= 3);
    }
    is_version(&fields) || has_known_ending(&fields) || is_chain(&fields)
}

/// v2.0 and 1.2.3-rc1; not 2.5kg.
fn is_version(fields: &[&str]) -> bool {
    let first = fields[0].trim_start_matches(['v', 'V']);
    let numbers = fields[1..fields.len() - 1]
        .iter()
        .all(|field| all_digits(field));
    let last = fields[fields.len() - 1];
    let tagged = last
        .split_once(['-', '+'])
        .map_or(last, |(number, _)| number);
    // 2.5 alone is a number; a `v` or a third field makes it a version.
    let marked = first.len() < fields[0].len() || fields.len() > 2;
    all_digits(first) && numbers && all_digits(tagged) && marked
}

fn has_known_ending(fields: &[&str]) -> bool {
    let last = fields[fields.len() - 1];
    let last = last.split(['/', ':', '?', '#']).next().unwrap_or(last);
    // A sentence goes on without a space more often than a file's ending is written with a capital.
    let one_case = last.bytes().all(|b| !b.is_ascii_uppercase())
        || last.bytes().all(|b| !b.is_ascii_lowercase());
    let named = fields[fields.len() - 2].chars().any(char::is_alphanumeric) || fields[0].is_empty();
    one_case && named && ENDINGS.contains(&last.to_ascii_lowercase().as_str())
}

/// Names of packages and settings: java.util.List, retrieval.min_score.top.
fn is_chain(fields: &[&str]) -> bool {
    let name = |field: &&str| {
        field.len() > 1
            && field
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let with_underscore = fields.iter().any(|field| field.contains('_'));
    (fields.len() > 2 || with_underscore)
        && fields.iter().all(name)
        && fields[0].bytes().any(|b| b.is_ascii_alphabetic())
}

/// Codes of letters and digits: HX-1401, E1234, 0x8007000E, 2024-05-01, 12a. Not 10kg, 24-hour, 2020-2024.
fn is_code(run: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "-_.:/#+".contains(c);
    if !run.chars().all(plain) || !run.bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    let fields: Vec<&str> = run.split(['-', '_', '.', ':', '/', '#', '+']).collect();
    if fields.iter().any(|field| field.is_empty()) {
        return false;
    }
    let single = fields.len() == 1;
    if fields.iter().all(|field| all_digits(field)) {
        // 2020-2024 is a span of two numbers; three fields are a date or a number of a part.
        return fields.len() > 2 && !run.contains(['.', ':']);
    }
    if run.contains(['.', ':', '/', '+']) {
        return false;
    }
    let mixed = fields.iter().any(|field| is_mixed(field));
    let capitals = |field: &&str| all_letters(field) && !field.chars().any(char::is_lowercase);
    let joined = !single && (fields.iter().any(capitals) || is_small_code(&fields));
    mixed || joined
}

/// Letters and digits in one, other than a number with its unit.
fn is_mixed(field: &str) -> bool {
    let letters = field.trim_start_matches(|c: char| c.is_ascii_digit());
    let has_digits = field.bytes().any(|b| b.is_ascii_digit());
    // Two letters or more behind the digits are mostly a unit (10kg); one letter makes a code or a step (12a).
    let measure =
        letters.len() < field.len() && letters.chars().count() > 1 && all_letters(letters);
    has_digits && !all_digits(field) && !measure && field.chars().any(char::is_alphabetic)
}

/// hx-1401 as it is typed in haste; not top-10, nor mid-1990.
fn is_small_code(fields: &[&str]) -> bool {
    let [letters, digits] = fields else {
        return false;
    };
    let year = digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
    all_letters(letters) && letters.len() <= 4 && all_digits(digits) && digits.len() > 2 && !year
}

/// Names as programs have them: snake_case, ERR_CONN_REFUSED, maxRetries. Not GitHub, nor iPhone, which are words.
fn is_name_of_code(run: &str) -> bool {
    if !run.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return false;
    }
    // Small letters before the first capital: after only one, it is a brand as in iPhone.
    let first_hump = run.find(char::is_uppercase).unwrap_or(0);
    let camel =
        first_hump > 1 && run[first_hump..].contains(char::is_lowercase) && all_letters(run);
    run.trim_matches('_').contains('_') || camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_found_whole() {
        for name in [
            "3.2.1",
            "v2.0",
            "1.2.3-rc1",
            "192.168.0.1",
            "/etc/nginx/nginx.conf",
            "src/main.rs",
            "C:\\Windows\\a.dll",
            "HX-1401",
            "hx-1401",
            "ERR_CONN_REFUSED",
            "E1234",
            "0x8007000E",
            "anna@example.org",
            "https://example.org/a?b=c&d=1",
            "nginx.conf",
            "README.md",
            "snake_case",
            "camelCase",
            "getUserName",
            "std::vec",
            "localhost:8080",
            "2001:db8::1",
            "2024-05-01",
            "01.02.2024",
            "12a",
            "utf8",
            "C++",
            "java.util.List",
            "retrieval.min_score",
            "ISO-9001",
            "COVID-19",
            "example.com",
        ] {
            for text in [
                name.to_owned(),
                format!("See {name}."),
                format!("请看{name}，好"),
                format!("({name})"),
            ] {
                let found = find(&text);
                assert_eq!(found.len(), 1, "{text}: {found:?}");
                assert_eq!(&text[found[0].0.clone()], name, "{text}");
                assert_eq!(found[0].1, TokenKind::Identifier);
            }
        }
    }

    #[test]
    fn words_and_numbers_are_none() {
        for text in [
            "and/or",
            "km/h",
            "3.5",
            "1,234.56",
            "1.234.567",
            "U.S.",
            "e.g.",
            "p.m.",
            "z.B.",
            "10kg",
            "2.5kg",
            "24-hour",
            "3-year-old",
            "2020-2024",
            "top-10",
            "mid-1990",
            "state-of-the-art",
            "GitHub",
            "iPhone",
            "end.Next",
            "-5",
            "NASA",
            "don't",
            "Note:5",
            "TCP/IP",
            "50%",
            "/slip/",
            "/ask",
            "$100",
            "#5",
            "über",
            "1st",
            "20th",
            "3.",
            "…",
            "a.",
            "well.This",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }

    #[test]
    fn times_of_day_are_numbers() {
        assert_eq!(find("at 10:30."), [(3..8, TokenKind::Number)]);
        assert_eq!(find("for under-14s."), [(4..13, TokenKind::Number)]);
    }

    #[test]
    fn parts_are_words_and_numbers() {
        assert_eq!(parts("HX-1401"), ["hx", "1401"]);
        assert_eq!(parts("getUserName"), ["get", "user", "name"]);
        assert_eq!(
            parts("https://example.org/a/faq"),
            ["example", "org", "faq"]
        );
        assert_eq!(parts("ERR_CONN_REFUSED"), ["err", "conn", "refused"]);
        assert!(parts("E1234").is_empty());
        assert_eq!(parts("10:30"), ["10", "30"]);
    }
}
