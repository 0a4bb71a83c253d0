//! What the services of the chart talk to outside their cluster, for `helm/containers.sh`: both chat platforms, a language
//! model's endpoint, a Qdrant, an S3 server and a collector of traces, each on a port of this machine.
//!
//! The first line that it prints says where they are. After that it reads a command a line, a JSON list of its name and
//! what it takes, and answers with a line of JSON. It ends with its input.

mod commands;

use std::io::{BufRead, Write};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use stoa_tests::{
    collector::Collector,
    discord::{self, Discord},
    endpoint::{self, Endpoint, Writes},
    nats::Credentials,
    s3::{self, S3},
    telegram::{self, Telegram},
};

/// What the Qdrant asks for.
const QDRANT_KEY: &str = "a-key-of-the-tests";
/// Vectors that the endpoint gives, if it is asked for some.
const DIMENSIONS: usize = 384;

/// Everything that runs.
struct Outside {
    discord: Discord,
    telegram: Telegram,
    endpoint: Endpoint,
    qdrant: stoa_test_qdrant::Qdrant,
    collector: Collector,
    s3: S3,
}

impl Outside {
    fn start() -> Self {
        Self {
            discord: Discord::start(),
            telegram: Telegram::start(),
            endpoint: Endpoint::start(DIMENSIONS, Writes::Quotes),
            qdrant: stoa_test_qdrant::Qdrant::with_key(QDRANT_KEY),
            collector: Collector::start(),
            s3: S3::start(),
        }
    }

    /// Where each is, what it lets in, and who may use a NATS.
    fn described(&self) -> Value {
        let nats = Credentials::new();
        json!({
            "discord": { "url": self.discord.url, "token": discord::TOKEN, "guild": discord::GUILD, "channel": discord::GENERAL, "bot": discord::BOT },
            "telegram": { "url": self.telegram.url, "token": telegram::TOKEN },
            "endpoint": { "url": self.endpoint.url, "key": endpoint::KEY },
            "qdrant": { "url": self.qdrant.url, "key": QDRANT_KEY },
            "collector": { "url": self.collector.endpoint() },
            "s3": { "url": self.s3.url, "key": s3::KEY, "secret": s3::SECRET },
            "nats": { "config": nats.config, "creds": nats.creds },
        })
    }
}

fn main() -> Result<()> {
    let outside = Outside::start();
    let mut output = std::io::stdout();
    writeln!(output, "{}", outside.described())?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let command: Vec<Value> = serde_json::from_str(&line).context(line)?;
        let answer = match commands::carry_out(&outside, &command) {
            Ok(answer) => json!({ "answer": answer }),
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        writeln!(output, "{answer}")?;
    }
    Ok(())
}
