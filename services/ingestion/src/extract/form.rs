//! Filled-in forms: what their fields hold becomes text of the page, where the field is.
//!
//! The library puts values at the end of a page, away from the words beside the field that say what they are.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, decode_text_string};

const LATIN: &str = "StoaLatin";
const WIDE: &str = "StoaWide";

/// Dictionaries that inherit from one another; more is a circle.
const MAX_PARENTS: usize = 32;
/// The flag of an annotation that is not shown, and of a field that is a push button.
const HIDDEN: i64 = 1 << 1;
const PUSH_BUTTON: i64 = 1 << 16;
/// Sizes of text in points.
const LEAST: f32 = 4.0;
const MOST: f32 = 12.0;
/// From one line to the next, in sizes of the text.
const LINE: f32 = 1.2;

/// Whether a file may hold a form; it may say so where only parsing shows it.
pub(super) fn may_hold(bytes: &[u8]) -> bool {
    // Objects may be packed in a compressed stream, where the name of the form cannot be found by looking at bytes.
    [b"/AcroForm".as_slice(), b"/ObjStm"]
        .iter()
        .any(|mark| bytes.windows(mark.len()).any(|window| window == *mark))
}

/// The file with what its fields hold as text; `None` where nothing is filled in, or the file cannot be changed.
pub(super) fn filled(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut document = Document::load_mem(bytes).ok()?;
    // Its strings would be written back in the clear beside ones that are not.
    if document.is_encrypted() || document.was_encrypted() {
        return None;
    }
    let pages: Vec<ObjectId> = document.page_iter().collect();
    let mut is_filled = false;
    for page in pages {
        is_filled |= write_page(&mut document, page).is_some();
    }
    if !is_filled {
        return None;
    }
    // Or the library would add the values once more at the end of the page.
    document.catalog_mut().ok()?.remove(b"AcroForm");
    let mut filled = Vec::new();
    document.save_to(&mut filled).ok()?;
    Some(filled)
}

/// Writes a page's fields; `None` where none is filled in.
fn write_page(document: &mut Document, page: ObjectId) -> Option<()> {
    let dictionary = document.get_dictionary(page).ok()?;
    let annotations = dictionary.get_deref(b"Annots", document).ok()?;
    let mut kept = Vec::new();
    let mut content = String::new();
    let mut is_filled = false;
    for annotation in annotations.as_array().ok()? {
        let widget = resolved(document, annotation).filter(|annotation| {
            name(document, annotation, b"Subtype") == Some(b"Widget".as_slice())
        });
        let Some(widget) = widget else {
            kept.push(annotation.clone());
            continue;
        };
        let Some((lines, holds)) = shown(document, widget) else {
            continue;
        };
        is_filled |= holds;
        if let Some(place) = rectangle(document, widget) {
            write_lines(&lines, place, &mut content);
        }
    }
    if !is_filled {
        return None;
    }
    let mut fonts = Dictionary::new();
    let mut resources = resources(document, page);
    if let Ok(Object::Dictionary(known)) = resources.get_deref(b"Font", document) {
        fonts = known.clone();
    }
    fonts.set(LATIN, document.add_object(latin_font()));
    let wide = wide_font(document);
    fonts.set(WIDE, document.add_object(wide));
    resources.set("Font", fonts);
    let contents = contents(document, page, content);
    let dictionary = document.get_dictionary_mut(page).ok()?;
    dictionary.set("Resources", resources);
    dictionary.set("Annots", kept);
    dictionary.set("Contents", contents);
    Some(())
}

/// The lines that a field shows, and whether somebody filled them in.
fn shown(document: &Document, widget: &Dictionary) -> Option<(Vec<String>, bool)> {
    let flags = |key: &[u8]| {
        let flags = inherited(document, widget, key).and_then(|flags| flags.as_i64().ok());
        flags.unwrap_or(0)
    };
    // What nobody sees on the page is not in the document: hidden fields hold tracking codes and instructions.
    if flags(b"F") & HIDDEN != 0 {
        return None;
    }
    let kind = inherited(document, widget, b"FT")?.as_name().ok()?;
    let value = inherited(document, widget, b"V");
    let text = match kind {
        b"Btn" if flags(b"Ff") & PUSH_BUTTON != 0 => return None,
        b"Btn" => {
            // The state that is drawn: a group of radio buttons has one value and several widgets.
            let state = name(document, widget, b"AS");
            let is_on = state.is_some_and(|state| state != b"Off");
            let mark = if is_on { "[x]" } else { "[ ]" };
            return Some((vec![mark.to_owned()], is_on));
        }
        b"Tx" => text_of(document, value?)?,
        b"Ch" => choice(document, widget, value?)?,
        _ => return None,
    };
    let lines = text.split(['\r', '\n']).map(str::trim);
    let lines: Vec<String> = lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    (!lines.is_empty()).then_some((lines, true))
}

