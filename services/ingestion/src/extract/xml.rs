//! XML of office documents as a tree, for what is read or changed before the library sees it.

use std::borrow::Cow;

use quick_xml::{
    Reader, Writer, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, BytesText, Event},
};

use super::ExtractError;

/// Elements within each other. Word writes some thirty; functions call themselves for each.
const MAX_DEPTH: usize = 256;

/// An element and what it holds.
pub(super) struct Element<'a> {
    start: BytesStart<'a>,
    pub(super) children: Vec<Node<'a>>,
}

/// What an element holds.
pub(super) enum Node<'a> {
    Element(Element<'a>),
    /// Text, references to characters, comments.
    Other(Event<'a>),
}

/// A document's root.
pub(super) fn parse(xml: &str) -> Result<Element<'_>, ExtractError> {
    let mut reader = Reader::from_str(xml);
    let mut open: Vec<Element<'_>> = Vec::new();
    loop {
        let closed = match reader.read_event().map_err(damaged)? {
            Event::Eof => return Err(damaged("its XML breaks off")),
            // A document of opening tags alone would otherwise overflow the stack of what walks the tree.
            Event::Start(_) if open.len() == MAX_DEPTH => {
                return Err(damaged("its XML is nested too deep"));
            }
            Event::Start(start) => {
                open.push(Element::of(start));
                continue;
            }
            Event::Empty(start) => Element::of(start),
            Event::End(_) => match open.pop() {
                Some(element) => element,
                None => return Err(damaged("its XML closes what is not open")),
            },
            other => {
                if let Some(parent) = open.last_mut() {
                    parent.children.push(Node::Other(other));
                }
                continue;
            }
        };
        match open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(closed)),
            None => return Ok(closed),
        }
    }
}

impl<'a> Element<'a> {
    pub(super) fn of(start: BytesStart<'a>) -> Self {
        Self {
            start,
            children: Vec::new(),
        }
    }

    pub(super) fn new(name: &'a str, attributes: &[(&str, &str)]) -> Self {
        let mut start = BytesStart::new(name);
        for attribute in attributes {
            start.push_attribute(*attribute);
        }
        Self::of(start)
    }

    pub(super) fn with(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    pub(super) fn with_text(mut self, text: &str) -> Self {
        let text = BytesText::new(text).into_owned();
        self.children.push(Node::Other(Event::Text(text)));
        self
    }

    /// Its name with its prefix.
    pub(super) fn name(&self) -> &str {
        self.start.name().into_inner()
    }

    /// Its name without its prefix.
    pub(super) fn local_name(&self) -> &str {
        let name = self.name();
        name.rsplit_once(':').map_or(name, |(_, local)| local)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        attribute(&self.start, name)
    }

    pub(super) fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Other(_) => None,
        })
    }

    pub(super) fn elements_mut(&mut self) -> impl Iterator<Item = &mut Element<'a>> {
        self.children.iter_mut().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Other(_) => None,
        })
    }

    /// The first child of a name, which has its prefix.
    pub(super) fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.elements().find(|element| element.name() == name)
    }

    pub(super) fn child_mut(&mut self, name: &str) -> Option<&mut Element<'a>> {
        self.elements_mut().find(|element| element.name() == name)
    }

    /// Removes the children of a name.
    pub(super) fn remove(&mut self, name: &str) {
        self.children
            .retain(|child| !matches!(child, Node::Element(element) if element.name() == name));
    }

    /// Whether an element within it satisfies a condition.
    pub(super) fn any(&self, condition: &impl Fn(&Element<'a>) -> bool) -> bool {
        self.elements()
            .any(|element| condition(element) || element.any(condition))
    }

    /// Its own text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for child in &self.children {
            if let Node::Other(event) = child {
                push_text(event, &mut text);
            }
        }
        text
    }

    /// The document with this root, in UTF-8.
    pub(super) fn to_xml(&self) -> std::io::Result<Vec<u8>> {
        let mut writer = Writer::new(Vec::new());
        self.write(&mut writer)?;
        Ok(writer.into_inner())
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        // As it was written: Word takes `<w:p/>` and an empty pair for the same, and other readers do not always.
        if self.children.is_empty() {
            return writer.write_event(Event::Empty(self.start.borrow()));
        }
        writer.write_event(Event::Start(self.start.borrow()))?;
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(writer)?,
                Node::Other(event) => writer.write_event(event.borrow())?,
            }
        }
        writer.write_event(Event::End(self.start.to_end()))
    }
}

/// An attribute's value; `None` where there is none, or none that can be read.
pub(super) fn attribute<'a>(start: &'a BytesStart<'_>, name: &str) -> Option<Cow<'a, str>> {
    let attribute = start.try_get_attribute(name).ok()??;
    attribute.normalized_value(XmlVersion::Implicit1_0).ok()
}

/// Adds what an event has of text.
pub(super) fn push_text(event: &Event<'_>, text: &mut String) {
    match event {
        Event::Text(part) => text.push_str(part),
        Event::CData(part) => text.push_str(part),
        Event::GeneralRef(reference) => match reference.resolve_char_ref() {
            Ok(Some(c)) => text.push(c),
            _ => text.push_str(resolve_predefined_entity(reference).unwrap_or_default()),
        },
        _ => {}
    }
}

pub(super) fn damaged(reason: impl ToString) -> ExtractError {
    ExtractError::Damaged {
        reason: reason.to_string(),
        page: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_written_as_it_was_read() {
        let xml = r#"<a x="1 &amp; 2"><b>one &lt; two</b><c/><!-- d -->three</a>"#;
        let tree = parse(xml).expect("well-formed");
        assert_eq!(
            String::from_utf8(tree.to_xml().expect("in memory")).expect("UTF-8"),
            xml
        );
        assert_eq!(tree.attribute("x").as_deref(), Some("1 & 2"));
        assert_eq!(
            tree.child("b").map(Element::text).as_deref(),
            Some("one < two")
        );
    }

    #[test]
    fn what_is_too_deep_or_breaks_off_is_refused() {
        let deep = "<a>".repeat(1_000) + &"</a>".repeat(1_000);
        assert!(parse(&deep).is_err());
        assert!(parse("<a><b>").is_err());
    }
}
