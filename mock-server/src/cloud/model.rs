//! What follows from the name of a model or a region.

/// Kinds of models that answer differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// gpt-35, gpt-4, gpt-4o, gpt-4.1.
    Chat,
    /// o-series and gpt-5: no fingerprint, newer headers and fields.
    Reasoning,
    /// text-embedding-…, which alone takes `dimensions` from the third version on.
    Embedding,
}

/// A model snapshot with what follows from its name, worked out once: every answer asks for some of it.
#[derive(Debug)]
pub(crate) struct Model {
    /// For example `gpt-4o-2024-11-20`; empty when there is none.
    pub(crate) name: String,
    pub(crate) family: Family,
    /// What is not OpenAI's own counts as current.
    pub(crate) generation: Generation,
    /// Whether it is OpenAI's; the others come through model inference and word some things differently.
    pub(crate) is_openai: bool,
    /// What it splits texts by.
    pub(crate) vocabulary: Vocabulary,
    /// Tokens that fit into its window.
    pub(crate) context_length: u64,
    /// Whether it takes part in conversations.
    pub(crate) converses: bool,
    /// Whether it answers legacy completions.
    pub(crate) completes: bool,
}

impl Model {
    /// What a name tells.
    pub(crate) fn new(name: &str) -> Self {
        let (family, generation) = (family(name), generation(name));
        let old = family == Family::Embedding || generation == Generation::Early;
        Self {
            name: name.to_owned(),
            family,
            generation,
            is_openai: is_openai(name) || family == Family::Reasoning,
            vocabulary: if old { Vocabulary::Cl100k } else { Vocabulary::O200k },
            context_length: context_length(name, family),
            converses: converses(name, family),
            completes: completes(name),
        }
    }

    /// What the wire calls it: the oldest ones lose their version.
    pub(crate) fn wire_name(&self) -> &str {
        if self.name.starts_with("gpt-35-turbo") && !self.name.starts_with("gpt-35-turbo-instruct") {
            "gpt-35-turbo"
        } else {
            &self.name
        }
    }

    /// Without its snapshot date: `gpt-4o-2024-11-20` is `gpt-4o`.
    pub(crate) fn without_date(&self) -> &str {
        without_date(&self.name)
    }

    /// Whether it makes vectors.
    #[cfg(feature = "program")]
    pub(crate) fn embeds(&self) -> bool {
        self.family == Family::Embedding
    }

    /// Tokens of what it thinks before an answer that nobody scripted, with this effort: a multiple of 64, as the service
    /// counts them.
    pub(crate) fn thoughts(&self, effort: Option<&str>) -> u64 {
        match effort {
            _ if self.family != Family::Reasoning => 0,
            Some("none" | "minimal") => 0,
            Some("low") => 64,
            Some("high") => 512,
            Some("xhigh") => 1024,
            _ => 192,
        }
    }

    /// Tokens of its longest answer, where that is known.
    pub(crate) fn longest_answer(&self) -> Option<u64> {
        match self.without_date() {
            _ if self.name == "gpt-4o-2024-05-13" => Some(4_096),
            "gpt-4o" | "gpt-4o-mini" => Some(16_384),
            "gpt-4.1" | "gpt-4.1-mini" | "gpt-4.1-nano" => Some(32_768),
            _ => None,
        }
    }

    /// Length of an embedding when the request does not say.
    pub(crate) fn default_dimensions(&self) -> usize {
        if self.name.starts_with("text-embedding-3-large") { 3072 } else { 1536 }
    }

    /// Whether it can shorten its embeddings.
    pub(crate) fn takes_dimensions(&self) -> bool {
        self.name.starts_with("text-embedding-3")
    }
}

/// The vocabularies that models split texts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vocabulary {
    /// `cl100k_base`: models before gpt-4o, and all for embeddings.
    Cl100k,
    /// `o200k_base`: from gpt-4o on.
    O200k,
}

fn family(model: &str) -> Family {
    let o_series = model.strip_prefix('o').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    if model.starts_with("text-embedding") || model == "ada" || names_embedding(model) {
        Family::Embedding
    } else if o_series || model.starts_with("gpt-5") {
        Family::Reasoning
    } else {
        Family::Chat
    }
}

fn names_embedding(model: &str) -> bool {
    model.as_bytes().windows(5).any(|part| part.eq_ignore_ascii_case(b"embed"))
}

