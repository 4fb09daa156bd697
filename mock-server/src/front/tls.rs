//! A certificate authority for one run, and the certificates it gives to the hosts that clients ask for.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate that could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate itself.
    #[error("making a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS configuration with it.
    #[error("configuring TLS: {0}")]
    Configuration(#[from] rustls::Error),
}

/// An authority made for this run. Its key never leaves the process.
///
/// ```
/// use azure_openai_mock::CertificateAuthority;
///
/// let authority = CertificateAuthority::generate()?;
/// assert!(authority.certificate_pem().starts_with("-----BEGIN CERTIFICATE-----"));
/// # Ok::<(), azure_openai_mock::TlsError>(())
/// ```
pub struct CertificateAuthority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pem: String,
    /// All hosts share one key: they are all this process.
    leaf_key: KeyPair,
    configurations: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CertificateAuthority").finish_non_exhaustive()
    }
}

impl CertificateAuthority {
    /// Makes keys and a root certificate.
    pub fn generate() -> Result<Self, TlsError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "azure-openai-mock root of one run");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self {
            pem: issuer.pem(),
            issuer,
            leaf_key: KeyPair::generate()?,
            configurations: Mutex::new(HashMap::new()),
        })
    }

    /// The root certificate, for clients to trust.
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// TLS for a host, with a certificate in its name. Made once per host.
    pub(crate) fn configuration(&self, host: &str) -> Result<Arc<ServerConfig>, TlsError> {
        let mut known = self.configurations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(configuration) = known.get(host) {
            return Ok(Arc::clone(configuration));
        }
        let configuration = Arc::new(self.make(host)?);
        known.insert(host.to_owned(), Arc::clone(&configuration));
        Ok(configuration)
    }

    fn make(&self, host: &str) -> Result<ServerConfig, TlsError> {
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        params.is_ca = IsCa::ExplicitNoCa;
        // Python since 3.13 refuses certificates without it.
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.distinguished_name.push(DnType::CommonName, host.chars().take(64).collect::<String>());
        let leaf = params.signed_by(&self.leaf_key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.leaf_key.serialize_der()));
        let mut configuration = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(configuration)
    }
}
