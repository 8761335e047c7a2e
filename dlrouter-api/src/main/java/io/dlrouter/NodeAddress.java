package io.dlrouter;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The address of a node: the URL of its engine and, if the node is one data-parallel rank of it, the number of the
 * rank. The form {@code http://host:8000@3} is the name of a rank in {@code /nodes}; it never becomes a URI.
 *
 * <p>Different spellings of one URL are equal: scheme and host are lower-cased, an IPv6 address is shortened, the
 * default port of the scheme and a trailing slash are dropped. Names are not resolved, so {@code localhost} and {@code
 * 127.0.0.1} are different. Immutable.
 *
 * @param url scheme {@code http} or {@code https}, a host, optionally a port and a path, no trailing slash
 * @param dpRank the data-parallel rank, 0 or more; empty for a whole engine
 */
public record NodeAddress(URI url, OptionalInt dpRank) {
    private static final Pattern RANKED = Pattern.compile("(.*)@(\\d{1,5})/?");
    private static final String API_PATH = "/v1";
    private static final String EXPECTED =
            " (expected: http://host:port or https://host:port, with @rank for a data-parallel rank)";

    /**
     * Checks the URL and normalizes it.
     *
     * @throws IllegalArgumentException as {@link #parse}
     */
    public NodeAddress {
        check(url, dpRank.isPresent() ? url + "@" + dpRank.getAsInt() : url.toString());
        url = normalised(url);
    }

    /**
     * Reads a URL in the form of {@code /nodes}, in any spelling.
     *
     * @throws IllegalArgumentException if it is not http or https, has no host, has user info, a query or a fragment,
     *     or ends in {@code /v1}; the message gives the reason
     */
    public static NodeAddress parse(String text) {
        Matcher ranked = RANKED.matcher(text.strip());
        URI url = uri(ranked.matches() ? ranked.group(1) : text.strip(), text);
        check(url, text);
        return new NodeAddress(
                url, ranked.matches() ? OptionalInt.of(Integer.parseInt(ranked.group(2))) : OptionalInt.empty());
    }

    /**
     * The given number of data-parallel ranks of this engine, or this address itself if the number is 1. Ranks are
     * numbered from this address's own rank, or from 0: an engine may be part of a deployment that numbers the ranks of
     * all its engines.
     *
     * @param size the number of ranks, 1 or more
     */
    public List<NodeAddress> ranks(int size) {
        int first = dpRank.orElse(0);
        return size == 1
                ? List.of(this)
                : IntStream.range(first, first + size)
                        .mapToObj(rank -> new NodeAddress(url, OptionalInt.of(rank)))
                        .toList();
    }

    // The next two are written out, because to have the virtual machine make them takes a good part of a cold start.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NodeAddress that && url.equals(that.url) && dpRank.equals(that.dpRank);
    }

    @Override
    public int hashCode() {
        return 31 * url.hashCode() + dpRank.hashCode();
    }

    /** The name of the node in {@code /nodes}: the URL, with {@code @rank} if it is a rank. */
    @Override
    public String toString() {
        return dpRank.isPresent() ? url + "@" + dpRank.getAsInt() : url.toString();
    }

    private static URI uri(String url, String given) {
        try {
            return new URI(url);
        } catch (URISyntaxException e) {
            throw invalid(given);
        }
    }

    private static void check(URI url, String given) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        boolean wellFormed = (scheme.equals("http") || scheme.equals("https"))
                && url.getHost() != null
                && url.getRawUserInfo() == null
                && url.getRawQuery() == null
                && url.getRawFragment() == null
                && url.getPort() <= 65535;
        if (!wellFormed) {
            throw invalid(given);
        }
        String text = withoutTrailingSlash(url.toString());
        if (text.endsWith(API_PATH)) {
            String base = withoutTrailingSlash(text.substring(0, text.length() - API_PATH.length()));
            throw new IllegalArgumentException("url: " + given + " (expected: the base URL " + base
                    + ", without /v1, which the router adds itself)");
        }
    }

    private static URI normalised(URI url) {
        String scheme = url.getScheme().toLowerCase(Locale.ROOT);
        boolean hasPort = url.getPort() >= 0 && url.getPort() != (scheme.equals("https") ? 443 : 80);
        String text = scheme + "://" + NodeHost.normalised(url.getHost()) + (hasPort ? ":" + url.getPort() : "")
                + withoutTrailingSlash(url.getRawPath());
        return text.equals(url.toString()) ? url : URI.create(text);
    }

    private static String withoutTrailingSlash(String path) {
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(0, end);
    }

    private static IllegalArgumentException invalid(String given) {
        return new IllegalArgumentException("url: " + given + EXPECTED);
    }
}
