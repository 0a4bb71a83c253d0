//! How a space is spoken to: what may be set.

use stoa_kit::{Space, config::Style, postgres};
use stoa_proto::generation::{AnswerStyle, SetPersonaRequest, SetPersonaResponse};
use tonic::{Response, Status};

use super::Generation;

/// Most bytes of a persona, whatever a model counts.
const MAX_PERSONA: usize = 4 << 10;

impl Generation {
    pub(super) async fn change_persona(
        &self,
        request: SetPersonaRequest,
    ) -> Result<Response<SetPersonaResponse>, Status> {
        let space = Space::parse(&request.space)?;
        let text = request.text.as_deref().map(str::trim);
        if text.is_some_and(|text| text.len() > MAX_PERSONA) {
            return Err(Status::invalid_argument(format!(
                "a persona has at most {MAX_PERSONA} bytes"
            )));
        }
        // Now, when somebody reads it, and not in the middle of an answer.
        if let Some(excess) = text.and_then(|text| self.answerer.persona_excess(text)) {
            return Err(Status::invalid_argument(excess));
        }
        let style = request.style.map(style).transpose()?;
        self.store
            .set_persona(&space, text, style)
            .await
            .map_err(postgres::failed)?;
        Ok(Response::new(SetPersonaResponse {}))
    }
}

/// The style of a number; `None` for the server's own.
fn style(number: i32) -> Result<Option<Style>, Status> {
    let named = AnswerStyle::try_from(number).map_err(|_| {
        Status::invalid_argument(format!(
            "{number} is no style: use PLAIN, SHORT, FULL, STEPS or QUOTE, or UNSPECIFIED to remove the space's own"
        ))
    })?;
    Ok(match named {
        AnswerStyle::Unspecified => None,
        AnswerStyle::Plain => Some(Style::Plain),
        AnswerStyle::Short => Some(Style::Short),
        AnswerStyle::Full => Some(Style::Full),
        AnswerStyle::Steps => Some(Style::Steps),
        AnswerStyle::Quote => Some(Style::Quote),
    })
}

pub(super) fn named(style: Style) -> AnswerStyle {
    match style {
        Style::Plain => AnswerStyle::Plain,
        Style::Short => AnswerStyle::Short,
        Style::Full => AnswerStyle::Full,
        Style::Steps => AnswerStyle::Steps,
        Style::Quote => AnswerStyle::Quote,
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn every_style_has_its_number() {
        for kept in [
            Style::Plain,
            Style::Short,
            Style::Full,
            Style::Steps,
            Style::Quote,
        ] {
            let number = named(kept).into();
            assert_eq!(style(number).expect("known"), Some(kept));
        }
        let none = style(AnswerStyle::Unspecified.into()).expect("known");
        assert_eq!(none, None);
    }

    #[test]
    fn a_number_that_is_no_style_is_refused() {
        for number in [-1, 6, 99] {
            let status = style(number).expect_err("unknown");
            assert_eq!(status.code(), Code::InvalidArgument, "{status}");
        }
    }
}
