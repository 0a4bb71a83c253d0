//! Forms: a text field under a label. serenity knows fields only without labels, which Discord has deprecated, so forms
//! are in twilight's types.

use serde::Deserialize;
use twilight_model::{
    application::interaction::modal::{ModalInteractionComponent, ModalInteractionData},
    channel::message::component::{Component, Label, TextInput, TextInputStyle},
    http::interaction::{InteractionResponse, InteractionResponseData, InteractionResponseType},
};

/// A form with one field.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// What it is for, as it is sent back with the text.
    pub(crate) id: String,
    /// Its title.
    pub(crate) title: String,
    /// The label of its field.
    pub(crate) label: String,
    /// The field must not be left empty.
    pub(crate) required: bool,
    /// Most characters of the text.
    pub(crate) max_length: u16,
}

impl Form {
    /// The response that shows it.
    pub(crate) fn response(self) -> InteractionResponse {
        #[expect(deprecated, reason = "the field of the struct has no default")]
        let field = TextInput {
            custom_id: "text".to_owned(),
            id: None,
            label: None,
            max_length: Some(self.max_length),
            min_length: None,
            placeholder: None,
            required: Some(self.required),
            style: TextInputStyle::Paragraph,
            value: None,
        };
        let label = Label {
            component: Box::new(Component::TextInput(field)),
            description: None,
            id: None,
            label: self.label,
        };
        InteractionResponse {
            kind: InteractionResponseType::Modal,
            data: Some(InteractionResponseData {
                custom_id: Some(self.id),
                title: Some(self.title),
                components: Some(vec![Component::Label(label)]),
                ..InteractionResponseData::default()
            }),
        }
    }
}

/// The text in the field of a form that was submitted; `event` is the event's JSON.
pub(crate) fn submitted(event: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Event {
        d: Interaction,
    }
    #[derive(Deserialize)]
    struct Interaction {
        data: ModalInteractionData,
    }
    let event: Event = serde_json::from_str(event).ok()?;
    text(&event.d.data.components).map(str::to_owned)
}

fn text(components: &[ModalInteractionComponent]) -> Option<&str> {
    components.iter().find_map(|component| match component {
        ModalInteractionComponent::TextInput(input) => Some(input.value.as_str()),
        ModalInteractionComponent::Label(label) => {
            text(std::slice::from_ref(label.component.as_ref()))
        }
        ModalInteractionComponent::ActionRow(row) => text(&row.components),
        _ => None,
    })
}
