//! `tidy`: the repository's rules as code. A rule takes paths and text and returns findings; only this file reads.

mod migrations;
mod rust;
mod styles;

use crate::workspace::{files_below, read, relative, root};
use crate::{Result, print};

const LINES_AT_MOST: usize = 600;
const LINES_BETTER: usize = 400;

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    file: String,
    /// Counted from 1; 0 where the whole file is meant.
    line: usize,
    rule: String,
}

impl Finding {
    fn new(file: &str, line: usize, rule: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            rule: rule.into(),
        }
    }
}

/// Checks every rule, prints what breaks one, fails if anything does.
pub(crate) fn tidy() -> Result<()> {
    let mut findings = Vec::new();
    let mut warnings = Vec::new();
    let mut seen = 0_usize;
    for dir in ["backend", "shared", "frontend", "xtask"] {
        for path in files_below(&root().join(dir)) {
            let name = relative(&path);
            if !is_text(&name) {
                continue;
            }
            seen += 1;
            let text = read(&path)?;
            findings.extend(check(&name, &text));
            warnings.extend(long(&name, &text, LINES_BETTER));
        }
    }
    let migrations: Vec<String> = files_below(&root().join("migrations"))
        .iter()
        .map(|path| relative(path))
        .collect();
    findings.extend(migrations::check(&migrations));

    for warning in &warnings {
        print(format!("warning: {}: {}", warning.file, warning.rule));
    }
    for Finding { file, line, rule } in &findings {
        print(format!(
            "error: {file}{}: {rule}",
            if *line == 0 {
                String::new()
            } else {
                format!(":{line}")
            }
        ));
    }
    print(format!(
        "tidy: {seen} files, {} errors, {} warnings",
        findings.len(),
        warnings.len()
    ));
    if findings.is_empty() {
        Ok(())
    } else {
        Err(format!("{} places break a rule", findings.len()))
    }
}

fn is_text(name: &str) -> bool {
    [".rs", ".css", ".js", ".mjs", ".html"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn check(name: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if name.ends_with(".rs") {
        findings.extend(rust::check(name, text));
    }
    if name.ends_with(".css") {
        findings.extend(styles::check(name, text));
    }
    if name.starts_with("frontend/") && !name.starts_with("frontend/e2e/") {
        findings.extend(rust::raw_markup(name, text));
    }
    findings.extend(long(name, text, LINES_AT_MOST));
    findings
}

fn long(name: &str, text: &str, limit: usize) -> Option<Finding> {
    let lines = text.lines().count();
    let counted = name.ends_with(".rs") || name.ends_with(".css");
    (counted && lines > limit)
        .then(|| Finding::new(name, 0, format!("{lines} lines; more than {limit}")))
}

#[cfg(test)]
mod tests {
    use super::{check, long};

    #[test]
    fn a_file_of_six_hundred_and_one_lines_is_too_long() {
        let text = |lines: usize| format!("//! What it owns.\n{}", "\n".repeat(lines - 1));
        assert!(check("backend/src/a.rs", &text(600)).is_empty());
        assert_eq!(check("backend/src/a.rs", &text(601)).len(), 1);
        assert!(long("backend/src/a.rs", &text(401), 400).is_some());
        assert!(long("frontend/index.html", &text(900), 400).is_none());
    }

    #[test]
    fn browser_tests_may_look_at_the_markup() {
        assert!(check("frontend/e2e/room.mjs", "page.innerHTML()").is_empty());
        assert_eq!(check("frontend/sw.js", "node.innerHTML = text").len(), 1);
    }
}
