package io.dlrouter.server;

import java.security.Security;
import org.jspecify.annotations.Nullable;

/**
 * The JVM's cache of resolved host names, which keeps addresses for 30 s and failures for 10 s. The gateway keeps
 * both for 1 s, so that a node is found soon after its address has changed; the router decides when a name is
 * resolved again. A value that an operator has configured is kept.
 */
final class DnsCache {
    static final String ADDRESSES = "networkaddress.cache.ttl";
    static final String FAILURES = "networkaddress.cache.negative.ttl";

    /** The JVM's own default, which stands in its security properties. */
    private static final String DEFAULT_OF_FAILURES = "10";

    private static final String SECONDS = "1";

    private DnsCache() {}

    /** To be called before the first name is resolved: the JVM reads the settings once. */
    static void shorten() {
        if (isFree(Security.getProperty(ADDRESSES), System.getProperty("sun.net.inetaddr.ttl"), null)) {
            Security.setProperty(ADDRESSES, SECONDS);
        }
        if (isFree(
                Security.getProperty(FAILURES),
                System.getProperty("sun.net.inetaddr.negative.ttl"),
                DEFAULT_OF_FAILURES)) {
            Security.setProperty(FAILURES, SECONDS);
        }
    }

    /** Whether a value is not configured. */
    static boolean isFree(@Nullable String security, @Nullable String system, @Nullable String byDefault) {
        return system == null && (security == null || security.equals(byDefault));
    }
}
