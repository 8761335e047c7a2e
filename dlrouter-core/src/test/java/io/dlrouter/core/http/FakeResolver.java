package io.dlrouter.core.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A resolver of any name to the addresses that a test gives. */
final class FakeResolver implements HostResolver {
    private final AtomicInteger asked = new AtomicInteger();
    private volatile List<InetAddress> addresses = List.of();

    /** @param newAddresses from now on; none if names do not resolve */
    FakeResolver resolvesTo(InetAddress... newAddresses) {
        addresses = List.of(newAddresses);
        return this;
    }

    @Override
    public List<InetAddress> resolve(String host) throws UnknownHostException {
        asked.incrementAndGet();
        if (addresses.isEmpty()) {
            throw new UnknownHostException(host);
        }
        return addresses;
    }

    int asked() {
        return asked.get();
    }
}
