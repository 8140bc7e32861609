//! The disk against [`MemoryDisk`], which says what the actions mean.

use super::HostDisk;
use chaos_node::{Action, Disk, MemoryDisk};
use proptest::prelude::*;
use std::fs;

fn apply(disk: &mut HostDisk, action: Action) {
    match action {
        Action::Write { file, bytes } => disk.write(file, bytes),
        Action::Append { file, bytes } => disk.append(file, bytes),
        Action::Truncate { file, len } => disk.truncate(file, len),
        Action::Rename { from, to } => disk.rename(from, to).unwrap(),
        Action::Sync => disk.sync().unwrap(),
        other => unreachable!("{other:?}"),
    }
}

fn content(disk: &impl Disk) -> Vec<(String, Option<Vec<u8>>)> {
    disk.files().into_iter().map(|file| (file.clone(), disk.read(&file))).collect()
}

fn actions() -> impl Strategy<Value = Action> {
    let file = || "[abc]".prop_map(String::from);
    let bytes = || proptest::collection::vec(any::<u8>(), 0..4);
    prop_oneof![
        1 => (file(), bytes()).prop_map(|(file, bytes)| Action::Write { file, bytes }),
        4 => (file(), bytes()).prop_map(|(file, bytes)| Action::Append { file, bytes }),
        1 => (file(), 0..6u64).prop_map(|(file, len)| Action::Truncate { file, len }),
        1 => (file(), file()).prop_map(|(from, to)| Action::Rename { from, to }),
        1 => Just(Action::Sync),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn reads_see_every_change_and_a_crash_loses_the_unsynced(
        actions in proptest::collection::vec(actions(), 0..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = HostDisk::open(folder.path()).unwrap();
        let (mut all, mut synced) = (MemoryDisk::default(), MemoryDisk::default());
        for action in actions {
            all.apply(&action);
            if action == Action::Sync {
                synced = all.clone();
            }
            apply(&mut disk, action);
            prop_assert_eq!(content(&disk), content(&all));
        }
        drop(disk);
        let after = HostDisk::open(folder.path()).unwrap();
        prop_assert_eq!(content(&after), content(&synced));
    }
}

#[test]
fn many_files_are_synced_though_few_stay_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = HostDisk::open(folder.path()).unwrap();
    for round in 0..3u8 {
        (0..50).for_each(|file| disk.append(format!("f{file}"), vec![round]));
    }
    disk.sync().unwrap();
    assert!(disk.folder.open.len() <= 16);
    let after = HostDisk::open(folder.path()).unwrap();
    assert_eq!(after.files().len(), 50);
    assert!(after.files().iter().all(|file| after.read(file) == Some(vec![0, 1, 2])));
}

#[test]
fn what_a_crash_left_of_a_write_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("~draft"), "half").unwrap();
    fs::create_dir(folder.path().join("subfolder")).unwrap();
    let disk = HostDisk::open(folder.path()).unwrap();
    assert_eq!(disk.files(), [""; 0]);
    assert!(!folder.path().join("~draft").exists());
}

#[test]
fn a_failing_disk_is_an_error_with_its_own_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = HostDisk::open(folder.path()).unwrap();
    fs::create_dir(folder.path().join("log")).unwrap();
    disk.append("log".to_owned(), vec![1]);
    let error = disk.sync().unwrap_err();
    assert_eq!(error.exit_code(), 74);
    assert!(error.to_string().contains("log"), "{error}");
}

#[test]
#[should_panic(expected = "is no file name")]
fn a_node_cannot_leave_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _ = HostDisk::open(folder.path()).unwrap().read("../secret");
}
