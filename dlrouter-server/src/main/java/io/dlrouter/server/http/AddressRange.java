package io.dlrouter.server.http;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The addresses of one network, IPv4 or IPv6, in the form {@code 10.0.0.0/8}.
 *
 * @param network any address of the network
 * @param prefixLength how many leading bits all its addresses share
 */
public record AddressRange(InetAddress network, int prefixLength) {
    private static final Pattern CIDR =
            Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(?:/(\\d{1,3}))?");

    /**
     * Reads {@code address/prefix}, or one address. Never asks a name server.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static AddressRange parse(String text) {
        Matcher cidr = CIDR.matcher(text);
        if (!cidr.matches()) {
            throw invalid(text);
        }
        InetAddress network = address(cidr.group(1), text);
        int bits = network.getAddress().length * Byte.SIZE;
        int prefixLength = cidr.group(2) == null ? bits : Integer.parseInt(cidr.group(2));
        if (prefixLength > bits) {
            throw invalid(text);
        }
        return new AddressRange(network, prefixLength);
    }

    public boolean contains(InetAddress address) {
        byte[] ours = network.getAddress();
        byte[] theirs = address.getAddress();
        int hostBits = ours.length * Byte.SIZE - prefixLength;
        return ours.length == theirs.length
                && new BigInteger(1, ours).xor(new BigInteger(1, theirs)).bitLength() <= hostBits;
    }

    private static InetAddress address(String literal, String text) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw invalid(text);
        }
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException(text + " (expected: a network such as 10.0.0.0/8 or fd00::/8)");
    }
}
