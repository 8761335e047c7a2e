package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A private key in a PEM file. Java reads PKCS#8 only, so the older forms that OpenSSL writes, PKCS#1 for RSA and SEC 1
 * for EC, are put into a PKCS#8 envelope first (RFC 5208): version, algorithm, and the old form as it is.
 */
final class PemPrivateKey {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN (RSA |EC |)PRIVATE KEY-----([^-]*)-----END", Pattern.DOTALL);
    private static final byte[] VERSION_0 = HexFormat.of().parseHex("020100");
    private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
    private static final byte[] EC_PUBLIC_KEY = HexFormat.of().parseHex("06072a8648ce3d0201");
    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final int EC_PARAMETERS = 0xA0;

    private PemPrivateKey() {}

    /** The first private key in the file; empty if there is none that can be read. */
    static Optional<PrivateKey> parse(byte[] pem) {
        Matcher block = BLOCK.matcher(new String(pem, ISO_8859_1));
        if (!block.find()) {
            return Optional.empty();
        }
        try {
            return key(pkcs8(block.group(1), Base64.getMimeDecoder().decode(block.group(2))));
        } catch (RuntimeException e) { // of the decoder, or of the buffer that ends too early
            return Optional.empty();
        }
    }

    private static byte[] pkcs8(String form, byte[] key) {
        return switch (form) {
            case "RSA " -> der(SEQUENCE, VERSION_0, RSA, der(OCTET_STRING, key));
            case "EC " -> der(SEQUENCE, VERSION_0, der(SEQUENCE, EC_PUBLIC_KEY, curve(key)), der(OCTET_STRING, key));
            default -> key;
        };
    }

    private static Optional<PrivateKey> key(byte[] pkcs8) {
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(pkcs8);
        return Stream.of("RSA", "EC", "Ed25519")
                .flatMap(algorithm -> key(algorithm, spec).stream())
                .findFirst();
    }

    private static Optional<PrivateKey> key(String algorithm, PKCS8EncodedKeySpec spec) {
        try {
            return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(spec));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    /** The name of the curve, out of a SEC 1 key: the content of its element {@code [0]}. */
    private static byte[] curve(byte[] sec1) {
        ByteBuffer sequence = content(ByteBuffer.wrap(sec1));
        while (Byte.toUnsignedInt(sequence.get(sequence.position())) != EC_PARAMETERS) {
            content(sequence);
        }
        ByteBuffer parameters = content(sequence);
        byte[] curve = new byte[parameters.remaining()];
        parameters.get(curve);
        return curve;
    }

    /** The content of the element at the buffer's position, which moves behind it. */
    private static ByteBuffer content(ByteBuffer der) {
        der.get();
        int length = Byte.toUnsignedInt(der.get());
        if (length > 0x7F) {
            int lengthBytes = length & 0x7F;
            length = 0;
            for (int i = 0; i < lengthBytes; i++) {
                length = length << 8 | Byte.toUnsignedInt(der.get());
            }
        }
        ByteBuffer content = der.slice(der.position(), length);
        der.position(der.position() + length);
        return content;
    }

    private static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        element.writeBytes(length(content.size()));
        element.writeBytes(content.toByteArray());
        return element.toByteArray();
    }

    private static byte[] length(int length) {
        return length > 0x7F
                ? new byte[] {(byte) 0x82, (byte) (length >> 8), (byte) length}
                : new byte[] {(byte) length};
    }
}
