//! Parquet files as the Hugging Face hub has them, written by pyarrow (`tools/make_parquet.py`), with and without the
//! feature that reads them.

use layerscope::dataset::{Format, OpenOptions, open, tell};

#[cfg(feature = "parquet")]
mod read {
    use std::path::{Path, PathBuf};

    use layerscope::dataset::{ClassNames, Dataset, Pixels};

    use super::{Format, OpenOptions, open, tell};

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/parquet")
    }

    fn of_test() -> OpenOptions {
        OpenOptions {
            split: Some("test".into()),
            ..OpenOptions::default()
        }
    }

    fn labels(dataset: &dyn Dataset) -> Vec<usize> {
        (0..dataset.len())
            .map(|index| dataset.label(index))
            .collect()
    }

    /// Holds every image against what the script makes of its number.
    fn check(dataset: &dyn Dataset, images: usize) {
        assert_eq!(dataset.len(), images);
        let mut pixels = Pixels::default();
        for index in 0..images {
            dataset.read(index, &mut pixels).expect("an image");
            assert_eq!((pixels.width, pixels.height), (6, 5));
            let expected: Vec<u8> = (0..90)
                .map(|place| ((place * 2 + index * 7) % 256) as u8)
                .collect();
            assert_eq!(pixels.rgb, expected, "image {index}");
        }
    }

    #[test]
    fn shards_of_the_hub_are_one_data_set() {
        assert_eq!(tell(&folder()).ok(), Some(Format::Parquet));
        let dataset = open(&folder(), &of_test()).expect("a data set");
        check(dataset.as_ref(), 10);
        assert_eq!(dataset.classes(), ["owl", "cat", "dog"]);
        assert_eq!(labels(dataset.as_ref()), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
        assert_eq!(dataset.name(4).as_deref(), Some("04.png"));
        let files = &dataset.provenance().files;
        assert_eq!(files.len(), 3, "two files and the images");
    }

    #[test]
    fn numbers_follow_names_that_stand_in_another_order() {
        let reordered = OpenOptions {
            classes: Some(ClassNames::Listed(
                ["cat", "dog", "owl"].map(String::from).into(),
            )),
            limit: Some(4),
            ..of_test()
        };
        let dataset = open(&folder(), &reordered).expect("a data set");
        check(dataset.as_ref(), 4);
        assert_eq!(labels(dataset.as_ref()), [2, 0, 1, 2]);
        let of_the_model = OpenOptions {
            model_classes: ["dog", "owl", "cat"].map(String::from).into(),
            ..of_test()
        };
        let dataset = open(&folder(), &of_the_model).expect("a data set");
        assert_eq!(dataset.classes(), ["dog", "owl", "cat"]);
        assert_eq!(labels(dataset.as_ref())[..3], [1, 2, 0]);
    }

    #[test]
    fn plain_columns_and_names_are_read() {
        let plain = folder().join("plain.parquet");
        let dataset = open(&plain, &OpenOptions::default()).expect("a data set");
        check(dataset.as_ref(), 4);
        assert_eq!(dataset.classes(), ["cat", "owl"]);
        assert_eq!(labels(dataset.as_ref()), [1, 0, 1, 0]);
        assert_eq!(dataset.name(2).as_deref(), Some("row 2"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let plain = folder().join("plain.parquet");
        let refused = |path: &Path, options: OpenOptions| {
            let refused = open(path, &options).err().expect("refused");
            refused.to_string()
        };
        let labels = OpenOptions {
            labels: Some("species".into()),
            ..OpenOptions::default()
        };
        let said = refused(&plain, labels);
        assert!(
            said.contains("no column species; its columns are img, class"),
            "{said}"
        );
        let images = OpenOptions {
            images: Some("class".into()),
            labels: Some("img".into()),
            ..OpenOptions::default()
        };
        let said = refused(&plain, images);
        assert!(said.contains("row 0: the column of"), "{said}");
        let said = refused(&folder(), OpenOptions::default());
        assert!(said.contains("as `data.split`"), "{said}");
        let place = tempfile::tempdir().expect("a folder");
        let bytes = std::fs::read(&plain).expect("a file");
        for (name, bytes) in [
            ("cut.parquet", &bytes[..bytes.len() / 2]),
            ("text.parquet", b"no Parquet".as_slice()),
        ] {
            let path = place.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            let said = refused(&path, OpenOptions::default());
            assert!(said.contains("no Parquet file, or it is damaged"), "{said}");
        }
    }

    #[test]
    fn damaged_files_never_panic() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("damaged.parquet");
        // A fixed linear congruential generator: the same damage in every run.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = |limit: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit
        };
        for name in ["plain", "test-00000-of-00002", "test-00001-of-00002"] {
            let file = folder().join(name).with_extension("parquet");
            let good = std::fs::read(file).expect("a file");
            for _ in 0..500 {
                let mut bytes = good.clone();
                for _ in 0..=random(5) {
                    let at = random(bytes.len());
                    bytes[at] = [0, 1, 0x7f, 0xff, bytes[at] ^ (1 << random(8))][random(5)];
                }
                std::fs::write(&path, bytes).expect("written");
                let Ok(dataset) = open(&path, &OpenOptions::default()) else {
                    continue;
                };
                let mut pixels = Pixels::default();
                for index in 0..dataset.len() {
                    dataset.read(index, &mut pixels).ok();
                }
            }
        }
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_the_reader_says_so() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("test-00000-of-00001.parquet");
    std::fs::write(&path, "PAR1").expect("a file");
    assert_eq!(tell(place.path()).ok(), Some(Format::Parquet));
    let said = open(&path, &OpenOptions::default()).err().expect("refused");
    let said = said.to_string();
    assert!(said.contains("without the feature `parquet`"), "{said}");
    assert!(said.contains("--no-default-features"), "{said}");
}
