//! The table that the benchmark prints: medians, each run beside them, and whether a goal is met.

use super::scenarios::Scenario;
use crate::{load::Faults, report::median};

pub(super) const HEAD: &str = "\
| scenario | goal | Confab | limit | ratio (each run) | p99 | lost / doubled / out of order | goal met |
| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |";

/// What one run of a scenario came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    pub(super) ours: f64,
    /// The yardstick's, where it takes part.
    pub(super) limit: Option<f64>,
    /// A ratio where the yardstick takes part, or else milliseconds.
    pub(super) p99: Option<f64>,
    pub(super) faults: Faults,
    /// What part of the messages Confab had no room for.
    pub(super) refused: f64,
    /// What part of its core the generator needed at most.
    pub(super) generator: f64,
}

impl Run {
    fn ratio(&self) -> Option<f64> {
        self.limit.map(|limit| self.ours / limit.max(f64::EPSILON))
    }
}

/// One line of it; `judged` says whether the goal is held against it.
pub(super) fn row(scenario: &Scenario, runs: &[Run], judged: bool) -> String {
    let (unit, digits) = scenario.kind.unit();
    let middle = |of: fn(&Run) -> Option<f64>| {
        let values: Vec<f64> = runs.iter().filter_map(of).collect();
        (!values.is_empty()).then(|| (median(values.clone()), values))
    };
    let ours = middle(|run| Some(run.ours));
    let ratio = middle(Run::ratio);
    let p99 = middle(|run| run.p99);
    let figure = |of: &Option<(f64, Vec<f64>)>| match of {
        Some((value, _)) => format!("{value:.digits$} {unit}"),
        None => "–".to_owned(),
    };
    // Without a yardstick it is Confab's own figure that varies.
    let each = match (&ratio, &ours) {
        (Some((value, each)), _) => format!("{value:.2} ({})", list(each, 2)),
        (None, Some((_, each))) => format!("({})", list(each, digits)),
        (None, None) => "–".to_owned(),
    };
    let delay = match &p99 {
        Some((value, _)) if ratio.is_some() => format!("{value:.1} ×"),
        Some((value, _)) => format!("{value:.1} ms"),
        None => "–".to_owned(),
    };
    let mut faults = Faults::default();
    runs.iter().for_each(|run| faults.add(run.faults));
    let counted = ratio.as_ref().or(ours.as_ref());
    let bound = counted.is_some_and(|(value, _)| scenario.goal.bound.holds(*value));
    let in_time = match (scenario.goal.p99, &p99) {
        (Some(most), Some((value, _))) => *value <= most,
        _ => true,
    };
    format!(
        "| {} | {} | {} | {} | {each} | {delay} | {} / {} / {} | {} |",
        scenario.name,
        scenario.goal(),
        figure(&ours),
        figure(&middle(|run| run.limit)),
        faults.lost + faults.unacked,
        faults.doubled,
        faults.disordered,
        match (judged, bound && in_time) {
            (false, _) => "–",
            (true, true) => "yes",
            (true, false) => "**no**",
        },
    )
}

fn list(values: &[f64], digits: usize) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| format!("{value:.digits$}"))
        .collect();
    values.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Run, row};
    use crate::compare::scenarios::SCENARIOS;

    #[test]
    fn a_line_says_the_medians_and_each_run() {
        let run = |ours, limit, p99| Run {
            ours,
            limit,
            p99: Some(p99),
            ..Run::default()
        };
        let runs = [
            run(12.0, Some(10.0), 2.0),
            run(14.0, Some(10.0), 2.6),
            run(13.0, Some(10.0), 2.2),
        ];
        assert_eq!(
            row(&SCENARIOS[0], &runs, true),
            "| f100_high | ≤ 1.5, p99 ≤ 2.5 | 13.0 µs | 10.0 µs | 1.30 (1.20 1.40 1.30) | 2.2 × | 0 / 0 / 0 | yes |"
        );
        assert_eq!(
            row(&SCENARIOS[4], &[run(7_000.0, None, 26.0)], true),
            "| sends | ≥ 8000 a second, p99 ≤ 25 ms | 7000 a second | – | (7000) | 26.0 ms | 0 / 0 / 0 | **no** |"
        );
    }
}
