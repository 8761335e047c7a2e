package io.dlrouter.server.inference;

import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;

/** The factory of HTTP/1.1 connections on a {@link ClientEndPoint}. */
public final class ClientConnectionFactory extends HttpConnectionFactory {
    public ClientConnectionFactory(HttpConfiguration configuration) {
        super(configuration);
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        return super.newConnection(connector, new ClientEndPoint(endPoint, connector.getExecutor()));
    }
}
