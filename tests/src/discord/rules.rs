//! What Discord takes (docs.discord.com: message and component limits, application commands, rate limits).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Why a call is refused.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) code: u64,
    pub(super) message: String,
    /// No bot that knows the rules would ask for it.
    pub(super) is_offence: bool,
    /// Seconds to wait, and the bucket that is empty.
    pub(super) limited: Option<(f64, String)>,
}

impl Refused {
    fn new(status: u16, code: u64, message: &str) -> Self {
        Self {
            status,
            code,
            message: message.to_owned(),
            is_offence: false,
            limited: None,
        }
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, 0, "401: Unauthorized").offence()
    }

    pub(super) fn unknown(code: u64, what: &str) -> Self {
        Self::new(404, code, &format!("Unknown {what}"))
    }

    pub(super) fn missing_access() -> Self {
        Self::new(403, 50_001, "Missing Access")
    }

    pub(super) fn acknowledged() -> Self {
        Self::new(400, 40_060, "Interaction has already been acknowledged.")
    }

    pub(super) fn thread_exists() -> Self {
        Self::new(
            400,
            160_004,
            "A thread has already been created for this message",
        )
    }

    /// A body that breaks the rules.
    pub(super) fn form(message: &str) -> Self {
        Self::new(400, 50_035, &format!("Invalid Form Body: {message}")).offence()
    }

    pub(super) fn limited(wait: f64, bucket: &str) -> Self {
        Self {
            limited: Some((wait, bucket.to_owned())),
            ..Self::new(429, 0, "You are being rate limited.")
        }
    }

    pub(super) fn offence(self) -> Self {
        Self {
            is_offence: true,
            ..self
        }
    }

    pub(super) fn json(&self) -> Value {
        match &self.limited {
            Some((wait, _)) => {
                json!({ "message": self.message, "retry_after": wait, "global": false })
            }
            None => json!({ "message": self.message, "code": self.code }),
        }
    }
}

/// So many calls in a window.
pub(super) struct Window {
    began: Instant,
    left: u32,
}

pub(super) const LIMIT: u32 = 5;
const WINDOW: Duration = Duration::from_secs(5);

impl Window {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            left: LIMIT,
        }
    }

    /// Takes a call: how many are left, and in how many seconds the window ends.
    pub(super) fn take(&mut self) -> Result<(u32, f64), f64> {
        if self.began.elapsed() > WINDOW {
            *self = Self::new();
        }
        let ends = WINDOW.saturating_sub(self.began.elapsed()).as_secs_f64();
        if self.left == 0 {
            return Err(ends);
        }
        self.left -= 1;
        Ok((self.left, ends))
    }
}

/// Checks a message; returns what its buttons say, and their data.
pub(super) fn check_message(body: &Value) -> Result<Vec<(String, String)>, Refused> {
    let content = body["content"].as_str().unwrap_or_default();
    if content.trim().is_empty() {
        return Err(Refused::form("Cannot send an empty message"));
    }
    if content.chars().count() > 2_000 {
        return Err(Refused::form("content: Must be 2000 or fewer in length."));
    }
    // What documents and models say must not reach anybody.
    if body["allowed_mentions"]["parse"] != json!([])
        || body["allowed_mentions"]["replied_user"] == json!(true)
    {
        return Err(Refused::form(
            "allowed_mentions: this message could ping somebody",
        ));
    }
    if let Some(nonce) = body.get("nonce") {
        let length = nonce.as_str().map_or(0, |nonce| nonce.chars().count());
        if !(1..=25).contains(&length) {
            return Err(Refused::form("nonce: Must be between 1 and 25 in length."));
        }
    }
    check_components(&body["components"])
}

fn check_components(components: &Value) -> Result<Vec<(String, String)>, Refused> {
    let rows = components.as_array().cloned().unwrap_or_default();
    if rows.len() > 5 {
        return Err(Refused::form("components: Must be 5 or fewer in length."));
    }
    let mut buttons = Vec::new();
    for row in &rows {
        let inside = row["components"].as_array().cloned().unwrap_or_default();
        if row["type"] != 1 || !(1..=5).contains(&inside.len()) {
            return Err(Refused::form("components: a row has one to five buttons"));
        }
        for button in &inside {
            let label = button["label"].as_str().unwrap_or_default();
            let id = button["custom_id"].as_str().unwrap_or_default();
            let good = button["type"] == 2
                && (1..=80).contains(&label.chars().count())
                && (1..=100).contains(&id.chars().count());
            if !good {
                return Err(Refused::form(&format!("components: {button}")));
            }
            if buttons.iter().any(|(_, known)| known == id) {
                return Err(Refused::form(
                    "components: Component custom id cannot be duplicated",
                ));
            }
            buttons.push((label.to_owned(), id.to_owned()));
        }
    }
    Ok(buttons)
}

