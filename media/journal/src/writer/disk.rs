//! The files. A trait, because tests make disks slow, full and refusing.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

pub trait Disk {
    type File;

    /// A new file in this folder, which is made if it is not there.
    ///
    /// # Errors
    /// `AlreadyExists`: never one that is there.
    fn create(&mut self, folder: &Path, name: &str) -> io::Result<Self::File>;

    /// # Errors
    /// Some of it may be written then.
    fn write(&mut self, file: &Self::File, bytes: &[u8], at: u64) -> io::Result<()>;

    /// # Errors
    /// The length is as before.
    fn cut(&mut self, file: &Self::File, length: u64) -> io::Result<()>;

    /// The file will be synced soon: let the disk begin. Nobody waits, and nothing is promised.
    fn begin_sync(&mut self, _file: &Self::File) {}

    /// The file's contents are on the disk when this returns.
    ///
    /// # Errors
    /// Nobody knows what is.
    fn sync(&mut self, file: &Self::File) -> io::Result<()>;

    /// And the names of the folder's files.
    ///
    /// # Errors
    /// Nobody knows which are.
    fn sync_folder(&mut self, folder: &Path) -> io::Result<()>;

    /// # Errors
    /// It is still there.
    fn remove(&mut self, folder: &Path, name: &str) -> io::Result<()>;
}

/// The real one. Only the server's own account reads what it makes.
#[derive(Debug, Default, Clone, Copy)]
pub struct Files;

impl Disk for Files {
    type File = File;

    fn create(&mut self, folder: &Path, name: &str) -> io::Result<File> {
        let path = folder.join(name);
        let create = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        match create() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().mode(0o700).create(folder)?;
                create()
            }
            other => other,
        }
    }

    fn write(&mut self, file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        file.write_all_at(bytes, at)
    }

    fn cut(&mut self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }

    fn begin_sync(&mut self, file: &File) {
        // SAFETY: a descriptor that is open, and no memory. What goes wrong is what `fdatasync` will say.
        unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn remove(&mut self, folder: &Path, name: &str) -> io::Result<()> {
        std::fs::remove_file(folder.join(name))
    }
}
