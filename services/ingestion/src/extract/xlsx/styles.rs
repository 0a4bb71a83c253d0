//! The number formats of a workbook's cells.

use std::{borrow::Cow, collections::HashMap};

use crate::extract::{ExtractError, xml::parse};

/// The formats that cells name by their place.
pub(super) fn formats(styles: &str) -> Result<Vec<Cow<'static, str>>, ExtractError> {
    let root = parse(styles)?;
    let children = |name: &'static str| {
        root.elements()
            .filter(move |element| element.local_name() == name)
            .flat_map(|element| element.elements())
    };
    let own: HashMap<u32, String> = children("numFmts")
        .filter_map(|format| {
            let id = format.attribute("numFmtId")?.parse().ok()?;
            Some((id, format.attribute("formatCode")?.into_owned()))
        })
        .collect();
    let formats = children("cellXfs").map(|cell| {
        let id = cell.attribute("numFmtId").and_then(|id| id.parse().ok());
        let id: u32 = id.unwrap_or(0);
        match own.get(&id) {
            Some(format) => Cow::Owned(format.clone()),
            None => Cow::Borrowed(built_in(id)),
        }
    });
    Ok(formats.collect())
}

/// The formats that every program knows by their number. Dates that look different in each country are shown in the
/// one way that all read alike.
fn built_in(id: u32) -> &'static str {
    match id {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5 | 6 => "\"$\"#,##0;(\"$\"#,##0)",
        7 | 8 => "\"$\"#,##0.00;(\"$\"#,##0.00)",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        12 => "# ?/?",
        13 => "# ??/??",
        14 | 27..=31 | 36 | 50..=54 | 57 | 58 => "yyyy-mm-dd",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 | 32 | 34 | 55 => "h:mm",
        21 | 33 | 35 | 56 => "h:mm:ss",
        22 => "yyyy-mm-dd h:mm",
        37 | 38 => "#,##0;(#,##0)",
        39 | 40 => "#,##0.00;(#,##0.00)",
        41 | 42 => "#,##0;(#,##0);\"-\"",
        43 | 44 => "#,##0.00;(#,##0.00);\"-\"",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss.0",
        48 => "##0.0E+0",
        _ => "General",
    }
}