fn text_of(document: &Document, value: &Object) -> Option<String> {
    match value {
        Object::String(..) => decode_text_string(value).ok(),
        Object::Stream(stream) => {
            // A stream may unpack to anything; a field of a form is never a mebibyte.
            let bytes = stream.get_plain_content_with_limit(1 << 20).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        Object::Reference(_) => text_of(document, document.dereference(value).ok()?.1),
        _ => None,
    }
}

/// The chosen options as they are shown: a field may keep a code, and its options say what it stands for.
fn choice(document: &Document, widget: &Dictionary, value: &Object) -> Option<String> {
    let options = inherited(document, widget, b"Opt").and_then(|options| options.as_array().ok());
    let shown = |chosen: &Object| -> Option<String> {
        let code = text_of(document, chosen)?;
        let named = options.into_iter().flatten().find_map(|option| {
            let [key, text] = document
                .dereference(option)
                .ok()?
                .1
                .as_array()
                .ok()?
                .as_slice()
            else {
                return None;
            };
            (text_of(document, key)? == code).then(|| text_of(document, text))?
        });
        Some(named.unwrap_or(code))
    };
    match value {
        Object::Array(chosen) => {
            let chosen: Vec<String> = chosen.iter().filter_map(shown).collect();
            Some(chosen.join(", "))
        }
        chosen => shown(chosen),
    }
}

/// Adds lines within a rectangle to a page's content.
fn write_lines(lines: &[String], [left, bottom, right, top]: [f32; 4], content: &mut String) {
    let (left, bottom, top) = (left.min(right), bottom.min(top), bottom.max(top));
    let count = lines.len() as f32;
    let size = ((top - bottom) / (count * LINE)).clamp(LEAST, MOST);
    // One line stands in the middle of its field, several begin at its top.
    let mut baseline = if lines.len() == 1 {
        // A fifth of the size is the usual depth of letters below their line.
        bottom + (top - bottom - size) / 2.0 + size * 0.2
    } else {
        top - size
    };
    for line in lines {
        let is_latin = line
            .chars()
            .all(|c| matches!(c, ' '..='~' | '\u{a1}'..='\u{ff}'));
        let (font, codes): (&str, String) = if is_latin {
            let codes = line.chars().map(|c| format!("{:02X}", u32::from(c)));
            (LATIN, codes.collect())
        } else {
            let codes = line.encode_utf16().map(|unit| format!("{unit:04X}"));
            (WIDE, codes.collect())
        };
        content.push_str(&format!(
            "BT /{font} {size:.2} Tf 1 0 0 1 {:.2} {baseline:.2} Tm <{codes}> Tj ET\n",
            left + 2.0
        ));
        baseline -= size * LINE;
    }
}

/// A page's content with more behind it, which begins as if nothing had been drawn.
fn contents(document: &mut Document, page: ObjectId, added: String) -> Vec<Object> {
    let mut parts = match document
        .get_dictionary(page)
        .and_then(|page| page.get(b"Contents"))
    {
        Ok(Object::Array(parts)) => parts.clone(),
        Ok(part @ Object::Reference(_)) => match document.dereference(part) {
            Ok((_, Object::Array(parts))) => parts.clone(),
            _ => vec![part.clone()],
        },
        _ => Vec::new(),
    };
    let mut add = |text: String| {
        let stream = Stream::new(Dictionary::new(), text.into_bytes());
        Object::Reference(document.add_object(stream))
    };
    // The page may leave its coordinates turned or scaled: saved before and restored behind it, they cannot move what
    // is added.
    parts.insert(0, add("q\n".to_owned()));
    parts.push(add(format!("\nQ\n{added}")));
    parts
}

/// A page's resources, its own or those of the pages above it.
fn resources(document: &Document, page: ObjectId) -> Dictionary {
    let page = document.get_dictionary(page).ok();
    let own = page.and_then(|page| inherited(document, page, b"Resources"));
    own.and_then(|resources| resources.as_dict().ok())
        .cloned()
        .unwrap_or_default()
}

/// An entry of a dictionary or of the nearest one above it.
pub(super) fn inherited<'a>(
    document: &'a Document,
    dictionary: &'a Dictionary,
    key: &[u8],
) -> Option<&'a Object> {
    let mut at = dictionary;
    for _ in 0..MAX_PARENTS {
        if let Ok(value) = at.get_deref(key, document) {
            return Some(value);
        }
        at = at.get_deref(b"Parent", document).ok()?.as_dict().ok()?;
    }
    None
}

fn name<'a>(document: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a [u8]> {
    dictionary.get_deref(key, document).ok()?.as_name().ok()
}

fn resolved<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Dictionary> {
    document.dereference(object).ok()?.1.as_dict().ok()
}

fn rectangle(document: &Document, widget: &Dictionary) -> Option<[f32; 4]> {
    let sides = widget.get_deref(b"Rect", document).ok()?.as_array().ok()?;
    let sides: Vec<f32> = sides
        .iter()
        .filter_map(|side| document.dereference(side).ok()?.1.as_float().ok())
        .collect();
    sides.try_into().ok()
}

fn named(name: &str) -> Object {
    Object::Name(name.as_bytes().to_vec())
}

