//! Which pages of a PDF without text are blank, and which show something that nobody reads: a scan, a drawing, letters
//! whose font does not say what they are.

use lopdf::{Dictionary, Document, Object, ObjectId, content::Content};

use super::form::inherited;

/// Lines and areas on a blank page, such as a frame. More of them are a drawing, or letters.
const DRAWN: usize = 50;
/// Codes of characters on a blank page: writers put a space where a paragraph is empty.
const SHOWN: usize = 8;
/// Most bytes of content that are looked through. A page that needs more shows something.
const CONTENT: usize = 8 << 20;
/// Forms that stand within each other.
const DEPTH: usize = 8;

/// A page that gave no text of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silent {
    /// Its number, from 1.
    pub(super) number: u32,
    /// What is shown on it was read, and is a header or footer.
    pub(super) is_read: bool,
}

/// Numbers of those pages that are blank; none where the file cannot be looked into.
pub(super) fn of(bytes: &[u8], pages: &[Silent]) -> Vec<u32> {
    if pages.is_empty() {
        return Vec::new();
    }
    let Ok(document) = Document::load_mem(bytes) else {
        return Vec::new();
    };
    let ids = document.get_pages();
    let is_blank = |page: &&Silent| {
        let id = ids.get(&page.number);
        id.is_some_and(|id| is_blank(&document, *id, page.is_read))
    };
    let blank = pages.iter().filter(is_blank);
    blank.map(|page| page.number).collect()
}

fn is_blank(document: &Document, page: ObjectId, is_read: bool) -> bool {
    let content = document.get_page_content_with_limit(page, CONTENT);
    let (Ok(content), Ok(dictionary)) = (content, document.get_dictionary(page)) else {
        return false;
    };
    let resources = inherited(document, dictionary, b"Resources");
    let resources = resources.and_then(|resources| resources.as_dict().ok());
    let mut seen = Seen::default();
    seen.look(document, &content, resources, DEPTH);
    !seen.picture && seen.drawn <= DRAWN && (is_read || seen.shown <= SHOWN)
}

/// What is on a page.
#[derive(Debug, Default)]
struct Seen {
    /// A picture, or what may be one.
    picture: bool,
    drawn: usize,
    shown: usize,
}

impl Seen {
    fn look(
        &mut self,
        document: &Document,
        content: &[u8],
        resources: Option<&Dictionary>,
        depth: usize,
    ) {
        let Ok(content) = Content::decode_strict(content) else {
            self.picture = true;
            return;
        };
        for operation in &content.operations {
            match operation.operator.as_str() {
                "BI" | "sh" => self.picture = true,
                "Tj" | "TJ" | "'" | "\"" => {
                    self.shown += operation.operands.iter().map(codes).sum::<usize>();
                }
                "S" | "s" | "f" | "F" | "f*" | "B" | "B*" | "b" | "b*" => self.drawn += 1,
                "Do" => {
                    // Forms may draw forms, each many times: what is drawn is counted before it is looked into.
                    self.drawn += 1;
                    let name = operation.operands.first();
                    let name = name.and_then(|name| name.as_name().ok());
                    self.look_into(document, name.unwrap_or_default(), resources, depth);
                }
                _ => {}
            }
            if self.picture || self.drawn > DRAWN {
                return;
            }
        }
    }

    /// Looks at what is drawn by its name. One that is not there draws nothing.
    fn look_into(
        &mut self,
        document: &Document,
        name: &[u8],
        resources: Option<&Dictionary>,
        depth: usize,
    ) {
        let named = resources
            .and_then(|resources| resources.get_deref(b"XObject", document).ok())
            .and_then(|objects| objects.as_dict().ok())
            .and_then(|objects| objects.get_deref(name, document).ok())
            .and_then(|object| object.as_stream().ok());
        let Some(object) = named else {
            return;
        };
        let kind = object.dict.get_deref(b"Subtype", document);
        let is_form = kind
            .and_then(Object::as_name)
            .is_ok_and(|kind| kind == b"Form");
        let content = is_form.then(|| object.get_plain_content_with_limit(CONTENT).ok());
        let (Some(content), Some(depth)) = (content.flatten(), depth.checked_sub(1)) else {
            self.picture = true;
            return;
        };
        let own = object.dict.get_deref(b"Resources", document);
        let own = own.and_then(Object::as_dict).ok();
        self.look(document, &content, own.or(resources), depth);
    }
}

/// Codes of characters in an operand.
fn codes(operand: &Object) -> usize {
    match operand {
        Object::String(codes, _) => codes.len(),
        Object::Array(parts) => parts.iter().map(codes).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use lopdf::{Stream, dictionary};

    use super::*;

    /// A file with a page for each content, on which `/Image` and `/Form` can be drawn.
    fn file(contents: &[String]) -> Vec<u8> {
        let mut document = Document::with_version("1.5");
        let image = document.add_object(Stream::new(
            dictionary! { "Type" => "XObject", "Subtype" => "Image" },
            vec![0],
        ));
        let form = document.add_object(Stream::new(
            dictionary! { "Type" => "XObject", "Subtype" => "Form" },
            b"/Image Do".to_vec(),
        ));
        let pages = document.new_object_id();
        let kids: Vec<Object> = contents
            .iter()
            .map(|content| {
                let content = Stream::new(Dictionary::new(), content.clone().into_bytes());
                let content = document.add_object(content);
                let page =
                    dictionary! { "Type" => "Page", "Parent" => pages, "Contents" => content };
                Object::Reference(document.add_object(page))
            })
            .collect();
        let tree = dictionary! {
            "Type" => "Pages",
            "Count" => i64::try_from(kids.len()).expect("few"),
            "Kids" => kids,
            "Resources" => dictionary! { "XObject" => dictionary! { "Image" => image, "Form" => form } },
        };
        document.objects.insert(pages, Object::Dictionary(tree));
        let catalog = dictionary! { "Type" => "Catalog", "Pages" => pages };
        let catalog = document.add_object(catalog);
        document.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).expect("in memory");
        bytes
    }

    #[test]
    fn a_page_is_blank_where_nothing_is_to_be_read() {
        let line = "0 0 m 9 9 l S ";
        let header = "BT (The towpath, page 9 of 12) Tj ET";
        let pages = [
            (String::new(), false, true),
            ("BT /F1 11 Tf [( )] TJ ET".to_owned(), false, true),
            (line.repeat(4), false, true),
            ("/Missing Do".to_owned(), false, true),
            (header.to_owned(), true, true),
            // Letters that nobody could read.
            (header.to_owned(), false, false),
            ("q 400 0 0 600 0 0 cm /Image Do Q".to_owned(), false, false),
            ("/Form Do".to_owned(), false, false),
            (format!("{header} /Image Do"), true, false),
            (line.repeat(51), false, false),
            ("( never closed".to_owned(), false, false),
        ];
        let contents: Vec<String> = pages.iter().map(|(content, ..)| content.clone()).collect();
        let silent: Vec<Silent> = pages
            .iter()
            .zip(1..)
            .map(|((_, is_read, _), number)| Silent {
                number,
                is_read: *is_read,
            })
            .collect();
        let expected: Vec<u32> = pages
            .iter()
            .zip(1..)
            .filter_map(|((.., is_blank), number)| is_blank.then_some(number))
            .collect();
        assert_eq!(of(&file(&contents), &silent), expected);
        assert_eq!(of(b"no PDF", &silent), Vec::<u32>::new());
    }
}
