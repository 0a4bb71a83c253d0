//! The tenant.

use std::fmt;

use thiserror::Error;

/// Longest name of a space, in bytes.
pub const MAX_LENGTH: usize = 128;

/// A tenant: a Discord server, a Telegram chat, or a named space. Nothing crosses spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Space(String);

/// The name cannot be one of a space.
#[derive(Debug, Clone, Error)]
#[error("`{given}` cannot name a space: use 1 to {MAX_LENGTH} letters, digits, or . _ : -")]
pub struct InvalidSpace {
    given: String,
}

impl Space {
    /// Checks a name.
    pub fn parse(name: &str) -> Result<Self, InvalidSpace> {
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
        if name.is_empty() || name.len() > MAX_LENGTH || !name.chars().all(allowed) {
            let given = name.chars().take(40).collect();
            return Err(InvalidSpace { given });
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
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
        for name in ["", "a b", "../etc", "a\n", "a/b", "*", long.as_str()] {
            assert!(Space::parse(name).is_err(), "{name:?}");
        }
    }
}
