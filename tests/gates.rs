//! Gates: the exit code, the terminal, the report and JUnit XML say the same.

mod common;

use std::path::{Path, PathBuf};

use common::{layerscope, repository};
use serde_json::Value;

fn run(name: &str, arguments: &[&str]) -> (Option<i32>, String, PathBuf) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let place = out.to_string_lossy();
    let all = [
        &[
            "report",
            "config.toml",
            "--limit",
            "60",
            "--quiet",
            "--out",
            &*place,
        ],
        arguments,
    ]
    .concat();
    let output = layerscope(&repository("."), &all);
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
        out,
    )
}

#[test]
fn a_gate_that_is_not_met_ends_in_1_with_the_site_published() {
    let junit = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gates.xml");
    let file = junit.to_string_lossy();
    let set = [
        "--set",
        "gates.recall.horse=>= 0.01",
        "--set",
        "gates.dead_channels=< 0",
    ];
    let (code, err, out) = run(
        "gates-failed",
        &[&set[..], &["--fail-under", "1", "--junit", &*file]].concat(),
    );
    assert_eq!(code, Some(1), "{err}");
    assert!(
        err.contains("2 of 3 gates not met")
            && err.contains("accuracy is 0.")
            && err.contains("expected >= 1"),
        "{err}"
    );
    let report: Value =
        serde_json::from_slice(&std::fs::read(out.join("data/report.json")).expect("the report"))
            .expect("JSON");
    let gates: Vec<(&str, bool)> = report["gates"]
        .as_array()
        .expect("gates")
        .iter()
        .map(|gate| {
            (
                gate["name"].as_str().expect("a name"),
                gate["passed"].as_bool().expect("a verdict"),
            )
        })
        .collect();
    assert_eq!(
        gates,
        [
            ("recall.horse", true),
            ("dead_channels", false),
            ("accuracy", false)
        ]
    );
    let xml = std::fs::read_to_string(junit).expect("JUnit XML");
    assert!(xml.contains("tests=\"3\" failures=\"2\""), "{xml}");
    let method = std::fs::read_to_string(out.join("method/index.html")).expect("the method page");
    assert!(method.contains("not met") && method.contains("recall.horse"));
}

#[test]
fn gates_that_are_met_end_in_0() {
    let (code, err, _) = run(
        "gates-met",
        &["--fail-under", "0", "--set", "gates.ece=<= 1"],
    );
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn a_gate_on_nothing_is_refused_before_the_work() {
    for (gate, part) in [
        ("gates.acuracy=>= 0.5", "no number `acuracy`"),
        ("gates.recall.hors=>= 0.5", "no class `hors`"),
        ("gates.accuracy=0.5", "expected a condition"),
    ] {
        let (code, err, out) = run("gates-refused", &["--set", gate]);
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains(part) && err.contains("--set"), "{err}");
        assert!(!out.exists());
    }
}
