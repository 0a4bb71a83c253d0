//! The tenant.

use std::fmt;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript};

/// Longest name of a space, in bytes.
pub const MAX_LENGTH: usize = 128;
/// Scripts with letters that look like those of each other.
const ALIKE: [Script; 3] = [Script::Latin, Script::Greek, Script::Cyrillic];

/// A tenant: a Discord server, a Telegram chat, or a named space. Nothing crosses spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Space(String);

/// The name cannot be one of a space.
#[derive(Debug, Clone, Error)]
pub enum InvalidSpace {
    /// It is none, too long, or has other characters.
    #[error("`{given}` cannot name a space: use 1 to {MAX_LENGTH} letters, digits, or . _ : -")]
    Characters {
        /// How it begins.
        given: String,
    },
    /// It could be read as another name.
    #[error(
        "`{given}` cannot name a space: it has letters of {first:?} and of {second:?} that look like each other, so write \
         it in one of the two"
    )]
    Mixed {
        /// How it begins.
        given: String,
        /// The script of its first letters.
        first: Script,
        /// Another one.
        second: Script,
    },
}

impl Space {
    /// Checks a name, and brings it to the form that all ways to write it have in common: letters of full width or with
    /// separate accents name the same space as plain ones. Upper and lower case are two.
    pub fn parse(name: &str) -> Result<Self, InvalidSpace> {
        let given = || name.chars().take(40).collect::<String>();
        // Before it is normalized, which may make it longer and takes time.
        if name.len() > MAX_LENGTH * 4 {
            return Err(InvalidSpace::Characters { given: given() });
        }
        // NFKC and not NFC, which would keep letters of full width apart from plain ones.
        let name: String = name.nfkc().collect();
        if name.is_empty() || name.len() > MAX_LENGTH || !name.chars().all(is_allowed) {
            return Err(InvalidSpace::Characters { given: given() });
        }
        let scripts = ALIKE
            .into_iter()
            .filter(|script| name.chars().any(|c| c.script() == *script));
        // `paypal` with one Cyrillic letter would be a space that nobody can tell from another. Only these three scripts
        // look alike so; Chinese with Latin letters is as usual.
        if let [first, second, ..] = scripts.collect::<Vec<_>>()[..] {
            return Err(InvalidSpace::Mixed {
                given: given(),
                first,
                second,
            });
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_allowed(c: char) -> bool {
    // Letters by their class that nobody sees.
    let is_filler = matches!(c, '\u{115f}' | '\u{1160}');
    (c.is_alphanumeric() && !is_filler) || matches!(c, '.' | '_' | ':' | '-')
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<InvalidSpace> for tonic::Status {
    fn from(error: InvalidSpace) -> Self {
        Self::invalid_argument(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_platforms_and_people_are_spaces() {
        for name in ["book", "discord:1234", "telegram:-100123", "手册", "a.b_c"] {
            assert_eq!(Space::parse(name).expect(name).as_str(), name);
        }
    }

    #[test]
    fn names_that_could_be_mistaken_are_refused() {
        let long = "x".repeat(MAX_LENGTH + 1);
        let longer = "x".repeat(MAX_LENGTH * 4 + 1);
        let mixed = "p\u{430}ypal";
        for name in [
            "",
            "a b",
            "../etc",
            "a\n",
            "a/b",
            "*",
            "a\u{3164}",
            mixed,
            long.as_str(),
            longer.as_str(),
        ] {
            assert!(Space::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn ways_to_write_a_name_are_one_space() {
        for (written, name) in [
            ("\u{ff42}\u{ff4f}\u{ff4f}\u{ff4b}", "book"),
            ("cafe\u{301}", "café"),
            ("\u{fb01}le", "file"),
            ("discord\u{ff1a}12", "discord:12"),
        ] {
            assert_eq!(
                Space::parse(written).expect(name),
                Space::parse(name).expect(name)
            );
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong() {
        let said = |name: &str| Space::parse(name).expect_err(name).to_string();
        assert!(said("a b").contains("letters, digits"));
        let mixed = said("p\u{430}ypal");
        assert!(
            mixed.contains("Latin") && mixed.contains("Cyrillic"),
            "{mixed}"
        );
        Space::parse("стоа-手册").expect("other scripts are not alike");
    }
}
