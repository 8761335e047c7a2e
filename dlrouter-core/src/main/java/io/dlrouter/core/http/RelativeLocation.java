package io.dlrouter.core.http;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Headers of a response that point at its node: a client gets the path only, which is the router's as well. */
public final class RelativeLocation {
    private static final Set<String> NAMES = Set.of("location", "content-location");

    private RelativeLocation() {}

    /** The headers without the address of the node. */
    public static HttpHeaders of(HttpHeaders headers, URI node) {
        if (NAMES.stream().noneMatch(name -> headers.firstValue(name).isPresent())) {
            return headers;
        }
        Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        all.putAll(new HashMap<>(headers.map()));
        all.replaceAll((name, values) -> NAMES.contains(name.toLowerCase(Locale.ROOT))
                ? values.stream().map(value -> relative(value, node)).toList()
                : values);
        return HttpHeaders.of(all, (name, value) -> true);
    }

    private static String relative(String location, URI node) {
        int authority = location.indexOf("//");
        if (authority < 0 || !location.substring(0, authority).matches("(?i)(https?:)?")) {
            return location;
        }
        int path = behindAuthority(location, authority + 2);
        String rest = location.substring(path);
        return location.substring(authority + 2, path).equalsIgnoreCase(node.getRawAuthority())
                ? local(rest, node.getRawPath())
                : location;
    }

    private static int behindAuthority(String location, int from) {
        int end = from;
        while (end < location.length() && "/?#".indexOf(location.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    /** A node may have a path of its own, which the router puts before that of a request. */
    private static String local(String path, String prefix) {
        String own = !prefix.isEmpty() && path.startsWith(prefix + "/") ? path.substring(prefix.length()) : path;
        return own.startsWith("/") ? own : "/" + own;
    }
}
