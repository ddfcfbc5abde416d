//! Numbers as people read them: shares, intervals, counts, sizes and plurals. One place decides how
//! many digits a number has, so that the same number looks the same on every page.

use crate::stats::Proportion;

/// Stands between a number and its unit: narrow, and no line breaks there.
pub const THIN: char = '\u{202f}';

/// Most decimals a share is written with before it becomes "less than".
const MOST_DECIMALS: usize = 4;

/// A share in [0, 1] with one decimal: `75.8 %`. Nothing less than all is written as 100 %, and nothing
/// more than none as 0 %: decimals are added until the number tells the difference.
pub fn percent(share: f64) -> String {
    format!("{}{THIN}%", percent_digits(share))
}

/// The same without decimals, for places with little room: `73 %`, `>99 %`, `<1 %`.
pub fn percent_short(share: f64) -> String {
    if !share.is_finite() {
        return "–".into();
    }
    match (share * 100.0).round() {
        rounded if rounded >= 100.0 && share < 1.0 => format!(">99{THIN}%"),
        rounded if rounded <= 0.0 && share > 0.0 => format!("<1{THIN}%"),
        rounded => format!("{rounded:.0}{THIN}%"),
    }
}

/// The 95 % interval of a share: `74.9–76.6 %`.
pub fn interval(proportion: &Proportion) -> String {
    format!(
        "{}–{}{THIN}%",
        percent_digits(proportion.low),
        percent_digits(proportion.high)
    )
}

fn percent_digits(share: f64) -> String {
    if !share.is_finite() {
        return "–".into();
    }
    let percent = share * 100.0;
    if percent <= 0.0 || percent >= 100.0 {
        return format!("{percent:.0}");
    }
    (1..=MOST_DECIMALS)
        .map(|decimals| format!("{percent:.decimals$}"))
        .find(|text| {
            text.parse()
                .is_ok_and(|value: f64| value > 0.0 && value < 100.0)
        })
        .unwrap_or_else(|| {
            if percent < 50.0 {
                "<0.0001".into()
            } else {
                ">99.9999".into()
            }
        })
}

/// A share as the width of a bar in CSS: `75.8%`. A tenth of a percent is less than a pixel.
pub fn width(share: f64) -> String {
    let percent = if share.is_finite() {
        share.clamp(0.0, 1.0) * 100.0
    } else {
        0.0
    };
    format!("{}%", trim(format!("{percent:.1}")))
}

/// A whole number with its thousands apart: `122,570`.
pub fn count(number: impl TryInto<u64>) -> String {
    let digits = number
        .try_into()
        .map_or_else(|_| "–".into(), |number: u64| number.to_string());
    group(&digits)
}

fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with its noun: `1 image`, `57 images`.
pub fn plural(number: impl TryInto<u64>, one: &str, many: &str) -> String {
    match number.try_into() {
        Ok(1u64) => format!("1 {one}"),
        Ok(number) => format!("{} {many}", count(number)),
        Err(_) => format!("– {many}"),
    }
}

/// A measured value with three significant digits: `1.25`, `0.0381`, `−12.3`, `48,210`, `1.2e−5`.
pub fn decimal(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    if size.is_infinite() {
        return format!("{sign}∞");
    }
    format!("{sign}{}", magnitude(size))
}

fn magnitude(size: f64) -> String {
    if size == 0.0 {
        return "0".into();
    }
    if !(9.995e-5..1e15).contains(&size) {
        return format!("{size:.1e}").replace("e-", "e−");
    }
    if size >= 999.5 {
        return group(&format!("{size:.0}"));
    }
    // Three significant digits of the rounded number: 9.999 is 10.0, not 10.00.
    let whole_digits = format!("{size:.2e}")
        .split_once('e')
        .and_then(|(_, e)| e.parse::<i32>().ok())
        .unwrap_or(0);
    let decimals = usize::try_from(2 - whole_digits).unwrap_or(0);
    format!("{size:.decimals$}")
}

/// A p-value: `0.0366`, `1.2e−5`, and `1` only where it is.
pub fn probability(p: f64) -> String {
    match p {
        _ if p.is_nan() => "–".into(),
        0.9995..1.0 => ">0.999".into(),
        _ if p < 1e-99 => "<1e−99".into(),
        _ => decimal(p),
    }
}

/// A value with a fixed number of decimals and a real minus: cells that stand below each other.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return decimal(value);
    }
    let text = format!("{:.decimals$}", value.abs());
    let is_zero = text.chars().all(|c| c == '0' || c == '.');
    if value < 0.0 && !is_zero {
        format!("−{text}")
    } else {
        text
    }
}

/// The same with its sign in front, plus as well as minus; zero has none.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let is_zero = text.chars().all(|c| c == '0' || c == '.');
    if value > 0.0 && !is_zero {
        format!("+{text}")
    } else {
        text
    }
}

