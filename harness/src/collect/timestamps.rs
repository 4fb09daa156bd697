//! Points in time and time spans as Application Insights writes them.

const SECOND: u64 = 1_000_000_000;

/// `2026-11-20T07:11:21.123456Z` as nanoseconds since the Unix epoch. The offset is `Z`, `+00:00` or absent.
pub(super) fn timestamp(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T')?;
    let time = time.trim_end_matches('Z').trim_end_matches("+00:00");
    let mut date = date.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some((days(year, month, day) * 86_400 * SECOND).saturating_add(clock(time)?))
}

/// `0.00:00:01.250`, days first, as nanoseconds.
pub(super) fn duration(text: &str) -> Option<u64> {
    let (days, time) = match text.split_once('.') {
        Some((days, time)) if time.contains(':') => (days.parse::<u64>().ok()?, time),
        _ => (0, text),
    };
    days.checked_mul(86_400 * SECOND)?.checked_add(clock(time)?)
}

/// `07:11:21.123456` as nanoseconds.
fn clock(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number < 100);
    let fraction = format!("{fraction:0<9}");
    let fraction = fraction.get(..9)?.parse::<u64>().ok()?;
    Some((number(hours)? * 3600 + number(minutes)? * 60 + number(seconds)?) * SECOND + fraction)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
fn days(year: u64, month: u64, day: u64) -> u64 {
    // Years begin in March, so that the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    (year * 365 + year / 4 - year / 100 + year / 400 + of_year) - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_to_the_nanosecond() {
        assert_eq!(timestamp("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(timestamp("2026-11-20T06:00:00.250000Z"), Some(1_795_154_400_250_000_000));
        assert_eq!(timestamp("2024-02-29T23:59:59+00:00"), Some(1_709_251_199_000_000_000));
        assert_eq!(duration("1.01:00:00.002"), Some(90_000_002_000_000));
        assert_eq!(duration("00:00:01"), Some(1_000_000_000));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "2026-11-20", "2026-13-01T00:00:00Z", "yesterdayT00:00:00Z", "2026-11-20T06:00Z"] {
            assert_eq!(timestamp(text), None, "{text}");
        }
        assert_eq!(duration("soon"), None);
    }
}
