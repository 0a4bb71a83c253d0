//! The command line.

mod eval;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use stoa_kit::{
    Space,
    config::{Config, Sources},
};
use stoa_proto::retrieval::SearchMode;

pub(crate) use eval::{Eval, EvalCommand, EvalRun, Purpose};

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
    /// Folder that everything is kept in; commands find a running `stoa up` by it
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Sets a key of the configuration, for example --set ingestion.workers=4; secrets come from the environment
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
        Ok(self.sources().load()?)
    }

    /// Where the configuration comes from.
    pub(crate) fn sources(&self) -> Sources {
        // The named options behind `--set`, so that they win over the same key in it.
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
        Sources::of_process(self.config.clone(), flags)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs everything on this machine and prints a `ready` line with the address
    ///
    /// It runs until Ctrl-C. It brings what is not configured: PostgreSQL, NATS, the index and the models. With
    /// DISCORD_TOKEN or TELEGRAM_TOKEN it answers there, too. What it learned is kept in the data folder.
    Up(Up),
    #[command(flatten)]
    Client(Client),
    /// Checks configuration, programs, models and systems, and says what to mend
    ///
    /// If a `stoa up` runs on the data folder, its configuration is checked; otherwise that of this command: the file,
    /// its environment and its options.
    Doctor(Output),
    /// Brings the database of a cluster up to date, before its services of this version start
    ///
    /// It makes the tables of the services, or changes those of an older version. Nothing in them is lost, and services
    /// of the version before keep working. It can be run again, or twice at once: it then finds nothing to do.
    Migrate(Output),
    /// Asks the service on this machine whether it is ready, as health checks of containers do
    ///
    /// It asks at admin.listen, succeeds when the service is ready, and says what is missing when it is not.
    Probe,
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
    /// Files or folders to teach before saying `ready`; those that are known already are passed over
    #[arg(long, value_name = "PATH")]
    pub(crate) learn: Vec<PathBuf>,
}

/// One service of a cluster.
#[derive(Debug, Subcommand)]
pub(crate) enum Service {
    /// Runs the ingestion service of a cluster: reads documents and makes them searchable
    Ingestion(Listen),
    /// Runs the embedding service of a cluster: turns texts into vectors
    Embedding(Listen),
    /// Runs the retrieval service of a cluster: holds the index and searches it
    Retrieval(Listen),
    /// Runs the generation service of a cluster: answers, and checks what it says
    Generation(Listen),
    /// Runs the Discord frontend of a cluster; needs DISCORD_TOKEN
    Discord(Listen),
    /// Runs the Telegram frontend of a cluster; needs TELEGRAM_TOKEN
    Telegram(Listen),
}

impl Service {
    /// What it is called in traces.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ingestion(_) => "stoa-ingestion",
            Self::Embedding(_) => "stoa-embedding",
            Self::Retrieval(_) => "stoa-retrieval",
            Self::Generation(_) => "stoa-generation",
            Self::Discord(_) => "stoa-discord",
            Self::Telegram(_) => "stoa-telegram",
        }
    }
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
    ///
    /// PDF, Word, PowerPoint, Excel, EPUB, HTML, Markdown and text are read. Of a folder all files are taught, except
    /// hidden ones and those that its .gitignore names. Files that did not change are not learned again. Questions that
    /// had no answer before, and that the new documents may answer, are asked again.
    Learn {
        /// Files, folders or http(s) addresses
        #[arg(required = true, value_name = "PATH|URL")]
        sources: Vec<String>,
        /// Puts them into a named part of the space, which a channel of a chat can be limited to
        #[arg(long, value_name = "NAME")]
        collection: Option<String>,
        /// Returns when everything is handed over, not when it is learned; `stoa jobs` shows the progress
        #[arg(long)]
        no_wait: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Asks a question and streams the answer with its sources
    Ask {
        /// The question
        question: String,
        /// Any name: questions under the same name are one conversation, so that follow-ups are understood
        #[arg(long, value_name = "ID")]
        conversation: Option<String>,
        /// Fails unless the answer cites this document, by its name: for checks of an installation
        #[arg(long, value_name = "DOCUMENT")]
        expect_source: Option<String>,
        #[command(flatten)]
        target: Target,
    },
    /// Shows the passages that answer a question best, without an answer
    Search {
        /// The question, or words to look for
        question: String,
        /// How many passages to show
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
        /// How passages are looked for
        #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
        mode: Mode,
        #[command(flatten)]
        target: Target,
    },
    /// Fits the search to another embedding model, over questions whose answers are known
    ///
    /// It measures what the model's cosines mean, and says what to put into the configuration.
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
    /// Embeds the stored passages anew for another embedding model, and then answers from them
    ///
    /// Set the new model (embedding.model or embedding.url), start the embedding service again, and run this. Until it
    /// has ended, the passages of the model before answer: by their words alone, or by meaning too where
    /// embedding.previous_address names a service that still has that model. It can be stopped and run again at any
    /// time. The old index is kept until it is removed.
    Reindex {
        /// Removes an old index; without it, the names of old ones are listed at the end
        #[arg(long, value_name = "INDEX")]
        remove: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Measures how good search and answers are, over questions whose answers you know
    ///
    /// Each line of the file is {"question": "…", "answer": "…", "document": "handbook.md", "page": 3}: `answer` is what
    /// must stand in what is said, or a list of such words; `passage` gives words of the passage that answers; or
    /// {"question": "…", "unanswerable": true} for what the documents do not say. What you know of these is enough.
    /// `language`, `tags`, `id` and `origin` may be there. A first line {"space": "…", "version": 1} says whose the set is:
    /// `review` and `propose` write it. Nothing of what is asked stays in the space.
    Eval(Box<Eval>),
    /// Lists questions that got no answer, by topic, with the document that comes nearest
    Unanswered {
        /// How many questions to look at, the newest
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// Asks them again, and says which are answered now
        #[arg(long)]
        again: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Lists what was taught: names, titles, sizes and versions
    Documents {
        #[command(flatten)]
        target: Target,
    },
    /// Lists the documents that were taught last: how far each is, and why one failed
    Jobs {
        /// How many jobs to show
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        #[command(flatten)]
        target: Target,
    },
    /// Forgets a document for good: it is neither found nor cited any more, and the answers that rest on it go with it
    Forget {
        /// Its name, as `stoa documents` lists it, or its id
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

impl From<Mode> for SearchMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Hybrid => Self::Hybrid,
            Mode::Dense => Self::Dense,
            Mode::Keyword => Self::Keyword,
        }
    }
}

/// Which space, and how to print.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Target {
    /// Whose documents: each space has its own. That of a Discord server is discord:ID, of a Telegram chat telegram:ID
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

impl Target {
    /// The space, if its name can be one.
    pub(crate) fn space(&self) -> Result<Space> {
        Ok(Space::parse(&self.space)?)
    }
}

/// How to print.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Output {
    /// Prints one JSON object, for scripts
    #[arg(long)]
    pub(crate) json: bool,
}
