//! The site is the same to the byte whatever number of threads made it, and on every run.

mod common;

use std::path::Path;

use common::{files, succeed};

#[test]
fn any_number_of_jobs_gives_the_same_bytes() {
    let sites = ["1", "2", "5"].map(|jobs| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("jobs-{jobs}"));
        succeed(&[
            "report",
            "config.toml",
            "--limit",
            "700",
            "--jobs",
            jobs,
            "--out",
            &out.to_string_lossy(),
            "--quiet",
        ]);
        out
    });
    let first = files(&sites[0]);
    assert!(first.len() > 100, "a whole site");
    for other in &sites[1..] {
        let second = files(other);
        assert_eq!(
            first.keys().collect::<Vec<_>>(),
            second.keys().collect::<Vec<_>>()
        );
        for (path, file) in &first {
            assert!(
                std::fs::read(file).unwrap() == std::fs::read(&second[path]).unwrap(),
                "{path} differs"
            );
        }
    }
}
