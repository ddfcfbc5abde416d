//! What holds after a config was read: defaults, paths, options of the command line, the table on
//! the method page.

use std::error::Error;
use std::path::{Path, PathBuf};

use layerscope::config::{ConfigError, Override, SelectedSamples, Settings, locate_in};
use layerscope::dataset::Format;

type Outcome = Result<(), Box<dyn Error>>;

const LEAST: &str = "[model]\npath = \"nets/model.h5\"\n[data]\npath = \"images\"\n";

fn settings(text: &str, set: &[&str]) -> Result<Settings, ConfigError> {
    let overrides: Result<Vec<_>, _> = set.iter().map(|argument| Override::set(argument)).collect();
    Settings::from_toml(text, Path::new("jobs/config.toml"), &overrides?)
}

#[test]
fn defaults_hold_where_nothing_is_written() -> Outcome {
    let settings = settings(LEAST, &[])?;
    assert_eq!(settings.report.title, "model");
    assert_eq!(settings.report.out.as_path(), Path::new("jobs/output"));
    assert_eq!(settings.data.format, None);
    assert_eq!(settings.data.limit, None);
    assert_eq!(settings.preprocess.steps.scale().to_string(), "1");
    assert_eq!(settings.preprocess.steps.mean(), [0.0]);
    assert_eq!(settings.preprocess.steps.std(), [1.0]);
    assert_eq!(settings.samples.gallery_page, 64);
    assert_eq!((settings.layers.maps, settings.samples.maps), (None, None));
    assert_eq!((settings.run.chunk, settings.run.jobs), (64, 0));
    assert!(settings.layers.shows("block1/conv"));
    Ok(())
}

#[test]
fn paths_are_relative_to_the_config_or_to_the_working_folder() -> Outcome {
    let settings = settings(LEAST, &["model.path=nets/other.h5", "report.out=/site"])?;
    assert_eq!(settings.data.path.as_path(), Path::new("jobs/images"));
    assert_eq!(settings.data.path.written(), "images");
    assert_eq!(settings.model.path.as_path(), Path::new("nets/other.h5"));
    assert_eq!(settings.report.out.as_path(), Path::new("/site"));
    Ok(())
}

#[test]
fn the_last_option_of_a_key_holds() -> Outcome {
    let mut overrides = vec![Override::set("run.jobs=2")?, Override::set("data.limit=7")?];
    overrides.extend([Override::jobs(3), Override::limit(9), Override::out("true")]);
    let settings = Settings::from_toml(LEAST, Path::new("config.toml"), &overrides)?;
    assert_eq!(settings.run.jobs, 3);
    assert_eq!(settings.data.limit, Some(9));
    assert_eq!(settings.report.out.as_path(), Path::new("true"));
    Ok(())
}

#[test]
fn an_option_supplies_what_the_file_leaves_out() -> Outcome {
    let settings = settings(
        "",
        &["model.path=a.h5", "data.path=b", "data.format=cifar-10"],
    )?;
    assert_eq!(settings.model.path.as_path(), Path::new("a.h5"));
    assert_eq!(settings.data.format, Some(Format::Cifar10));
    Ok(())
}

#[test]
fn selected_samples_are_kept_once_and_in_order() -> Outcome {
    let settings = settings(LEAST, &["samples.selected=[7, 3, 7, 12]"])?;
    assert_eq!(settings.samples.selected, [7, 3, 12]);
    let all = SelectedSamples {
        kept: vec![7, 3, 12],
        cut_off: vec![],
    };
    assert_eq!(settings.selected_samples(13)?, all);
    assert!(settings.selected_samples(12).is_err());
    Ok(())
}

