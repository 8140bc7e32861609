//! Whatever a file holds, reading and judging it ends in a verdict or an error, never in a panic.

mod common;

use chaos_checker::history::{Format, HistoryError};
use chaos_checker::{Budget, Kind, read};
use common::generate::Rng;

const FORMATS: [Format; 5] =
    [Format::JsonLines, Format::Json, Format::Edn, Format::EtcdLog, Format::Intervals];

const WHOLE: [&str; 4] = [
    "{\"index\":0,\"time\":1,\"process\":3,\"type\":\"invoke\",\"f\":\"write\",\"key\":\"x\",\"value\":7}\n\
     {\"index\":1,\"time\":2,\"process\":3,\"type\":\"ok\",\"f\":\"write\",\"key\":\"x\",\"value\":7}\n",
    "[{:process 4, :type :invoke, :f :cas, :value [2 3]}\n {:process 4, :type :ok, :f :cas, :value [2 3]}]",
    "INFO  jepsen.util - 3\t:invoke\t:cas\t[1 2]\nINFO  jepsen.util - 3\t:fail\t:cas\t[1 2]\n",
    "# queue\nenq 2 0 1\ndeq 2 1 3\n",
];

fn judge(bytes: &[u8]) {
    for format in FORMATS {
        let Ok(history) = format.read(bytes) else { continue };
        for kind in Kind::ALL {
            let budget = Budget { configurations: 10_000, ..Budget::default() };
            let _ = kind.check(&history, &budget).map(|verdict| verdict.to_string());
        }
    }
    let _ = read(bytes);
}

#[test]
fn mangled_files_are_errors_or_histories() {
    let mut rng = Rng(1);
    for round in 0..4_000 {
        let mut bytes = WHOLE[round % WHOLE.len()].as_bytes().to_vec();
        for _ in 0..=rng.below(4) {
            let at = rng.below(bytes.len() as u64) as usize;
            match rng.below(4) {
                0 => bytes[at] = rng.next() as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, b"[]{}()\":#_0 \n-9"[rng.below(15) as usize]),
                _ => drop(bytes.remove(at)),
            }
            if bytes.is_empty() {
                break;
            }
        }
        judge(&bytes);
    }
}

#[test]
fn an_error_names_its_line() {
    let text = format!("{}{{\"index\":2}}\n", WHOLE[0]);
    match read(text.as_bytes()) {
        Err(HistoryError::Malformed { line: 3, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn nesting_and_length_are_bounded() {
    for open in ["[", "(", "{", "#_", "#a ", "{:a ", "[["] {
        judge(open.repeat(200_000).as_bytes());
    }
}
