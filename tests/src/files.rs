//! Files as people have them, good and broken.

use std::io::{Cursor, Write};

use rand::Rng;
use zip::{ZipWriter, write::SimpleFileOptions};

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default())
            .expect("in memory");
        zip.write_all(bytes).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}

/// Words of a Word document, in its XML.
pub fn run(text: &str) -> String {
    format!(r#"<w:r><w:t xml:space="preserve">{text}</w:t></w:r>"#)
}

/// A paragraph of a Word document: its properties and its runs, in its XML.
pub fn paragraph(properties: &str, content: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>")
}

/// A Word document with a heading and paragraphs.
pub fn docx(heading: &str, paragraphs: &[&str]) -> Vec<u8> {
    let heading = paragraph(r#"<w:pStyle w:val="Heading1"/>"#, &run(heading));
    let paragraphs = paragraphs.iter().map(|text| paragraph("", &run(text)));
    let body: String = std::iter::once(heading).chain(paragraphs).collect();
    docx_with(&body, "")
}

/// A Word document of a paragraph and a picture of so many MiB, which is another one each time.
pub fn heavy_docx(text: &str, mebibytes: usize) -> Vec<u8> {
    let mut picture = vec![0; mebibytes << 20];
    rand::rng().fill(picture.as_mut_slice());
    word(&paragraph("", &run(text)), "", &picture)
}

/// A Word document of a body and the definitions of its lists, both in Word's own XML.
pub fn docx_with(body: &str, lists: &str) -> Vec<u8> {
    word(body, lists, &[])
}

fn word(body: &str, lists: &str, picture: &[u8]) -> Vec<u8> {
    const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    let document = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>"#
    );
    let numbering = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:numbering xmlns:w="{W}">{lists}</w:numbering>"#
    );
    let types = r#"<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
    let relations = r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
    let mut parts = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", relations.as_bytes()),
        ("word/document.xml", document.as_bytes()),
        ("word/numbering.xml", numbering.as_bytes()),
    ];
    if !picture.is_empty() {
        parts.push(("word/media/image1.png", picture));
    }
    archive(&parts)
}