/// Checks a form that is shown to a person.
pub(super) fn check_form(form: &Value) -> Result<(), Refused> {
    let between = |value: &Value, most: usize| {
        (1..=most).contains(&value.as_str().unwrap_or_default().chars().count())
    };
    let labels = form["components"].as_array().cloned().unwrap_or_default();
    let good = between(&form["custom_id"], 100)
        && between(&form["title"], 45)
        && (1..=5).contains(&labels.len())
        && labels.iter().all(|label| {
            let input = &label["component"];
            label["type"] == 18
                && between(&label["label"], 45)
                && input["type"] == 4
                && between(&input["custom_id"], 100)
                && input["max_length"]
                    .as_u64()
                    .is_none_or(|most| (1..=4_000).contains(&most))
        });
    if good {
        Ok(())
    } else {
        Err(Refused::form(&format!("modal: {form}")))
    }
}

/// Checks the commands of an application.
pub(super) fn check_commands(commands: &Value) -> Result<(), Refused> {
    let commands = commands
        .as_array()
        .ok_or_else(|| Refused::form("commands: not a list"))?;
    for command in commands {
        let name = command["name"].as_str().unwrap_or_default();
        let in_menu = command["type"] == 3;
        if !(1..=32).contains(&name.chars().count()) {
            return Err(Refused::form(&format!("name: {name}")));
        }
        if in_menu {
            let has_options = |options: &Vec<Value>| !options.is_empty();
            if command.get("description").is_some()
                || command["options"].as_array().is_some_and(has_options)
            {
                return Err(Refused::form(&format!(
                    "{name}: a menu command has only a name"
                )));
            }
            continue;
        }
        check_named(command)?;
        check_options(&command["options"], 0)?;
    }
    Ok(())
}

fn check_named(named: &Value) -> Result<(), Refused> {
    let name = named["name"].as_str().unwrap_or_default();
    let good_name = (1..=32).contains(&name.chars().count())
        && name.chars().all(|c| {
            c == '-' || c == '_' || c.is_numeric() || (c.is_alphabetic() && !c.is_uppercase())
        });
    let short =
        |text: &Value| (1..=100).contains(&text.as_str().unwrap_or_default().chars().count());
    let localized = named["description_localizations"].as_object();
    let good = good_name
        && short(&named["description"])
        && localized.is_none_or(|all| all.values().all(short));
    if good {
        Ok(())
    } else {
        Err(Refused::form(&format!("{name}: name or description")))
    }
}

fn check_options(options: &Value, depth: usize) -> Result<(), Refused> {
    let options = options.as_array().cloned().unwrap_or_default();
    if options.len() > 25 || depth > 2 {
        return Err(Refused::form("options: too many, or too deep"));
    }
    let mut optional = false;
    for option in &options {
        check_named(option)?;
        let required = option["required"] == json!(true);
        if required && optional {
            return Err(Refused::form("options: required ones come first"));
        }
        optional |= !required;
        let choices = option["choices"].as_array().map_or(0, Vec::len);
        if choices > 25 || (choices > 0 && option["autocomplete"] == json!(true)) {
            return Err(Refused::form("options: choices"));
        }
        if option["type"] == 1 {
            check_options(&option["options"], depth + 1)?;
        }
    }
    Ok(())
}

/// Checks the choices of an autocomplete.
pub(super) fn check_choices(choices: &Value) -> Result<(), Refused> {
    let choices = choices
        .as_array()
        .ok_or_else(|| Refused::form("choices: not a list"))?;
    let short =
        |text: &Value| (1..=100).contains(&text.as_str().unwrap_or_default().chars().count());
    let good = choices.len() <= 25
        && choices
            .iter()
            .all(|choice| short(&choice["name"]) && short(&choice["value"]));
    if good {
        Ok(())
    } else {
        Err(Refused::form(
            "choices: more than 25, or one is empty or too long",
        ))
    }
}
