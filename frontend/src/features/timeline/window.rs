//! Which rows are mounted: pure arithmetic over row heights. Knows neither the DOM nor what a row is.

use std::ops::Range;

/// Most rows mounted at once.
pub(crate) const MOUNTED: usize = 160;
/// Height of a row that was never measured.
pub(crate) const ESTIMATE_PX: f64 = 56.0;
/// How many screens are mounted above and below what is visible.
const AHEAD_SCREENS: f64 = 1.75;
/// When less than this is left above or below, the window moves on.
const LEAST_SCREENS: f64 = 0.75;

/// The rows that any part of `from..to` touches, in pixels from the top of the first row.
pub(crate) fn span(heights: &[f64], from: f64, to: f64) -> Range<usize> {
    let mut top = 0.0;
    let mut start = None;
    let mut end = 0;
    for (index, height) in heights.iter().enumerate() {
        let bottom = top + height;
        if bottom > from && top < to {
            start.get_or_insert(index);
            end = index + 1;
        }
        if top >= to {
            break;
        }
        top = bottom;
    }
    match start {
        Some(start) => start..end,
        // Beyond the end: the last row; before the start: the first.
        None if from > 0.0 => heights.len().saturating_sub(1)..heights.len(),
        None => 0..heights.len().min(1),
    }
}

/// The rows to mount when the visible part begins at `top` and is `view` high.
pub(crate) fn around(heights: &[f64], top: f64, view: f64) -> Range<usize> {
    let ahead = view * AHEAD_SCREENS;
    let wide = span(heights, top - ahead, top + view + ahead);
    if wide.len() <= MOUNTED {
        return wide;
    }
    let seen = span(heights, top, top + view);
    let spare = MOUNTED.saturating_sub(seen.len()) / 2;
    let start = seen.start.saturating_sub(spare).max(wide.start);
    let end = (start + MOUNTED).min(wide.end);
    end.saturating_sub(MOUNTED).max(wide.start)..end
}

/// Whether the mounted rows still reach far enough beyond what is visible.
pub(crate) fn enough(heights: &[f64], mounted: &Range<usize>, top: f64, view: f64) -> bool {
    let least = view * LEAST_SCREENS;
    let needed = span(heights, top - least, top + view + least);
    needed.start >= mounted.start && needed.end <= mounted.end
}

/// Pixels from the top of the first row to the top of this one.
pub(crate) fn offset(heights: &[f64], index: usize) -> f64 {
    heights.iter().take(index).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_the_limit_is_mounted_however_small_the_rows_are() {
        let heights = vec![10.0; 10_000];
        for top in [0.0, 35_000.0, 99_000.0] {
            let range = around(&heights, top, 900.0);
            assert!(range.len() <= MOUNTED);
            let seen = span(&heights, top, top + 900.0);
            assert!(range.start <= seen.start && range.end >= seen.end);
        }
    }

    #[test]
    fn a_window_that_was_just_computed_is_enough_until_a_screen_is_scrolled() {
        let heights = vec![50.0; 1_000];
        let range = around(&heights, 20_000.0, 800.0);
        assert!(enough(&heights, &range, 20_000.0, 800.0));
        assert!(!enough(&heights, &range, 22_000.0, 800.0));
    }

    #[test]
    fn short_lists_are_mounted_whole() {
        let heights = vec![56.0; 12];
        assert_eq!(around(&heights, 0.0, 800.0), 0..12);
        assert!(enough(&heights, &(0..12), 0.0, 800.0));
    }

    #[test]
    fn scrolled_beyond_the_end_the_last_row_still_counts() {
        assert_eq!(span(&[50.0; 4], 900.0, 1_000.0), 3..4);
        assert_eq!(span(&[], 0.0, 10.0), 0..0);
    }
}
