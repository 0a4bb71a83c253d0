//! The data that is kept of a person: export and removal.

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use stoa_proto::generation::{
    Citation, ExportPersonRequest, ExportedTurn, ForgetPersonRequest, Rating, Turn,
};

use super::{
    Connection,
    output::{page, print_json, say, time},
};
use crate::args::Output;

#[derive(Serialize)]
struct PersonJson<'a> {
    person: &'a str,
    turns: Vec<TurnJson>,
}

#[derive(Serialize)]
struct TurnJson {
    id: String,
    space: String,
    conversation: String,
    asked_at: String,
    /// Empty where they only rated somebody else's answer.
    question: String,
    answer: String,
    /// A document that the answer rested on was forgotten, and the answer with it.
    erased: bool,
    sources: Vec<SourceJson>,
    rating: Option<&'static str>,
    reason: String,
}

#[derive(Serialize)]
struct SourceJson {
    n: u32,
    document: String,
    page: Option<u32>,
    quote: String,
}

#[derive(Serialize)]
struct ForgottenJson<'a> {
    person: &'a str,
    turns: u64,
}

/// Prints all that is kept of a person as one JSON object.
pub(super) async fn export(connection: &Connection, person: &str) -> Result<ExitCode> {
    let mut turns = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ExportPersonRequest {
            user: person.to_owned(),
            page_token,
        };
        let answer = connection.generation().export_person(request).await;
        let answer = answer
            .map_err(|status| connection.explain(&status))?
            .into_inner();
        turns.extend(answer.turns.into_iter().map(json));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    print_json(&PersonJson { person, turns })?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn forget(
    connection: &Connection,
    person: &str,
    output: &Output,
) -> Result<ExitCode> {
    let request = ForgetPersonRequest {
        user: person.to_owned(),
    };
    let answer = connection.generation().forget_person(request).await;
    let turns = answer
        .map_err(|status| connection.explain(&status))?
        .into_inner()
        .turns;
    if output.json {
        print_json(&ForgottenJson { person, turns })?;
    } else {
        say!("Removed {turns} questions of {person} with their answers");
    }
    Ok(ExitCode::SUCCESS)
}

fn json(exported: ExportedTurn) -> TurnJson {
    let rating = match exported.rating() {
        Rating::Up => Some("up"),
        Rating::Down => Some("down"),
        Rating::Unspecified => None,
    };
    let turn: Turn = exported.turn.unwrap_or_default();
    TurnJson {
        asked_at: time(turn.created_at.as_ref()),
        id: turn.id,
        space: exported.space,
        conversation: exported.conversation,
        question: turn.question,
        answer: turn.answer,
        erased: turn.erased,
        sources: turn.citations.into_iter().map(source).collect(),
        rating,
        reason: exported.reason,
    }
}

fn source(citation: Citation) -> SourceJson {
    SourceJson {
        n: citation.n,
        document: citation.document,
        page: page(citation.page),
        quote: citation.quote,
    }
}
