//! What people do outside, and what they see.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use stoa_tests::{discord, telegram::Chat};

use crate::Outside;

/// Messages of the bot.
fn of_discord(shown: Vec<discord::Shown>) -> Value {
    let each = shown.into_iter().map(|message| {
        json!({ "text": message.content, "reply_to": message.reply_to, "complete": message.is_complete("") })
    });
    each.collect()
}

/// Does what a command says.
pub(crate) fn carry_out(outside: &Outside, command: &[Value]) -> Result<Value> {
    let text = |at: usize| {
        let given = command.get(at).and_then(Value::as_str);
        given.with_context(|| format!("{command:?} lacks a text at {at}"))
    };
    let number = |at: usize| {
        let given = command.get(at).and_then(Value::as_u64);
        given.with_context(|| format!("{command:?} lacks a number at {at}"))
    };
    let person = |at: usize| Ok::<_, anyhow::Error>(i64::try_from(number(at)?)?);
    let Outside {
        discord, telegram, ..
    } = outside;
    Ok(match text(0)? {
        "discord.name_gateway" => {
            discord.name_gateway(text(1)?);
            Value::Null
        }
        "discord.is_connected" => json!(discord.is_connected()),
        "discord.say" => json!(discord.say(number(1)?, number(2)?, text(3)?)),
        "discord.command" => {
            let options = command.get(4).cloned().unwrap_or_default();
            json!(discord.command(number(1)?, number(2)?, text(3)?, options))
        }
        "discord.shown" => of_discord(discord.shown(number(1)?)),
        "discord.told" => of_discord(discord.shown_only_to(number(1)?)),
        "discord.offences" => json!(discord.offences()),
        "telegram.stand_before" => {
            telegram.stand_before(text(1)?);
            Value::Null
        }
        "telegram.say" => json!(telegram.say(Chat::with(person(1)?), person(1)?, text(2)?)),
        "telegram.shown" => {
            let shown = telegram.shown(Chat::with(person(1)?)).into_iter();
            let shown = shown.map(|message| {
                json!({ "text": message.text, "reply_to": message.reply_to, "complete": message.is_complete("") })
            });
            shown.collect()
        }
        "telegram.offences" => json!(telegram.offences()),
        "qdrant.unknown" => json!(outside.qdrant.unknown()),
        // Whose spans came: `stoa-ingestion`, say.
        "collector.heard_of" => {
            let service = text(1)?;
            let spans = outside.collector.spans();
            json!(spans.iter().any(|span| span.text.contains(service)))
        }
        other => bail!("there is no command {other}"),
    })
}
