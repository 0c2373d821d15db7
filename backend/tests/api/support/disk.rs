//! Disks that fail under a running server as disks do: full, or taking no write at all. Neither harms the machine.

use super::{app::Folder, binary::Process};
use std::{
    fs::File,
    io::{ErrorKind, Write},
    path::PathBuf,
    process::Command,
};

/// A server whose disk can be made to fail. The process goes before the folder.
pub(crate) struct Disk {
    pub(crate) process: Process,
    pub(crate) folder: Folder,
}

/// Mounts a file system of this many MiB, seen by nobody else, and goes with the server.
const SMALL: &str = "mount -t tmpfs -o size=16m tmpfs \"$CONFAB_DATA_DIR\" && exec \"$@\"";
/// The system would end a process that writes beyond its limit; it is to be told instead (setrlimit(2)).
const LIMITED: &str = "trap '' XFSZ; exec \"$@\"";

impl Disk {
    /// A server alone on a small disk; `None` where this machine lets nobody mount.
    pub(crate) fn small() -> Option<Self> {
        let mine = ["--mount", "--map-root-user", "sh", "-c"];
        let allowed = Command::new("unshare")
            .args(mine)
            .arg("mount -t tmpfs tmpfs /mnt")
            .output();
        if !allowed.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let folder = Folder::of_sqlite();
        let words = [&mine[..], &[SMALL, "sh"]].concat();
        let process = Process::serve_under(&folder, "unshare", &words);
        Some(Self { process, folder })
    }

    /// A server that can be forbidden to write.
    pub(crate) fn moody() -> Self {
        let folder = Folder::of_sqlite();
        let process = Process::serve_under(&folder, "sh", &["-c", LIMITED, "sh"]);
        Self { process, folder }
    }

    /// From here on every write beyond the first page of a file fails, as on a device that has gone.
    pub(crate) fn refuse_writes(&self) {
        self.limit("4096");
    }

    /// Writes go through again.
    pub(crate) fn take_writes(&self) {
        self.limit("unlimited");
    }

    fn limit(&self, bytes: &str) {
        let done = Command::new("prlimit")
            .args(["--pid", &self.process.id().to_string()])
            .arg(format!("--fsize={bytes}:"))
            .status();
        assert!(done.expect("prlimit").success());
    }

    /// Writes until nothing fits any more.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.filler()).expect("a file");
        for size in [64 * 1024, 4096, 1] {
            let full = loop {
                if let Err(error) = file.write_all(&vec![b'x'; size]) {
                    break error;
                }
            };
            assert_eq!(full.kind(), ErrorKind::StorageFull);
        }
    }

    /// Makes room again.
    pub(crate) fn free(&self) {
        std::fs::remove_file(self.filler()).expect("it is there");
    }

    /// As the server sees it: the disk is mounted for it alone.
    fn filler(&self) -> PathBuf {
        let path = self.folder.path().join("filler");
        let path = path.strip_prefix("/").expect("a whole path");
        PathBuf::from(format!("/proc/{}/root", self.process.id())).join(path)
    }
}
