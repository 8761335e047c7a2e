package io.dlrouter.server.log;

/** The format of the access log. */
public enum AccessLogFormat {
    OFF,
    TEXT,
    JSON
}
