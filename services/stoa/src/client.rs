//! Commands that talk to a running server.

mod ask;
mod calibrate;
mod connection;
mod documents;
mod eval;
mod jobs;
mod learn;
pub(crate) mod output;
mod people;
mod reindex;
mod search;
mod unanswered;

use std::process::ExitCode;

use anyhow::Result;
use stoa_kit::Config;

pub(crate) use connection::Connection;
pub(crate) use learn::teach_at_start;

use crate::args::{Client, Common, EvalCommand};

/// Runs a command.
pub(crate) async fn run(command: Client, config: &Config, common: &Common) -> Result<ExitCode> {
    // Two files are compared without a server.
    if let Client::Eval(options) = &command
        && let Some(EvalCommand::Compare {
            first,
            second,
            level,
            no_judge,
            output,
        }) = &options.command
    {
        let judge = (!no_judge).then_some(config);
        return eval::compare(judge, [first, second], *level, output).await;
    }
    let connection = Connection::find(config, common)?;
    match command {
        Client::Learn {
            sources,
            collection,
            no_wait,
            target,
        } => {
            let space = target.space()?;
            let options = learn::Options {
                collection: collection.unwrap_or_default(),
                wait: !no_wait,
            };
            learn::run(&connection, &space, &sources, &options, &target.output).await
        }
        Client::Ask {
            question,
            conversation,
            expect_source,
            target,
        } => {
            let space = target.space()?;
            ask::run(
                &connection,
                &space,
                &question,
                conversation.unwrap_or_default(),
                expect_source.as_deref(),
                &target.output,
            )
            .await
        }
        Client::Search {
            question,
            limit,
            mode,
            target,
        } => {
            let space = target.space()?;
            search::run(&connection, &space, &question, limit, mode, &target.output).await
        }
        Client::Calibrate {
            questions,
            write,
            target,
        } => {
            let space = target.space()?;
            calibrate::run(
                &connection,
                &space,
                &questions,
                write.as_deref(),
                &target.output,
            )
            .await
        }
        Client::Reindex { remove, output } => match remove {
            Some(name) => reindex::remove(&connection, &name, &output).await,
            None => reindex::run(&connection, &output).await,
        },
        Client::Eval(options) => Box::pin(eval::run(&connection, config, *options)).await,
        Client::Unanswered {
            limit,
            again,
            target,
        } => {
            let space = target.space()?;
            unanswered::run(&connection, &space, limit, again, &target.output).await
        }
        Client::Documents { target } => {
            documents::list(&connection, &target.space()?, &target.output).await
        }
        Client::Jobs { limit, target } => {
            jobs::run(&connection, &target.space()?, limit, &target.output).await
        }
        Client::Forget { document, target } => {
            documents::forget(&connection, &target.space()?, &document, &target.output).await
        }
        Client::ExportPerson { person } => people::export(&connection, &person).await,
        Client::ForgetPerson { person, output } => {
            people::forget(&connection, &person, &output).await
        }
    }
}
