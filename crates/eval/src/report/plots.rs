//! Curves as SVG. Its text is in the reader's own fonts.

use std::ops::Range;

use anyhow::Result;
use plotters::prelude::*;

use crate::{run::Run, statistics::quantile};

/// Narrow enough that its letters can be read where it is shrunk to a phone.
const SIZE: (u32, u32) = (520, 320);
const LETTERS: (&str, i32) = ("sans-serif", 17);
const COLORS: [RGBColor; 3] = [
    RGBColor(31, 95, 168),
    RGBColor(200, 90, 20),
    RGBColor(40, 130, 70),
];
/// Times beyond this share are not drawn: one slow answer would flatten the rest.
const SHOWN: f64 = 0.99;

struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// Recall over the number of results that are looked at, by page and by passage; nothing where nothing was searched.
pub(super) fn found(run: &Run) -> Result<Option<String>> {
    let kinds = [("pages", "recall@"), ("passages", "passage.recall@")];
    let lines = kinds.map(|(name, prefix)| {
        let figure = |k: u32| {
            let figure = run.figures.get(&format!("{prefix}{k}"))?;
            Some((f64::from(k), figure.value))
        };
        let points = [1, 3, 5, 10].into_iter().filter_map(figure).collect();
        Line { name, points }
    });
    curves("results looked at", "share found", 1.0..10.0, &lines)
}

/// Share of the questions that are done after so many milliseconds.
pub(super) fn times(run: &Run) -> Result<Option<String>> {
    let kinds = [
        ("search", "search_ms"),
        ("first text", "first_text_ms"),
        ("whole answer", "total_ms"),
    ];
    let mut longest = 1.0_f64;
    let lines = kinds.map(|(name, figure)| {
        let values = run.rows.iter().filter_map(|row| row.values.get(figure));
        let mut values: Vec<f64> = values.copied().collect();
        if !values.is_empty() {
            // It sorts them, too.
            longest = longest.max(quantile(&mut values, SHOWN));
        }
        let count = values.len() as f64;
        let shares = (1..=values.len()).map(|done| done as f64 / count);
        let points = values.iter().copied().zip(shares).collect();
        Line { name, points }
    });
    curves("milliseconds", "share done", 0.0..longest, &lines)
}

fn curves(across: &str, up: &str, width: Range<f64>, lines: &[Line]) -> Result<Option<String>> {
    if lines.iter().all(|line| line.points.is_empty()) {
        return Ok(None);
    }
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let end = width.end;
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .x_label_area_size(48)
            .y_label_area_size(60)
            .build_cartesian_2d(width, 0.0..1.0_f64)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(6)
            .y_labels(6)
            .label_style(LETTERS)
            .axis_desc_style(LETTERS)
            .x_desc(across)
            .y_desc(up)
            .draw()?;
        for (line, color) in lines.iter().zip(COLORS) {
            if line.points.is_empty() {
                continue;
            }
            // The library draws beyond the chart what lies beyond its end.
            let within = line.points.iter().copied().filter(|(x, _)| *x <= end);
            let style = color.stroke_width(3);
            chart
                .draw_series(LineSeries::new(within, style))?
                .label(line.name)
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], style));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .label_font(LETTERS)
            .background_style(WHITE)
            .border_style(BLACK)
            .draw()?;
        area.present()?;
    }
    Ok(Some(svg))
}
