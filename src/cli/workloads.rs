//! The workloads that a command line names: files, folders and patterns.

use super::exit::{Blame, Failure};
use crate::targets::Targets;
use crate::workload::{Workload, did_you_mean, load};
use anyhow::{Context, anyhow};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

/// The longest workload or plan that is read: a plan of a day's work has a few megabytes.
const LONGEST_TEXT: u64 = 256 << 20;

/// The text of a file that the user named: a device or a history by mistake is not read for ever.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = fs::File::open(path)
        .and_then(|file| file.take(LONGEST_TEXT + 1).read_to_string(&mut text))
        .with_context(|| path.display().to_string())?;
    match read as u64 > LONGEST_TEXT {
        true => Err(anyhow!("{}: longer than {} MiB", path.display(), LONGEST_TEXT >> 20)),
        false => Ok(text),
    }
}

/// What a command line changes of a workload's target.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Changes<'a> {
    /// A bug that is switched on.
    pub(super) mutant: Option<&'a str>,
    /// More arguments of its program.
    pub(super) node_args: &'a [String],
}

/// Reads a workload, as the command line changes it.
pub(super) fn workload(
    path: &Path,
    changes: Changes<'_>,
    targets: &Targets,
) -> Result<Workload, Failure> {
    understood(path, &text(path).usage()?, changes, targets)
}

/// A workload of this text, as the command line changes it.
pub(super) fn understood(
    path: &Path,
    text: &str,
    changes: Changes<'_>,
    targets: &Targets,
) -> Result<Workload, Failure> {
    let mut workload = load(&path.display().to_string(), text, targets).usage()?;
    let target = &mut workload.target;
    if let Some(mutant) = changes.mutant {
        known_mutant(mutant, &target.name, targets)?;
        target.mutant = Some(mutant.to_owned());
    }
    match (&mut target.program, changes.node_args) {
        (_, []) => {}
        (Some(program), more) => program.extend_from_slice(more),
        (None, [first, ..]) => {
            let place = path.display();
            return Err(anyhow!(
                "{place}: its target has no `program` that could take the argument `{first}`: \
                 what chaos hosts itself is set by `options`"
            ))
            .usage();
        }
    }
    Ok(workload)
}

pub(super) fn known_mutant(mutant: &str, target: &str, targets: &Targets) -> Result<(), Failure> {
    let mutants = targets.find(target).map(|target| target.mutants()).unwrap_or_default();
    let known: Vec<&str> = mutants.iter().map(|mutant| mutant.name).collect();
    if known.contains(&mutant) {
        return Ok(());
    }
    let help = did_you_mean(mutant, known.iter().copied()).unwrap_or_default();
    let message = format!("{target} has no mutant `{mutant}`: {}. {help}", known.join(", "));
    Err(Failure::Usage(anyhow!(message.trim_end().to_owned())))
}

/// Reports and folders tell workloads apart by their names.
pub(super) fn told_apart(workloads: &[(&Path, &Workload)]) -> Result<(), Failure> {
    let mut known = BTreeMap::new();
    for (path, workload) in workloads {
        if let Some(other) = known.insert(file_name(&workload.name), path) {
            let (other, path, name) = (other.display(), path.display(), &workload.name);
            let message =
                format!("{path}: {other} is called `{name}` too: give one of them another `name`");
            return Err(Failure::Usage(anyhow!(message)));
        }
    }
    Ok(())
}

/// A workload's name as that of a file or a folder.
pub(super) fn file_name(name: &str) -> String {
    let plain = |(at, c): (usize, char)| match c {
        '.' if at == 0 => '-',
        c if c.is_alphanumeric() || "-_.".contains(c) => c,
        _ => '-',
    };
    name.chars().enumerate().map(plain).collect()
}

