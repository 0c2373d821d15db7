//! Disks that fail under a running server as disks do: full, or taking no write at all. Neither harms the machine.

use super::{
    app::Folder,
    binary::{self, Process, Ran},
};
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
/// Nothing in the data folder can be written.
const READ_ONLY: &str = "mount --bind \"$CONFAB_DATA_DIR\" \"$CONFAB_DATA_DIR\" &&
    mount -o remount,bind,ro \"$CONFAB_DATA_DIR\" && exec \"$@\"";
/// No picture can be written, and everything else can.
const PICTURES_READ_ONLY: &str = "mkdir -p \"$CONFAB_DATA_DIR/avatars\" &&
    mount -t tmpfs -o ro tmpfs \"$CONFAB_DATA_DIR/avatars\" && exec \"$@\"";
const ALONE: [&str; 4] = ["--mount", "--map-root-user", "sh", "-c"];
/// The system would end a process that writes beyond its limit; it is to be told instead (setrlimit(2)).
const LIMITED: &str = "trap '' XFSZ; exec \"$@\"";

/// How a server ends that is to use this folder and cannot write in it; `None` where this machine lets nobody mount.
pub(crate) fn serve_read_only(folder: &Folder) -> Option<Ran> {
    let words = [&ALONE[..], &[READ_ONLY, "sh"]].concat();
    may_mount().then(|| binary::refuses_under(folder, "unshare", &words))
}

fn may_mount() -> bool {
    let tried = Command::new("unshare")
        .args(ALONE)
        .arg("mount -t tmpfs tmpfs /mnt")
        .output();
    tried.is_ok_and(|output| output.status.success())
}

impl Disk {
    /// A server alone on a small disk; `None` where this machine lets nobody mount.
    pub(crate) fn small() -> Option<Self> {
        Self::mounted(SMALL)
    }

    /// A server that can store everything but pictures; `None` where this machine lets nobody mount.
    pub(crate) fn without_pictures() -> Option<Self> {
        Self::mounted(PICTURES_READ_ONLY)
    }

    fn mounted(how: &str) -> Option<Self> {
        if !may_mount() {
            return None;
        }
        let folder = Folder::of_sqlite();
        let words = [&ALONE[..], &[how, "sh"]].concat();
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
