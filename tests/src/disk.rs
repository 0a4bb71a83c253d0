//! A small disk that a test may fill: a file system in memory, in a mount namespace of its own.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    sched::{CloneFlags, unshare},
};

/// What a file that fills a disk is written in, so that it takes every last page.
const BLOCK: usize = 4 << 10;

/// A disk on a folder. Only the thread that mounted it sees it, and the processes that this starts afterwards. Taken away
/// when it is dropped.
pub struct Disk {
    folder: PathBuf,
}

/// A file that takes what room is left, until it is dropped.
pub struct Ballast(PathBuf);

impl Disk {
    /// Mounts one of so many MiB. `None` where this machine does not let whoever runs the tests, who is told so.
    pub fn mount(folder: &Path, mib: u64) -> Option<Self> {
        match Self::try_mount(folder, mib) {
            Ok(()) => Some(Self {
                folder: folder.to_owned(),
            }),
            Err(error) => {
                // Not by `eprintln!`, of which only tests that fail show anything.
                let _ = writeln!(
                    io::stderr(),
                    "SKIPPED, as no disk can be mounted in a namespace of its own (root with CAP_SYS_ADMIN can): {error}"
                );
                None
            }
        }
    }

    fn try_mount(folder: &Path, mib: u64) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        unshare(CloneFlags::CLONE_NEWNS)?;
        // Or the others would see what is mounted here.
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(None::<&str>, "/", None::<&str>, private, None::<&str>)?;
        let size = format!("size={mib}m,mode=755");
        mount(
            Some("tmpfs"),
            folder,
            Some("tmpfs"),
            MsFlags::empty(),
            Some(size.as_str()),
        )?;
        Ok(())
    }

    /// Gives it so many MiB.
    pub fn resize(&self, mib: u64) {
        self.remount(MsFlags::empty(), &format!("size={mib}m"));
    }

    /// Lets nothing be written to it any more.
    pub fn make_read_only(&self) {
        self.remount(MsFlags::MS_RDONLY, "");
    }

    fn remount(&self, flags: MsFlags, options: &str) {
        let remounted = mount(
            None::<&str>,
            &self.folder,
            None::<&str>,
            MsFlags::MS_REMOUNT | flags,
            Some(options),
        );
        remounted.expect("it is mounted");
    }

    /// Fills it to the last page.
    pub fn fill(&self) -> Ballast {
        let path = self.folder.join("ballast");
        let mut file = File::create(&path).expect("an entry in a folder takes no room");
        let block = [1; BLOCK];
        while file.write_all(&block).is_ok() {}
        Ballast(path)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What still has it open sees it until it ends.
        let _ = umount2(&self.folder, MntFlags::MNT_DETACH);
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        // It may have gone with its disk.
        let _ = fs::remove_file(&self.0);
    }
}