/// All workload files that are named: a folder stands for those in it and below it, a pattern with
/// `*` and `?` that no shell took for what it matches. Each file comes once, where it is named first.
pub(super) fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let (mut files, mut known) = (Vec::new(), BTreeSet::new());
    for path in named {
        for file in stands_for(path).with_context(|| path.display().to_string()).usage()? {
            if known.insert(fs::canonicalize(&file).unwrap_or_else(|_| file.clone())) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

fn stands_for(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_dir() {
        let found = below(path)?;
        return match found.is_empty() {
            true => Err(anyhow!("no workload in it: nothing ends in .yaml")),
            false => Ok(found),
        };
    }
    let pattern = path.to_string_lossy().contains(['*', '?']);
    if path.exists() || !pattern {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for matching in matches(path)? {
        match matching.is_dir() {
            true => found.extend(below(&matching)?),
            false => found.push(matching),
        }
    }
    match found.is_empty() {
        true => Err(anyhow!("matches nothing")),
        false => Ok(found),
    }
}

/// The workloads in a folder and below it, in order of name. Links to folders are not followed, so
/// there is an end.
fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in entries(folder)? {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if kind.is_dir() && !name.starts_with('.') {
            found.extend(below(&entry.path())?);
        } else if !kind.is_dir() && (name.ends_with(".yaml") || name.ends_with(".yml")) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

/// All paths that match, part by part, in order of name.
fn matches(pattern: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let word = part.as_os_str().to_string_lossy();
        if !matches!(part, Component::Normal(_)) || !word.contains(['*', '?']) {
            found.iter_mut().for_each(|path| path.push(part));
            found.retain(|path| path.exists());
            continue;
        }
        let mut next = Vec::new();
        for folder in &found {
            let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let names = entries(here).into_iter().flatten().map(|entry| entry.file_name());
            let fits = |name: &std::ffi::OsString| fits(&word, &name.to_string_lossy());
            next.extend(names.filter(fits).map(|name| folder.join(name)));
        }
        found = next;
    }
    Ok(found)
}

/// Whether a name fits a pattern of a shell; a hidden one only if the pattern says so.
fn fits(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    // Where the last star stands, and what of the name is left to it.
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => (star, p) = (Some((p, n)), p + 1),
            Some(c) if *c == '?' || *c == name[n] => (p, n) = (p + 1, n + 1),
            _ => {
                let Some((at, taken)) = star else { return false };
                (star, p, n) = (Some((at, taken + 1)), at + 1, taken + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::{file_name, files, fits};
    use std::fs;
    use std::path::PathBuf;

    #[test]
    fn patterns_are_those_of_a_shell() {
        for (pattern, name) in
            [("*", "a"), ("*.yaml", "a.yaml"), ("a*b*c", "axbxbc"), ("p?t", "put"), ("a**", "a")]
        {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("*.yaml", "a.yml"), ("?", ""), ("a*b", "abc"), ("*", ".hidden"), ("a", "ab")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_folder_stands_for_its_workloads_and_each_comes_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for dir in ["b/c", ".git"] {
            fs::create_dir_all(path(dir)).unwrap();
        }
        for name in ["z.yaml", "a.yaml", "README.md", "b/c/d.yml", ".git/x.yaml"] {
            fs::write(path(name), "").unwrap();
        }
        let found = |named: &[&str]| {
            let named: Vec<PathBuf> = named.iter().map(|name| path(name)).collect();
            let found = files(&named).unwrap();
            let strip = |file: &PathBuf| file.strip_prefix(folder.path()).unwrap().to_owned();
            found.iter().map(strip).map(|file| file.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found(&["z.yaml", "."]), ["z.yaml", "a.yaml", "b/c/d.yml"]);
        assert_eq!(found(&["?.yaml"]), ["a.yaml", "z.yaml"]);
        assert_eq!(found(&["*/c"]), ["b/c/d.yml"]);
        assert_eq!(found(&["missing.yaml"]), ["missing.yaml"], "told when it is read");
        for nothing in ["b*/*.yaml", ".git/none*"] {
            assert!(files(&[path(nothing)]).is_err(), "{nothing}");
        }
    }

    #[test]
    fn a_name_is_no_way_out_of_the_folder() {
        assert_eq!(file_name("../../etc"), "-.-..-etc");
        assert_eq!(file_name("raft kv.1"), "raft-kv.1");
    }
}
