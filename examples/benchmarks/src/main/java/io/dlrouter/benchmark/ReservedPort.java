package io.dlrouter.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A port of the loopback address for a process to listen on, also after it was killed and started again. It is bound and
 * not listened on until this is closed: Linux gives it to nobody who does not ask for it by its number.
 */
final class ReservedPort implements AutoCloseable {
    private final Socket bound = new Socket();

    ReservedPort() throws IOException {
        bound.setReuseAddress(true);
        bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    int number() {
        return bound.getLocalPort();
    }

    @Override
    public void close() {
        try {
            bound.close();
        } catch (IOException e) {
            // closed all the same
        }
    }
}
