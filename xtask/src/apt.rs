//! System packages: installed where that is allowed (root on Debian and its kin), named with the exact command where not.

use crate::process::{capture, check, command, on_path};
use crate::{Result, say};

/// Makes sure that `packages` are installed; `why` is a clause such as "for the browser tests".
pub(crate) fn install(packages: &[&str], why: &str) -> Result<()> {
    let list = packages.join(" ");
    if !allowed() {
        return Err(format!(
            "missing {why}: {list}. On Debian: sudo apt-get install -y {list}"
        ));
    }
    say(format!(
        "Installing {list} {why} (apt-get, a minute or two, once)"
    ));
    let quiet = ["-qq", "-o", "DPkg::Lock::Timeout=300"];
    check(command("apt-get").args(quiet).arg("update"))?;
    check(
        command("apt-get")
            .args(quiet)
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

/// True where apt may be used: root, with apt-get.
pub(crate) fn allowed() -> bool {
    on_path("apt-get").is_some()
        && capture(command("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}
