//! Interactions, answered in time, and the messages within them.

use hyper::Method;
use serde_json::{Value, json};

use super::Answer;
use crate::discord::{
    ACKNOWLEDGED_WITHIN, Shown, State,
    rules::{Refused, check_choices, check_form, check_message},
};

/// Takes the answer to an interaction.
pub(super) fn acknowledge(
    state: &mut State,
    id: u64,
    token: &str,
    body: &Value,
) -> Result<Answer, Refused> {
    let unknown = || Refused::unknown(10_062, "interaction");
    let interaction = state.interactions.get_mut(&id).ok_or_else(unknown)?;
    if interaction.token != token || interaction.began.elapsed() > ACKNOWLEDGED_WITHIN {
        return Err(unknown().offence());
    }
    if interaction.answered.is_some() {
        return Err(Refused::acknowledged());
    }
    match body["type"].as_u64() {
        Some(4) => {
            let mut message = body["data"].clone();
            if message.get("components").is_none() {
                message["components"] = json!([]);
            }
            check_message(&message)?;
        }
        Some(5 | 6) => {}
        Some(8) => check_choices(&body["data"]["choices"])?,
        Some(9) => check_form(&body["data"])?,
        _ => return Err(Refused::form("type: unknown")),
    }
    interaction.answered = Some(body.clone());
    if body["type"] == 4 {
        let (channel, person) = (interaction.channel, interaction.person);
        let ephemeral = body["data"]["flags"].as_u64().unwrap_or(0) & 64 != 0;
        let content = body["data"]["content"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        state.show(Shown {
            channel,
            content,
            only_for: ephemeral.then_some(person),
            ..Shown::default()
        });
    }
    Ok(Answer::nothing())
}

/// Shows the first message of an interaction, or changes it; returns its id.
fn show_original(
    state: &mut State,
    interaction: u64,
    only_for: Option<u64>,
    body: &Value,
) -> Result<u64, Refused> {
    let buttons = check_message(body)?;
    let known = &state.interactions[&interaction];
    let (channel, original) = (known.channel, known.original);
    let shown = match original {
        Some(known) => {
            state.change(known, body)?;
            known
        }
        None => state.show(Shown {
            channel,
            content: body["content"].as_str().unwrap_or_default().to_owned(),
            buttons,
            only_for,
            ..Shown::default()
        }),
    };
    if let Some(interaction) = state.interactions.get_mut(&interaction) {
        interaction.original = Some(shown);
    }
    Ok(shown)
}

/// Messages within an interaction.
pub(super) fn webhook(
    state: &mut State,
    method: &Method,
    token: &str,
    rest: &[&str],
    body: &Value,
) -> Result<Answer, Refused> {
    let unknown = || Refused::unknown(10_015, "Webhook");
    let id = state
        .interactions
        .iter()
        .find(|(_, interaction)| interaction.token == token && interaction.answered.is_some())
        .map(|(id, _)| *id)
        .ok_or_else(unknown)?;
    let interaction = &state.interactions[&id];
    let (channel, person, original) = (
        interaction.channel,
        interaction.person,
        interaction.original,
    );
    let deferred = interaction.answered.clone().unwrap_or_default();
    let flags = deferred["data"]["flags"].as_u64().unwrap_or(0);
    let only_for = (flags & 64 != 0).then_some(person);
    let bucket = format!("webhook-{token}");
    let (left, ends) = state.take(&bucket)?;
    let left = Some((bucket, left, ends));
    match (method, rest) {
        (&Method::PATCH, ["messages", "@original"]) => {
            let id_of = show_original(state, id, only_for, body)?;
            Ok(Answer {
                body: Some(state.own(id_of, channel)),
                left,
            })
        }
        (&Method::PATCH, ["messages", message]) => {
            let message = message.parse().unwrap_or_default();
            let own = state.shown.get(&message).is_some_and(|shown| {
                Some(message) == original
                    || (shown.only_for.is_some() && shown.only_for == only_for)
            });
            if !own {
                return Err(Refused::unknown(10_008, "Message"));
            }
            state.change(message, body)?;
            Ok(Answer {
                body: Some(state.own(message, channel)),
                left,
            })
        }
        (&Method::POST, []) => {
            let buttons = check_message(body)?;
            let ephemeral = body["flags"].as_u64().unwrap_or(0) & 64 != 0;
            let id = state.show(Shown {
                channel,
                content: body["content"].as_str().unwrap_or_default().to_owned(),
                buttons,
                only_for: ephemeral.then_some(person),
                ..Shown::default()
            });
            Ok(Answer {
                body: Some(state.own(id, channel)),
                left,
            })
        }
        (&Method::DELETE, ["messages", message]) => {
            let gone = state.shown.remove(&message.parse().unwrap_or_default());
            gone.map(|_| Answer::nothing())
                .ok_or_else(|| Refused::unknown(10_008, "Message"))
        }
        _ => Err(Refused::unknown(0, "route").offence()),
    }
}
