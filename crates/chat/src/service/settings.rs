//! Settings, as admins see and change them.

use stoa_proto::generation::{
    AnswerStyle, GetPersonaRequest, GetPersonaResponse, SetPersonaRequest,
};
use stoa_reply::Reply;
use tokio::time::Instant;

use super::{Failure, SERVICE_PATIENCE, Task, backoff};
use crate::{
    Error,
    platform::Platform,
    settings::{AUTO, Change, LimitExceeded, Settings, Style},
};

impl<P: Platform> Task<'_, P> {
    pub(super) async fn show_settings(&self) -> Result<(), Failure> {
        self.require_admin().await?;
        let persona = self.persona().await?;
        let reply = Reply::default()
            .plain(self.describe(&persona))
            .markdown(self.locale().text("settings-help"));
        self.deliver(&reply, Vec::new()).await
    }

    pub(super) async fn change_settings(&self, change: &Change) -> Result<(), Failure> {
        self.require_admin().await?;
        let changed = match change {
            Change::Persona(text) => match self.set_persona(change, text).await {
                Err(failure) if failure.is_refusal() => return self.say("persona-limit").await,
                set => set?,
            },
            Change::Style(style) => {
                self.set_style(*style).await?;
                Ok(())
            }
            _ => self.store(change).await?,
        };
        self.say(match changed {
            Ok(()) => "settings-saved",
            Err(LimitExceeded) => "settings-limit",
        })
        .await
    }

    async fn persona(&self) -> Result<GetPersonaResponse, Failure> {
        let request = GetPersonaRequest {
            space: self.space.clone(),
        };
        self.call(|| async { self.generation().get_persona(request.clone()).await })
            .await
    }

    /// Sets how the bot speaks, and leaves the style of answers as it is.
    async fn set_persona(
        &self,
        change: &Change,
        text: &str,
    ) -> Result<Result<(), LimitExceeded>, Failure> {
        // Applied to settings that are thrown away, only to check the limit, which is the same one in generation.
        if let Err(exceeded) = Settings::default().apply(change) {
            return Ok(Err(exceeded));
        }
        self.store_persona(SetPersonaRequest {
            text: Some(text.to_owned()),
            ..SetPersonaRequest::default()
        })
        .await?;
        Ok(Ok(()))
    }

    /// Sets the style of answers, and leaves how the bot speaks as it is.
    async fn set_style(&self, style: Style) -> Result<(), Failure> {
        self.store_persona(SetPersonaRequest {
            style: Some(AnswerStyle::from(style).into()),
            ..SetPersonaRequest::default()
        })
        .await
    }

    async fn store_persona(&self, change: SetPersonaRequest) -> Result<(), Failure> {
        let request = SetPersonaRequest {
            space: self.space.clone(),
            ..change
        };
        self.call(|| async { self.generation().set_persona(request.clone()).await })
            .await?;
        Ok(())
    }

    /// Stores a change, retrying for a while when the service does not answer.
    async fn store(&self, change: &Change) -> Result<Result<(), LimitExceeded>, Failure> {
        let began = Instant::now();
        let mut backoff = backoff();
        loop {
            let settings = &self.service.settings;
            match settings.change(&self.space, |all| all.apply(change)).await {
                Ok(changed) => return Ok(changed),
                Err(error) if began.elapsed() > SERVICE_PATIENCE => return Err(error.into()),
                Err(error @ Error::UnreadableSettings { .. }) => return Err(error.into()),
                Err(error) => tracing::warn!("trying again: {error}"),
            }
            self.pause(backoff.next_wait()).await?;
        }
    }

    /// The settings of the place, line by line, under the names by which they are changed.
    fn describe(&self, persona: &GetPersonaResponse) -> String {
        let (settings, channel) = (&self.settings, self.incoming.channel.as_str());
        let locale = self.locale();
        let collections = match settings.collections(channel) {
            [] => locale.text("all"),
            names => names.join(", "),
        };
        let language = settings.language.map_or(AUTO, |locale| locale.code());
        let style = Style::from(persona.style()).name();
        let persona = match persona.text.as_str() {
            "" => "–",
            text => text,
        };
        // Names of settings stay English: people type them after `/settings`, in whichever language they read the
        // values.
        let mut lines = vec![
            format!("answers: {}", locale.switch(settings.answers(channel))),
            format!(
                "mention: {}",
                locale.switch(settings.needs_mention(channel))
            ),
            format!("collections: {collections}"),
            format!("language: {language}"),
            format!("persona: {persona}"),
            format!("style: {style}"),
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
