//! Tables whose columns stand under one another also in the source of the page.

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{ContentArrangement, Table};

/// Rows of cells, already escaped, under a header; `None` without rows.
pub(super) fn table<H, R>(header: H, rows: impl IntoIterator<Item = R>) -> Option<String>
where
    H: IntoIterator<Item = String>,
    R: IntoIterator<Item = String>,
{
    let mut table = Table::new();
    table
        .load_style(ASCII_MARKDOWN)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header);
    for row in rows {
        table.add_row(row);
    }
    (table.row_count() > 0).then(|| table.to_string())
}
