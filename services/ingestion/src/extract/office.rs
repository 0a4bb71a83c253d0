//! Documents that a library parses. Runs in the child process.

use xberg::{
    ExtractInput, ExtractionConfig, FormatMetadata, Metadata, OutputFormat, PageConfig,
    PageContent, SecurityLimits, XbergError,
};

use super::{
    ExtractError, Extracted, Limits, Page,
    about::About,
    archive,
    blank::{self, Silent},
    detect::Format,
    docx, form, front_matter, layout, numbers, page_tables, says_something, xlsx,
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
    if format == Format::Xlsx {
        return xlsx::extract(&bytes, format.media_type(), limits);
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
    // For what the library does not tell: a form's values where its fields are, and which pages are blank.
    let pdf = (format == Format::Pdf).then(|| bytes.clone());
    let mut document = read(bytes)?;
    if let Some(pdf) = pdf.as_deref().filter(|pdf| form::may_hold(pdf))
        && document
            .form_fields
            .iter()
            .any(|field| field.value.is_some())
        && let Some(filled) = form::filled(pdf)
    {
        document = read(filled)?;
    }
    let about = about(&document.metadata);
    let mut silent = Vec::new();
    let pages = match document.pages.filter(|pages| paged && !pages.is_empty()) {
        Some(printed) => pages(format, printed, &mut silent),
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
        dated: about.dated(),
        language: about.language(),
        markdown: format != Format::Pdf,
        pages,
        blank: pdf.map_or_else(Vec::new, |pdf| blank::of(&pdf, &silent)),
    })
}

/// What a page's meta tags say of it, and the language that any document names. The dates of a file tell when it was
/// saved, and not of when it is.
fn about(metadata: &Metadata) -> About {
    let language = metadata
        .language
        .clone()
        .map(|tag| ("language".to_owned(), tag));
    let mut said: Vec<(String, String)> = language.into_iter().collect();
    if let Some(FormatMetadata::Html(head)) = &metadata.format {
        let tags = head.meta_tags.iter();
        said.extend(tags.map(|(name, value)| (name.clone(), value.clone())));
        let graph = head.open_graph.iter();
        said.extend(graph.map(|(name, value)| (format!("og-{name}"), value.clone())));
    }
    About::of(said)
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

/// The text of each page; of a PDF as paragraphs and tables, which it does not know. Those of its pages that gave none are
/// added to `silent`.
fn pages(format: Format, given: Vec<PageContent>, silent: &mut Vec<Silent>) -> Vec<Page> {
    if format != Format::Pdf {
        let page = |page: PageContent| Page {
            number: page.page_number,
            text: page.content,
        };
        return given.into_iter().map(page).collect();
    }
    let furniture = layout::Furniture::of(given.iter().map(|page| page.content.as_str()));
    let mut written = page_tables::Pages::default();
    let mut page = |page: &PageContent| {
        let tables = page.tables.iter().map(|table| &table.cells);
        let text = written.write(&page.content, tables, &furniture);
        let number = page.page_number;
        if !says_something(&text) {
            let is_read = says_something(&page.content);
            silent.push(Silent { number, is_read });
        }
        Page { number, text }
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
            max_table_cells: xlsx::MAX_CELLS,
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
