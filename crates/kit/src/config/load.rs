use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    error::{Actual, Kind},
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};
use thiserror::Error;

use super::{
    ADDRESS_KEYS, Config, SECRET_KEYS,
    variables::{key_of, variable_of},
};
use crate::{Address, address::shown};

/// The configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that a key names cannot be read.
    #[error("`{key}` names {path}, which cannot be read: {source}")]
    File {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key that does not exist.
    #[error("{origin}: there is no key `{key}`{}", nearest.as_ref().map_or_else(String::new, |known| format!("; did you mean `{known}`?")))]
    Unknown {
        /// Where it was given.
        origin: String,
        /// The key.
        key: String,
        /// The nearest key there is.
        nearest: Option<String>,
    },
    /// A value that the key does not take.
    #[error("{origin}: `{key}` {problem}")]
    Type {
        /// Where it was given.
        origin: String,
        /// The key.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// A value out of range.
    #[error("`{key}` {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A key that has to be set.
    #[error("`{key}` is not set: {hint}")]
    Missing {
        /// The key.
        key: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A secret on the command line.
    #[error(
        "`{key}` {what} and every user of this machine can read command lines: set {variable}, or {variable}_FILE to a file that holds it"
    )]
    SecretFlag {
        /// The key.
        key: String,
        /// Why it is none for a command line.
        what: &'static str,
        /// Its environment variable.
        variable: String,
    },
    /// A flag that is not KEY=VALUE.
    #[error("--set {given}: write KEY=VALUE, for example --set ingestion.workers=4")]
    Flag {
        /// What was given.
        given: String,
    },
    /// The file is not TOML.
    #[error("{origin}: {problem}")]
    Syntax {
        /// The file.
        origin: String,
        /// What is wrong and where.
        problem: String,
    },
}

/// Where a configuration comes from; later ones win.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file that was named; without one `stoa/stoa.toml` in the user's configuration folder, if it is there.
    pub file: Option<PathBuf>,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// `key=value` of flags.
    pub flags: Vec<String>,
}

impl Sources {
    /// The file, this process's environment, and flags.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<String>) -> Self {
        let file = file.or_else(|| {
            dirs::config_dir()
                .map(|dir| dir.join("stoa/stoa.toml"))
                .filter(|path| path.is_file())
        });
        Self {
            file,
            // One that is not text is not ours, and no reason to stop.
            environment: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            flags,
        }
    }

    /// Reads and checks.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let mut figment = Figment::new();
        if let Some(path) = &self.file {
            let text = fs::read_to_string(path).map_err(|source| ConfigError::Read {
                path: path.clone(),
                source,
            })?;
            figment = figment.merge(Layer::toml(path, &text)?);
        }
        figment = figment
            .merge(self.environment_layer()?)
            .merge(self.flag_layer()?);
        let config: Config = figment.extract().map_err(explain)?;
        config.check()?;
        Ok(config)
    }

    fn environment_layer(&self) -> Result<Layer, ConfigError> {
        let mut layer = Layer::new("environment");
        for (variable, value) in &self.environment {
            let Some(key) = key_of(variable, value) else {
                continue;
            };
            if let Some(secret) = key
                .strip_suffix("_file")
                .or_else(|| key.strip_suffix(".file"))
                && (SECRET_KEYS.contains(&secret) || ADDRESS_KEYS.contains(&secret))
            {
                let path = PathBuf::from(value);
                let text = fs::read_to_string(&path)
                    .map_err(|source| ConfigError::Read { path, source })?;
                // Files that editors and `echo` write end with a line end, which is not part of the secret.
                layer.put(secret, Value::from(text.trim()));
            } else {
                layer.put(&key, parse(&key, value));
            }
        }
        Ok(layer)
    }

    fn flag_layer(&self) -> Result<Layer, ConfigError> {
        let mut layer = Layer::new("command line");
        for flag in &self.flags {
            let (key, value) = flag.split_once('=').ok_or_else(|| ConfigError::Flag {
                given: flag.clone(),
            })?;
            let password = ADDRESS_KEYS.contains(&key) && Address::from(value).has_user();
            // Before the value is looked at, so that no error can quote it.
            if SECRET_KEYS.contains(&key) || password {
                return Err(ConfigError::SecretFlag {
                    key: key.to_owned(),
                    what: if password {
                        "holds a user or a password"
                    } else {
                        "is a secret"
                    },
                    variable: variable_of(key),
                });
            }
            layer.put(key, parse(key, value));
        }
        Ok(layer)
    }
}

