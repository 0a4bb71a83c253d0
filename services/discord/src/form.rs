//! Forms: a text field under a label. serenity knows fields only without labels, which Discord has deprecated, so forms
//! are in twilight's types.

use serde_json::Value;
use twilight_model::{
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

/// The text in the field of a form that was submitted: of the first, wherever it lies.
pub(crate) fn submitted(components: &Value) -> Option<&str> {
    match components {
        Value::Array(components) => components.iter().find_map(submitted),
        Value::Object(component) => component
            .get("value")
            .and_then(Value::as_str)
            .or_else(|| submitted(component.get("component")?))
            .or_else(|| submitted(component.get("components")?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::submitted;

    #[test]
    fn the_text_of_a_form_is_found_under_its_label() {
        let field = json!({ "type": 4, "custom_id": "text", "value": "It is 28 now." });
        for form in [
            json!([{ "type": 18, "component": field }]),
            json!([{ "type": 1, "components": [field] }]),
        ] {
            assert_eq!(submitted(&form), Some("It is 28 now."));
        }
        assert_eq!(submitted(&json!([{ "type": 18 }])), None);
    }
}
