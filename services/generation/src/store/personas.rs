//! How a space is spoken to.

use stoa_kit::{Space, config::Style};

use super::Store;

/// How a space is spoken to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Persona {
    /// Words that go before every prompt.
    pub(crate) text: String,
    /// How answers are written, where the space has its own way.
    pub(crate) style: Option<Style>,
}

impl Store {
    /// How a space is spoken to.
    pub(crate) async fn persona(&self, space: &Space) -> Result<Persona, sqlx::Error> {
        let found = sqlx::query!(
            "SELECT text, style FROM generation.personas WHERE space = $1",
            space.as_str()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(found.map_or_else(Persona::default, |row| Persona {
            text: row.text,
            // A style of a newer version is passed over, and the server's own applies.
            style: row.style.as_deref().and_then(style_named),
        }))
    }

    /// Changes what is given of it; a style of `None` removes the space's own.
    pub(crate) async fn set_persona(
        &self,
        space: &Space,
        text: Option<&str>,
        style: Option<Option<Style>>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "INSERT INTO generation.personas AS known (space, text, style)
             VALUES ($1, COALESCE($2, ''), $3)
             ON CONFLICT (space) DO UPDATE
             SET text = COALESCE($2, known.text),
                 style = CASE WHEN $4 THEN $3 ELSE known.style END,
                 updated_at = now()",
            space.as_str(),
            text,
            style.flatten().map(style_name),
            style.is_some()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn style_name(style: Style) -> &'static str {
    match style {
        Style::Plain => "plain",
        Style::Short => "short",
        Style::Full => "full",
        Style::Steps => "steps",
        Style::Quote => "quote",
    }
}

fn style_named(name: &str) -> Option<Style> {
    let all = [
        Style::Plain,
        Style::Short,
        Style::Full,
        Style::Steps,
        Style::Quote,
    ];
    all.into_iter().find(|style| style_name(*style) == name)
}
