//! Matching what is typed against names: diacritics and case folded, whole starts before word starts before
//! scattered letters. Pure but for the folding of letters beyond ASCII, which the browser knows.

/// A name ready to be matched: its folded letters, each with the index of the letter it came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folded(Vec<(char, usize)>);

impl Folded {
    /// Folds a text. `decompose` splits a letter from its marks (NFD).
    pub(crate) fn new(text: &str, decompose: impl Fn(char) -> String) -> Self {
        let mut letters = Vec::with_capacity(text.len());
        for (index, letter) in text.chars().enumerate() {
            if letter.is_ascii() {
                letters.push((letter.to_ascii_lowercase(), index));
                continue;
            }
            for part in decompose(letter).chars().filter(|part| !is_mark(*part)) {
                letters.extend(part.to_lowercase().map(|low| (low, index)));
            }
        }
        Self(letters)
    }

    fn starts_word(&self, at: usize) -> bool {
        at == 0 || !self.0[at - 1].0.is_alphanumeric()
    }
}

/// The combining marks that Latin, Greek, Cyrillic and Arabic letters come apart into.
fn is_mark(letter: char) -> bool {
    matches!(u32::from(letter), 0x0300..=0x036F | 0x064B..=0x065F | 0x1AB0..=0x1AFF | 0x20D0..=0x20FF)
}

/// How well something fits, and which letters of the original text did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    /// Higher is better.
    pub(crate) score: i32,
    /// Indexes of letters, upwards.
    pub(crate) letters: Vec<usize>,
}

/// Whether and how well the folded query fits the name.
pub(crate) fn fit(query: &Folded, name: &Folded) -> Option<Fit> {
    if query.0.is_empty() {
        return Some(Fit {
            score: 0,
            letters: Vec::new(),
        });
    }
    let shorter = i32::try_from(name.0.len().min(200)).unwrap_or(200);
    if let Some((at, whole)) = substring(query, name) {
        let score = match (at, whole) {
            (0, _) => 4_000,
            (_, true) => 3_000,
            (_, false) => 2_000,
        };
        return Some(Fit {
            score: score - shorter,
            letters: letters(name, at..at + query.0.len()),
        });
    }
    scattered(query, name).map(|(letters, gaps)| Fit {
        score: 1_000 - gaps * 10 - shorter,
        letters,
    })
}

/// The best place where the query stands in one piece: a word's start if there is one.
fn substring(query: &Folded, name: &Folded) -> Option<(usize, bool)> {
    let mut first = None;
    for (at, part) in name.0.windows(query.0.len()).enumerate() {
        if part
            .iter()
            .map(|one| one.0)
            .eq(query.0.iter().map(|one| one.0))
        {
            if name.starts_word(at) {
                return Some((at, true));
            }
            first.get_or_insert((at, false));
        }
    }
    first
}

/// The letters in order with anything between, the first of them at a word's start.
fn scattered(query: &Folded, name: &Folded) -> Option<(Vec<usize>, i32)> {
    let wanted: Vec<char> = query
        .0
        .iter()
        .map(|one| one.0)
        .filter(|one| *one != ' ')
        .collect();
    if wanted.len() < 2 {
        return None;
    }
    let mut found = Vec::with_capacity(wanted.len());
    let mut gaps = 0;
    let mut from = 0;
    for letter in wanted {
        let at = (from..name.0.len()).find(|at| {
            name.0[*at].0 == letter && (*at == from && from > 0 || name.starts_word(*at))
        });
        let at = at.or_else(|| {
            (from > 0).then(|| (from..name.0.len()).find(|at| name.0[*at].0 == letter))?
        })?;
        gaps += i32::from(at != from);
        found.push(name.0[at].1);
        from = at + 1;
    }
    found.dedup();
    Some((found, gaps))
}

fn letters(name: &Folded, range: std::ops::Range<usize>) -> Vec<usize> {
    let mut letters: Vec<usize> = name.0[range].iter().map(|one| one.1).collect();
    letters.dedup();
    letters
}

/// Cuts a text into runs that fit and runs that do not, in order.
pub(crate) fn runs(text: &str, letters: &[usize]) -> Vec<(String, bool)> {
    let mut runs: Vec<(String, bool)> = Vec::new();
    for (index, letter) in text.chars().enumerate() {
        let lit = letters.binary_search(&index).is_ok();
        match runs.last_mut() {
            Some((run, same)) if *same == lit => run.push(letter),
            _ => runs.push((letter.to_string(), lit)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Folded {
        Folded::new(text, |letter| match letter {
            'É' => "E\u{301}".into(),
            'é' => "e\u{301}".into(),
            other => other.to_string(),
        })
    }

    fn score(query: &str, name: &str) -> Option<i32> {
        fit(&folded(query), &folded(name)).map(|fit| fit.score)
    }

    #[test]
    fn marks_and_case_do_not_matter_and_the_original_letters_are_lit() {
        let found = fit(&folded("elise"), &folded("Élise Marchand"));
        assert_eq!(found.map(|fit| fit.letters), Some(vec![0, 1, 2, 3, 4]));
    }

    #[test]
    fn starts_come_before_words_before_the_middle_before_scattered_letters() {
        let order = ["Launch day", "The launch", "Relaunch"].map(|name| score("la", name));
        assert!(order[0] > order[1] && order[1] > order[2]);
        assert!(score("ld", "Launch day").is_some_and(|scattered| Some(scattered) < order[2]));
    }

    #[test]
    fn what_is_not_there_does_not_fit() {
        assert_eq!(score("lar", "Launch day"), None);
        assert_eq!(score("zz", "Mara"), None);
    }

    #[test]
    fn runs_cover_the_whole_text() {
        let runs = runs("Larch", &[0, 1]);
        assert_eq!(runs, vec![("La".into(), true), ("rch".into(), false)]);
    }
}
