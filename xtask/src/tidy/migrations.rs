//! Rules for migrations: each goes both ways, and every database has the same ones.

use super::Finding;
use std::collections::{BTreeMap, BTreeSet};

/// `files` are paths like `migrations/sqlite/0001_rooms/up.sql`.
pub(super) fn check(files: &[String]) -> Vec<Finding> {
    let mut migrations: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for file in files {
        if let [_, database, migration, script] = file.split('/').collect::<Vec<_>>()[..] {
            migrations
                .entry((database, migration))
                .or_default()
                .insert(script);
        }
    }
    let databases: BTreeSet<&str> = migrations.keys().map(|(database, _)| *database).collect();
    let mut findings = Vec::new();
    for ((database, migration), scripts) in &migrations {
        let place = format!("migrations/{database}/{migration}");
        for script in ["up.sql", "down.sql"] {
            if !scripts.contains(script) {
                findings.push(Finding::new(&place, 0, format!("has no {script}")));
            }
        }
        for other in databases
            .iter()
            .filter(|other| !migrations.contains_key(&(**other, *migration)))
        {
            findings.push(Finding::new(
                &place,
                0,
                format!("has no twin in migrations/{other}"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;

    fn rules(files: &[&str]) -> Vec<String> {
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        check(&files)
            .into_iter()
            .map(|finding| format!("{} {}", finding.file, finding.rule))
            .collect()
    }

    #[test]
    fn a_migration_goes_both_ways() {
        assert_eq!(
            rules(&["migrations/sqlite/1_a/up.sql"]),
            ["migrations/sqlite/1_a has no down.sql"]
        );
    }

    #[test]
    fn a_migration_has_a_twin_once_there_are_two_databases() {
        let one = [
            "migrations/sqlite/1_a/up.sql",
            "migrations/sqlite/1_a/down.sql",
        ];
        assert!(rules(&one).is_empty());
        let two = [
            one[0],
            one[1],
            "migrations/postgres/2_b/up.sql",
            "migrations/postgres/2_b/down.sql",
        ];
        assert_eq!(rules(&two).len(), 2);
    }
}