/// A large count in short: `896`, `777.6 k`, `1.56 M`, `3.9 G`.
pub fn short_count(number: u64) -> String {
    let value = number as f64;
    let (scaled, unit) = match number {
        0..10_000 => return count(number),
        10_000..1_000_000 => (value / 1e3, "k"),
        1_000_000..1_000_000_000 => (value / 1e6, "M"),
        _ => (value / 1e9, "G"),
    };
    format!("{}{THIN}{unit}", decimal(scaled))
}

/// Size of a file: `512 bytes`, `1.44 MB`.
pub fn bytes(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1_000 => plural(bytes, "byte", "bytes"),
        1_000..1_000_000 => format!("{}{THIN}kB", decimal(value / 1e3)),
        1_000_000..1_000_000_000 => format!("{}{THIN}MB", decimal(value / 1e6)),
        _ => format!("{}{THIN}GB", decimal(value / 1e9)),
    }
}

/// `30×30×32`, or `64` for a vector.
pub fn shape(extents: &[usize]) -> String {
    if extents.is_empty() {
        return "scalar".into();
    }
    extents
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join("×")
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// A number for CSS with at most four decimals, which is finer than a screen, and no trailing zeros.
pub fn css(value: f64) -> String {
    trim(format!("{value:.4}"))
}

fn trim(text: String) -> String {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: String) -> String {
        text.replace(THIN, " ")
    }

    #[test]
    fn less_than_all_is_never_all_and_more_than_none_never_none() {
        for (share, long, short) in [
            (0.7579, "75.8 %", "76 %"),
            (1.0, "100 %", "100 %"),
            (0.0, "0 %", "0 %"),
            (0.9996, "99.96 %", ">99 %"),
            (0.994, "99.4 %", "99 %"),
            (0.000_04, "0.004 %", "<1 %"),
            (1e-12, "<0.0001 %", "<1 %"),
            (1.0 - 1e-12, ">99.9999 %", ">99 %"),
            (f64::NAN, "– %", "–"),
        ] {
            assert_eq!(plain(percent(share)), long);
            assert_eq!(plain(percent_short(share)), short);
        }
    }

    #[test]
    fn an_interval_has_one_unit() {
        let proportion = Proportion::new(7579, 10_000).unwrap();
        assert_eq!(plain(interval(&proportion)), "74.9–76.6 %");
        let all = Proportion::new(10, 10).unwrap();
        assert_eq!(plain(interval(&all)), "72.2–100 %");
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        assert_eq!(
            [0u64, 999, 1_000, 122_570, 1_000_000].map(count),
            ["0", "999", "1,000", "122,570", "1,000,000"]
        );
        assert_eq!(
            [0usize, 1, 2421].map(|n| plural(n, "image", "images")),
            ["0 images", "1 image", "2,421 images"]
        );
    }

    #[test]
    fn measured_values_have_three_significant_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1.00"),
            (9.999, "10.0"),
            (0.03812, "0.0381"),
            (-12.345, "−12.3"),
            (999.4, "999"),
            (48_210.0, "48,210"),
            (0.000_012, "1.2e−5"),
            (0.000_099_99, "0.000100"),
            (f64::INFINITY, "∞"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(decimal(value), text);
        }
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(
            [-0.004, 0.0, 0.126, -0.5].map(|value| signed(value, 2)),
            ["0.00", "0.00", "+0.13", "−0.50"]
        );
    }

    #[test]
    fn large_counts_and_sizes_are_short() {
        assert_eq!(
            [896, 777_600, 1_555_200].map(|n| plain(short_count(n))),
            ["896", "778 k", "1.56 M"]
        );
        assert_eq!(
            [1, 512, 1_440_000].map(|n| plain(bytes(n))),
            ["1 byte", "512 bytes", "1.44 MB"]
        );
    }

    #[test]
    fn css_numbers_are_plain() {
        assert_eq!([25.0, 0.0, 1.0 / 3.0].map(css), ["25", "0", "0.3333"]);
        assert_eq!([0.7579, 1.0, f64::NAN].map(width), ["75.8%", "100%", "0%"]);
    }

    #[test]
    fn lists_read_as_sentences() {
        let items = ["a", "b", "c"].map(String::from);
        assert_eq!(
            [list(&items[..1]), list(&items[..2]), list(&items)],
            ["a", "a and b", "a, b and c"]
        );
    }

    proptest! {
        #[test]
        fn grouping_only_adds_commas(number: u64) {
            prop_assert_eq!(count(number).replace(',', ""), number.to_string());
        }

        #[test]
        fn a_decimal_is_near_its_value(value in -1e9f64..1e9) {
            let text = decimal(value).replace(',', "").replace('−', "-");
            let back: f64 = text.parse().unwrap();
            prop_assert!((back - value).abs() <= 0.051 * value.abs(), "{} {}", value, text);
        }
    }
}