/// A deck with one slide for each text.
pub fn pptx(slides: &[&str]) -> Vec<u8> {
    let mut files: Vec<(String, String)> = Vec::new();
    let mut overrides = String::new();
    let mut ids = String::new();
    let mut relations = String::new();
    for (text, n) in slides.iter().zip(1..) {
        overrides.push_str(&format!(r#"<Override PartName="/ppt/slides/slide{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.slide+xml"/>"#));
        ids.push_str(&format!(r#"<p:sldId id="{}" r:id="rId{n}"/>"#, 255 + n));
        relations.push_str(&format!(r#"<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/slide" Target="slides/slide{n}.xml"/>"#));
        files.push((format!("ppt/slides/slide{n}.xml"), format!(r#"<?xml version="1.0"?><p:sld xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/><p:sp><p:nvSpPr><p:cNvPr id="2" name="T"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>"#)));
    }
    files.push(("[Content_Types].xml".into(), format!(r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/ppt/presentation.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"/>{overrides}</Types>"#)));
    files.push(("_rels/.rels".into(), r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="ppt/presentation.xml"/></Relationships>"#.into()));
    files.push(("ppt/presentation.xml".into(), format!(r#"<?xml version="1.0"?><p:presentation xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"#)));
    files.push(("ppt/_rels/presentation.xml.rels".into(), format!(r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>"#)));
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    archive(&files)
}

/// A workbook with one sheet of text cells.
pub fn xlsx(rows: &[&[&str]]) -> Vec<u8> {
    let row = |(cells, r): (&&[&str], u32)| {
        let cell = |(text, c): (&&str, char)| {
            format!(r#"<c r="{c}{r}" t="inlineStr"><is><t>{text}</t></is></c>"#)
        };
        format!(
            r#"<row r="{r}">{}</row>"#,
            cells.iter().zip('A'..='Z').map(cell).collect::<String>()
        )
    };
    let rows: String = rows.iter().zip(1..).map(row).collect();
    xlsx_with(&rows, "", "")
}

/// A workbook with one sheet of rows, merged cells and cell formats, in the XML of workbooks.
pub fn xlsx_with(rows: &str, merged: &str, formats: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let sheet = format!(
        r#"<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData><mergeCells>{merged}</mergeCells></worksheet>"#
    );
    let styles =
        format!(r#"<?xml version="1.0"?><styleSheet xmlns="{MAIN}">{formats}</styleSheet>"#);
    workbook(sheet.as_bytes(), styles.as_bytes())
}

fn workbook(sheet: &[u8], styles: &[u8]) -> Vec<u8> {
    archive(&[
        ("[Content_Types].xml", br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#),
        ("_rels/.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ("xl/workbook.xml", br#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/styles.xml", styles),
    ])
}

/// A workbook of a few hundred kilobytes that unpacks to `mebibytes` of one letter.
pub fn bomb(mebibytes: usize) -> Vec<u8> {
    workbook(&vec![b'a'; mebibytes << 20], b"<styleSheet/>")
}

/// A book with one chapter.
pub fn epub(title: &str, text: &str) -> Vec<u8> {
    let package = format!(
        r#"<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">x</dc:identifier><dc:title>{title}</dc:title><dc:language>en</dc:language></metadata><manifest><item id="c1" href="c1.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c1"/></spine></package>"#
    );
    let chapter = format!(
        r#"<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"#
    );
    archive(&[
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", br#"<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"#),
        ("OEBPS/content.opf", package.as_bytes()),
        ("OEBPS/c1.xhtml", chapter.as_bytes()),
    ])
}

/// A page of a PDF that is a picture.
pub const SCAN: &str = "(a scanned page)";

/// A PDF with one page for each text; a blank page for an empty one.
pub fn pdf(pages: &[&str]) -> Vec<u8> {
    let picture = "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\n0\nendstream";
    let has_scans = pages.contains(&SCAN);
    pdf_with(pages, if has_scans { picture } else { "" }, "")
}

/// A PDF that says it is encrypted, with a key nobody knows.
pub fn encrypted_pdf() -> Vec<u8> {
    let key = "00".repeat(32);
    let object =
        format!("<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <{key}> /U <{key}> >>");
    pdf_with(&["locked away"], &object, "/Encrypt {n} 0 R /ID [<00><00>]")
}

fn pdf_with(pages: &[&str], extra: &str, trailer: &str) -> Vec<u8> {
    let count = pages.len();
    let kids: String = (0..count).map(|i| format!("{} 0 R ", 4 + i * 2)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    // It comes behind the pages.
    let picture = 4 + count * 2;
    for (text, i) in pages.iter().zip(0..) {
        let (show, named) = match *text {
            "" => (String::new(), String::new()),
            SCAN => (
                "q 468 0 0 648 72 72 cm /Im0 Do Q".to_owned(),
                format!("/XObject << /Im0 {picture} 0 R >>"),
            ),
            text => (
                format!("BT /F1 12 Tf 72 720 Td ({text}) Tj ET"),
                String::new(),
            ),
        };
        objects.push(format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> {named} >> >>", 5 + i * 2));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{show}\nendstream",
            show.len()
        ));
    }
    if !extra.is_empty() {
        objects.push(extra.to_owned());
    }
    pdf_of(&objects, trailer)
}

/// A PDF form of one page with a text field behind the word "Keeper:", and a line below it.
pub fn pdf_form(value: &str) -> Vec<u8> {
    let content = "BT /F1 12 Tf 72 720 Td (Keeper:) Tj ET\nBT /F1 12 Tf 72 640 Td (Signed at the harbour office.) Tj ET";
    pdf_of(
        &[
            "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] >> >>".to_owned(),
            "<< /Type /Pages /Kids [4 0 R] /Count 1 >>".to_owned(),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
                .to_owned(),
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Annots [6 0 R] /Resources << /Font << /F1 3 0 R >> >> >>"
                .to_owned(),
            format!(
                "<< /Length {} >>\nstream\n{content}\nendstream",
                content.len()
            ),
            format!(
                "<< /Type /Annot /Subtype /Widget /FT /Tx /T (f1) /V ({value}) /Rect [130 714 400 734] /P 4 0 R >>"
            ),
        ],
        "",
    )
}

fn pdf_of(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (object, n) in objects.iter().zip(1..) {
        offsets.push(bytes.len());
        bytes.extend(format!("{n} 0 obj\n{object}\nendobj\n").into_bytes());
    }
    let table = bytes.len();
    let entries: String = offsets
        .iter()
        .map(|offset| format!("{offset:010} 00000 n \n"))
        .collect();
    let size = objects.len() + 1;
    let trailer = trailer.replace("{n}", &objects.len().to_string());
    bytes.extend(
        format!("xref\n0 {size}\n0000000000 65535 f \n{entries}trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n")
            .into_bytes(),
    );
    bytes
}

/// A page of HTML with numbered sections, each with words that no other has.
pub fn html(sections: usize) -> String {
    let section = |n: usize| {
        format!(
            "<h2>Section {n}</h2><p>The marker of this section is zebra{n} and it stands beside a sentence about \
             lamps number {n}, which are lit at dusk, trimmed at midnight, and put out at dawn by the keeper.</p>"
        )
    };
    let body: String = (1..=sections).map(section).collect();
    format!(
        "<!doctype html><html><head><title>Lamps</title></head><body><h1>Lamps</h1>{body}</body></html>"
    )
}
