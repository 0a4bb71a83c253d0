//! Settings, as admins see and change them.

use stoa_proto::generation::{GetPersonaRequest, SetPersonaRequest};

use super::{FIRST_WAIT, LONGEST_WAIT, Task};
use crate::{
    delivery::Ended,
    platform::Platform,
    reply::Reply,
    settings::{Change, Settings},
    words::Language,
};

impl<P: Platform> Task<'_, P> {
    pub(super) async fn show_settings(&self) -> Result<(), Ended> {
        if !self.may_manage().await? {
            return Ok(());
        }
        let request = GetPersonaRequest {
            space: self.space.clone(),
        };
        let persona = self.call(|| async {
            self.desk
                .generation
                .clone()
                .get_persona(request.clone())
                .await
        });
        let persona = match persona.await? {
            Ok(persona) => persona.text,
            Err(status) => return self.apologise(&status).await,
        };
        let reply = Reply::default()
            .plain(self.describe(&persona))
            .markdown(self.language().settings_help());
        self.reply(&reply).await
    }

    pub(super) async fn change_settings(&self, change: &Change) -> Result<(), Ended> {
        if !self.may_manage().await? {
            return Ok(());
        }
        if let Change::Persona(text) = change
            && Settings::default().apply(change).is_ok()
        {
            let request = SetPersonaRequest {
                space: self.space.clone(),
                text: text.clone(),
            };
            let set = self.call(|| async {
                self.desk
                    .generation
                    .clone()
                    .set_persona(request.clone())
                    .await
            });
            return match set.await? {
                Ok(_) => self.say(self.language().settled()).await,
                Err(status) => self.apologise(&status).await,
            };
        }
        let mut wait = FIRST_WAIT;
        let changed = loop {
            let book = &self.desk.settings;
            match book
                .change(&self.space, |settings| settings.apply(change))
                .await
            {
                Ok(changed) => break changed,
                Err(error) => tracing::warn!("settings were not changed, trying again: {error}"),
            }
            self.pause(wait).await?;
            wait = (wait * 2).min(LONGEST_WAIT);
        };
        match changed {
            Ok(()) => self.say(self.language().settled()).await,
            Err(_) => self.say(self.language().too_much()).await,
        }
    }

    /// The settings of the place, line by line.
    fn describe(&self, persona: &str) -> String {
        let (settings, channel) = (&self.settings, self.said.channel.as_str());
        let language = self.language();
        let on =
            |on: bool| language.say(if on { "on" } else { "off" }, if on { "开" } else { "关" });
        let or_all = |names: &[String]| match names {
            [] => language.say("all", "全部").to_owned(),
            names => names.join(", "),
        };
        let spoken = match settings.language {
            None => "auto",
            Some(Language::English) => "en",
            Some(Language::Chinese) => "zh",
        };
        let persona = if persona.is_empty() { "–" } else { persona };
        let mut lines = vec![
            format!("answers: {}", on(settings.answers(channel))),
            format!("mention: {}", on(settings.needs_mention(channel))),
            format!("collections: {}", or_all(settings.collections(channel))),
            format!("language: {spoken}"),
            format!("persona: {persona}"),
        ];
        for (name, roles) in [
            ("teachers", &settings.teachers),
            ("managers", &settings.managers),
        ] {
            if !roles.is_empty() {
                let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
                lines.push(format!("{name}: {}", roles.join(", ")));
            }
        }
        lines.join("\n")
    }
}
