package io.dlrouter.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Fresh keys and self-signed certificates, in all the PEM forms that are about: {@code rsa-pkcs1} and so on. */
final class TestKeys {
    private static final Map<String, List<String>> ALGORITHMS = Map.of(
            "rsa", List.of("-keyalg", "RSA", "-keysize", "2048"),
            "ec", List.of("-keyalg", "EC", "-groupname", "secp256r1"),
            "p384", List.of("-keyalg", "EC", "-groupname", "secp384r1"),
            "ed25519", List.of("-keyalg", "Ed25519"));
    private static final byte[] P256 = HexFormat.of().parseHex("06082a8648ce3d030107");
    private static final byte[] P384 = HexFormat.of().parseHex("06052b81040022");
    private static final int P384_POINT = 97;

    private final Path folder;

    private TestKeys(Path folder) {
        this.folder = folder;
    }

    static TestKeys generate(Path folder) throws Exception {
        TestKeys keys = new TestKeys(folder);
        for (String algorithm : ALGORITHMS.keySet()) {
            keys.generate(algorithm);
        }
        return keys;
    }

    Path key(String form) {
        return folder.resolve(form + ".key");
    }

    Path certificate(String form) {
        return folder.resolve(form.substring(0, form.indexOf('-')) + ".crt");
    }

    /** The key and the certificate of this algorithm in one file, which opens with {@code secret}. */
    Path store(String algorithm) {
        return folder.resolve(algorithm + ".p12");
    }

    static Certificate read(Path certificate) throws GeneralSecurityException, IOException {
        try (InputStream pem = Files.newInputStream(certificate)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(pem);
        }
    }

    static SSLContext trusting(Path certificate) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("gateway", read(certificate));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private void generate(String algorithm) throws Exception {
        Path file = store(algorithm);
        keytool(file, ALGORITHMS.getOrDefault(algorithm, List.of()));
        KeyStore store = KeyStore.getInstance(file.toFile(), "secret".toCharArray());
        Key key = store.getKey("k", "secret".toCharArray());
        pem(
                folder.resolve(algorithm + ".crt"),
                "CERTIFICATE",
                store.getCertificate("k").getEncoded());
        pem(key(algorithm + "-pkcs8"), "PRIVATE KEY", key.getEncoded());
        if (key instanceof RSAPrivateCrtKey rsa) {
            pem(key("rsa-pkcs1"), "RSA PRIVATE KEY", pkcs1(rsa));
        }
        if (key instanceof ECPrivateKey ec && algorithm.equals("p384")) {
            byte[] publicKey = store.getCertificate("k").getPublicKey().getEncoded();
            byte[] point = Arrays.copyOfRange(publicKey, publicKey.length - P384_POINT - 1, publicKey.length);
            pem(
                    key("p384-sec1-with-public-key"),
                    "EC PRIVATE KEY",
                    sec1("%096x", ec, der(0xA0, P384), der(0xA1, der(0x03, point))));
        } else if (key instanceof ECPrivateKey ec) {
            pem(key("ec-sec1"), "EC PRIVATE KEY", sec1("%064x", ec, der(0xA0, P256)));
            pem(
                    key("ec-sec1-with-parameters"),
                    "EC PARAMETERS",
                    P256,
                    "EC PRIVATE KEY",
                    sec1("%064x", ec, der(0xA0, P256)));
        }
    }

    private static void keytool(Path file, List<String> algorithm) throws Exception {
        List<String> command = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "k",
                                "-dname",
                                "CN=localhost",
                                "-ext",
                                "san=dns:localhost",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                file.toString(),
                                "-storepass",
                                "secret"),
                        algorithm.stream())
                .toList();
        Process keytool = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (keytool.waitFor() != 0) {
            throw new IllegalStateException("keytool ended with " + keytool.exitValue());
        }
    }

    private static void pem(Path file, Object... typesAndContents) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < typesAndContents.length; i += 2) {
            String content =
                    Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString((byte[]) typesAndContents[i + 1]);
            text.append("-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(typesAndContents[i], content));
        }
        Files.writeString(file, text);
    }

    private static byte[] pkcs1(RSAPrivateCrtKey key) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        Stream.of(
                        BigInteger.ZERO,
                        key.getModulus(),
                        key.getPublicExponent(),
                        key.getPrivateExponent(),
                        key.getPrimeP(),
                        key.getPrimeQ(),
                        key.getPrimeExponentP(),
                        key.getPrimeExponentQ(),
                        key.getCrtCoefficient())
                .forEach(number -> content.writeBytes(der(0x02, number.toByteArray())));
        return der(0x30, content.toByteArray());
    }

    private static byte[] sec1(String format, ECPrivateKey key, byte[]... attributes) {
        byte[] number = HexFormat.of().parseHex(format.formatted(key.getS()));
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(der(0x02, new byte[] {1}));
        content.writeBytes(der(0x04, number));
        Stream.of(attributes).forEach(content::writeBytes);
        return der(0x30, content.toByteArray());
    }

    private static byte[] der(int tag, byte[] content) {
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        if (content.length > 0xFF) {
            element.write(0x82);
            element.write(content.length >> 8);
        } else if (content.length > 0x7F) {
            element.write(0x81);
        }
        element.write(content.length);
        element.writeBytes(content);
        return element.toByteArray();
    }
}
