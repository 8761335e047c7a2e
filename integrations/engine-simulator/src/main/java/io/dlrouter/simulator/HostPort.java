package io.dlrouter.simulator;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An address without a scheme, such as {@code 127.0.0.1:14579}. */
record HostPort(String host, int port) {
    private static final Pattern FORM = Pattern.compile("([^\\s/]+):([0-9]{1,5})");

    static HostPort parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("address: " + text + " (expected: host:port)");
        }
        return new HostPort(matcher.group(1), Integer.parseInt(matcher.group(2)));
    }

    /** The address in a URL of the form {@code http://host:port}. */
    static HostPort ofUrl(String url) {
        return parse(url.substring(url.indexOf("://") + "://".length()));
    }

    /** The same host, so many ports further. */
    HostPort plus(int ports) {
        return new HostPort(host, port + ports);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