/// Which fields and headers a back end of this age sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Generation {
    /// gpt-35-turbo, gpt-4 and their embeddings: the fields of 2024.
    Early,
    /// gpt-4o, gpt-4.1, the o-series: padding, refusals, details of token counts.
    Current,
    /// gpt-5: latency reports and the service tier.
    Newest,
}

fn generation(model: &str) -> Generation {
    let early = ["gpt-35", "gpt-3.5", "gpt-4-", "davinci", "babbage", "text-davinci", "ada", "text-embedding-ada"];
    if model == "gpt-4" || early.iter().any(|start| model.starts_with(start)) {
        Generation::Early
    } else if model.starts_with("gpt-5") {
        Generation::Newest
    } else {
        Generation::Current
    }
}

fn is_openai(model: &str) -> bool {
    ["gpt-", "davinci", "babbage", "text-", "ada", "model-router", "codex", "computer-use"]
        .iter()
        .any(|start| model.starts_with(start))
}

fn completes(model: &str) -> bool {
    ["gpt-35-turbo", "gpt-3.5-turbo", "davinci", "babbage", "text-davinci"].iter().any(|start| model.starts_with(start))
}

fn converses(model: &str, family: Family) -> bool {
    let other = ["davinci", "babbage", "text-davinci", "gpt-35-turbo-instruct", "gpt-3.5-turbo-instruct"];
    family != Family::Embedding && !other.iter().any(|start| model.starts_with(start)) && !only_responds(model)
}

/// Whether the model can only be called through Responses.
fn only_responds(model: &str) -> bool {
    model.contains("-codex") || without_date(model).ends_with("-pro") || model.starts_with("computer-use")
}

fn context_length(model: &str, family: Family) -> u64 {
    if model.starts_with("gpt-35-turbo") || model.starts_with("gpt-3.5-turbo") {
        16_384
    } else if model.starts_with("gpt-4.1") {
        1_047_576
    } else if model.starts_with("gpt-4o") {
        128_000
    } else if family == Family::Reasoning {
        200_000
    } else {
        8192
    }
}

fn without_date(model: &str) -> &str {
    let start = model.len().saturating_sub(11);
    match model.get(start..) {
        Some(tail) if is_dash_date(tail) => &model[..start],
        _ => model,
    }
}

fn is_dash_date(text: &str) -> bool {
    text.len() == 11
        && text.bytes().enumerate().all(|(position, byte)| match position {
            0 | 5 | 8 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// `eastus2` as `East US 2`. A name that is not known is given back as it is.
pub(crate) fn region_display_name(region: &str) -> String {
    const NAMES: [(&str, &str); 27] = [
        ("australiaeast", "Australia East"),
        ("brazilsouth", "Brazil South"),
        ("canadacentral", "Canada Central"),
        ("canadaeast", "Canada East"),
        ("centralus", "Central US"),
        ("eastus", "East US"),
        ("eastus2", "East US 2"),
        ("francecentral", "France Central"),
        ("germanywestcentral", "Germany West Central"),
        ("italynorth", "Italy North"),
        ("japaneast", "Japan East"),
        ("koreacentral", "Korea Central"),
        ("northcentralus", "North Central US"),
        ("northeurope", "North Europe"),
        ("norwayeast", "Norway East"),
        ("polandcentral", "Poland Central"),
        ("southafricanorth", "South Africa North"),
        ("southcentralus", "South Central US"),
        ("southindia", "South India"),
        ("spaincentral", "Spain Central"),
        ("swedencentral", "Sweden Central"),
        ("switzerlandnorth", "Switzerland North"),
        ("uaenorth", "UAE North"),
        ("uksouth", "UK South"),
        ("westeurope", "West Europe"),
        ("westus", "West US"),
        ("westus3", "West US 3"),
    ];
    NAMES.iter().find(|(code, _)| *code == region).map_or(region, |(_, name)| name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_family_and_the_date() {
        assert_eq!(Model::new("o3-mini-2025-01-31").family, Family::Reasoning);
        assert_eq!(Model::new("omni-moderation").family, Family::Chat);
        assert_eq!(Model::new("gpt-4o-2024-11-20").without_date(), "gpt-4o");
        assert_eq!(Model::new("gpt-4").without_date(), "gpt-4");
        assert_eq!(region_display_name("eastus2"), "East US 2");
        assert_eq!(region_display_name("moon"), "moon");
    }
}
