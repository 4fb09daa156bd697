//! The secrets of the fake cloud, and everything that must never be seen again.
//!
//! They open nothing but the mock. Each is long and odd enough that a copy of it in telemetry is no coincidence.

/// The tenant of every application in the fake cloud.
pub const TENANT: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
/// The application that signs in with a client secret.
pub const CLIENT_ID: &str = "2f1d4b6a-90c3-4e57-8a1b-6d2e4f8a9c01";
/// The managed identity of the machine.
pub const MANAGED_IDENTITY: &str = "b0a7c5d2-3e4f-4a6b-9c8d-1e2f3a4b5c6d";
/// The client secret of [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "Q8~canary-client-secret.8f3a1c7e5b2d";
/// What the App Service identity endpoint wants to see.
pub const IDENTITY_HEADER: &str = "canary-identity-header-51f0c9ab37de";
/// A key that no resource has.
pub const WRONG_KEY: &str = "canarywrongkey0e7b1f4d9a2c6385b0d1e4f7a9c2b5d8";

/// The key of a resource.
pub fn resource_key(resource: &str) -> String {
    format!("canarykey{resource}4d2f8b1e7a9c3605f1e8d7c6b5a49382")
}
