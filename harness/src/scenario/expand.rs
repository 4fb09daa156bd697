//! Steps that repeat, written out.

use super::{Chat, Embeddings, Expect, Group, Reply, ScenarioFile, Step};

/// What stands for the repetition's number in texts.
pub(super) const NUMBER: &str = "{n}";

/// The scenario with every repetition as a step of its own, and every name of a repeated step replaced by those.
pub(super) fn expand(file: ScenarioFile) -> ScenarioFile {
    let repeated: Vec<(String, u32)> =
        file.step.iter().filter_map(|step| Some((step.id.clone(), step.repeat?))).collect();
    if repeated.is_empty() {
        return file;
    }
    let names = Names(&repeated);
    ScenarioFile {
        step: file.step.into_iter().flat_map(repetitions).collect(),
        group: file.group.into_iter().flat_map(|group| names.group(group)).collect(),
        parallel: file
            .parallel
            .into_iter()
            .map(|mut parallel| {
                parallel.steps = names.all(&parallel.steps);
                parallel
            })
            .collect(),
        expect: file.expect.into_iter().flat_map(|expect| names.expectation(expect)).collect(),
        ..file
    }
}

/// The name of a repetition. The numbers are of equal length, so that names sort as numbers do.
fn numbered(name: &str, number: u32, count: u32) -> String {
    let width = count.to_string().len();
    format!("{name}-{number:0width$}")
}

fn repetitions(step: Step) -> Vec<Step> {
    let Some(count) = step.repeat else { return vec![step] };
    (1..=count)
        .map(|number| Step {
            id: numbered(&step.id, number, count),
            repeat: None,
            chat: step.chat.as_ref().map(|chat| chat_with(chat, number)),
            embeddings: step.embeddings.as_ref().map(|embeddings| embeddings_with(embeddings, number)),
            reply: step.reply.as_ref().map(|reply| reply_with(reply, number)),
        })
        .collect()
}

fn with(text: Option<&String>, number: u32) -> Option<String> {
    text.map(|text| text.replace(NUMBER, &number.to_string()))
}

fn chat_with(chat: &Chat, number: u32) -> Chat {
    Chat { system: with(chat.system.as_ref(), number), user: with(chat.user.as_ref(), number), ..chat.clone() }
}

fn embeddings_with(embeddings: &Embeddings, number: u32) -> Embeddings {
    let each = |texts: &Vec<String>| texts.iter().filter_map(|text| with(Some(text), number)).collect();
    Embeddings {
        input: embeddings.input.as_ref().map(each),
        text: with(embeddings.text.as_ref(), number),
        ..embeddings.clone()
    }
}

fn reply_with(reply: &Reply, number: u32) -> Reply {
    let each = |texts: &Vec<String>| texts.iter().filter_map(|text| with(Some(text), number)).collect();
    Reply {
        text: with(reply.text.as_ref(), number),
        refusal: with(reply.refusal.as_ref(), number),
        chunks: reply.chunks.as_ref().map(each),
        ..reply.clone()
    }
}

/// Steps that repeat, and how often.
struct Names<'a>(&'a [(String, u32)]);

impl Names<'_> {
    fn count(&self, step: &str) -> Option<u32> {
        self.0.iter().find(|(name, _)| name == step).map(|(_, count)| *count)
    }

    fn each(&self, step: &str) -> Vec<String> {
        match self.count(step) {
            Some(count) => (1..=count).map(|number| numbered(step, number, count)).collect(),
            None => vec![step.to_owned()],
        }
    }

    fn all(&self, steps: &[String]) -> Vec<String> {
        steps.iter().flat_map(|step| self.each(step)).collect()
    }

    fn group(&self, group: Group) -> Vec<Group> {
        let Some(count) = group.steps.first().filter(|_| group.each).and_then(|step| self.count(step)) else {
            return vec![Group { steps: self.all(&group.steps), ..group }];
        };
        (1..=count)
            .map(|number| Group {
                id: numbered(&group.id, number, count),
                session: with(group.session.as_ref(), number),
                user: with(group.user.as_ref(), number),
                steps: group.steps.iter().map(|step| numbered(step, number, count)).collect(),
                each: false,
                ..group.clone()
            })
            .collect()
    }

    fn expectation(&self, expect: Expect) -> Vec<Expect> {
        let Some(step) = &expect.step else { return vec![expect] };
        self.each(step).into_iter().map(|step| Expect { step: Some(step), ..expect.clone() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Part, sample_with};

    #[test]
    fn a_repeated_step_is_written_out_wherever_it_is_named() {
        let text = r#"
            [[step]]
            id = "ask"
            repeat = 12
            chat = { deployment = "chat-prod", user = "What follows {n}?" }
            reply = { text = "After {n}: more.", usage = { input = 1 } }
            [[group]]
            id = "request"
            name = "handle"
            session = "session-{n}"
            steps = ["ask"]
            each = true
            [[parallel]]
            id = "burst"
            steps = ["ask"]
            [[expect]]
            id = "tokens"
            step = "ask"
            has = { "usage.input" = 1 }
        "#;
        let scenario = sample_with(text, &["usage.input"]);
        let file = scenario.file();
        assert_eq!((file.step.len(), file.group.len(), file.expect.len()), (12, 12, 12));
        let second = &file.step[1];
        assert_eq!(second.id, "ask-02");
        assert_eq!(second.marker(), Some("What follows 2?"));
        assert_eq!(second.reply.as_ref().and_then(|reply| reply.text.as_deref()), Some("After 2: more."));
        assert_eq!(file.group[11].session.as_deref(), Some("session-12"));
        assert_eq!(file.group[11].steps, ["ask-12"]);
        assert_eq!(file.parallel[0].steps.len(), 12);
        let parts: Vec<Part<'_>> = scenario.parts().collect();
        let [Part::Parallel(parallel)] = parts.as_slice() else { panic!("{parts:?}") };
        assert_eq!(parallel.branches.len(), 12);
        assert!(parallel.branches.iter().all(|branch| branch.group.is_some() && branch.steps.len() == 1));
    }
}