#[test]
fn samples_beyond_a_limit_are_left_out_without_an_error() -> Outcome {
    let set = ["samples.selected=[7, 3, 12]", "data.limit=5"];
    let settings = settings(LEAST, &set)?;
    let some = SelectedSamples {
        kept: vec![3],
        cut_off: vec![7, 12],
    };
    assert_eq!(settings.selected_samples(5)?, some);
    // The data set has only four: the limit cut nothing off, the selection is wrong.
    assert!(settings.selected_samples(4).is_err());
    Ok(())
}

#[test]
fn layers_are_chosen_by_patterns() -> Outcome {
    let set = [
        "layers.include=[\"conv*\", \"dense_?\"]",
        "layers.exclude=[\"*_2\", \"drop*\"]",
    ];
    let settings = settings(LEAST, &set)?;
    let layers = ["conv_1", "conv_2", "pool_1", "dense_1", "dense_10"];
    assert_eq!(
        settings.layers.select(&layers)?,
        [true, false, false, true, false]
    );
    Ok(())
}

#[test]
fn the_table_shows_paths_as_written_and_nothing_of_this_run() -> Outcome {
    let set = [
        "run.jobs=5",
        "report.out=/somewhere",
        "preprocess.scale=1/255",
    ];
    let settings = settings(LEAST, &set)?;
    let table: Vec<String> = settings
        .table()
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    insta::assert_snapshot!(table.join("\n"), @r#"
    report.title = model
    model.path = nets/model.h5
    model.output = auto
    data.path = images
    data.format = told by the files
    data.classes = those of the data set
    data.limit = all samples
    data.on_error = fail
    data.orientation = exif
    preprocess.channels = auto
    preprocess.scale = 1/255
    preprocess.mean = 0
    preprocess.std = 1
    samples.selected = []
    samples.gallery_page = 64
    samples.maps = as many as fit
    layers.include = *
    layers.exclude = []
    layers.maps = at most 256
    analysis.ablation_samples = at most 512, as the cost allows
    run.chunk = 64
    run.engine = auto
    run.winograd = auto
    "#);
    let json = serde_json::to_string(&settings)?;
    for absent in ["jobs", "somewhere"] {
        assert!(!json.contains(absent), "{absent} in {json}");
    }
    Ok(())
}

#[test]
fn the_demo_config_is_good() -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/config.toml");
    let settings = Settings::load(&path, &[])?;
    assert_eq!(settings.report.title, "CIFAR-10 CNN");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cifar10");
    assert_eq!(settings.data.path.as_path(), data);
    // Also with every line that is commented out.
    let text = std::fs::read_to_string(&path)?;
    let all: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") && rest.starts_with(char::is_lowercase) => rest,
            _ => line,
        })
        .collect();
    let settings = Settings::from_toml(&all.join("\n"), &path, &[])?;
    assert_eq!(settings.data.limit, Some(500));
    assert_eq!(settings.report.author.as_deref(), Some("A. Student"));
    Ok(())
}

#[test]
fn a_bare_name_is_found_in_the_config_folder() -> Outcome {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("config"))?;
    std::fs::write(folder.path().join("config/a.toml"), LEAST)?;
    let found = locate_in(folder.path(), Path::new("a.toml"))?;
    assert_eq!(found.path, folder.path().join("config/a.toml"));
    assert!(found.in_config_folder);
    // The working folder comes first, and a name with a folder is taken as it stands.
    std::fs::write(folder.path().join("a.toml"), LEAST)?;
    let found = locate_in(folder.path(), Path::new("a.toml"))?;
    assert_eq!(
        (found.path, found.in_config_folder),
        (folder.path().join("a.toml"), false)
    );
    assert!(locate_in(folder.path(), &PathBuf::from("config/b.toml")).is_err());
    Ok(())
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}", value in ".{0,40}") {
        let _ = settings(&text, &[]);
        for key in ["report.title", "data.classes", "preprocess.scale", "samples.selected"] {
            let _ = settings(LEAST, &[&format!("{key}={value}")]);
            let _ = settings(&format!("{LEAST}[x]\n{key} = {value}"), &[]);
        }
    }
}
