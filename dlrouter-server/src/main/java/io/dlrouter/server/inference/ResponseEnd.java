package io.dlrouter.server.inference;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** The way in which a client learns where a response ends, and so whether it is complete. */
enum ResponseEnd {
    /** By its length or its last chunk (RFC 9112, 6.3): without them the response is not whole. */
    FRAMED,

    /** By the end of the connection, for a client of HTTP/1.0: only a reset shows that the response is not whole. */
    CONNECTION_CLOSE;

    private static final String CHUNKED = "chunked";

    /** Selects for a response with a body whose headers are set. A client that asks for {@code Connection: close} gets chunks too. */
    static ResponseEnd choose(Request request, Response response) {
        HttpFields.Mutable headers = response.getHeaders();
        HttpVersion version = request.getConnectionMetaData().getHttpVersion();
        if (headers.contains(HttpHeader.CONTENT_LENGTH)) {
            return FRAMED;
        }
        if (version == HttpVersion.HTTP_1_1) {
            headers.put(HttpHeader.TRANSFER_ENCODING, CHUNKED);
        }
        return version == HttpVersion.HTTP_1_0 ? CONNECTION_CLOSE : FRAMED;
    }
}
