//! How many tests passed and failed, read from what the test runners print.

/// Tests that passed and that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

/// Sums up every `test result: ok. 5 passed; 1 failed; …` of cargo.
pub(super) fn of_cargo(lines: &[String]) -> Counts {
    let results = lines
        .iter()
        .filter_map(|line| line.trim().strip_prefix("test result: "));
    results.fold(Counts::default(), |sum, result| Counts {
        passed: sum.passed + number_before(result, "passed"),
        failed: sum.failed + number_before(result, "failed"),
    })
}

/// Sums up every `# pass 5` or `ℹ pass 5` of node; a cancelled test is a failed one.
pub(super) fn of_node(lines: &[String]) -> Counts {
    let mut counts = Counts::default();
    for line in lines {
        let line = without_colours(line);
        let mut words = line.split_whitespace();
        let (Some("#" | "ℹ"), Some(what), Some(number), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let Ok(number) = number.parse::<usize>() else {
            continue;
        };
        match what {
            "pass" => counts.passed += number,
            "fail" | "cancelled" => counts.failed += number,
            _ => {}
        }
    }
    counts
}

fn number_before(text: &str, word: &str) -> usize {
    let words: Vec<&str> = text
        .split([' ', ';', '.'])
        .filter(|word| !word.is_empty())
        .collect();
    let place = words
        .iter()
        .position(|candidate| *candidate == word)
        .and_then(|at| at.checked_sub(1));
    place
        .and_then(|at| words.get(at)?.parse().ok())
        .unwrap_or(0)
}

/// The line without terminal colours, which begin with ESC and end with `m`.
fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| {
        kept + part.split_once('m').map_or(part, |(_, after)| after)
    })
}

#[cfg(test)]
mod tests {
    use super::{Counts, of_cargo, of_node};

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn cargos_results_add_up() {
        let text = "running 2 tests\n\
                    test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                    test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.10s";
        assert_eq!(
            of_cargo(&lines(text)),
            Counts {
                passed: 17,
                failed: 3
            }
        );
    }

    #[test]
    fn nodes_results_are_read_from_both_reporters() {
        let spec = "▶ rooms\n\u{1b}[34mℹ tests 9\u{1b}[39m\n\u{1b}[34mℹ pass 8\u{1b}[39m\nℹ fail 1\nℹ cancelled 0";
        assert_eq!(
            of_node(&lines(spec)),
            Counts {
                passed: 8,
                failed: 1
            }
        );
        let tap = "# Subtest: pass 7 times\nok 1\n# pass 4\n# fail 0\n# cancelled 2";
        assert_eq!(
            of_node(&lines(tap)),
            Counts {
                passed: 4,
                failed: 2
            }
        );
    }
}
