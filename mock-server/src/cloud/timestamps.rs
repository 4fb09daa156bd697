//! Seconds since 1970 as the two date forms that the service writes.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

struct Moment {
    year: u64,
    month: usize,
    day: u64,
    weekday: usize,
    hour: u64,
    minute: u64,
    second: u64,
}

/// `Tue, 31 Mar 2026 13:12:38 GMT`, for the `Date` header.
pub(crate) fn http_date(seconds: u64) -> String {
    let moment = moment(seconds);
    let mut text = String::with_capacity(29);
    text.push_str(DAYS[moment.weekday]);
    text.push_str(", ");
    push_two(&mut text, moment.day);
    text.push(' ');
    text.push_str(MONTHS[moment.month]);
    text.push(' ');
    push_year(&mut text, moment.year);
    for (before, number) in [(' ', moment.hour), (':', moment.minute), (':', moment.second)] {
        text.push(before);
        push_two(&mut text, number);
    }
    text.push_str(" GMT");
    text
}

/// At most 99.
fn push_two(text: &mut String, number: u64) {
    for digit in [number / 10 % 10, number % 10] {
        text.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
    }
}

fn push_year(text: &mut String, year: u64) {
    if year < 10_000 {
        push_two(text, year / 100);
        push_two(text, year % 100);
    } else {
        text.push_str(&year.to_string());
    }
}

/// `2026-11-20 06:00:00Z`, for the errors of the token endpoint.
pub(crate) fn entra_timestamp(seconds: u64) -> String {
    let moment = moment(seconds);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z",
        moment.year,
        moment.month + 1,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second
    )
}

/// `d20260331131238-`, with which `azureml-model-session` begins.
pub(crate) fn session_start(seconds: u64) -> String {
    let moment = moment(seconds);
    let mut text = String::with_capacity(16);
    text.push('d');
    push_year(&mut text, moment.year);
    for number in [moment.month as u64 + 1, moment.day, moment.hour, moment.minute, moment.second] {
        push_two(&mut text, number);
    }
    text.push('-');
    text
}

fn moment(seconds: u64) -> Moment {
    let mut days = seconds / 86_400;
    let weekday = usize::try_from(days % 7).unwrap_or(0);
    let rest = seconds % 86_400;
    // Whole cycles of 400 years first, so that a mad epoch costs no time.
    let mut year = 1970 + 400 * (days / 146_097);
    days %= 146_097;
    // Then those of four, which are all alike until 2100.
    if year == 1970 && days < 130 * 365 {
        year += 4 * (days / 1461);
        days %= 1461;
    }
    while days >= year_length(year) {
        days -= year_length(year);
        year += 1;
    }
    let mut month = 0;
    while days >= month_length(year, month) {
        days -= month_length(year, month);
        month += 1;
    }
    Moment { year, month, day: days + 1, weekday, hour: rest / 3600, minute: rest % 3600 / 60, second: rest % 60 }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn year_length(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn month_length(year: u64, month: usize) -> u64 {
    const LENGTHS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    LENGTHS[month] + u64::from(month == 1 && is_leap(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(1_774_962_758), "Tue, 31 Mar 2026 13:12:38 GMT");
        assert_eq!(http_date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(entra_timestamp(1_795_154_400), "2026-11-20 06:00:00Z");
        assert_eq!(session_start(1_774_962_758), "d20260331131238-");
        assert_eq!(http_date(4_070_908_800), "Thu, 01 Jan 2099 00:00:00 GMT");
        assert_eq!(http_date(4_107_542_400), "Mon, 01 Mar 2100 00:00:00 GMT");
        assert!(http_date(u64::MAX).ends_with("GMT"));
    }
}
