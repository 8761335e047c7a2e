package io.dlrouter.server.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * A key store made of two PEM files: a private key, and its certificate with its chain. Bouncy Castle parses the key,
 * because Java reads PKCS#8 only; the cryptography is Java's.
 */
public final class PemKeyStore {
    private static final char[] NO_PASSWORD = {};
    private static final Pattern BEGIN = Pattern.compile("-----BEGIN (RSA |EC |)PRIVATE KEY-----");
    private static final Set<String> ALGORITHMS = Set.of("RSA", "EC", "EdDSA");

    private PemKeyStore() {}

    /**
     * A key store with the key and its certificates.
     *
     * @throws IllegalArgumentException if a file cannot be read or the two do not belong together
     */
    public static KeyStore load(Path keyFile, Path certificateFile) {
        PrivateKey key = privateKey(keyFile)
                .filter(parsed -> ALGORITHMS.contains(parsed.getAlgorithm()))
                .orElseThrow(() -> invalid("SSL_KEYFILE", keyFile, "an RSA, EC or Ed25519 key in PEM, not encrypted"));
        Certificate[] chain = chain(certificateFile);
        if (!belongTogether(key, chain[0].getPublicKey())) {
            throw invalid("SSL_CERTFILE", certificateFile, "the certificate of the key in " + keyFile);
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, NO_PASSWORD);
            store.setKeyEntry("server", key, NO_PASSWORD, chain);
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("This Java cannot hold a key in memory", e);
        }
    }

    /** The first private key in the file, in PKCS#8, PKCS#1 or SEC 1; empty if there is none that can be read. */
    private static Optional<PrivateKey> privateKey(Path file) {
        String text = new String(read("SSL_KEYFILE", file), ISO_8859_1);
        Matcher begin = BEGIN.matcher(text);
        if (!begin.find()) {
            return Optional.empty();
        }
        try (PEMParser pem = new PEMParser(new StringReader(text.substring(begin.start())))) {
            Object key = pem.readObject();
            if (key instanceof PEMKeyPair pair) {
                return Optional.of(new JcaPEMKeyConverter().getPrivateKey(pair.getPrivateKeyInfo()));
            }
            return key instanceof PrivateKeyInfo pkcs8
                    ? Optional.of(new JcaPEMKeyConverter().getPrivateKey(pkcs8))
                    : Optional.empty();
        } catch (IOException | RuntimeException e) { // the parser throws both for a malformed key
            return Optional.empty();
        }
    }

    private static byte[] read(String variable, Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw invalid(variable, file, "a file that can be read");
        }
    }

    private static Certificate[] chain(Path file) {
        try (InputStream pem = new ByteArrayInputStream(read("SSL_CERTFILE", file))) {
            Certificate[] chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(pem)
                    .toArray(Certificate[]::new);
            if (chain.length > 0) {
                return chain;
            }
        } catch (GeneralSecurityException | IOException e) {
            throw notCertificates(file);
        }
        throw notCertificates(file);
    }

    private static IllegalArgumentException notCertificates(Path file) {
        return invalid("SSL_CERTFILE", file, "certificates in PEM");
    }

    /** Whether what the one signs the other confirms. */
    private static boolean belongTogether(PrivateKey key, PublicKey certified) {
        byte[] message = {1, 2, 3};
        try {
            Signature signature = Signature.getInstance(algorithm(key));
            signature.initSign(key);
            signature.update(message);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(message);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static String algorithm(PrivateKey key) {
        return switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
    }

    private static IllegalArgumentException invalid(String variable, Path file, String expectation) {
        return new IllegalArgumentException(variable + ": " + file + " (expected: " + expectation + ")");
    }
}
