//! How an axis is cut; the values themselves are tested with the other convolutions.

use super::*;

#[test]
fn tiles_cover_an_axis_once_and_are_nearly_equal() {
    for extent in 2..60 {
        let spans = spans(extent);
        let mut next = 0;
        for span in &spans {
            assert_eq!(span.start, next);
            assert!((2..=LARGEST).contains(&span.size), "{extent}: {spans:?}");
            next += span.size;
        }
        assert_eq!(next, extent);
        assert!(sizes(&spans).len() <= 2 && spans.len() <= extent.div_ceil(USUAL));
    }
}

#[test]
fn tiles_of_five_stand_where_they_save_a_twelfth_of_the_products() {
    let sizes = |extent| -> Vec<usize> { spans(extent).iter().map(|span| span.size).collect() };
    assert_eq!(sizes(13), [5, 4, 4]);
    assert_eq!(sizes(14), [5, 5, 4]);
    assert_eq!(sizes(12), [4, 4, 4]);
    assert_eq!(sizes(11), [4, 4, 3]);
    assert_eq!(sizes(56), [4; 14]);
}

#[test]
fn distances_are_odd_numbers_of_cache_lines() {
    for values in [1, 16, 17, 64, 1024, 39 * 64] {
        assert!(stride(values) >= values && (stride(values) / 16) % 2 == 1);
    }
}
