//! What we build from: every crate pinned with its checksum, from one registry, under rules that stand.

use std::{fs, path::Path};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// Licences that would ask something of those who pass Confab on; MPL-2.0 asks it file by file, which is fine.
const COPYLEFT: &[&str] = &["AGPL", "LGPL", "GPL", "SSPL", "EUPL", "CC-BY-SA"];

fn read(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    fs::read_to_string(root.expect("a workspace").join(name)).expect(name)
}

/// The value of a key in a block of the lock file.
fn value<'a>(block: &'a str, key: &str) -> Option<&'a str> {
    let line = block.lines().find_map(|line| line.strip_prefix(key));
    line?
        .strip_prefix(" = ")
        .map(|value| value.trim_matches('"'))
}

#[test]
fn s_sc_1_the_lock_file_pins_every_crate_of_others_by_its_checksum() {
    let lock = read("Cargo.lock");
    let ours = [
        "confab",
        "bench",
        "lab",
        "shared",
        "model",
        "frontend",
        "xtask",
        "view-macro",
    ];
    let mut pinned = 0;
    for block in lock.split("[[package]]").skip(1) {
        let name = value(block, "name").expect("a name");
        match value(block, "source") {
            None => assert!(ours.contains(&name), "{name} comes from nowhere"),
            Some(source) => {
                assert_eq!(source, REGISTRY, "{name}");
                let checksum = value(block, "checksum").unwrap_or_default();
                assert_eq!(checksum.len(), 64, "{name}");
                pinned += 1;
            }
        }
    }
    assert!(pinned > 100, "{pinned}: is this the lock file?");
    assert!(
        !read(".gitignore").contains("Cargo.lock"),
        "it is committed"
    );
}

#[test]
fn s_sc_1_the_rules_refuse_withdrawn_crates_other_sources_and_copyleft() {
    let rules = read("deny.toml");
    let stands = |line: &str| rules.lines().any(|found| found.trim() == line);
    for rule in [
        "yanked = \"deny\"",
        "unknown-registry = \"deny\"",
        "unknown-git = \"deny\"",
        "wildcards = \"deny\"",
    ] {
        assert!(stands(rule), "{rule}");
    }
    for licence in COPYLEFT {
        let allowed = rules
            .lines()
            .any(|line| line.trim().starts_with(&format!("\"{licence}")));
        assert!(!allowed, "{licence}");
    }
}
