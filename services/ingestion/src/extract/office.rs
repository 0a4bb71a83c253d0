//! Documents that a library parses. Runs in the child process.

use xberg::{
    ExtractInput, ExtractionConfig, OutputFormat, PageConfig, PageContent, SecurityLimits,
    XbergError,
};

use super::{
    ExtractError, Extracted, Limits, Page, archive, detect::Format, docx, form, front_matter,
    layout, numbers, page_tables, xlsx,
};

pub(super) fn extract(
    format: Format,
    name: &str,
    bytes: Vec<u8>,
    limits: Limits,
) -> Result<Extracted, ExtractError> {
    if format.is_archive() {
        // The library unpacks in memory and does not count.
        archive::check(&bytes, limits)?;
    }
    if format == Format::Xlsx
        && let Some(workbook) = xlsx::extract(&bytes, format.media_type(), limits)?
    {
        return Ok(workbook);
    }
    let bytes = if format == Format::Docx {
        docx::as_shown(&bytes)?
    } else {
        bytes
    };
    let runtime = runtime()?;
    let paged = matches!(format, Format::Pdf | Format::Pptx);
    let read = |bytes: Vec<u8>| {
        let input = ExtractInput::from_bytes(bytes, format.media_type(), Some(name.to_owned()));
        let result = runtime
            .block_on(xberg::extract(input, &config(format, paged, limits)))
            .map_err(|e| explain(&e))?;
        let error = result.errors.first().map(|error| error.message.clone());
        let document = result.results.into_iter().next();
        document.ok_or_else(|| classify(&error.unwrap_or_default()))
    };
    // Kept only where it may be needed: it is a second copy of up to `ingestion.max_bytes`.
    let form = (format == Format::Pdf && form::may_hold(&bytes)).then(|| bytes.clone());
    let mut document = read(bytes)?;
    if let Some(form) = form
        && document
            .form_fields
            .iter()
            .any(|field| field.value.is_some())
        && let Some(filled) = form::filled(&form)
    {
        document = read(filled)?;
    }
    let pages = match document.pages.filter(|pages| paged && !pages.is_empty()) {
        Some(printed) => pages(format, printed),
        None => vec![Page {
            number: 0,
            text: whole(format, document.content),
        }],
    };
    Ok(Extracted {
        media_type: format.media_type().to_owned(),
        title: document
            .metadata
            .title
            .filter(|title| !title.trim().is_empty()),
        markdown: format != Format::Pdf,
        pages,
    })
}

/// Runs the library, which is asynchronous and waits for timers only; this process may open no socket anyway.
fn runtime() -> Result<tokio::runtime::Runtime, ExtractError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| ExtractError::Broken {
            reason: error.to_string(),
        })
}

/// The text of each page; of a PDF as paragraphs and tables, which it does not know.
fn pages(format: Format, given: Vec<PageContent>) -> Vec<Page> {
    if format != Format::Pdf {
        let page = |page: PageContent| Page {
            number: page.page_number,
            text: page.content,
        };
        return given.into_iter().map(page).collect();
    }
    let furniture = layout::Furniture::of(given.iter().map(|page| page.content.as_str()));
    let mut written = page_tables::Pages::default();
    let mut page = |page: &PageContent| Page {
        number: page.page_number,
        text: written.write(
            &page.content,
            page.tables.iter().map(|table| &table.cells),
            &furniture,
        ),
    };
    given.iter().map(&mut page).collect()
}

/// The text of a format without pages.
fn whole(format: Format, text: String) -> String {
    match format {
        Format::Html => front_matter::without_head(&text).to_owned(),
        Format::Docx => numbers::unescaped(&text),
        _ => text,
    }
}

fn config(format: Format, paged: bool, limits: Limits) -> ExtractionConfig {
    let text_bytes = usize::try_from(limits.text_bytes).unwrap_or(usize::MAX);
    ExtractionConfig {
        use_cache: false,
        disable_ocr: true,
        // The parent keeps time.
        extraction_timeout_secs: None,
        output_format: if format == Format::Pdf {
            OutputFormat::Plain
        } else {
            OutputFormat::Markdown
        },
        pages: paged.then(|| PageConfig {
            extract_pages: true,
            ..PageConfig::default()
        }),
        security_limits: Some(SecurityLimits {
            max_archive_size: text_bytes,
            max_content_size: text_bytes,
            max_files_in_archive: archive::MAX_FILES,
            max_pages: Some(limits.pages as usize),
            max_table_cells: 5_000_000,
            ..SecurityLimits::default()
        }),
        ..ExtractionConfig::default()
    }
}

fn explain(error: &XbergError) -> ExtractError {
    match error {
        XbergError::UnsupportedFormat(found) => ExtractError::Unsupported {
            found: found.clone(),
        },
        other => classify(&other.to_string()),
    }
}

/// The library tells kinds of failure apart by their words only.
fn classify(message: &str) -> ExtractError {
    let lower = message.to_lowercase();
    if ["encrypt", "password", "decrypt"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return ExtractError::Encrypted;
    }
    let first = message.lines().next().unwrap_or_default();
    ExtractError::Damaged {
        reason: first.chars().take(300).collect(),
        page: 0,
    }
}
