//! Which rows are mounted: pure arithmetic over row heights. Knows neither the DOM nor what a row is.

use std::ops::Range;

/// Most rows mounted at once.
pub(crate) const MOUNTED: usize = 160;
/// Height of a row that was never measured.
pub(crate) const ESTIMATE_PX: f64 = 56.0;
/// How many screens are mounted above and below what is visible.
pub(crate) const AHEAD_SCREENS: f64 = 1.75;
/// So many at first, so that a room is on screen at once; the rest follows in steps like this.
pub(crate) const STEP_SCREENS: f64 = 0.35;
/// When less than this share of them is left above or below, the window moves on.
const LEAST: f64 = 0.43;
/// So many heights have a sum of their own.
const BLOCK: usize = 128;

/// Row heights, with sums, so that what depends on all of them costs little however many there are.
#[derive(Default)]
pub(crate) struct Heights {
    each: Vec<f64>,
    /// Of every `BLOCK` of them.
    sums: Vec<f64>,
}

impl Heights {
    pub(crate) fn len(&self) -> usize {
        self.each.len()
    }

    /// Of all.
    pub(crate) fn total(&self) -> f64 {
        self.sums.iter().sum()
    }

    pub(crate) fn push(&mut self, height: f64) {
        if self.each.len().is_multiple_of(BLOCK) {
            self.sums.push(0.0);
        }
        self.each.push(height);
        if let Some(sum) = self.sums.last_mut() {
            *sum += height;
        }
    }

    /// Leaves only the first so many.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.each.truncate(count);
        self.sums.truncate(count.div_ceil(BLOCK));
        if !count.is_multiple_of(BLOCK)
            && let Some(sum) = self.sums.last_mut()
        {
            *sum = self.each[count / BLOCK * BLOCK..].iter().sum();
        }
    }

    pub(crate) fn set(&mut self, index: usize, height: f64) {
        if let Some(old) = self.each.get_mut(index) {
            self.sums[index / BLOCK] += height - std::mem::replace(old, height);
        }
    }

    /// Of these together.
    pub(crate) fn sum(&self, rows: Range<usize>) -> f64 {
        offset(self, rows.end) - offset(self, rows.start)
    }

    /// The row that holds this place, and where its top is; beyond the end, one more than there are.
    fn at(&self, place: f64) -> (usize, f64) {
        let (mut index, mut top) = (0, 0.0);
        for sum in &self.sums {
            if top + sum > place {
                break;
            }
            (index, top) = (index + BLOCK, top + sum);
        }
        for height in self.each.get(index..).unwrap_or_default() {
            if top + height > place {
                break;
            }
            (index, top) = (index + 1, top + height);
        }
        (index.min(self.len()), top)
    }
}

/// The rows that any part of `from..to` touches, in pixels from the top of the first row.
pub(crate) fn span(heights: &Heights, from: f64, to: f64) -> Range<usize> {
    let (start, mut top) = heights.at(from);
    let mut end = start;
    for height in heights.each.get(start..).unwrap_or_default() {
        if top >= to {
            break;
        }
        (end, top) = (end + 1, top + height);
    }
    if start < end {
        return start..end;
    }
    // Beyond the end: the last row; before the start: the first.
    if from > 0.0 {
        heights.len().saturating_sub(1)..heights.len()
    } else {
        0..heights.len().min(1)
    }
}

/// The rows to mount when the visible part begins at `top` and is `view` high, with so many screens around it.
pub(crate) fn around(heights: &Heights, top: f64, view: f64, screens: f64) -> Range<usize> {
    let ahead = view * screens;
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
pub(crate) fn enough(
    heights: &Heights,
    mounted: &Range<usize>,
    top: f64,
    view: f64,
    screens: f64,
) -> bool {
    let least = view * screens * LEAST;
    let needed = span(heights, top - least, top + view + least);
    needed.start >= mounted.start && needed.end <= mounted.end
}

/// Pixels from the top of the first row to the top of this one.
pub(crate) fn offset(heights: &Heights, index: usize) -> f64 {
    let index = index.min(heights.len());
    let blocks = index / BLOCK;
    let rest = &heights.each[blocks * BLOCK..index];
    heights.sums[..blocks].iter().chain(rest).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(of: impl IntoIterator<Item = f64>) -> Heights {
        let mut heights = Heights::default();
        of.into_iter().for_each(|height| heights.push(height));
        heights
    }

    #[test]
    fn sums_follow_what_is_set_cut_and_added() {
        let mut all: Vec<f64> = (0..700).map(|at| f64::from(at % 37 + 20)).collect();
        let mut kept = heights(all.iter().copied());
        for (at, height) in [(0, 90.0), (127, 31.0), (128, 7.0), (699, 500.0)] {
            all[at] = height;
            kept.set(at, height);
        }
        for count in [700, 699, 512, 300, 256] {
            all.truncate(count);
            kept.truncate(count);
            assert_eq!(kept.len(), count);
            assert_eq!(kept.total(), all.iter().sum::<f64>());
            for index in [0, 1, 127, 128, 129, count] {
                assert_eq!(offset(&kept, index), all.iter().take(index).sum::<f64>());
            }
        }
        kept.push(12.0);
        assert_eq!(kept.sum(250..257), all[250..].iter().sum::<f64>() + 12.0);
    }

    #[test]
    fn never_more_than_the_limit_is_mounted_however_small_the_rows_are() {
        let heights = heights(vec![10.0; 10_000]);
        for top in [0.0, 35_000.0, 99_000.0] {
            let range = around(&heights, top, 900.0, AHEAD_SCREENS);
            assert!(range.len() <= MOUNTED);
            let seen = span(&heights, top, top + 900.0);
            assert!(range.start <= seen.start && range.end >= seen.end);
        }
    }

    #[test]
    fn a_window_that_was_just_computed_is_enough_until_a_screen_is_scrolled() {
        let heights = heights(vec![50.0; 1_000]);
        for screens in [STEP_SCREENS, AHEAD_SCREENS] {
            let range = around(&heights, 20_000.0, 800.0, screens);
            assert!(enough(&heights, &range, 20_000.0, 800.0, screens));
            assert!(!enough(&heights, &range, 22_000.0, 800.0, screens));
        }
    }

    #[test]
    fn short_lists_are_mounted_whole() {
        let heights = heights(vec![56.0; 12]);
        assert_eq!(around(&heights, 0.0, 800.0, AHEAD_SCREENS), 0..12);
        assert!(enough(&heights, &(0..12), 0.0, 800.0, AHEAD_SCREENS));
    }

    #[test]
    fn scrolled_beyond_the_end_the_last_row_still_counts() {
        assert_eq!(span(&heights([50.0; 4]), 900.0, 1_000.0), 3..4);
        assert_eq!(span(&heights([50.0; 4]), 60.0, 100.0), 1..2);
        assert_eq!(span(&heights([50.0; 4]), -90.0, -10.0), 0..1);
        assert_eq!(span(&heights([]), 0.0, 10.0), 0..0);
    }
}
