//! Which tool an answer calls that nobody scripted.

use serde_json_borrow::Value;

/// A tool that is to be called.
#[derive(Clone, Debug)]
pub(crate) struct WantedTool {
    pub(crate) name: String,
    pub(crate) parameters: serde_json::Value,
    /// Whether the request named it, which makes the finish reason `stop`.
    pub(crate) named: bool,
}

/// What `tool_choice` says.
pub(crate) enum Choosing<'a> {
    Never,
    /// As the model thinks fit; of these only, if there are any.
    Freely(Option<Vec<&'a str>>),
    /// One at least; of these only, if there are any.
    Always(Option<Vec<&'a str>>),
    /// This one.
    Named(&'a str),
}

impl<'a> Choosing<'a> {
    /// Reads the field of chats, where names are nested, or of Responses, where they are not.
    pub(crate) fn read(choice: &'a Value<'a>) -> Self {
        let name =
            |tool: &'a Value<'a>| tool.get("function").get("name").as_str().or_else(|| tool.get("name").as_str());
        if choice.get("type").as_str() == Some("allowed_tools") {
            let nested = choice.get("allowed_tools");
            let allowed = if nested.is_null() { choice } else { nested };
            let names = allowed.get("tools").as_array().into_iter().flatten().filter_map(name).collect();
            return match allowed.get("mode").as_str() {
                Some("required") => Self::Always(Some(names)),
                _ => Self::Freely(Some(names)),
            };
        }
        match (choice.as_str(), name(choice)) {
            (Some("none"), _) => Self::Never,
            (Some("required"), _) => Self::Always(None),
            (_, Some(name)) => Self::Named(name),
            _ => Self::Freely(None),
        }
    }

    /// The tool that is called, among functions with names and parameters. What was `called` since the user spoke last is
    /// not called again while there is something else, so that an agent that goes on until it is answered comes to an end.
    /// `answered` says that the last message is a tool's.
    pub(crate) fn tool(&self, functions: &[&Value], called: &[&str], text: &str, answered: bool) -> Option<WantedTool> {
        let name = |function: &Value| function.get("name").as_str().unwrap_or_default().to_owned();
        let is_new = |function: &&&Value| !called.contains(&name(function).as_str());
        let allowed = |function: &&&Value, names: &Option<Vec<&str>>| {
            names.as_ref().is_none_or(|names| names.contains(&name(function).as_str()))
        };
        let function = match self {
            Self::Never => None,
            Self::Named(wanted) => functions.iter().find(|function| name(function) == *wanted),
            Self::Always(names) => {
                let mut all = functions.iter().filter(|function| allowed(function, names));
                let asked = all.clone().filter(is_new).find(|function| asks_for(text, &name(function)));
                asked.or_else(|| all.clone().find(is_new)).or_else(|| all.next_back())
            }
            Self::Freely(names) => functions
                .iter()
                .filter(|function| allowed(function, names) && (!answered || is_new(function)))
                .find(|function| asks_for(text, &name(function))),
        }?;
        Some(WantedTool {
            name: function.get("name").as_str()?.to_owned(),
            parameters: function.get("parameters").into(),
            named: matches!(self, Self::Named(_)),
        })
    }
}

/// Whether a text has all the words of a tool's name: `get_weather` and `getWeather` are asked for by "Get me the
/// weather", and, because nobody says "get", by "What is the weather?".
fn asks_for(text: &str, tool: &str) -> bool {
    const FILLERS: [&str; 10] = ["get", "fetch", "find", "lookup", "search", "do", "run", "call", "current", "the"];
    let text = text.to_lowercase();
    let words = words(tool);
    let meant: Vec<&String> = words.iter().filter(|word| !FILLERS.contains(&word.as_str())).collect();
    let wanted = if meant.is_empty() { words.iter().collect() } else { meant };
    !wanted.is_empty() && wanted.iter().all(|word| text.contains(word.as_str()))
}

/// The words of a name, in lower case: parted by what is no letter, or by a capital after a small one.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && after_small) {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.extend(character.to_lowercase()));
        }
        after_small = character.is_lowercase() || character.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(choice: &serde_json::Value, called: &[&str], text: &str, expected: Option<&str>) {
        let functions = ["get_weather", "openDoor", "final_result"].map(|name| json!({ "name": name }));
        let functions: Vec<Value> = functions.iter().map(Value::from).collect();
        let functions: Vec<&Value> = functions.iter().collect();
        let read = Value::from(choice);
        let found = Choosing::read(&read).tool(&functions, called, text, !called.is_empty());
        assert_eq!(found.map(|tool| tool.name).as_deref(), expected, "{choice} {called:?}");
    }

    #[test]
    fn a_tool_is_found_by_its_words() {
        check(&json!(null), &[], "What is the weather?", Some("get_weather"));
        check(&json!("auto"), &[], "Open the door.", Some("openDoor"));
        check(&json!("auto"), &[], "Good morning.", None);
        check(&json!("none"), &[], "What is the weather?", None);
    }

    #[test]
    fn what_was_called_is_not_called_again() {
        check(&json!("auto"), &["get_weather"], "weather, and open the door", Some("openDoor"));
        check(&json!("auto"), &["get_weather", "openDoor"], "weather, and open the door", None);
        check(&json!("required"), &[], "Hi", Some("get_weather"));
        check(&json!("required"), &["get_weather"], "Hi", Some("openDoor"));
        check(&json!("required"), &["get_weather", "openDoor", "final_result"], "Hi", Some("final_result"));
        check(
            &json!({ "type": "function", "function": { "name": "openDoor" } }),
            &["openDoor"],
            "Hi",
            Some("openDoor"),
        );
    }

    #[test]
    fn only_allowed_tools_are_called() {
        let tools = json!([{ "type": "function", "function": { "name": "openDoor" } }]);
        let chat = |mode: &str| json!({ "type": "allowed_tools", "allowed_tools": { "mode": mode, "tools": tools } });
        check(&chat("required"), &[], "What is the weather?", Some("openDoor"));
        check(&chat("auto"), &[], "What is the weather?", None);
        let tools = json!([{ "type": "function", "name": "openDoor" }]);
        check(&json!({ "type": "allowed_tools", "mode": "required", "tools": tools }), &[], "Hi", Some("openDoor"));
    }
}
