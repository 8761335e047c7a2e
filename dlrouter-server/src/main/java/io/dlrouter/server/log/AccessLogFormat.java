package io.dlrouter.server.log;

/** How the lines of the access log are written, if at all. */
public enum AccessLogFormat {
    OFF,
    TEXT,
    JSON
}
