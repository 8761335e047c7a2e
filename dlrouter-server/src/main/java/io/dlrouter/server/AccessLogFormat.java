package io.dlrouter.server;

/** How the lines of the access log are written, if at all. */
enum AccessLogFormat {
    OFF,
    TEXT,
    JSON
}
