//! The command line.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use stoa_kit::config::{Config, Sources};

/// A bot that knows your documents: it answers with checked citations, or says that it does not know.
///
/// Start everything with `stoa up`, teach it with `stoa learn PATH`, and ask with `stoa ask "QUESTION"`.
#[derive(Debug, Parser)]
#[command(name = "stoa", version, max_term_width = 110)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Common {
    /// Configuration file (TOML) [default: stoa/stoa.toml in your configuration folder, if it is there]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "STOA_CONFIG",
        hide_env_values = true
    )]
    config: Option<PathBuf>,
    /// Folder of all state; also how commands find a running `stoa up`
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Sets a key of the configuration, for example --set ingestion.workers=4
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// How logs are written
    #[arg(long, global = true, value_enum)]
    log_format: Option<LogFormat>,
    /// Which logs are written: a level, or a filter such as info,stoa_ingestion=debug
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Address of another server than the one of the data folder; needs STOA_TOKEN
    #[arg(long, global = true, value_name = "URL", env = "STOA_SERVER")]
    pub(crate) server: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    Human,
    Json,
}

impl Common {
    /// The configuration with the flags over it.
    pub(crate) fn config(&self) -> Result<Config> {
        let mut flags = self.set.clone();
        flags.extend(
            self.data_dir
                .as_ref()
                .map(|dir| format!("data.dir={}", dir.display())),
        );
        flags.extend(
            self.log_level
                .as_ref()
                .map(|level| format!("log.level={level}")),
        );
        flags.extend(self.log_format.map(|format| match format {
            LogFormat::Human => "log.format=human".to_owned(),
            LogFormat::Json => "log.format=json".to_owned(),
        }));
        Ok(Sources::of_process(self.config.clone(), flags).load()?)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs everything on this machine and prints a `ready` line with the address
    Up(Up),
    #[command(flatten)]
    Client(Client),
    /// Checks configuration, programs, models and systems, and says what to mend
    Doctor(Output),
    #[command(flatten)]
    Service(Service),
}

/// Options of `stoa up`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Up {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:7700]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
    /// Port to listen on, on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", conflicts_with = "listen")]
    pub(crate) port: Option<u16>,
    /// Files or folders to teach before saying `ready`; what is known already is not done again
    #[arg(long, value_name = "PATH")]
    pub(crate) learn: Vec<PathBuf>,
}

/// One service of a cluster.
#[derive(Debug, Subcommand)]
pub(crate) enum Service {
    /// Runs the ingestion service
    Ingestion(Listen),
    /// Runs the embedding service
    Embedding(Listen),
    /// Runs the retrieval service
    Retrieval(Listen),
    /// Runs the generation service
    Generation(Listen),
    /// Runs the Discord frontend; needs DISCORD_TOKEN
    Discord(Listen),
    /// Runs the Telegram frontend; needs TELEGRAM_TOKEN
    Telegram(Listen),
}

/// Options of a service.
#[derive(Debug, ClapArgs)]
pub(crate) struct Listen {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:7700]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
}

/// Commands that talk to a running server.
#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Teaches files, folders or web pages
    Learn {
        /// Files, folders or http(s) addresses
        #[arg(required = true, value_name = "PATH|URL")]
        sources: Vec<String>,
        /// Collection within the space
        #[arg(long, value_name = "NAME")]
        collection: Option<String>,
        /// Returns when everything is queued, not when it is searchable
        #[arg(long)]
        no_wait: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Asks a question and streams the answer with its sources
    Ask {
        /// The question
        question: String,
        /// Goes on with a conversation, so that follow-ups are understood
        #[arg(long, value_name = "ID")]
        conversation: Option<String>,
        #[command(flatten)]
        target: Target,
    },
    /// Shows the passages that answer a question best
    Search {
        /// The question
        question: String,
        /// How many passages to show
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
        /// How candidates are found
        #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
        mode: Mode,
        #[command(flatten)]
        target: Target,
    },
    /// Measures what the embedding model's cosines mean, over questions whose answers are known
    ///
    /// Each line of the file is {"question": "…", "document": "handbook.md", "page": 3}, the page if there is one, or
    /// {"question": "…"} for one that the documents do not answer. The documents are those of the space.
    Calibrate {
        /// File of questions (JSONL)
        #[arg(value_name = "QUESTIONS.jsonl")]
        questions: PathBuf,
        /// The model's description to put the result into (stoa.json in the model's folder)
        #[arg(long, value_name = "FILE")]
        write: Option<PathBuf>,
        #[command(flatten)]
        target: Target,
    },
    /// Lists what was taught
    Documents {
        #[command(flatten)]
        target: Target,
    },
    /// Lists the latest jobs
    Jobs {
        /// How many jobs to show
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        #[command(flatten)]
        target: Target,
    },
    /// Forgets a document: passages, bytes, rows, and the answers that rest on it
    Forget {
        /// Its name or id
        document: String,
        #[command(flatten)]
        target: Target,
    },
    /// Prints as JSON what is kept of a person in all spaces: questions, answers and ratings
    ExportPerson {
        /// Who: discord:ID or telegram:ID
        person: String,
    },
    /// Removes what a person asked in all spaces, with the answers and their ratings
    ForgetPerson {
        /// Who: discord:ID or telegram:ID
        person: String,
        #[command(flatten)]
        output: Output,
    },
}

/// How `search` finds candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Meaning and words together
    Hybrid,
    /// Meaning alone
    Dense,
    /// Words alone
    Keyword,
}

/// Which space, and how to print.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Target {
    /// The space: nothing crosses from one to another
    #[arg(
        long,
        value_name = "NAME",
        default_value = "default",
        env = "STOA_SPACE"
    )]
    pub(crate) space: String,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// How to print.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Output {
    /// Prints one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