/// Numbers and switches are typed; a secret stays the text it is, so that `0123` keeps its zero, but for the line end
/// that Secrets of a cluster often have.
fn parse(key: &str, value: &str) -> Value {
    if SECRET_KEYS.contains(&key) || ADDRESS_KEYS.contains(&key) {
        return Value::from(value.trim());
    }
    match (
        value.parse::<i64>(),
        value.parse::<f64>(),
        value.parse::<bool>(),
    ) {
        (Ok(number), _, _) => Value::from(number),
        (_, Ok(number), _) => Value::from(number),
        (_, _, Ok(switch)) => Value::from(switch),
        _ => Value::from(value),
    }
}

/// One source of values, under the name that errors give it.
struct Layer {
    origin: String,
    values: Dict,
}

impl Layer {
    fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            values: Dict::new(),
        }
    }

    fn toml(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let origin = path.display().to_string();
        match Toml::from_str(text) {
            Ok(values) => Ok(Self { origin, values }),
            // The whole error quotes the line, which may be one with a secret.
            Err(error) => Err(ConfigError::Syntax {
                problem: match error.span() {
                    Some(span) => {
                        format!("line {}: {}", line_of(text, span.start), error.message())
                    }
                    None => error.message().to_owned(),
                },
                origin,
            }),
        }
    }

    fn put(&mut self, key: &str, value: Value) {
        match key.split_once('.') {
            None => {
                self.values.insert(key.to_owned(), value);
            }
            Some((section, key)) => {
                let section = self
                    .values
                    .entry(section.to_owned())
                    .or_insert_with(|| Value::from(Dict::new()));
                if let Value::Dict(_, values) = section {
                    values.insert(key.to_owned(), value);
                }
            }
        }
    }
}

/// The line of a byte, from 1.
fn line_of(text: &str, byte: usize) -> usize {
    let before = text.bytes().take(byte);
    1 + before.filter(|byte| *byte == b'\n').count()
}

impl figment::Provider for Layer {
    fn metadata(&self) -> figment::Metadata {
        figment::Metadata::named(self.origin.clone())
    }

    fn data(&self) -> figment::Result<Map<figment::Profile, Dict>> {
        Ok(Map::from([(
            figment::Profile::Default,
            self.values.clone(),
        )]))
    }
}

fn explain(error: figment::Error) -> ConfigError {
    let origin = error
        .metadata
        .as_ref()
        .map_or_else(|| "configuration".to_owned(), |from| from.name.to_string());
    let path = error.path.join(".");
    match error.kind {
        Kind::UnknownField(name, known) => {
            // The path ends with the unknown key in some sources and with its section in others.
            let section = path
                .strip_suffix(&name)
                .unwrap_or(&path)
                .trim_end_matches('.');
            let full = |key: &str| {
                if section.is_empty() {
                    key.to_owned()
                } else {
                    format!("{section}.{key}")
                }
            };
            let nearest = known
                .iter()
                .map(|key| (strsim::damerau_levenshtein(key, &name), key))
                .min()
                // Beyond a third of its letters another key is no slip of the hand.
                .filter(|(distance, _)| *distance <= 1 + name.chars().count() / 3)
                .map(|(_, key)| full(key));
            ConfigError::Unknown {
                origin,
                key: full(&name),
                nearest,
            }
        }
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            let given = match actual {
                // A secret is not quoted, also where it has the wrong type.
                _ if SECRET_KEYS.contains(&path.as_str()) => "what was given".to_owned(),
                Actual::Str(text) => format!("\"{}\"", shown(&text)),
                other => other.to_string(),
            };
            ConfigError::Type {
                origin,
                key: path,
                problem: format!("takes {expected}, not {given}"),
            }
        }
        Kind::UnknownVariant(given, known) => ConfigError::Type {
            origin,
            key: path,
            problem: format!("takes {}, not \"{}\"", known.join(" or "), shown(&given)),
        },
        other => ConfigError::Type {
            origin,
            key: path,
            problem: other.to_string(),
        },
    }
}

/// Root's own folder is closed to the unprivileged user that PostgreSQL runs as, so root's data is a system's data.
pub(super) fn default_data_dir() -> PathBuf {
    if nix::unistd::geteuid().is_root() {
        return PathBuf::from("/var/lib/stoa");
    }
    dirs::data_dir()
        .unwrap_or_else(|| PathBuf::from("."))
        .join("stoa")
}

pub(super) fn default_assets_dir() -> PathBuf {
    dirs::cache_dir()
        .unwrap_or_else(|| PathBuf::from("."))
        .join("stoa")
}

#[cfg(test)]
mod tests;
