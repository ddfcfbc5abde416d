//! What a person reads who made a mistake in a config: the whole message, with file and line.

use std::path::Path;

use layerscope::config::{Override, Settings, locate_in};

/// A config without mistakes; the paths need not exist.
const GOOD: &str = "\
[model]
path = \"model.h5\"

[data]
path = \"data\"
";

/// The message for a config, without options.
fn message(text: &str) -> String {
    message_with(text, &[])
}

/// The message for a config with arguments of `--set`.
fn message_with(text: &str, set: &[&str]) -> String {
    let overrides: Result<Vec<_>, _> = set.iter().map(|argument| Override::set(argument)).collect();
    overrides
        .and_then(|overrides| Settings::from_toml(text, Path::new("config.toml"), &overrides))
        .map_or_else(|error| error.to_string(), |_| "no error".to_owned())
}

/// The message for a good config with something added.
fn added(text: &str) -> String {
    message(&format!("{GOOD}{text}"))
}

#[test]
fn a_good_config_is_good() {
    assert_eq!(message(GOOD), "no error");
}

#[test]
fn unknown_key() {
    insta::assert_snapshot!(added("[run]\nchunks = 64\n"), @r#"
    config.toml:7:1: there is no key `run.chunks`
      |
    7 | chunks = 64
      | ^^^^^^
      = did you mean `run.chunk`? [run] has: chunk, jobs, engine, winograd
    "#);
}

#[test]
fn unknown_key_like_none() {
    insta::assert_snapshot!(added("[run]\ncolour = \"red\"\n"), @r#"
    config.toml:7:1: there is no key `run.colour`
      |
    7 | colour = "red"
      | ^^^^^^
      = [run] has: chunk, jobs, engine, winograd
    "#);
}

#[test]
fn key_of_another_section() {
    insta::assert_snapshot!(added("[run]\nlimit = 5\n"), @r#"
    config.toml:7:1: there is no key `run.limit`
      |
    7 | limit = 5
      | ^^^^^
      = `limit` belongs to [data]: did you mean `data.limit`? [run] has: chunk, jobs, engine, winograd
    "#);
}

#[test]
fn key_outside_the_sections() {
    insta::assert_snapshot!(message("title = \"My report\"\n"), @r#"
    config.toml:1:1: the key `title` stands outside the sections
      |
    1 | title = "My report"
      | ^^^^^
      = did you mean `report.title`, the key `title` of [report]? the sections are: [report], [model], [data], [preprocess], [samples], [layers], [review], [analysis], [run], [gates]
    "#);
}

#[test]
fn unknown_section() {
    insta::assert_snapshot!(added("[layer]\nmaps = 5\n"), @r#"
    config.toml:6:2: there is no section [layer]
      |
    6 | [layer]
      |  ^^^^^
      = did you mean [layers]? the sections are: [report], [model], [data], [preprocess], [samples], [layers], [review], [analysis], [run], [gates]
    "#);
}

#[test]
fn section_written_as_a_value() {
    insta::assert_snapshot!(message("model = \"model.h5\"\n"), @r#"
    config.toml:1:1: `model` is a section, not a value
      |
    1 | model = "model.h5"
      | ^^^^^
      = write [model] on a line of its own, and its keys below
    "#);
}

#[test]
fn the_first_of_several_unknown_keys() {
    insta::assert_snapshot!(message("[run]\nzeal = 1\n[data]\nask = 2\n"), @r#"
    config.toml:2:1: there is no key `run.zeal`
      |
    2 | zeal = 1
      | ^^^^
      = [run] has: chunk, jobs, engine, winograd
    "#);
}

#[test]
fn wrong_type() {
    insta::assert_snapshot!(added("[run]\nchunk = \"many\"\n"), @r#"
    config.toml:7:9: `run.chunk` is "many"; expected a whole number from 1 to 4096
      |
    7 | chunk = "many"
      |         ^^^^^^
    "#);
}

#[test]
fn wrong_type_of_text() {
    insta::assert_snapshot!(added("[report]\ntitle = 5\n"), @r#"
    config.toml:7:9: `report.title` is 5; expected a text, such as "My classifier"
      |
    7 | title = 5
      |         ^
    "#);
}

#[test]
fn missing_required_key() {
    insta::assert_snapshot!(message("[data]\npath = \"data\"\n[model]\n"), @r#"
    config.toml:3:2: `model.path` is missing; expected the path of a trained model, such as "model.h5"
      |
    3 | [model]
      |  ^^^^^
      = add a line below [model]: path = …
    "#);
}

#[test]
fn missing_section() {
    insta::assert_snapshot!(message(""), @r#"
    config.toml: `model.path` is missing; expected the path of a trained model, such as "model.h5"
     = add the lines [model] and path = …
    "#);
}

#[test]
fn bad_scale() {
    insta::assert_snapshot!(added("[preprocess]\nscale = \"one\"\n"), @r#"
    config.toml:7:9: `preprocess.scale` is "one"; expected a number other than 0, or a fraction as text, such as "1/255"
      |
    7 | scale = "one"
      |         ^^^^^
      = "1/255" brings pixels from 0…255 to 0…1
    "#);
    insta::assert_snapshot!(added("[preprocess]\nscale = 0\n"), @r#"
    config.toml:7:9: `preprocess.scale` is 0; expected a number other than 0, or a fraction as text, such as "1/255"
      |
    7 | scale = 0
      |         ^
      = "1/255" brings pixels from 0…255 to 0…1
    "#);
    insta::assert_snapshot!(added("[preprocess]\nscale = \"1/0\"\n"), @r#"
    config.toml:7:9: `preprocess.scale` is "1/0"; expected a number other than 0, or a fraction as text, such as "1/255"
      |
    7 | scale = "1/0"
      |         ^^^^^
      = "1/255" brings pixels from 0…255 to 0…1
    "#);
}

#[test]
fn standard_deviation_of_zero() {
    insta::assert_snapshot!(added("[preprocess]\nstd = [0.2, 0, 0.2]\n"), @r#"
    config.toml:7:7: `preprocess.std` is [0.2, 0, 0.2]; expected a number above 0, or a list with one a channel
      |
    7 | std = [0.2, 0, 0.2]
      |       ^^^^^^^^^^^^^
    "#);
}

#[test]
fn lists_of_different_length() {
    insta::assert_snapshot!(
        added("[preprocess]\nmean = [0.4, 0.5]\nstd = [0.2, 0.3, 0.2]\n"), @r#"
    config.toml:8:7: `preprocess.std` is [0.2, 0.3, 0.2]; expected a number above 0, or a list with one a channel
      |
    8 | std = [0.2, 0.3, 0.2]
      |       ^^^^^^^^^^^^^^^
      = `preprocess.mean` has 2 numbers and `preprocess.std` 3; give both one a channel
    "#);
}

#[test]
fn negative_limit() {
    insta::assert_snapshot!(message(&GOOD.replace("[data]", "[data]\nlimit = -5")), @r#"
    config.toml:5:9: `data.limit` is -5; expected a whole number from 1
      |
    5 | limit = -5
      |         ^^
    "#);
}

#[test]
fn huge_numbers() {
    insta::assert_snapshot!(added("[run]\nchunk = 99999999999999999999\n"), @r#"
    config.toml:7:9: `run.chunk` is 99999999999999999999; expected a whole number from 1 to 4096
      |
    7 | chunk = 99999999999999999999
      |         ^^^^^^^^^^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(added("[run]\njobs = 5000\n"), @r#"
    config.toml:7:8: `run.jobs` is 5000; expected a whole number from 0 to 4096 (0: all cores)
      |
    7 | jobs = 5000
      |        ^^^^
    "#);
    insta::assert_snapshot!(added("[preprocess]\nmean = 1e300\n"), @r#"
    config.toml:7:8: `preprocess.mean` is 1e300; expected a number, or a list with one a channel
      |
    7 | mean = 1e300
      |        ^^^^^
    "#);
}

#[test]
fn duplicate_key() {
    insta::assert_snapshot!(added("[run]\nchunk = 1\nchunk = 2\n"), @r#"
    config.toml:8:1: this is not TOML: duplicate key
      |
    8 | chunk = 2
      | ^^^^^
    "#);
}

#[test]
fn not_toml() {
    insta::assert_snapshot!(added("[run\n"), @r#"
    config.toml:6:5: this is not TOML: unclosed table, expected `]`
      |
    6 | [run
      |     ^
    "#);
}

#[test]
fn unknown_format() {
    insta::assert_snapshot!(message(&GOOD.replace("[data]", "[data]\nformat = \"tiles\"")), @r#"
    config.toml:5:10: `data.format` is "tiles"; expected the name of a format, such as "image-folder"
      |
    5 | format = "tiles"
      |          ^^^^^^^
      = known are: tile-sheet, cifar-10, cifar-100, manifest, idx, numpy, parquet, image-folder
    "#);
}

#[test]
fn bad_class_names() {
    insta::assert_snapshot!(
        message(&GOOD.replace("[data]", "[data]\nclasses = [\"cat\", \"cat\"]")), @r#"
    config.toml:5:11: `data.classes` is ["cat", "cat"]; expected a list of names, such as ["cat", "dog"], or the path of a text file
      |
    5 | classes = ["cat", "cat"]
      |           ^^^^^^^^^^^^^^
      = "cat" names two classes
    "#);
}

#[test]
fn negative_sample() {
    insta::assert_snapshot!(added("[samples]\nselected = [3, -1]\n"), @r#"
    config.toml:7:16: -1 is no sample; expected a list of sample numbers counted from 0, such as [0, 7]
      |
    7 | selected = [3, -1]
      |                ^^
    "#);
}

#[test]
fn bad_pattern() {
    insta::assert_snapshot!(added("[layers]\ninclude = [\"conv[\"]\n"), @r#"
    config.toml:7:11: `layers.include` is ["conv["]; expected a list of patterns, such as ["conv*"]
      |
    7 | include = ["conv["]
      |           ^^^^^^^^^
      = error parsing glob 'conv[': unclosed character class; missing ']'
    "#);
}

#[test]
fn bad_set() {
    insta::assert_snapshot!(message_with(GOOD, &["run.chunk=many"]), @"--set run.chunk=many: `run.chunk` is many; expected a whole number from 1 to 4096");
    insta::assert_snapshot!(message_with(GOOD, &["run.chunks=3"]), @r#"
    --set run.chunks=3: there is no key `run.chunks`
     = did you mean `run.chunk`? [run] has: chunk, jobs, engine, winograd
    "#);
    insta::assert_snapshot!(message_with(GOOD, &["layer.maps=3"]), @r#"
    --set layer.maps=3: there is no key `layer.maps`
     = did you mean [layers]? the sections are: [report], [model], [data], [preprocess], [samples], [layers], [review], [analysis], [run], [gates]
    "#);
    insta::assert_snapshot!(message_with(GOOD, &["limit=3"]), @r#"
    --set limit=3: there is no key `limit`
     = did you mean `data.limit`, the key `limit` of [data]? the sections are: [report], [model], [data], [preprocess], [samples], [layers], [review], [analysis], [run], [gates]
    "#);
    insta::assert_snapshot!(message_with(GOOD, &["run.chunk"]), @r#"
    --set run.chunk: there is no `=`; expected a key, `=` and a value
     = for example: --set run.chunk=32
    "#);
    insta::assert_snapshot!(message_with(GOOD, &["samples.selected=[1, -2]"]), @"--set samples.selected=[1, -2]: -2 is no sample; expected a list of sample numbers counted from 0, such as [0, 7]");
}

#[test]
fn selected_samples_that_do_not_exist() {
    let text = format!("{GOOD}[samples]\nselected = [0, 7, 50]\n");
    let settings = Settings::from_toml(&text, Path::new("config.toml"), &[]);
    let checked = settings.and_then(|settings| settings.selected_samples(50));
    let message = checked.map_or_else(|error| error.to_string(), |_| "no error".to_owned());
    insta::assert_snapshot!(message, @r#"
    config.toml:7:19: sample 50 does not exist: the test set has 50, counted from 0 to 49
      |
    7 | selected = [0, 7, 50]
      |                   ^^
      = take it out of `samples.selected`
    "#);
}

#[test]
fn patterns_that_match_no_layer() {
    let text = format!("{GOOD}[layers]\ninclude = [\"dense*\", \"cnov*\"]\n");
    let settings = Settings::from_toml(&text, Path::new("config.toml"), &[]);
    let selected = settings.and_then(|settings| settings.layers.select(&["conv_1", "dense_1"]));
    let message = selected.map_or_else(|error| error.to_string(), |_| "no error".to_owned());
    insta::assert_snapshot!(message, @r#"
    config.toml:7:11: no layer matches "cnov*"
      |
    7 | include = ["dense*", "cnov*"]
      |           ^^^^^^^^^^^^^^^^^^^
      = the layers are: conv_1, dense_1
    "#);
}

#[test]
fn files_that_are_no_config() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let message = |name: &str| {
        let path = folder.path().join(name);
        let loaded = Settings::load(&path, &[]);
        let message = loaded.map_or_else(|error| error.to_string(), |_| "no error".to_owned());
        message.replace(&folder.path().display().to_string(), "folder")
    };
    std::fs::write(
        folder.path().join("latin1.toml"),
        b"[report]\ntitle = \"caf\xe9\"\n",
    )?;
    std::fs::write(folder.path().join("large.toml"), vec![b'#'; (1 << 20) + 1])?;
    std::fs::create_dir(folder.path().join("config"))?;
    insta::assert_snapshot!(message("latin1.toml"), @"folder/latin1.toml:2:13: the file is not UTF-8 text; save it as UTF-8");
    insta::assert_snapshot!(message("large.toml"), @"folder/large.toml: is larger than a config can be (1048576 bytes); is it the right file?");
    insta::assert_snapshot!(message("config"), @"folder/config: is not a file; expected a config, such as folder/config/config.toml");
    insta::assert_snapshot!(message("absent.toml"), @"folder/absent.toml: there is no such file; name the config of a report, such as config.toml");

    let located = locate_in(folder.path(), Path::new("absent.toml"));
    let message = located.map_or_else(|error| error.to_string(), |_| "no error".to_owned());
    let message = message.replace(&folder.path().display().to_string(), "folder");
    insta::assert_snapshot!(message.replace('\\', "/"), @"folder/absent.toml: there is no such file, and no folder/config/absent.toml; name the config of a report, such as config.toml");
    Ok(())
}
