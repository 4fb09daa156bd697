//! Where a live service and the mock differ in shape, for people.

use crate::live::DriftReport;

/// One line for each difference, under what was called. Ends with a newline.
pub(crate) fn drift_text(report: &DriftReport) -> String {
    let answers = if report.compared == 1 { "1 answer" } else { &format!("{} answers", report.compared) };
    if report.compared == 0 {
        return "drift: no live answer could be compared\n".to_owned();
    }
    if report.drifts.is_empty() {
        return format!("drift: none; {answers} of the live service have the shape of the mock's\n");
    }
    let mut lines = vec![format!("drift: where the shape of {answers} of the live service is not the mock's")];
    let mut surface = "";
    for (drift, cells) in &report.drifts {
        if drift.surface != surface {
            surface = &drift.surface;
            lines.push(format!("  {surface}"));
        }
        let seen = if cells.len() == 1 { "1 cell" } else { &format!("{} cells", cells.len()) };
        let (part, place) = (drift.part.as_str(), &drift.place);
        lines.push(format!("    {part} {place}: live {}, mock {} ({seen})", drift.live, drift.mock));
    }
    lines.join("\n") + "\n"
}
