//! `regressions.jsonl`: a line for each failure that is remembered, in a stable order, so that it can
//! be committed beside the workloads and be merged like any text.

use super::file;
use crate::regression::Regression;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What the file is called.
pub const REGRESSIONS: &str = "regressions.jsonl";

/// The longest file that is read: some ten thousand lines, and nobody tries so many.
const LONGEST: u64 = 8 << 20;

/// Why what is remembered could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RegressionsError {
    /// The file refuses.
    #[error("{}: {reason}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// A line says what makes no sense.
    #[error("{}, line {line}: expected a failure that was remembered: {reason}", .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Why.
        reason: serde_json::Error,
    },
}

/// What is remembered; nothing where there is no file.
///
/// # Errors
/// If the file cannot be read, or a line of it makes no sense.
pub fn read(path: &Path) -> Result<Vec<Regression>, RegressionsError> {
    let refused = |reason| RegressionsError::Io { path: path.to_owned(), reason };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file.map_err(refused)?,
    };
    let mut text = String::new();
    let read = file.take(LONGEST + 1).read_to_string(&mut text).map_err(refused)?;
    if read as u64 > LONGEST {
        return Err(refused(io::ErrorKind::FileTooLarge.into()));
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parsed = lines.map(|(at, line)| {
        let malformed =
            |reason| RegressionsError::Malformed { path: path.to_owned(), line: at + 1, reason };
        serde_json::from_str(line).map_err(malformed)
    });
    parsed.collect()
}

/// Writes all that is to be remembered.
///
/// # Errors
/// If it cannot be written; then the old file stays.
pub fn write(path: &Path, all: &[Regression]) -> io::Result<()> {
    file::write(path, |out| {
        for regression in all {
            serde_json::to_writer(&mut *out, regression)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::{RegressionsError, read, write};
    use crate::regression::World;
    use crate::report::sample;
    use std::fs;

    #[test]
    fn what_is_written_reads_back_and_nothing_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("regressions.jsonl");
        assert_eq!(read(&path).unwrap(), []);
        let all = sample::campaign().failures(World::Sim, Some("forget-vote"), None);
        write(&path, &all).unwrap();
        assert_eq!(read(&path).unwrap(), all);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), all.len());
    }

    #[test]
    fn a_line_that_makes_no_sense_is_told_with_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("regressions.jsonl");
        for line in ["<<<<<<< HEAD", "{}", "[]", "{\"workload\":\"w\",\"seed\":-1}"] {
            fs::write(&path, format!("\n{line}\n")).unwrap();
            let error = read(&path).unwrap_err();
            assert!(error.to_string().contains("regressions.jsonl, line 2: expected"), "{error}");
        }
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(read(&path), Err(RegressionsError::Io { .. })));
    }
}
