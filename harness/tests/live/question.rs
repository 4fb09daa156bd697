//! The question before calls that somebody pays for, asked at a real terminal.

use crate::support::{Live, LiveService};
use crate::terminal::{END_OF_INPUT, INTERRUPT, Terminal};
use crate::{CLOUD, workspace};

/// What is typed at the question, how the program ends, what it says then, and how many calls were made.
#[track_caller]
fn check_answer(command: &[&str], keys: &str, code: i32, said: &str, calls: usize) {
    let workspace = workspace(&["chat/basic"]);
    let service = LiveService::start(CLOUD);
    let live = Live::new(&workspace, &service);
    let mut terminal = Terminal::start(&live.command(command));
    terminal.wait_for("make them? [y/N] ");
    terminal.type_in(keys);
    let (ended, shown) = terminal.end();
    assert_eq!(ended, code, "{keys:?}: {shown}");
    assert!(shown.contains("talk-live at fabrikam.openai.azure.com"), "{shown}");
    assert!(shown.contains(said), "{keys:?}: {shown}");
    assert_eq!(service.log().len(), calls, "{keys:?}: {:?}", service.log());
}

pub(super) fn a_person_is_asked_and_only_yes_is_yes() {
    let run = &["run", "--target", "live", "--live", "live.toml"];
    let record = &["record", "chat/basic", "--live", "live.toml"];
    check_answer(run, "y\n", 0, "", 1);
    check_answer(record, "YES\n", 0, "", 1);
    for (command, keys) in
        [(&run[..], "n\n"), (run, "\n"), (run, "yeah\n"), (run, END_OF_INPUT), (record, "n\n"), (record, "\n")]
    {
        check_answer(command, keys, 4, "nothing was called", 0);
    }
    check_answer(run, INTERRUPT, 130, "make them? [y/N] ", 0);
    check_answer(record, INTERRUPT, 130, "make them? [y/N] ", 0);
}
