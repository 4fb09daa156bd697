//! Whether the key of a certificate signed a statement.

#[cfg(feature = "tls")]
use base64::Engine as _;
#[cfg(feature = "tls")]
use base64::engine::general_purpose::STANDARD;
#[cfg(feature = "tls")]
use rustls::pki_types::CertificateDer;

/// Without what TLS brings nothing can be checked, and nothing is believed.
#[cfg(not(feature = "tls"))]
pub(super) fn verifies(_pem: &str, _algorithm: &str, _signed: &[u8], _signature: &[u8]) -> bool {
    false
}

/// Whether a signature of one of the algorithms that Entra ID takes is that of the certificate in a PEM text.
#[cfg(feature = "tls")]
pub(super) fn verifies(pem: &str, algorithm: &str, signed: &[u8], signature: &[u8]) -> bool {
    let verifier = match algorithm {
        "RS256" => webpki::ring::RSA_PKCS1_2048_8192_SHA256,
        "PS256" => webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        _ => return false,
    };
    let Some(der) = certificate(pem) else {
        return false;
    };
    let der = CertificateDer::from(der);
    webpki::EndEntityCert::try_from(&der).is_ok_and(|known| known.verify_signature(verifier, signed, signature).is_ok())
}

/// The bytes of the first certificate in a PEM text.
#[cfg(feature = "tls")]
fn certificate(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (text, _) = rest.split_once("-----END CERTIFICATE-----")?;
    STANDARD.decode(text.split_whitespace().collect::<String>()).ok()
}
