//! The demo data is the test set of CIFAR-10, bit for bit.

use std::error::Error;
use std::path::Path;

use layerscope::dataset::{Dataset, Pixels, TileSheet, write_cifar10};
use md5::{Digest, Md5};

#[test]
fn the_demo_data_has_the_published_checksum() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cifar10");
    let sheet = TileSheet::open(&folder, None)?;
    assert_eq!(sheet.len(), 10_000);
    assert_eq!(sheet.classes()[7], "horse");
    let mut binary = Vec::with_capacity(30_730_000);
    write_cifar10(&sheet, &mut binary)?;
    let md5: String = Md5::digest(&binary)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // Of `test_batch.bin` in cifar-10-binary.tar.gz.
    assert_eq!(md5, "803d5f7f4d78ea53de84dbe85f74fb6d");

    let mut pixels = Pixels::default();
    sheet.read(9_999, &mut pixels)?;
    assert_eq!(
        (pixels.width, pixels.height, pixels.rgb.len()),
        (32, 32, 3072)
    );
    Ok(())
}
