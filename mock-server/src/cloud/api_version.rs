//! The api-versions that exist, and what the gateway does with the rest.

/// Every dated version of the Azure OpenAI data plane.
const DATED: [&str; 27] = [
    "2022-03-01-preview",
    "2022-06-01-preview",
    "2022-12-01",
    "2023-03-15-preview",
    "2023-05-15",
    "2023-06-01-preview",
    "2023-07-01-preview",
    "2023-08-01-preview",
    "2023-09-01-preview",
    "2023-10-01-preview",
    "2023-12-01-preview",
    "2024-02-01",
    "2024-02-15-preview",
    "2024-03-01-preview",
    "2024-04-01-preview",
    "2024-05-01-preview",
    "2024-06-01",
    "2024-07-01-preview",
    "2024-08-01-preview",
    "2024-09-01-preview",
    "2024-10-01-preview",
    "2024-10-21",
    "2024-12-01-preview",
    "2025-01-01-preview",
    "2025-02-01-preview",
    "2025-03-01-preview",
    "2025-04-01-preview",
];

/// Versions of other surfaces: they exist, but not here.
const ELSEWHERE: [&str; 7] =
    ["v1", "preview", "2025-04-01", "2025-05-01", "2025-05-01-preview", "2025-05-15-preview", "latest"];

/// Versions of model inference.
const INFERENCE: [&str; 7] = [
    "2024-04-01-preview",
    "2024-05-01-preview",
    "2025-02-01-preview",
    "2025-04-01",
    "2025-05-01",
    "2025-05-01-preview",
    "2025-05-15-preview",
];

/// Versions that Microsoft's own packages ask Foundry projects for, which serve them what v1 has.
const PROJECTS: [&str; 3] = ["2025-05-01", "2025-05-15-preview", "2025-11-15-preview"];

/// Whether a project serves a version.
pub(crate) fn of_projects(version: &str) -> bool {
    PROJECTS.contains(&version)
}

/// Whether model inference serves a version.
pub(crate) fn of_inference(version: &str) -> bool {
    INFERENCE.contains(&version)
}

/// What a dated path makes of its `api-version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dated {
    /// Served.
    Known,
    /// Answered with "API version not supported".
    Unsupported,
    /// Missing or unknown: the gateway has no such route.
    NoRoute,
}

/// Judges the version on a deployment path or another dated path.
pub(crate) fn dated(version: Option<&str>) -> Dated {
    match version {
        Some(version) if DATED.contains(&version) => Dated::Known,
        Some(version) if ELSEWHERE.contains(&version) => Dated::Unsupported,
        _ => Dated::NoRoute,
    }
}

/// Whether the v1 surface serves a version; none is the same as `v1`.
pub(crate) fn v1_accepts(version: Option<&str>) -> bool {
    matches!(version, None | Some("v1" | "preview"))
}

/// Whether a dated version is at least as new as `date` (`2024-09-01`). The v1 surface, `None`, always is.
pub(crate) fn at_least(version: Option<&str>, date: &str) -> bool {
    version.is_none_or(|version| version.get(..10).is_some_and(|day| day >= date))
}
