/** The types for those who embed DLRouter and for those who extend it. */
module io.dlrouter.api {
    requires transitive java.net.http;
    requires static transitive org.jspecify;

    exports io.dlrouter;
    exports io.dlrouter.spi;
    exports io.dlrouter.spi.json;
}