fn latin_font() -> Dictionary {
    let mut font = Dictionary::new();
    font.set("Type", named("Font"));
    font.set("Subtype", named("Type1"));
    font.set("BaseFont", named("Helvetica"));
    font.set("Encoding", named("WinAnsiEncoding"));
    font
}

/// A font whose codes are UTF-16, for all other scripts. It is read and never drawn, so it has no shapes.
fn wide_font(document: &mut Document) -> Dictionary {
    let mut system = Dictionary::new();
    system.set("Registry", Object::string_literal("Adobe"));
    system.set("Ordering", Object::string_literal("Identity"));
    system.set("Supplement", 0);
    let mut letters = Dictionary::new();
    letters.set("Type", named("Font"));
    letters.set("Subtype", named("CIDFontType2"));
    letters.set("BaseFont", named(WIDE));
    letters.set("CIDSystemInfo", system);
    letters.set("DW", 1000);
    let letters = document.add_object(letters);
    let codes = Stream::new(Dictionary::new(), code_map().into_bytes());
    let codes = document.add_object(codes);
    let mut font = Dictionary::new();
    font.set("Type", named("Font"));
    font.set("Subtype", named("Type0"));
    font.set("BaseFont", named(WIDE));
    font.set("Encoding", named("Identity-H"));
    font.set("DescendantFonts", vec![Object::Reference(letters)]);
    font.set("ToUnicode", codes);
    font
}

/// Each code stands for itself.
fn code_map() -> String {
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapType 2 def\n\
         1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    // A range stays within one first byte, and a block has a hundred ranges at most.
    let rows: Vec<u32> = (0x00..=0xff).collect();
    for block in rows.chunks(64) {
        map.push_str(&format!("{} beginbfrange\n", block.len()));
        for row in block {
            map.push_str(&format!("<{row:02X}00> <{row:02X}FF> <{row:02X}00>\n"));
        }
        map.push_str("endbfrange\n");
    }
    map.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with the words "Name:" and fields of each kind.
    fn form(fields: &[&str]) -> Vec<u8> {
        let mut document = Document::with_version("1.5");
        let fields: Vec<Object> = fields
            .iter()
            .zip(0..)
            .map(|(entries, row)| {
                let top = 720 - row * 30;
                let mut field = entries_of(entries);
                field.set("Subtype", named("Widget"));
                let sides = [150, top - 5, 400, top + 15].map(Object::Integer);
                field.set("Rect", sides.to_vec());
                Object::Reference(document.add_object(field))
            })
            .collect();
        let content = b"BT /F1 12 Tf 72 720 Td (Name:) Tj ET".to_vec();
        let content = document.add_object(Stream::new(Dictionary::new(), content));
        let pages = document.new_object_id();
        let mut page = Dictionary::new();
        page.set("Type", named("Page"));
        page.set("Parent", pages);
        page.set("Contents", content);
        page.set("Annots", fields.clone());
        let page = document.add_object(page);
        let mut tree = Dictionary::new();
        tree.set("Type", named("Pages"));
        tree.set("Kids", vec![Object::Reference(page)]);
        tree.set("Count", 1);
        document.objects.insert(pages, Object::Dictionary(tree));
        let mut acro_form = Dictionary::new();
        acro_form.set("Fields", fields);
        let mut catalog = Dictionary::new();
        catalog.set("Type", named("Catalog"));
        catalog.set("Pages", pages);
        catalog.set("AcroForm", acro_form);
        let catalog = document.add_object(catalog);
        document.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).expect("in memory");
        bytes
    }

    /// "FT=Tx V=(text)": names and texts.
    fn entries_of(entries: &str) -> Dictionary {
        let mut dictionary = Dictionary::new();
        for entry in entries.split(' ') {
            let (key, value) = entry.split_once('=').expect("an entry");
            let object = match value
                .strip_prefix('(')
                .and_then(|text| text.strip_suffix(')'))
            {
                Some(text) => lopdf::text_string(text),
                None => named(value),
            };
            dictionary.set(key, object);
        }
        dictionary
    }

    fn content(bytes: &[u8]) -> String {
        let document = Document::load_mem(bytes).expect("a PDF");
        let page = document.page_iter().next().expect("a page");
        String::from_utf8_lossy(&document.get_page_content(page)).into_owned()
    }

    #[test]
    fn values_are_written_where_their_fields_are() {
        let bytes = form(&["FT=Tx V=(Anna)", "FT=Btn AS=Yes", "FT=Tx V=(水)"]);
        assert!(may_hold(&bytes));
        let content = content(&filled(&bytes).expect("it is filled in"));
        assert!(content.contains("(Name:) Tj"), "{content}");
        // "Anna" in the first row, "[x]" in the second, U+6C34 in the third.
        for part in ["152.00 721.40 Tm <416E6E61>", "<5B785D>", "<6C34>"] {
            assert!(content.contains(part), "{part} in {content}");
        }
    }

    #[test]
    fn a_form_that_nobody_filled_in_stays_as_it_is() {
        assert_eq!(filled(&form(&["FT=Tx T=(Name)", "FT=Btn AS=Off"])), None);
        assert_eq!(filled(b"no PDF"), None);
    }
}
