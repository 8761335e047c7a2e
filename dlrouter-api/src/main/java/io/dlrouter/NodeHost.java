package io.dlrouter;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/**
 * The host of a URL in a normalized spelling: lower case, and an IPv6 address in the short form of RFC 5952. Names are
 * not resolved. Stateless.
 */
final class NodeHost {
    private static final int GROUPS = 8;

    private NodeHost() {}

    /** @param host as {@link java.net.URI#getHost()} gives it */
    static String normalised(String host) {
        return host.startsWith("[") ? ofLiteral(host) : host.toLowerCase(Locale.ROOT);
    }

    /** An address with a scope is kept unchanged, because this machine may not have the interface. */
    private static String ofLiteral(String host) {
        if (host.indexOf('%') >= 0) {
            return host;
        }
        byte[] bytes = bytes(host);
        return bytes.length == 4 ? dotted(bytes) : "[" + shortened(bytes) + "]";
    }

    /** A host in brackets is an address, never a name; an IPv4 address in IPv6 form has 4 bytes. */
    private static byte[] bytes(String literal) {
        try {
            return InetAddress.getByName(literal).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("host: " + literal + " (expected: an IPv6 address)", e);
        }
    }

    private static String dotted(byte[] bytes) {
        return (bytes[0] & 0xFF) + "." + (bytes[1] & 0xFF) + "." + (bytes[2] & 0xFF) + "." + (bytes[3] & 0xFF);
    }

    /** Drops the longest run of two or more zero groups, the first one of several. */
    private static String shortened(byte[] bytes) {
        int start = 0;
        int length = 1;
        for (int i = 0; i < GROUPS; i++) {
            int zeros = zerosFrom(i, bytes);
            if (zeros > length) {
                start = i;
                length = zeros;
            }
        }
        return length == 1
                ? groups(bytes, 0, GROUPS)
                : groups(bytes, 0, start) + "::" + groups(bytes, start + length, GROUPS);
    }

    private static int zerosFrom(int first, byte[] bytes) {
        int end = first;
        while (end < GROUPS && group(bytes, end) == 0) {
            end++;
        }
        return end - first;
    }

    private static String groups(byte[] bytes, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(i == from ? "" : ":").append(Integer.toHexString(group(bytes, i)));
        }
        return text.toString();
    }

    private static int group(byte[] bytes, int index) {
        return ((bytes[2 * index] & 0xFF) << 8) | (bytes[2 * index + 1] & 0xFF);
    }
}
